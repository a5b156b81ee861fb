//! What handlers do.

use super::given::*;
use crate::queue::*;

fn after_calls(wrap_up: u64) -> Queue {
    let mut queue = Queue::new(with(Rules {
        wrap_up: seconds(wrap_up),
        ..Rules::default()
    }));
    queue.on(at(0), sign_in("1001", &["general"]));
    queue
}

#[test]
fn a_handler_whose_phone_goes_is_offered_nobody() {
    let mut queue = two_handlers();
    queue.on(at(2), join(1, "general"));
    let actions = queue.on(at(3), sign_out("1001"));
    assert_eq!(actions, [withdraw(1, "1001"), offer(1, "1002")]);
    assert_eq!(word(&queue, "1001"), "signed out");
}

#[test]
fn a_handler_whose_phone_goes_while_they_talk_is_gone_after_the_call() {
    let mut queue = after_calls(30);
    take_a_call(&mut queue, 10, 1, "1001");
    queue.on(at(100), Event::Tick);
    queue.on(at(100), join(2, "general"));
    queue.on(at(101), answered(2, "1001"));
    queue.on(at(102), sign_out("1001"));
    assert_eq!(word(&queue, "1001"), "talking");
    queue.on(at(200), over("1001", false));
    assert_eq!(word(&queue, "1001"), "signed out");
    assert_eq!(queue.handlers(), 0);
}

#[test]
fn a_phone_that_is_back_before_the_call_is_over_has_not_gone() {
    let mut queue = after_calls(0);
    queue.on(at(1), join(1, "general"));
    queue.on(at(2), answered(1, "1001"));
    queue.on(at(3), sign_out("1001"));
    queue.on(at(4), sign_in("1001", &["general"]));
    queue.on(at(60), over("1001", false));
    assert_eq!(word(&queue, "1001"), "available");
}

#[test]
fn two_missed_in_a_row_make_not_ready_and_it_is_told() {
    let mut queue = two_handlers();
    queue.on(at(1), not_ready("1002"));
    queue.on(at(2), join(1, "general"));
    assert_eq!(queue.on(at(17), Event::Tick), [withdraw(1, "1001")]);
    assert_eq!(queue.on(at(20), Event::Tick), [offer(1, "1001")]);
    let told = Action::MadeNotReady {
        handler: id("1001"),
    };
    let actions = queue.on(at(35), Event::Tick);
    assert_eq!(actions, [withdraw(1, "1001"), told]);
    let state = queue.state_of(&id("1001")).unwrap();
    let until = Some(at(335));
    let reason = Reason::Missed;
    assert_eq!(*state, State::NotReady { reason, until });
    // A phone that registers again says nothing about who sits there.
    let registers = queue.on(at(40), sign_in("1001", &["general"]));
    assert_eq!(registers, []);
    assert_eq!(queue.on(at(50), ready("1001")), [offer(1, "1001")]);
    // And those missed before count no longer.
    queue.on(at(65), Event::Tick);
    assert_eq!(word(&queue, "1001"), "available");
}

#[test]
fn who_could_not_be_rung_has_missed_nothing_and_is_asked_again() {
    let mut queue = two_handlers();
    queue.on(at(1), not_ready("1002"));
    queue.on(at(2), join(1, "general"));
    for n in 0..20 {
        // No port was free; after a breath they are asked again, and are never made not ready.
        assert_eq!(queue.on(at(2 + 3 * n), not_rung(1, "1001")), []);
        assert_eq!(word(&queue, "1001"), "available");
        let next = queue.on(at(5 + 3 * n), Event::Tick);
        assert_eq!(next, [offer(1, "1001")]);
    }
    // Of one who is not rung by it, it says nothing.
    assert_eq!(queue.on(at(62), not_rung(1, "1002")), []);
    assert_eq!(queue.on(at(77), Event::Tick), [withdraw(1, "1001")]);
    assert_eq!(word(&queue, "1001"), "available");
}

#[test]
fn who_was_not_ready_for_missing_offers_is_so_again_after_a_while() {
    let mut queue = Queue::new(with(Rules {
        missed: 1,
        missed_pause: seconds(60),
        ..Rules::default()
    }));
    handlers(&mut queue, &["1001"]);
    queue.on(at(0), join(1, "general"));
    queue.on(at(15), Event::Tick);
    assert_eq!(queue.deadline(), Some(at(75)));
    assert_eq!(queue.on(at(75), Event::Tick), [offer(1, "1001")]);
}

#[test]
fn an_offer_that_is_taken_or_withdrawn_is_no_missed_one() {
    let mut queue = after_calls(0);
    queue.on(at(0), join(1, "general"));
    queue.on(at(15), Event::Tick);
    queue.on(at(18), Event::Tick);
    queue.on(at(19), leave(1));
    queue.on(at(20), join(2, "general"));
    queue.on(at(21), answered(2, "1001"));
    queue.on(at(60), over("1001", false));
    queue.on(at(61), join(3, "general"));
    queue.on(at(76), Event::Tick);
    assert_eq!(word(&queue, "1001"), "available");
}

