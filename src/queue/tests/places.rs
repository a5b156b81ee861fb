//! Places that are kept: by callers who hang up, and by those who come back from a handler.

use super::given::*;
use crate::flow::Priority;
use crate::queue::*;

#[test]
fn a_conversation_of_a_moment_puts_the_caller_back_where_they_were() {
    let mut queue = Queue::default();
    queue.on(at(0), join(1, "general"));
    queue.on(at(1), join(2, "general"));
    queue.on(at(2), sign_in("1001", &["general"]));
    queue.on(at(3), answered(1, "1001"));
    assert_eq!(queue.on(at(4), over("1001", false)), [parted(1, true)]);
    assert_eq!(position(&queue, 1), Some(1));
    assert_eq!(queue.on(at(7), Event::Tick), [offer(1, "1001")]);
    queue.on(at(8), answered(1, "1001"));
    let actions = queue.on(at(60), over("1001", false));
    assert_eq!(actions, [parted(1, false), offer(2, "1001")]);
}

#[test]
fn a_caller_whose_handler_is_lost_waits_again_at_their_old_place() {
    let mut queue = two_handlers();
    queue.on(at(2), join(1, "general"));
    queue.on(at(3), answered(1, "1001"));
    queue.on(at(4), not_ready("1002"));
    queue.on(at(100), join(2, "general"));
    assert_eq!(queue.on(at(1_200), over("1001", true)), [parted(1, true)]);
    assert_eq!(position(&queue, 1), Some(1));
    assert_eq!(queue.on(at(1_201), ready("1002")), [offer(1, "1002")]);
}

#[test]
fn a_caller_who_hangs_up_in_a_moment_does_not_wait_again() {
    let mut queue = two_handlers();
    queue.on(at(2), join(1, "general"));
    queue.on(at(3), answered(1, "1001"));
    queue.on(at(4), leave(1));
    assert_eq!(queue.on(at(4), over("1001", false)), []);
    assert_eq!(queue.waiting(), 0);
    // Nor is it held against the handler: one missed offer is still the first.
    queue.on(at(5), not_ready("1002"));
    queue.on(at(5), join(2, "general"));
    assert_eq!(queue.on(at(20), Event::Tick), [withdraw(2, "1001")]);
    assert_eq!(word(&queue, "1001"), "available");
}

#[test]
fn a_caller_from_a_talk_comes_back_at_the_top() {
    let mut queue = Queue::default();
    queue.on(at(0), join(1, "general"));
    queue.on(at(0), sign_in("1001", &["general"]));
    queue.on(at(1), answered(1, "1001"));
    queue.on(at(2), joins(2, wanted("general", Priority::YoungOrOld)));
    queue.on(at(3), joins(3, wanted("general", Priority::Emergency)));
    let back = Event::Joined {
        ticket: ticket(1),
        wanted: wanted("general", Priority::Ordinary),
        place: Place::Top,
    };
    assert_eq!(queue.on(at(900), back), []);
    assert_eq!(position(&queue, 1), Some(2));
    // The handler who has let them go is free with the end of that conversation, and not before.
    assert_eq!(queue.on(at(901), over("1001", false)), [offer(3, "1001")]);
    assert_eq!(queue.counters().returned, 1);
}

#[test]
fn the_end_of_a_conversation_from_before_ends_no_other() {
    let mut queue = Queue::default();
    queue.on(at(0), sign_in("1001", &["general"]));
    queue.on(at(0), join(1, "general"));
    queue.on(at(1), answered(1, "1001"));
    // To a nurse, whom they have before the first handler has hung up.
    queue.on(at(60), sign_in("2001", &["clinician"]));
    let nurse = joins(1, Wanted::for_callback(CLINICIAN, Priority::Ordinary));
    assert_eq!(queue.on(at(60), nurse), [offer(1, "2001")]);
    queue.on(at(61), answered(1, "2001"));
    assert_eq!(queue.on(at(62), over("1001", true)), []);
    let actions = queue.on(at(300), over("2001", false));
    assert_eq!(actions, [parted(1, false)]);
}

#[test]
fn whoever_wants_somebody_else_now_is_not_rung_by_those_from_before() {
    let mut queue = Queue::default();
    queue.on(at(0), sign_in("1001", &["general"]));
    queue.on(at(0), sign_in("2001", &["clinician"]));
    queue.on(at(1), join(1, "general"));
    let nurse = joins(1, Wanted::for_callback(CLINICIAN, Priority::Ordinary));
    let actions = queue.on(at(2), nurse);
    assert_eq!(actions, [withdraw(1, "1001"), offer(1, "2001")]);
}

