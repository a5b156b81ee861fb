//! Legs that go on in a second engine after the first has ended without a word.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use serde::{Serialize, de::DeserializeOwned};

use super::*;
use crate::media::Position;

/// As it would come out of a file.
fn read_again<T: Serialize + DeserializeOwned>(what: &T) -> T {
    serde_json::from_str(&serde_json::to_string(what).unwrap()).unwrap()
}

/// What an engine has told of its legs, by port.
type Kept = Arc<Mutex<HashMap<u16, Position>>>;

/// An engine that tells where its legs are.
fn keeping(ports: RangeInclusive<u16>) -> (Bench, Kept) {
    let kept = Kept::default();
    let told = Arc::clone(&kept);
    let mut config = EngineConfig::new(LOCAL, ports);
    config.keep = Some(Keep::new(move |positions| {
        let mut told = told.lock().unwrap();
        for position in positions {
            told.insert(position.port, read_again(&position));
        }
    }));
    let engine = Engine::start(config).unwrap();
    let lane = engine.lane();
    (Bench { engine, lane }, kept)
}

/// Where a leg was when that was told last.
fn last_of(kept: &Kept, leg: &Leg) -> Position {
    let told = || kept.lock().unwrap().get(&leg.port()).copied();
    wait_until(|| told().is_some());
    told().unwrap()
}

/// Ends an engine as a signal would; gives where its legs were all the same.
fn ends(bench: Bench) -> Vec<Position> {
    let before = bench.stats().reports_out;
    let positions = bench.engine.freeze();
    assert_eq!(bench.stats().ports, 0);
    assert_eq!(bench.stats().reports_out, before, "no goodbye");
    positions
}

fn tone(hertz: f32) -> Option<SineTone> {
    Some(SineTone::new(hertz, -10.0))
}

/// What there is to see at the seam: that the numbers of one stream go on.
fn goes_on(phone: &Phone, seam: usize, began: Instant, resumed: Instant) {
    let heard = &phone.heard;
    for pair in heard.windows(2) {
        let step = pair[1].1.sequence.wrapping_sub(pair[0].1.sequence);
        assert_eq!(pair[1].1.ssrc, pair[0].1.ssrc);
        assert!((1..3_000).contains(&step), "a step of {step}");
    }
    let (last, first) = (&heard[seam - 1], &heard[seam]);
    assert!(first.1.marker);
    let silence = first.0.duration_since(last.0).as_millis() as u16;
    let step = first.1.sequence.wrapping_sub(last.1.sequence);
    assert!(step <= silence / 20 + 60, "{step} after {silence} ms");
    // The clock of the stream, from its first packet to the first after the seam.
    let ms = u128::from(first.1.timestamp.wrapping_sub(heard[0].1.timestamp) / 8);
    let least = resumed.duration_since(heard[0].0).as_millis();
    let most = first.0.duration_since(began).as_millis();
    assert!(ms + 40 >= least && ms <= most + 40, "{least} {ms} {most}");
}

#[test]
fn a_prompt_goes_on_in_the_same_stream() {
    let (one, kept) = keeping(18_700..=18_709);
    let mut phone = Phone::new(Codec::Pcma);
    let (to, mut events) = events();
    let leg = one.open(to).unwrap();
    let began = Instant::now();
    phone.call(&leg);
    leg.tone(440.0, -10.0);
    run(&mut [(&mut phone, tone(800.0))], 70, 60);
    let position = last_of(&kept, &leg);
    let standing = read_again(&leg.standing());
    ends(one);
    phone.listen();
    drop(leg);
    let seam = phone.heard.len();
    while let Some((_, event)) = events.try_recv() {
        assert!(matches!(event, Event::Flowing { .. }), "{event:?}");
    }
    let two = engine(18_700..=18_709);
    let (to, mut events) = self::events();
    let resumed = Instant::now();
    let leg = two.lane.resume(&standing, Some(&position), to).unwrap();
    leg.tone(1000.0, -10.0);
    run(&mut [(&mut phone, tone(800.0))], 30, seam + 25);
    goes_on(&phone, seam, began, resumed);
    let from = phone.socket.local_addr().unwrap();
    let flowing = Some((leg.id(), Event::Flowing { from }));
    assert_eq!(events.blocking_recv(), flowing);
    let after = &phone.samples()[(seam + 5) * 160..];
    assert!(share_of_frames(after, 1000.0) > 0.9);
    assert!(leg.has_telephone_event() && leg.codec() == Some(Codec::Pcma));
}

