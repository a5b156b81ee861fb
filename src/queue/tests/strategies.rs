//! Which of several free handlers is rung.

use super::given::*;
use crate::flow::Priority;
use crate::queue::*;

#[test]
fn the_longest_idle_handler_is_rung() {
    let mut queue = two_handlers();
    assert_eq!(queue.on(at(2), join(1, "general")), [offer(1, "1001")]);
    assert_eq!(queue.on(at(2), join(2, "general")), [offer(2, "1002")]);
    assert_eq!(queue.on(at(2), join(3, "general")), []);
    assert_eq!(position(&queue, 3), Some(3));
}

#[test]
fn whoever_has_taken_the_fewest_calls_is_rung() {
    let mut queue = by(Strategy::FewestCalls);
    handlers(&mut queue, &["1001", "1002"]);
    take_a_call(&mut queue, 10, 1, "1001");
    queue.on(at(100), not_ready("1002"));
    queue.on(at(200), ready("1002"));
    // Idle for less long, but with no call so far.
    assert_eq!(queue.on(at(201), join(2, "general")), [offer(2, "1002")]);
}

#[test]
fn a_conversation_of_a_moment_is_no_call() {
    let mut queue = by(Strategy::FewestCalls);
    handlers(&mut queue, &["1001", "1002"]);
    queue.on(at(10), join(1, "general"));
    queue.on(at(10), answered(1, "1001"));
    queue.on(at(11), over("1001", false));
    queue.on(at(12), answered(1, "1002"));
    queue.on(at(90), over("1002", false));
    assert_eq!(queue.on(at(91), join(2, "general")), [offer(2, "1001")]);
}

#[test]
fn the_highest_level_of_what_is_required_is_rung() {
    let levels = |dental, general| Profile {
        skills: [("dental".into(), dental), ("general".into(), general)].into(),
        ..Profile::default()
    };
    for strategy in [Strategy::LongestIdle, Strategy::HighestSkill] {
        let mut queue = by(strategy);
        queue.on(at(0), sign_in_as("1001", levels(1, 9)));
        queue.on(at(1), sign_in_as("1002", levels(5, 0)));
        queue.on(at(2), sign_in_as("1003", levels(3, 9)));
        let names = match strategy {
            Strategy::HighestSkill => ["1002", "1003", "1001"],
            _ => ["1001", "1002", "1003"],
        };
        for (n, name) in (1..).zip(names) {
            assert_eq!(queue.on(at(3), join(n, "dental")), [offer(n, name)]);
        }
    }
}

#[test]
fn one_after_the_other() {
    let mut queue = by(Strategy::RoundRobin);
    handlers(&mut queue, &["1001", "1002", "1003"]);
    take_a_call(&mut queue, 10, 1, "1001");
    take_a_call(&mut queue, 100, 2, "1002");
    take_a_call(&mut queue, 200, 3, "1003");
    take_a_call(&mut queue, 300, 4, "1001");
    // Longer idle, but their turn has been.
    queue.on(at(400), not_ready("1002"));
    queue.on(at(401), ready("1002"));
    assert_eq!(queue.on(at(402), join(5, "general")), [offer(5, "1002")]);
}

#[test]
fn an_offer_that_is_withdrawn_was_a_turn() {
    let mut queue = by(Strategy::RoundRobin);
    handlers(&mut queue, &["1001", "1002"]);
    assert_eq!(queue.on(at(5), join(1, "general")), [offer(1, "1001")]);
    queue.on(at(6), leave(1));
    assert_eq!(queue.on(at(7), join(2, "general")), [offer(2, "1002")]);
}

#[test]
fn all_are_rung_and_the_first_to_answer_has_the_caller() {
    let mut queue = by(Strategy::RingAll);
    handlers(&mut queue, &["1001", "1002", "1003"]);
    let all = [offer(1, "1001"), offer(1, "1002"), offer(1, "1003")];
    assert_eq!(queue.on(at(5), join(1, "general")), all);
    assert_eq!(queue.on(at(5), join(2, "general")), []);
    let actions = queue.on(at(6), answered(1, "1002"));
    let others = [
        connect(1, "1002"),
        withdraw(1, "1001"),
        offer(2, "1001"),
        withdraw(1, "1003"),
        offer(2, "1003"),
    ];
    assert_eq!(actions, others);
    let late = Action::Late {
        ticket: ticket(1),
        handler: id("1001"),
    };
    assert_eq!(queue.on(at(6), answered(1, "1001")), [late]);
}