#[test]
fn missed_offers_make_nobody_not_ready_where_that_is_off() {
    let mut queue = Queue::new(with(Rules {
        missed: 0,
        ..Rules::default()
    }));
    handlers(&mut queue, &["1001"]);
    queue.on(at(0), join(1, "general"));
    for second in 1..1_000 {
        queue.on(at(second), Event::Tick);
        assert_ne!(word(&queue, "1001"), "not-ready");
    }
}

#[test]
fn wrap_up_ends_by_itself() {
    let mut queue = after_calls(30);
    take_a_call(&mut queue, 10, 1, "1001");
    assert_eq!(word(&queue, "1001"), "wrap-up");
    assert_eq!(queue.on(at(71), join(2, "general")), []);
    assert_eq!(queue.on(at(99), Event::Tick), []);
    assert_eq!(queue.on(at(100), Event::Tick), [offer(2, "1001")]);
}

#[test]
fn wrap_up_is_extended_and_ended() {
    let mut queue = after_calls(30);
    take_a_call(&mut queue, 10, 1, "1001");
    queue.on(at(71), join(2, "general"));
    let extended = Event::Extended {
        handler: id("1001"),
        by: seconds(60),
    };
    assert_eq!(queue.on(at(80), extended.clone()), []);
    assert_eq!(queue.on(at(159), Event::Tick), []);
    assert_eq!(queue.deadline(), Some(at(160)));
    assert_eq!(queue.on(at(90), ready("1001")), [offer(2, "1001")]);
    // There is nothing to extend now.
    let until = queue.deadline();
    queue.on(at(91), extended);
    assert_eq!(queue.deadline(), until);
}

#[test]
fn not_ready_while_talking_holds_once_the_call_is_over() {
    let mut queue = after_calls(30);
    queue.on(at(1), join(1, "general"));
    queue.on(at(2), answered(1, "1001"));
    assert_eq!(queue.on(at(3), not_ready("1001")), []);
    assert_eq!(word(&queue, "1001"), "talking");
    queue.on(at(60), over("1001", false));
    assert_eq!(word(&queue, "1001"), "not-ready");
    assert_eq!(queue.deadline(), None, "it lasts until they say so");
    queue.on(at(61), join(2, "general"));
    assert_eq!(queue.on(at(9_999), ready("1001")), [offer(2, "1001")]);
}

#[test]
fn ready_while_talking_takes_that_back() {
    let mut queue = after_calls(0);
    queue.on(at(1), join(1, "general"));
    queue.on(at(2), answered(1, "1001"));
    queue.on(at(3), not_ready("1001"));
    queue.on(at(4), ready("1001"));
    queue.on(at(60), over("1001", false));
    assert_eq!(word(&queue, "1001"), "available");
}

#[test]
fn who_has_chosen_not_to_be_ready_is_not_told_that_they_missed_something() {
    let mut queue = Queue::new(with(Rules {
        missed: 1,
        ..Rules::default()
    }));
    handlers(&mut queue, &["1001"]);
    queue.on(at(1), join(1, "general"));
    queue.on(at(2), answered(1, "1001"));
    queue.on(at(3), not_ready("1001"));
    assert_eq!(queue.on(at(4), over("1001", false)), [parted(1, true)]);
    let state = queue.state_of(&id("1001")).unwrap();
    let reason = Reason::Chosen(Some(3));
    let until = None;
    assert_eq!(*state, State::NotReady { reason, until });
}

#[test]
fn not_ready_while_the_phone_rings_gives_the_caller_to_the_next() {
    let mut queue = two_handlers();
    queue.on(at(2), join(1, "general"));
    let actions = queue.on(at(3), not_ready("1001"));
    assert_eq!(actions, [withdraw(1, "1001"), offer(1, "1002")]);
}

#[test]
fn what_becomes_of_offers_is_counted_once() {
    let mut queue = two_handlers();
    queue.on(at(2), join(1, "general"));
    queue.on(at(17), Event::Tick);
    queue.on(at(18), refused(1, "1002"));
    queue.on(at(20), Event::Tick);
    queue.on(at(21), leave(1));
    queue.on(at(30), join(2, "general"));
    queue.on(at(31), answered(2, "1001"));
    queue.on(at(90), over("1001", false));
    let counters = queue.counters();
    let offers = (counters.offered, counters.overflowed);
    let became = (counters.missed, counters.refused, counters.withdrawn);
    assert_eq!((offers, became), ((4, 0), (1, 1, 1)));
    assert_eq!((counters.connected, counters.over), (1, 1));
    let callers = (counters.joined, counters.left, counters.returned);
    assert_eq!(callers, (2, 1, 0));
}