#[test]
fn what_was_told_last_of_a_leg_that_is_frozen_is_exact() {
    let (one, _) = keeping(18_720..=18_729);
    let mut phone = Phone::new(Codec::Pcma);
    let leg = one.open(events().0).unwrap();
    let began = Instant::now();
    phone.call(&leg);
    run(&mut [(&mut phone, tone(800.0))], 20, 20);
    let standing = leg.standing();
    let positions = ends(one);
    phone.listen();
    let seam = phone.heard.len();
    let next = phone.heard[seam - 1].1.sequence.wrapping_add(1);
    assert_eq!(positions.len(), 1);
    assert_eq!(positions[0].sequence, next);
    let two = engine(18_720..=18_729);
    let resumed = Instant::now();
    let leg = two
        .lane
        .resume(&standing, positions.first(), events().0)
        .unwrap();
    run(&mut [(&mut phone, tone(800.0))], 5, seam + 5);
    goes_on(&phone, seam, began, resumed);
    leg.close();
}

#[test]
fn a_leg_of_which_nothing_has_been_told_goes_on_from_its_beginning() {
    let one = engine(18_740..=18_749);
    let mut phone = Phone::new(Codec::Pcma);
    let leg = one.open(events().0).unwrap();
    let began = Instant::now();
    phone.call(&leg);
    run(&mut [(&mut phone, None)], 20, 20);
    let standing = leg.standing();
    ends(one);
    phone.listen();
    let seam = phone.heard.len();
    let two = engine(18_740..=18_749);
    let resumed = Instant::now();
    let leg = two.lane.resume(&standing, None, events().0).unwrap();
    run(&mut [(&mut phone, None)], 5, seam + 5);
    goes_on(&phone, seam, began, resumed);
    leg.close();
}

#[test]
fn joined_legs_hear_each_other_again() {
    let (one, kept) = keeping(18_760..=18_769);
    let (mut caller, mut handler) = (Phone::new(Codec::Pcma), Phone::new(Codec::Pcmu));
    let legs = [one.open(events().0).unwrap(), one.open(events().0).unwrap()];
    caller.call(&legs[0]);
    handler.call(&legs[1]);
    legs[0].join(&legs[1]);
    let phones = &mut [(&mut caller, tone(1000.0)), (&mut handler, tone(440.0))];
    run(phones, 60, 50);
    let known = legs
        .each_ref()
        .map(|leg| (read_again(&leg.standing()), last_of(&kept, leg)));
    ends(one);
    let before = [&mut caller, &mut handler].map(|phone| {
        phone.listen();
        phone.heard.pop().unwrap().1
    });
    caller.heard.clear();
    handler.heard.clear();
    let two = engine(18_760..=18_769);
    let legs = known.map(|(standing, position)| {
        two.lane
            .resume(&standing, Some(&position), events().0)
            .unwrap()
    });
    legs[0].join(&legs[1]);
    let phones = &mut [(&mut caller, tone(1000.0)), (&mut handler, tone(440.0))];
    run(phones, 40, 40);
    for ((phone, before), hertz) in [(&caller, before[0]), (&handler, before[1])]
        .into_iter()
        .zip([440.0, 1000.0])
    {
        let first = phone.heard[0].1;
        let step = first.sequence.wrapping_sub(before.sequence);
        assert_eq!(first.ssrc, before.ssrc);
        assert!((1..3_000).contains(&step), "{step}");
        assert!(share_heard(phone, hertz) > 0.9);
    }
    assert!(two.stats().relayed >= 40);
}