#[test]
fn who_comes_free_while_others_ring_rings_along() {
    let mut queue = by(Strategy::RingAll);
    handlers(&mut queue, &["1001"]);
    queue.on(at(1), join(1, "general"));
    // By signing in, by being ready, by the end of a call.
    let signed_in = queue.on(at(2), sign_in("1002", &["general"]));
    assert_eq!(signed_in, [offer(1, "1002")]);
    queue.on(at(3), sign_in("1003", &["dental"]));
    queue.on(at(3), not_ready("1003"));
    queue.on(at(3), sign_in("1003", &["general"]));
    assert_eq!(queue.on(at(4), ready("1003")), [offer(1, "1003")]);
    queue.on(at(5), answered(1, "1003"));
    let all = [offer(2, "1001"), offer(2, "1002")];
    assert_eq!(queue.on(at(6), join(2, "general")), all);
    let actions = queue.on(at(60), over("1003", false));
    assert!(actions.contains(&offer(2, "1003")), "{actions:?}");
}

#[test]
fn who_comes_free_takes_somebody_for_whom_nobody_rings_first() {
    let mut queue = by(Strategy::RingAll);
    handlers(&mut queue, &["1001"]);
    queue.on(at(1), join(1, "general"));
    queue.on(at(2), join(2, "general"));
    let signed_in = queue.on(at(3), sign_in("1002", &["general"]));
    assert_eq!(signed_in, [offer(2, "1002")]);
}

#[test]
fn who_has_refused_rings_along_only_when_nobody_else_does() {
    let mut queue = by(Strategy::RingAll);
    handlers(&mut queue, &["1001", "1002"]);
    queue.on(at(2), join(1, "general"));
    assert_eq!(queue.on(at(3), refused(1, "1001")), []);
    assert_eq!(queue.on(at(6), Event::Tick), [], "1002 rings still");
    assert_eq!(queue.on(at(7), refused(1, "1002")), [offer(1, "1001")]);
}

#[test]
fn what_is_preferred_comes_before_how_long_somebody_is_idle() {
    let mut queue = Queue::default();
    queue.on(at(0), sign_in("1001", &["general"]));
    queue.on(at(1), sign_in("1002", &["general", "frailty"]));
    let prefers = |n| {
        let mut wanted = wanted("general", Priority::Ordinary);
        wanted.preferred.insert("frailty".into());
        joins(n, wanted)
    };
    assert_eq!(queue.on(at(2), prefers(1)), [offer(1, "1002")]);
    assert_eq!(
        queue.on(at(2), prefers(2)),
        [offer(2, "1001")],
        "not required"
    );
}

#[test]
fn a_language_comes_before_what_is_preferred_and_keeps_nobody_waiting() {
    let mut queue = Queue::default();
    queue.on(at(0), sign_in("1001", &["general", "frailty"]));
    let welsh = Profile {
        languages: ["cy-GB".to_owned()].into(),
        ..Profile::with_skills(["general"])
    };
    queue.on(at(1), sign_in_as("1002", welsh));
    let speaks = |n| {
        let mut wanted = wanted("general", Priority::Ordinary);
        wanted.preferred.insert("frailty".into());
        joins(n, wanted.from_region("", None, Some("cy-GB".into())))
    };
    assert_eq!(queue.on(at(2), speaks(1)), [offer(1, "1002")]);
    assert_eq!(queue.on(at(2), speaks(2)), [offer(2, "1001")]);
}

#[test]
fn what_will_do_instead_counts_only_while_nobody_has_the_skill() {
    let mut queue = Queue::default();
    queue.on(at(0), join(1, "mental-health"));
    queue.on(at(1), join(2, "clinician"));
    let signed_in = queue.on(at(2), sign_in("1001", &["general"]));
    assert_eq!(signed_in, [offer(1, "1001")]);
    let mut busy = Queue::default();
    busy.on(at(0), sign_in("1003", &["mental-health"]));
    busy.on(at(0), join(1, "mental-health"));
    busy.on(at(1), sign_in("1001", &["general"]));
    let joined = busy.on(at(2), join(2, "mental-health"));
    assert_eq!(joined, [], "1003 comes free again");
    // Until they are not there any more.
    busy.on(at(3), answered(1, "1003"));
    assert_eq!(busy.on(at(4), sign_out("1003")), [offer(2, "1001")]);
}

#[test]
fn a_clinician_who_rings_back_is_one() {
    let mut queue = Queue::default();
    queue.on(at(0), sign_in("1001", &["general"]));
    let callback = joins(1, Wanted::for_callback(CLINICIAN, Priority::Ordinary));
    assert_eq!(queue.on(at(1), callback), []);
    let nurse = queue.on(at(2), sign_in("2001", &["clinician"]));
    assert_eq!(nurse, [offer(1, "2001")]);
}

#[test]
fn a_caller_in_danger_is_offered_to_a_clinician_while_all_handlers_talk() {
    let mut queue = Queue::default();
    queue.on(at(0), sign_in("1001", &["general"]));
    queue.on(at(0), join(1, "general"));
    queue.on(at(1), answered(1, "1001"));
    queue.on(at(1), sign_in("2001", &["clinician"]));
    let danger = joins(2, Wanted::for_emergency("general"));
    assert_eq!(queue.on(at(2), danger), [offer(2, "2001")]);
}