#[test]
fn whoever_would_do_as_well_for_what_is_wanted_now_goes_on_ringing() {
    let mut queue = two_handlers();
    queue.on(at(1), join(1, "general"));
    let urgent = joins(1, wanted("general", Priority::Emergency));
    assert_eq!(queue.on(at(2), urgent), []);
    assert_eq!(queue.on(at(3), join(1, "general")), []);
    assert_eq!(word(&queue, "1001"), "offered");
    assert_eq!(queue.on(at(4), answered(1, "1001")), [connect(1, "1001")]);
}

#[test]
fn whoever_goes_to_another_region_counts_there() {
    let mut queue = Queue::new(with(Rules {
        capacity: Some(1),
        ..Rules::default()
    }));
    let general = |region| wanted("general", Priority::Ordinary).from_region(region, None, None);
    queue.on(at(0), joins(1, general("kent")));
    assert_eq!(queue.on(at(1), joins(1, general("london"))), []);
    assert_eq!(queue.on(at(2), joins(2, general("kent"))), []);
    let full = Action::Full { ticket: ticket(3) };
    assert_eq!(queue.on(at(3), joins(3, general("london"))), [full]);
}

#[test]
fn who_keeps_their_place_is_offered_in_their_turn() {
    let mut queue = Queue::default();
    for n in 1..=20_u64 {
        queue.on(at(n.cast_signed()), join(n, "general"));
    }
    assert_eq!(queue.on(at(30), keep(3)), []);
    assert_eq!(position(&queue, 3), Some(3));
    for n in 1..=4 {
        let signed_in = queue.on(at(40), sign_in(&format!("{n}"), &["general"]));
        assert_eq!(signed_in, [offer(n, &n.to_string())]);
    }
    assert_eq!(queue.on(at(41), answered(3, "3")), [connect(3, "3")]);
}

#[test]
fn who_keeps_their_place_while_a_phone_rings_is_offered_anew() {
    let mut queue = Queue::default();
    queue.on(at(0), sign_in("1001", &["general"]));
    queue.on(at(1), join(1, "general"));
    let actions = queue.on(at(2), keep(1));
    assert_eq!(actions, [withdraw(1, "1001"), offer(1, "1001")]);
    // Called back, and gone again while a phone rings: it rings for nobody who is on the line.
    assert_eq!(queue.on(at(3), keep(1)), actions);
    assert_eq!(queue.counters().kept, 1);
}

#[test]
fn who_cannot_be_reached_keeps_the_place_for_one_more_try() {
    let mut queue = Queue::new(Settings {
        rules: Rules {
            wrap_up: seconds(30),
            ..Rules::default()
        },
        retry: seconds(120),
        ..Settings::default()
    });
    queue.on(at(0), join(1, "general"));
    queue.on(at(0), keep(1));
    queue.on(at(1), sign_in("1001", &["general"]));
    queue.on(at(2), answered(1, "1001"));
    queue.on(at(3), join(2, "general"));
    assert_eq!(queue.on(at(32), unreached(1)), []);
    // The handler who was held for them has nothing to write down.
    assert_eq!(queue.on(at(33), over("1001", false)), [offer(2, "1001")]);
    queue.on(at(34), answered(2, "1001"));
    queue.on(at(35), join(3, "general"));
    assert_eq!(queue.standing(at(0), ticket(1)), None);
    assert_eq!(queue.on(at(152), Event::Tick), []);
    assert_eq!(position(&queue, 1), Some(1));
    assert_eq!(queue.on(at(160), over("1001", false)), [parted(2, false)]);
    let after_wrap_up = queue.on(at(190), Event::Tick);
    assert_eq!(after_wrap_up, [offer(1, "1001")]);
    queue.on(at(191), answered(1, "1001"));
    let given_up = Action::GivenUp { ticket: ticket(1) };
    assert_eq!(queue.on(at(221), unreached(1)), [given_up]);
    assert_eq!(queue.on(at(222), over("1001", false)), [offer(3, "1001")]);
    assert_eq!(queue.counters().given_up, 1);
}

#[test]
fn nobody_is_offered_who_is_to_be_tried_later() {
    let mut queue = two_handlers();
    queue.on(at(2), join(1, "general"));
    queue.on(at(2), keep(1));
    queue.on(at(3), answered(1, "1001"));
    assert_eq!(queue.on(at(30), unreached(1)), []);
    assert_eq!(queue.deadline(), Some(at(150)));
    assert_eq!(queue.on(at(149), sign_in("1003", &["general"])), []);
    let due = queue.on(at(150), Event::Tick);
    assert_eq!(due.len(), 1, "{due:?}");
}

#[test]
fn a_handler_who_goes_before_the_caller_has_answered_costs_no_try() {
    let mut queue = two_handlers();
    queue.on(at(2), join(1, "general"));
    queue.on(at(2), keep(1));
    queue.on(at(3), answered(1, "1001"));
    assert_eq!(queue.on(at(20), join(1, "general")), [offer(1, "1002")]);
    assert_eq!(queue.on(at(20), over("1001", true)), []);
    queue.on(at(21), answered(1, "1002"));
    assert_eq!(queue.on(at(50), unreached(1)), [], "the first try");
}

