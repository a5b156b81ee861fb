//! What becomes of what is told and sent to a media thread while it is held up.

use std::sync::Arc;

use super::{brake::Brake, waiting::next_event, *};
use crate::media::Meter;

/// Commands that wait before whoever has another must wait himself.
const COMMANDS: usize = 4096;
const TONES: [f32; 3] = [440.0, 800.0, 1_000.0];

#[test]
fn a_full_queue_loses_no_command_and_keeps_their_order() {
    let engine = engine(18_560..=18_579);
    let mut brake = Brake::new(&engine);
    let (to, mut events) = mailbox(4 * COMMANDS);
    let mut phones = TONES.map(|_| Phone::new(Codec::Pcma));
    let open = |phone: &mut Phone| {
        let leg = engine.open(to.clone()).unwrap();
        phone.call(&leg);
        leg
    };
    let legs: Vec<Leg> = phones.iter_mut().map(open).collect();
    let key = |n: usize| Key::from_code((n * n % 16) as u8).unwrap();
    let held = brake.hold();
    for n in 0..COMMANDS {
        let leg = &legs[n % legs.len()];
        match n % 8 {
            0 => leg.tone(3_000.0, -10.0),
            1 => leg.stop(),
            _ => leg.info_key(key(n)),
        }
    }
    assert_eq!(engine.stats().commands_waited, 0);
    assert!(events.try_recv().is_none());
    // From here on everybody waits; what is told last is what remains.
    let tell = |leg: Leg, hertz: f32| {
        std::thread::spawn(move || {
            (0..500).for_each(|n| leg.info_key(key(n)));
            leg.tone(3_000.0, -10.0);
            leg.stop();
            leg.tone(hertz, -10.0);
        })
    };
    let callers: Vec<_> = legs
        .iter()
        .zip(TONES)
        .map(|(leg, hertz)| tell(leg.clone(), hertz))
        .collect();
    wait_until(|| engine.stats().commands_waited == callers.len() as u64);
    drop(held);
    callers
        .into_iter()
        .for_each(|caller| caller.join().unwrap());

    let expected: Vec<Vec<Key>> = (0..legs.len())
        .map(|leg| {
            let before = (0..COMMANDS).filter(|n| n % legs.len() == leg && n % 8 > 1);
            before.chain(0..500).map(key).collect()
        })
        .collect();
    let mut keys: Vec<Vec<Key>> = vec![Vec::new(); legs.len()];
    let all: usize = expected.iter().map(Vec::len).sum();
    while keys.iter().map(Vec::len).sum::<usize>() < all {
        if let (id, Event::Key { key, .. }) = next_event(&mut events) {
            let leg = legs.iter().position(|leg| leg.id() == id).unwrap();
            keys[leg].push(key);
        }
    }
    assert!(keys == expected, "keys are missing or out of order");
    assert_eq!(engine.stats().events_lost, 0);
    phones.iter_mut().for_each(Phone::listen);
    phones.iter_mut().for_each(|phone| phone.heard.clear());
    let mut all: Vec<_> = phones.iter_mut().map(|phone| (phone, None)).collect();
    run(&mut all, 0, 15);
    for (phone, hertz) in phones.iter_mut().zip(TONES) {
        let last = phone.heard.len() - 10;
        phone.heard.drain(..last);
        let share = share_heard(phone, hertz);
        assert!(share > 0.95, "{share} at {hertz} Hz");
    }
}

/// When a datagram was handed to the system: before and after.
type Span = (Instant, Instant);

/// The least and the most by which two packets that follow each other can have deviated from 20 ms.
fn deviation(one: Span, next: Span) -> (Duration, Duration) {
    let frame = Duration::from_millis(20);
    let least = next.0.saturating_duration_since(one.1);
    let most = next.1.saturating_duration_since(one.0);
    let (early, late) = (frame.saturating_sub(most), least.saturating_sub(frame));
    (
        early.max(late),
        frame.abs_diff(least).max(frame.abs_diff(most)),
    )
}

/// Sends packets 20 ms after each other while the thread is held up, and has them measured.
fn measure(engine: &Bench, brake: &mut Brake, packets: usize) -> (Duration, Vec<Span>, Arc<Meter>) {
    let meter = Arc::new(Meter::default());
    let mut phone = Phone::new(Codec::Pcma);
    let leg = engine.open(events().0).unwrap();
    phone.call(&leg);
    leg.measure(Arc::clone(&meter));
    let start = Instant::now();
    let held = brake.hold();
    let mut spans = Vec::new();
    for n in 0..packets {
        let before = Instant::now();
        phone.send(&[0x55; 160]);
        spans.push((before, Instant::now()));
        let next = start + Duration::from_millis(20) * (n as u32 + 1);
        std::thread::sleep(next.saturating_duration_since(Instant::now()));
    }
    drop(held);
    wait_until(|| meter.spacing.count() + 1 == packets as u64);
    (start.elapsed(), spans, meter)
}

/// They are all read at one go, long after they have come.
#[test]
fn packets_that_came_while_the_thread_was_held_up_are_measured_by_their_arrival() {
    let engine = engine(18_580..=18_599);
    let mut brake = Brake::new(&engine);
    let (spans, meter) = loop {
        // Older stamps than a second are not believed; where this machine took as long, once more.
        let (passed, spans, meter) = measure(&engine, &mut brake, 7);
        if passed < Duration::from_millis(900) {
            break (spans, meter);
        }
    };
    let pairs = spans.windows(2).map(|pair| deviation(pair[0], pair[1]));
    let (mut least, mut most): (Vec<_>, Vec<_>) = pairs.unzip();
    least.sort_unstable();
    most.sort_unstable();
    for (n, (least, most)) in least.into_iter().zip(most).enumerate() {
        let share = (n as f64 + 0.5) / 6.0;
        let measured = meter.spacing.quantile(share).unwrap();
        println!("{measured:?} measured, {least:?} to {most:?} sent");
        // A meter's steps are 3 % wide, and two clocks are read.
        let slack = Duration::from_micros(100);
        assert!(measured + slack >= least, "{measured:?} and {least:?}");
        assert!(
            measured <= most + most / 32 + slack,
            "{measured:?} and {most:?}"
        );
    }
}
