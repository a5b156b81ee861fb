use super::*;
use crate::flow::Priority;

/// A pharmacist's callback with an hour's time that is due at once.
fn within_an_hour() -> Callback {
    Callback {
        deadline: at(3_600),
        skill: "pharmacist".into(),
        clinician: Some("2003".into()),
        ..callback(1)
    }
}

#[test]
fn it_is_raised_step_by_step_before_its_deadline() {
    let mut book = Book::new(Settings::default());
    book.on(at(0), Event::Booked(within_an_hour()));
    let moments = [(1_800, Escalation::First), (2_700, Escalation::AnySkill)];
    for (second, step) in moments {
        assert_eq!(book.deadline(), Some(at(second)));
        assert_eq!(book.on(at(second - 1), Event::Tick), []);
        let actions = book.on(at(second), Event::Tick);
        assert_eq!(saved(&actions), [(Stage::Seeking, What::Escalated(step))]);
        let anew = actions.last();
        assert!(matches!(anew, Some(Action::SeekAnew(c)) if c.escalation == step));
        let callback = book.get(reference(1)).unwrap();
        let any = step == Escalation::AnySkill;
        assert_eq!(callback.skill == "clinician", any);
        assert_eq!(callback.clinician.is_none(), any);
    }
    assert_eq!(book.at_risk(), 0);
    // An eighth of the time, by whole hundredths.
    let last = 3_600 - 432;
    let actions = book.on(at(last), Event::Tick);
    assert!(actions.contains(&Action::AtRisk(reference(1))));
    assert_eq!(book.at_risk(), 1);
    assert_eq!(book.deadline(), Some(at(3_600)));
    let actions = book.on(at(3_600), Event::Tick);
    assert_eq!(actions, [Action::Late(reference(1))]);
    assert_eq!(book.on(at(9_999), Event::Tick), [], "that is said once");
    assert_eq!(book.deadline(), None);
}

#[test]
fn what_is_to_be_done_at_once_is_at_risk_from_the_beginning() {
    let mut book = Book::new(Settings::default());
    let at_once = Callback {
        deadline: Deadline::Immediate.of(at(0)),
        skill: "gp".into(),
        ..callback(1)
    };
    let actions = book.on(at(0), Event::Booked(at_once));
    let step = Escalation::AnySkill;
    let [Action::Save(_, change), Action::Seek(sought)] = &actions[..] else {
        panic!("{actions:?}");
    };
    assert_eq!(change.what, What::Escalated(step));
    assert_eq!(change.detail, "was for gp");
    assert_eq!(
        (sought.class(), sought.skill.as_str()),
        (Class::First, "clinician")
    );
}

#[test]
fn a_caller_who_is_being_rung_or_talks_is_left_alone() {
    let mut book = Book::new(Settings::default());
    book.on(at(0), Event::Booked(within_an_hour()));
    book.on(at(1), ready(1));
    assert_eq!(book.deadline(), None);
    assert_eq!(book.on(at(3_000), Event::Tick), []);
    // Missed, it is raised at once.
    let missed = Event::CallerMissed(reference(1), Outcome::NoAnswer);
    let actions = book.on(at(3_000), missed);
    let step = What::Escalated(Escalation::AnySkill);
    assert_eq!(saved(&actions)[1], (Stage::Due(at(3_900)), step));
}

#[test]
fn a_decision_is_put_to_anybody_in_time_too() {
    let mut book = Book::new(Settings::default());
    let stored = Callback {
        stage: Stage::Decision,
        ..within_an_hour()
    };
    book.on(at(0), Event::Restored(stored));
    let actions = book.on(at(2_700), Event::Tick);
    assert!(matches!(actions.last(), Some(Action::SeekAnew(c)) if c.skill == "clinician"));
}

#[test]
fn children_and_those_at_risk_come_first_and_the_lost_before_them() {
    let with = |n, deadline, priority, escalation| Callback {
        deadline: at(deadline),
        priority,
        escalation,
        ..callback(n)
    };
    let none = Escalation::None;
    let mut all = [
        with(1, 9_000, Priority::Ordinary, none),
        with(2, 5_000, Priority::Ordinary, none),
        with(3, 5_000, Priority::HealthProfessional, none),
        with(4, 9_000, Priority::YoungOrOld, none),
        with(5, 2_000, Priority::Ordinary, Escalation::First),
        with(6, 1_000, Priority::YoungOrOld, none),
        with(7, 9_999, Priority::Emergency, none),
    ];
    all.sort_by_key(Callback::turn);
    let order = all.map(|callback| callback.reference);
    assert_eq!(order, [7, 6, 5, 4, 3, 2, 1].map(reference));
}