#[test]
fn a_place_from_before_is_the_same_place() {
    let mut queue = Queue::default();
    queue.on(at(100), join(1, "general"));
    let restored = |n: u64, since, tries| Event::Restored {
        ticket: ticket(n),
        caller: kept(wanted("general", Priority::Ordinary), at(since), tries),
    };
    queue.on(at(101), restored(2, 50, 1));
    queue.on(at(101), restored(3, 9_999, 0));
    queue.on(at(102), restored(2, 1_000, 0));
    let places = [1, 2, 3].map(|n| position(&queue, n).unwrap());
    assert_eq!(places, [2, 1, 3]);
    queue.on(at(103), sign_in("1001", &["general"]));
    queue.on(at(104), answered(2, "1001"));
    let given_up = Action::GivenUp { ticket: ticket(2) };
    assert_eq!(queue.on(at(140), unreached(2)), [given_up]);
}

#[test]
fn a_full_queue_turns_away_neither_emergencies_nor_those_who_come_back() {
    let mut queue = Queue::new(with(Rules {
        capacity: Some(1),
        ..Rules::default()
    }));
    queue.on(at(0), sign_in("1001", &["general"]));
    queue.on(at(0), join(1, "general"));
    queue.on(at(1), answered(1, "1001"));
    queue.on(at(2), join(2, "general"));
    let full = Action::Full { ticket: ticket(3) };
    assert_eq!(queue.on(at(3), join(3, "general")), [full]);
    let danger = joins(4, wanted("general", Priority::Emergency));
    assert_eq!(queue.on(at(4), danger), []);
    let top = Event::Joined {
        ticket: ticket(5),
        wanted: wanted("general", Priority::Ordinary),
        place: Place::Top,
    };
    assert_eq!(queue.on(at(5), top), []);
    assert_eq!(queue.on(at(6), join(1, "general")), [], "from a talk");
    assert_eq!(queue.on(at(7), join(2, "general")), [], "waits already");
    let restored = Event::Restored {
        ticket: ticket(6),
        caller: kept(wanted("general", Priority::Ordinary), at(0), 0),
    };
    assert_eq!(queue.on(at(8), restored), []);
    assert_eq!((queue.waiting(), queue.counters().full), (5, 1));
}

#[test]
fn who_waits_on_the_line_since_before_stands_where_they_stood() {
    let mut queue = Queue::default();
    queue.on(at(100), join(1, "general"));
    let restored = Event::Restored {
        ticket: ticket(2),
        caller: Elsewhere {
            kept: None,
            ..kept(wanted("general", Priority::Ordinary), at(50), 0)
        },
    };
    queue.on(at(101), restored);
    assert_eq!(position(&queue, 2), Some(1));
    assert_eq!(queue.counters().kept, 0);
    queue.on(at(102), sign_in("1001", &["general"]));
    queue.on(at(103), answered(2, "1001"));
    // On the line: a handler who goes at once gives them back.
    assert_eq!(queue.on(at(104), over("1001", false)), [parted(2, true)]);
}

#[test]
fn who_talked_before_talks_on() {
    for first in ["signs in", "is seen", "talks"] {
        let mut queue = Queue::default();
        queue.on(at(0), join(2, "general"));
        let continued = Event::Continued {
            ticket: ticket(1),
            caller: Elsewhere {
                kept: None,
                ..kept(wanted("general", Priority::Ordinary), at(-100), 0)
            },
            handler: HandlerId::new("1001"),
            since: at(-50),
        };
        if first == "signs in" {
            assert_eq!(
                queue.on(at(1), sign_in("1001", &["general"])),
                [offer(2, "1001")]
            );
            assert_eq!(queue.on(at(1), continued), [withdraw(2, "1001")]);
        } else {
            assert_eq!(queue.on(at(1), continued), []);
            if first == "is seen" {
                let seen = Seen {
                    profile: Profile::with_skills(["general"]),
                    state: State::Available {
                        since: at(-500),
                        from: None,
                    },
                    missed: 0,
                    calls: 7,
                };
                let handler = HandlerId::new("1001");
                let seen = Some(seen);
                assert_eq!(queue.on(at(1), Event::Seen { handler, seen }), []);
            }
            assert_eq!(queue.on(at(2), sign_in("1001", &["general"])), []);
        }
        assert_eq!(word(&queue, "1001"), "talking", "{first}");
        assert_eq!(queue.waiting(), 1);
        let actions = queue.on(at(3), over("1001", false));
        assert_eq!(actions, [parted(1, false), offer(2, "1001")]);
    }
}
