use super::*;

fn four_calls(engine: &Bench, events: &mailbox::Sender<(LegId, Event)>) -> ([Phone; 4], Vec<Leg>) {
    let mut phones = [(); 4].map(|()| Phone::new(Codec::Pcma));
    let legs = phones.iter_mut().map(|phone| {
        let leg = engine.open(events.clone()).unwrap();
        phone.call(&leg);
        leg
    });
    let legs = legs.collect();
    (phones, legs)
}

#[test]
fn a_fault_in_one_leg_costs_that_leg_only() {
    let engine = engine(18_420..=18_429);
    let (sender, mut receiver) = events();
    let (mut phones, legs) = four_calls(&engine, &sender);
    legs[0].join(&legs[1]);
    legs[0].fault();
    let (id, event) = receiver.blocking_recv().unwrap();
    assert_eq!(id, legs[0].id());
    assert!(matches!(event, Event::Closed(_)), "{event:?}");
    wait_until(|| engine.stats().legs == 3);
    let stats = engine.stats();
    assert!(stats.running);
    assert_eq!((stats.faults, stats.ports), (1, 6));
    // All others go on, the one that was joined with it as well: each hears what it is sent.
    for leg in &legs[1..] {
        leg.tone(440.0, -10.0);
    }
    let mut others: Vec<_> = phones[1..].iter_mut().map(|phone| (phone, None)).collect();
    run(&mut others, 5, 0);
    others.iter_mut().for_each(|(phone, _)| phone.heard.clear());
    run(&mut others, 20, 20);
    for (phone, _) in &others {
        let share = share_heard(phone, 440.0);
        assert!(share > 0.95, "{share}");
    }
    // What is still said to it concerns nobody, not even whoever has its port by now.
    let again = [(); 2].map(|()| engine.open(events().0).unwrap());
    legs[0].close();
    legs[0].fault();
    wait_until(|| engine.stats().legs == 5);
    drop(again);
    drop(legs);
    wait_until(|| engine.stats().ports == 0 && engine.stats().legs == 0);
    assert_eq!(engine.stats().faults, 1);
}

#[test]
fn a_fault_in_a_mix_costs_those_in_it_only() {
    let engine = engine(18_450..=18_459);
    let (sender, mut receiver) = events();
    let (mut phones, legs) = four_calls(&engine, &sender);
    let conference = engine.lane.conference();
    for leg in &legs[..3] {
        leg.enter(&conference, Audience::Everyone);
    }
    legs[3].tone(440.0, -10.0);
    legs[0].fault_in_mix();
    let mut closed: Vec<LegId> = (0..3)
        .map(|_| match receiver.blocking_recv() {
            Some((id, Event::Closed(_))) => id,
            other => panic!("{other:?}"),
        })
        .collect();
    closed.sort_by_key(|id| id.serial);
    assert_eq!(closed, [0, 1, 2].map(|n: usize| legs[n].id()));
    assert!(engine.stats().running);
    run(&mut [(&mut phones[3], None)], 5, 0);
    phones[3].heard.clear();
    run(&mut [(&mut phones[3], None)], 20, 20);
    assert!(share_heard(&phones[3], 440.0) > 0.95);
}

#[test]
fn legs_of_a_thread_that_has_ended_are_told_so() {
    let engine = engine(18_440..=18_449);
    let (sender, mut receiver) = events();
    let legs = [(); 2].map(|()| engine.open(sender.clone()).unwrap());
    engine.lane.fault();
    let closed: Vec<LegId> = (0..2)
        .map(|_| match receiver.blocking_recv() {
            Some((id, Event::Closed(_))) => id,
            other => panic!("{other:?}"),
        })
        .collect();
    assert!(legs.iter().all(|leg| closed.contains(&leg.id())));
    wait_until(|| !engine.stats().running);
    assert!(matches!(engine.open(sender), Err(MediaError::Ended)));
    wait_until(|| engine.stats().ports == 0);
    // Nothing that a handle does now fails or hangs.
    legs[0].join(&legs[1]);
    legs.iter().for_each(Leg::close);
}
