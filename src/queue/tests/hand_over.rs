//! Callers who are handed from one handler to another.

use super::given::*;
use crate::flow::Priority;
use crate::queue::*;

fn claim(n: u64, name: &str) -> Event {
    Event::Claimed {
        handler: id(name),
        ticket: ticket(n),
    }
}

fn hand(n: u64, name: &str) -> Event {
    Event::Handed {
        handler: id(name),
        ticket: ticket(n),
    }
}

/// Caller 1 talks with 1001; a nurse is there, and writes things down for half a minute after each call.
fn talking() -> Queue {
    let rules = Rules {
        wrap_up: seconds(30),
        ..Rules::default()
    };
    let mut queue = Queue::new(Settings {
        rules,
        ..Settings::default()
    });
    queue.on(at(0), sign_in("1001", &["general"]));
    queue.on(at(0), sign_in("2001", &["clinician"]));
    queue.on(at(1), join(1, "general"));
    queue.on(at(2), answered(1, "1001"));
    queue
}

#[test]
fn whoever_is_held_for_a_caller_is_offered_nobody_else() {
    let mut queue = talking();
    assert_eq!(queue.on(at(3), claim(1, "2001")), []);
    let for_nurse = joins(2, Wanted::for_callback(CLINICIAN, Priority::Ordinary));
    assert_eq!(queue.on(at(4), for_nurse), []);
    let busy = Action::Busy {
        ticket: ticket(1),
        handler: id("2001"),
    };
    assert_eq!(queue.on(at(5), claim(1, "2001")), [busy]);
    // Nothing came of it: there is nothing to write down, and the next one is offered at once.
    assert_eq!(queue.on(at(6), over("2001", false)), [offer(2, "2001")]);
}

#[test]
fn a_caller_who_has_been_handed_on_is_parted_by_the_second_handler_alone() {
    let mut queue = talking();
    queue.on(at(3), claim(1, "2001"));
    assert_eq!(queue.on(at(9), hand(1, "2001")), []);
    assert_eq!(queue.on(at(9), over("1001", false)), []);
    assert_eq!(queue.on(at(60), over("2001", false)), [parted(1, false)]);
    let word = |queue: &Queue| queue.state_of(&id("2001")).map(State::word);
    assert_eq!(word(&queue), Some("wrap-up"));
}

#[test]
fn a_second_handler_who_goes_at_once_puts_the_caller_back() {
    let mut queue = talking();
    queue.on(at(3), claim(1, "2001"));
    queue.on(at(9), hand(1, "2001"));
    queue.on(at(9), over("1001", false));
    assert_eq!(queue.on(at(10), over("2001", false)), [parted(1, true)]);
    assert_eq!(queue.waiting(), 1);
}

#[test]
fn a_caller_for_whom_no_clinician_answers_is_the_handlers_again() {
    let mut queue = talking();
    let to_clinician = Event::Joined {
        ticket: ticket(1),
        wanted: Wanted::for_callback(CLINICIAN, Priority::Ordinary),
        place: Place::Top,
    };
    assert_eq!(queue.on(at(3), to_clinician), [offer(1, "2001")]);
    let resumed = Event::Resumed {
        handler: id("1001"),
        ticket: ticket(1),
    };
    assert_eq!(queue.on(at(10), resumed), [withdraw(1, "2001")]);
    assert_eq!(queue.waiting(), 0);
    assert_eq!(queue.on(at(60), over("1001", false)), [parted(1, false)]);
}

#[test]
fn nobody_resumes_a_caller_whom_they_do_not_have() {
    let mut queue = talking();
    let to_clinician = Event::Joined {
        ticket: ticket(1),
        wanted: Wanted::for_callback(CLINICIAN, Priority::Ordinary),
        place: Place::Top,
    };
    queue.on(at(3), to_clinician);
    queue.on(at(4), over("1001", false));
    let resumed = Event::Resumed {
        handler: id("1001"),
        ticket: ticket(1),
    };
    assert_eq!(queue.on(at(5), resumed), []);
    assert_eq!(queue.waiting(), 1, "they still wait");
}

#[test]
fn a_caller_of_whoever_is_in_no_queue_is_no_worse_off() {
    let mut queue = talking();
    // A supervisor, who is not signed in.
    for (takes, goes, lost, again) in [
        (3, 4, false, true),
        (20, 60, true, true),
        (70, 90, false, false),
    ] {
        if queue.waiting() == 1 {
            queue.on(at(takes), ready("1001"));
            queue.on(at(takes), Event::Tick);
            queue.on(at(takes), answered(1, "1001"));
        }
        assert_eq!(queue.on(at(takes), claim(1, "3001")), []);
        assert_eq!(queue.on(at(takes), hand(1, "3001")), []);
        queue.on(at(takes), over("1001", false));
        let actions = queue.on(at(goes), over("3001", lost));
        assert_eq!(actions.first(), Some(&parted(1, again)), "at {goes}");
        queue.on(at(goes), ready("1001"));
    }
    assert_eq!(queue.waiting(), 0);
}
