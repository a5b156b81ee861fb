//! Which caller comes first.

use super::given::*;
use crate::flow::Priority;
use crate::queue::*;

/// Callers who wait for anybody, each since then and with a priority.
fn waiting(queue: &mut Queue, callers: &[(u64, i64, Priority)]) {
    for (n, second, priority) in callers {
        let event = joins(*n, wanted("general", *priority));
        assert_eq!(queue.on(at(*second), event), []);
    }
}

/// Whom handlers are offered who sign in one after the other.
fn order(queue: &mut Queue, second: i64) -> Vec<u64> {
    let offered = (0..queue.waiting()).map(|n| {
        let actions = queue.on(at(second), sign_in(&format!("{n}"), &["general"]));
        let ticket = actions.first().and_then(Action::ticket).unwrap();
        u64::try_from(ticket.bits() >> 80).unwrap()
    });
    offered.collect()
}

#[test]
fn priority_comes_before_arrival() {
    let mut queue = Queue::default();
    let joined = [
        (1, 0, Priority::Ordinary),
        (2, 3, Priority::HealthProfessional),
        (3, 6, Priority::YoungOrOld),
        (4, 9, Priority::Emergency),
    ];
    waiting(&mut queue, &joined);
    assert_eq!(order(&mut queue, 10), [4, 3, 2, 1]);
}

#[test]
fn among_equals_the_first_to_come_is_the_first_to_be_served() {
    let mut queue = Queue::default();
    let joined = [5_u64, 3, 4, 1, 2].map(|n| (n, 10 * n.cast_signed(), Priority::Ordinary));
    let mut in_time = joined;
    in_time.sort_unstable_by_key(|(_, second, _)| *second);
    waiting(&mut queue, &in_time);
    assert_eq!(order(&mut queue, 100), [1, 2, 3, 4, 5]);
}

#[test]
fn whoever_has_waited_long_enough_comes_before_a_higher_priority() {
    let mut queue = Queue::new(Settings {
        ageing: seconds(60),
        ..Settings::default()
    });
    let joined = [
        (1, 0, Priority::Ordinary),
        (2, 59, Priority::HealthProfessional),
        (3, 61, Priority::HealthProfessional),
        (4, 119, Priority::YoungOrOld),
        (5, 121, Priority::YoungOrOld),
        (6, 900, Priority::Emergency),
    ];
    waiting(&mut queue, &joined);
    assert_eq!(order(&mut queue, 1_000), [6, 2, 4, 1, 3, 5]);
}

#[test]
fn nobody_comes_before_an_emergency_however_long_they_wait() {
    let mut queue = Queue::new(Settings {
        ageing: seconds(1),
        ..Settings::default()
    });
    let top = Event::Joined {
        ticket: ticket(1),
        wanted: wanted("general", Priority::YoungOrOld),
        place: Place::Top,
    };
    queue.on(at(0), top);
    waiting(&mut queue, &[(2, 0, Priority::YoungOrOld)]);
    waiting(&mut queue, &[(3, 86_400, Priority::Emergency)]);
    assert_eq!(order(&mut queue, 86_401), [3, 1, 2]);
}

#[test]
fn the_first_caller_for_whom_a_handler_will_do_is_offered() {
    let mut queue = Queue::default();
    queue.on(
        at(0),
        joins(1, Wanted::for_callback(CLINICIAN, Priority::Ordinary)),
    );
    queue.on(at(1), join(2, "dental"));
    queue.on(at(2), join(3, "general"));
    queue.on(at(3), sign_in("2001", &["dental"]));
    let signed_in = queue.on(at(4), sign_in("1001", &["general"]));
    assert_eq!(signed_in, [offer(3, "1001")]);
}

#[test]
fn no_answer_in_time_rings_the_next_one() {
    let mut queue = two_handlers();
    queue.on(at(2), join(1, "general"));
    assert_eq!(queue.deadline(), Some(at(17)));
    assert_eq!(queue.on(at(16), Event::Tick), []);
    let actions = queue.on(at(17), Event::Tick);
    assert_eq!(actions, [withdraw(1, "1001"), offer(1, "1002")]);
}

#[test]
fn a_lone_handler_who_refuses_is_asked_again_but_not_at_once() {
    let mut queue = Queue::default();
    queue.on(at(0), sign_in("1001", &["general"]));
    queue.on(at(0), join(1, "general"));
    assert_eq!(queue.on(at(1), refused(1, "1001")), []);
    assert_eq!(queue.deadline(), Some(at(4)));
    assert_eq!(queue.on(at(4), Event::Tick), [offer(1, "1001")]);
}

#[test]
fn an_answer_that_comes_too_late_loses() {
    let mut queue = two_handlers();
    queue.on(at(2), join(1, "general"));
    queue.on(at(17), Event::Tick);
    let late = Action::Late {
        ticket: ticket(1),
        handler: id("1001"),
    };
    assert_eq!(queue.on(at(18), answered(1, "1001")), [late]);
    assert_eq!(queue.on(at(18), answered(1, "1002")), [connect(1, "1002")]);
    assert_eq!(queue.waiting(), 0);
}

#[test]
fn a_caller_who_gives_up_leaves_the_handler_as_idle_as_before() {
    let mut queue = two_handlers();
    queue.on(at(2), join(1, "general"));
    assert_eq!(queue.on(at(5), leave(1)), [withdraw(1, "1001")]);
    assert_eq!(queue.on(at(6), join(2, "general")), [offer(2, "1001")]);
}

#[test]
fn a_specialist_who_lets_a_caller_ring_does_not_keep_them_from_others() {
    let mut queue = Queue::default();
    queue.on(at(0), sign_in("1001", &["general"]));
    queue.on(at(0), sign_in("1003", &["general", "mental-health"]));
    let joined = queue.on(at(1), join(1, "mental-health"));
    assert_eq!(joined, [offer(1, "1003")]);
    let missed = queue.on(at(16), Event::Tick);
    assert_eq!(missed, [withdraw(1, "1003"), offer(1, "1001")]);
    // Nor does it leave them with nobody, where nobody else is there.
    let mut alone = Queue::default();
    alone.on(at(0), sign_in("1003", &["mental-health"]));
    alone.on(at(1), join(1, "mental-health"));
    alone.on(at(16), Event::Tick);
    assert_eq!(alone.on(at(19), Event::Tick), [offer(1, "1003")]);
}
