//! What callers can be told.

use std::time::Duration;

use super::given::*;
use crate::flow::Priority;
use crate::queue::*;

fn everyone_after_a_minute() -> Overflow {
    Overflow {
        to: Reach::Everyone,
        after: Some(seconds(60)),
        longer_than: None,
        estimate_over: None,
    }
}

#[test]
fn position_counts_those_who_wait_for_the_same_handlers() {
    let mut queue = Queue::default();
    queue.on(at(0), sign_in("1001", &["general"]));
    queue.on(at(0), sign_in("2001", &["clinician"]));
    for n in 1..=3_u64 {
        queue.on(at(n.cast_signed()), join(n, "general"));
    }
    queue.on(
        at(4),
        joins(4, Wanted::for_callback(CLINICIAN, Priority::Ordinary)),
    );
    queue.on(
        at(5),
        joins(5, Wanted::for_callback(CLINICIAN, Priority::Ordinary)),
    );
    queue.on(at(6), joins(6, wanted("general", Priority::YoungOrOld)));
    // 1 and 4 are rung for, and not gone for that.
    let places = [1, 2, 3, 4, 5, 6].map(|n| position(&queue, n).unwrap());
    assert_eq!(places, [2, 3, 4, 1, 2, 1]);
    assert_eq!(queue.standing(at(0), ticket(7)), None);
}

#[test]
fn nobody_is_told_that_they_are_next_because_no_handler_has_come_yet() {
    let mut queue = Queue::new(Settings {
        rules: Rules {
            overflow: vec![everyone_after_a_minute()],
            ..Rules::default()
        },
        ..Settings::default()
    });
    queue.on(at(0), join(1, "general"));
    // They reach further by now, and stand in another line.
    queue.on(at(70), Event::Tick);
    queue.on(at(71), join(2, "general"));
    queue.on(at(72), join(3, "dental"));
    let places = [1, 2, 3].map(|n| position(&queue, n).unwrap());
    assert_eq!(places, [1, 2, 1]);
}

#[test]
fn the_estimate_is_what_calls_have_taken_shared_by_those_who_are_there() {
    let mut queue = Queue::new(Settings {
        handling: seconds(160),
        ..Settings::default()
    });
    queue.on(at(0), join(1, "general"));
    queue.on(at(0), join(2, "general"));
    let nobody = queue.standing(at(0), ticket(2)).unwrap();
    assert_eq!((nobody.estimate, nobody.staffed), (None, 0));
    queue.on(at(1), sign_in("1001", &["general"]));
    queue.on(at(2), answered(1, "1001"));
    queue.on(at(3), join(3, "general"));
    let two = queue.standing(at(0), ticket(3)).unwrap();
    assert_eq!((two.position, two.staffed), (2, 1));
    assert_eq!(two.estimate, Some(seconds(320)));
    // A call of 320 seconds moves the average by a sixteenth of the difference.
    queue.on(at(322), over("1001", false));
    queue.on(at(323), answered(2, "1001"));
    let next = queue.standing(at(0), ticket(3)).unwrap();
    assert_eq!(next.estimate, Some(seconds(170)));
    queue.on(at(324), sign_in("1002", &["dental"]));
    queue.on(at(325), not_ready("1002"));
    assert_eq!(
        queue.standing(at(0), ticket(3)),
        Some(next),
        "neither helps them"
    );
}

#[test]
fn wrap_up_is_part_of_what_a_call_takes() {
    let mut queue = Queue::new(Settings {
        handling: seconds(100),
        rules: Rules {
            wrap_up: seconds(20),
            ..Rules::default()
        },
        ..Settings::default()
    });
    queue.on(at(0), sign_in("1001", &["general"]));
    queue.on(at(0), join(1, "general"));
    queue.on(at(0), join(2, "general"));
    let estimate = |n| queue.standing(at(0), ticket(n)).unwrap().estimate;
    // A phone rings for the first; the second waits until they have talked.
    assert_eq!(estimate(1), Some(Duration::ZERO));
    assert_eq!(estimate(2), Some(seconds(120)));
}

#[test]
fn those_who_hang_up_make_the_wait_of_those_behind_them_shorter() {
    let estimate = |left: u64| {
        let mut queue = Queue::new(Settings {
            handling: seconds(300),
            ..Settings::default()
        });
        queue.on(at(0), sign_in("1001", &["general"]));
        queue.on(at(0), join(1, "general"));
        queue.on(at(0), answered(1, "1001"));
        for n in 2..=60 {
            queue.on(at(1), join(n, "general"));
        }
        for n in 2..2 + left {
            queue.on(at(61), leave(n));
        }
        let standing = queue.standing(at(61), ticket(60)).unwrap();
        let ahead = u32::try_from(standing.position).unwrap();
        (standing.estimate.unwrap(), seconds(300) * ahead)
    };
    let (whole, product) = estimate(0);
    assert_eq!(whole, product);
    let (some, product) = estimate(30);
    // Thirty have left who had waited a minute each: whoever waits does not bear it much longer.
    assert!(some < product / 10, "{some:?} of {product:?}");
}

#[test]
fn whoever_reaches_further_before_their_turn_waits_until_then_and_no_longer() {
    let mut queue = Queue::new(Settings {
        rules: Rules {
            overflow: vec![everyone_after_a_minute()],
            ..Rules::default()
        },
        handling: seconds(300),
        ..Settings::default()
    });
    for (name, provider) in [("1001", "a"), ("1002", "b"), ("1003", "b")] {
        queue.on(at(0), sign_in_for(name, provider));
    }
    queue.on(at(0), joins(1, of_share("a")));
    queue.on(at(0), answered(1, "1001"));
    queue.on(at(10), joins(2, of_share("a")));
    let estimate = |now| queue.standing(at(now), ticket(2)).unwrap().estimate;
    // A call takes five minutes, but in one minute they reach others, who are free.
    assert_eq!(estimate(10), Some(seconds(60)));
    assert_eq!(estimate(40), Some(seconds(30)));
}

#[test]
fn the_longest_wait_is_of_those_on_the_line() {
    let mut queue = Queue::default();
    let of = |region: &str| wanted("general", Priority::Ordinary).for_caller(region, None, "en-GB");
    queue.on(at(0), joins(1, of("london")));
    queue.on(at(10), joins(2, of("london")));
    queue.on(at(20), joins(3, of("suffolk").by(at(9_000))));
    let london = |waits: u64| [("london", seconds(waits))].into();
    assert_eq!(queue.longest_waits(at(30)), london(30));
    assert_eq!(
        [1, 2, 3, 4].map(|n| queue.has_place(ticket(n))),
        [true, true, true, false]
    );
    queue.on(at(30), keep(1));
    assert_eq!(queue.longest_waits(at(40)), london(30));
    queue.on(at(40), leave(2));
    assert!(queue.longest_waits(at(40)).is_empty());
}