#[test]
fn a_stranger_is_not_heard_before_the_peer_is_and_gets_nothing() {
    let (one, kept) = keeping(18_780..=18_789);
    let mut phone = Phone::new(Codec::Pcma);
    let leg = one.open(events().0).unwrap();
    // Behind a NAT: the peer offers a port that is not where it is.
    let mut behind = Phone::new(Codec::Pcma);
    behind.call(&leg);
    phone.target = behind.target;
    let from = phone.socket.local_addr().unwrap();
    run(&mut [(&mut phone, tone(440.0))], 5, 5);
    let latched = || {
        kept.lock()
            .unwrap()
            .get(&leg.port())
            .is_some_and(|p| p.bound[1] == Some(from))
    };
    wait_until(latched);
    let (standing, position) = (leg.standing(), last_of(&kept, &leg));
    ends(one);
    phone.heard.clear();
    let two = engine(18_780..=18_789);
    let (to, mut events) = events();
    let leg = two.lane.resume(&standing, Some(&position), to).unwrap();
    let mut stranger = Phone::new(Codec::Pcma);
    stranger.target = phone.target;
    let packets = two.stats().packets_in;
    run(&mut [(&mut stranger, tone(440.0))], 5, 0);
    wait_until(|| two.stats().packets_in == packets + 5);
    run(&mut [(&mut phone, tone(440.0))], 5, 5);
    assert!(stranger.heard.is_empty());
    assert_eq!(
        events.blocking_recv(),
        Some((leg.id(), Event::Flowing { from }))
    );
    leg.close();
    let Some((_, Event::Closed(summary))) = events.blocking_recv() else {
        panic!("no summary");
    };
    assert_eq!(summary.strangers, 5);
}

#[test]
fn keys_come_in_after_the_seam() {
    let (caller_side, line_side) = (engine(18_800..=18_809), engine(18_820..=18_829));
    let caller = caller_side.open(events().0).unwrap();
    let line = line_side.open(events().0).unwrap();
    let offer = caller.offer(None);
    caller.accept_answer(&line.answer(&offer).unwrap()).unwrap();
    let standing = line.standing();
    let positions = ends(line_side);
    let two = engine(18_820..=18_829);
    let (to, mut events) = events();
    let _line = two.lane.resume(&standing, positions.first(), to).unwrap();
    for name in ['9', '9', '1'] {
        caller.press(Key::from_char(name).unwrap(), 60);
    }
    let mut keys = String::new();
    while keys.len() < 3 {
        if let (_, Event::Key { key, .. }) = events.blocking_recv().expect("the leg is open") {
            keys.push(key.as_char());
        }
    }
    assert_eq!(keys, "991");
}

#[test]
fn ports_of_legs_that_go_on_are_not_given_to_others() {
    let one = engine(18_840..=18_843);
    let leg = one.open(events().0).unwrap();
    let standing = leg.standing();
    let taken = one.lane.resume(&standing, None, events().0);
    assert!(matches!(taken, Err(MediaError::PortGone { port: 18_840 })));
    ends(one);
    let elsewhere = engine(18_860..=18_863);
    let outside = elsewhere.lane.resume(&standing, None, events().0);
    assert!(matches!(outside, Err(MediaError::PortGone { .. })));
    let two = engine(18_840..=18_843);
    let socket = UdpSocket::bind((LOCAL, 18_841)).unwrap();
    let held = two.lane.resume(&standing, None, events().0);
    assert!(matches!(held, Err(MediaError::PortGone { .. })));
    drop(socket);
    let leg = two.lane.resume(&standing, None, events().0).unwrap();
    assert_eq!(leg.port(), 18_840);
    let other = two.open(events().0).unwrap();
    assert_eq!(other.port(), 18_842);
    let full = two.open(events().0);
    assert!(matches!(full, Err(MediaError::NoPort { .. })));
}

#[test]
fn a_fault_of_whoever_is_told_costs_nobody_their_sound() {
    let mut config = EngineConfig::new(LOCAL, 18_880..=18_889);
    config.keep = Some(Keep::new(|_| panic!("a fault, as the test wants it")));
    let engine = Engine::start(config).unwrap();
    let mut phone = Phone::new(Codec::Pcma);
    let leg = engine.lane().open(events().0).unwrap();
    phone.call(&leg);
    wait_until(|| engine.stats().faults > 0);
    run(&mut [(&mut phone, None)], 0, 20);
}
