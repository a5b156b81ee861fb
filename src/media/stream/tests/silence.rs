//! Nothing comes although it should.

use super::*;

#[test]
fn silence_and_its_end_are_reported_but_not_on_hold() {
    let mut rig = Rig::new(BOTH);
    rig.receive(at(4000), 8, 0, &[1; 160]);
    rig.ticks(1001);
    assert_eq!(
        rig.out.events[1..],
        [10_000, 20_000].map(|for_ms| Event::Silent {
            for_ms,
            heard: true
        })
    );
    rig.receive(at(4000), 8, 160, &[1; 160]);
    assert_eq!(rig.out.events.last(), Some(&Event::Resumed));
    assert_eq!(rig.out.events.len(), 4);
    rig.offer(4000, &format!("{BOTH}\r\na=recvonly"));
    rig.ticks(2000);
    assert_eq!(rig.out.events.len(), 4);
}

#[test]
fn silence_from_the_beginning_is_reported_as_well() {
    let mut rig = Rig::new(BOTH);
    rig.ticks(1001);
    assert_eq!(
        rig.out.events,
        [10_000, 20_000].map(|for_ms| Event::Silent {
            for_ms,
            heard: false
        })
    );
}

#[test]
fn silence_that_lasts_is_reported_again_once_a_minute_at_least() {
    let mut rig = Rig::new(BOTH);
    rig.receive(at(4000), 8, 0, &[1; 160]);
    rig.out.events.clear();
    rig.ticks(250 * 50);
    let seconds = [10, 20, 40, 80, 140, 200];
    let due = seconds.map(|s| Event::Silent {
        for_ms: s * 1_000,
        heard: true,
    });
    assert_eq!(rig.out.events, due);
}

#[test]
fn early_media_is_not_expected_and_counts_for_nothing() {
    let mut rig = Rig::new(BOTH);
    let mut early = rig.stream.agreement.clone().unwrap();
    early.early = true;
    rig.stream.agree(rig.now, early.clone());
    rig.receive(at(4000), 8, 0, &[1; 160]);
    rig.out.events.clear();
    rig.ticks(2_000);
    assert_eq!(rig.out.events, []);
    early.early = false;
    rig.stream.agree(rig.now, early);
    rig.ticks(1_001);
    let due = [10_000, 20_000].map(|for_ms| Event::Silent {
        for_ms,
        heard: false,
    });
    assert_eq!(rig.out.events, due);
}

#[test]
fn who_is_to_be_proved_is_told_of_when_heard_after_the_answer() {
    let mut rig = Rig::new(BOTH);
    rig.stream.prove();
    let mut early = rig.stream.agreement.clone().unwrap();
    early.early = true;
    // Back to ringing: what comes now proves nothing.
    rig.stream.watch.expect(rig.now, false);
    rig.stream.agree(rig.now, early.clone());
    rig.receive(at(4000), 8, 0, &[1, 2]);
    assert_eq!(rig.out.events, [Event::Flowing { from: at(4000) }]);
    early.early = false;
    rig.stream.agree(rig.now, early);
    rig.out.events.clear();
    rig.receive(at(4000), 8, 160, &[0xD5; 160]);
    rig.receive(at(4000), 8, 320, &[1, 2]);
    rig.receive(at(4000), 8, 480, &[1, 2]);
    let heard = [false, true].map(|sounding| Event::Heard { sounding });
    assert_eq!(rig.out.events, heard);
}
