//! Callers who ring again.

use super::*;

pub(super) const PROMISED: Promised = Promised::Callback {
    // Two hours and a minute after the tests' noon.
    deadline: Timestamp::constant(1_793_628_060, 0),
    priority: Priority::Ordinary,
};

fn noon() -> Timestamp {
    "2026-11-02T12:00:00Z".parse().unwrap()
}

fn promised() -> Facts {
    Facts {
        before: Before::Promised(PROMISED),
        ..facts()
    }
}

fn looked_up() -> Facts {
    Facts {
        before: Before::Asked,
        ..facts()
    }
}

/// Up to the end of the welcome.
fn welcomed(facts: Facts) -> (Run, Vec<Action>) {
    let mut run = Run::new(shipped(), facts);
    run.on(noon(), Event::Start);
    let actions = run.on(noon(), Event::SaidAll);
    (run, actions)
}

fn press(run: &mut Run, keys: &str) -> Vec<Action> {
    let keys = keys.chars().filter_map(Key::new);
    keys.flat_map(|key| run.on(noon(), Event::Key(key)))
        .collect()
}

fn leaves(actions: &[Action]) -> Destination {
    match actions.last() {
        Some(Action::Leave { destination, .. }) => destination.clone(),
        other => panic!("{other:?}"),
    }
}

const TOLD: [&str; 3] = ["again-booked", "again-within-180", "again-menu"];

#[test]
fn who_has_a_callback_is_told_of_it_after_the_welcome_and_chooses() {
    let after = |keys: &str| {
        let (mut run, actions) = welcomed(promised());
        assert_eq!(said(&actions), TOLD);
        press(&mut run, keys)
    };
    assert_eq!(leaves(&after("1")), Destination::Kept);
    let speaks = after("2");
    let priority = Priority::HealthProfessional;
    assert_eq!(leaves(&speaks), Destination::ClinicianQueue { priority });
    assert!(speaks.contains(&Action::SpeaksNow));
    assert_eq!(said(&after("3")), ["key-your-number"]);
    let number = Number::parse("07700900123").unwrap();
    let changed = Destination::Callback {
        number,
        disposition: None,
    };
    assert_eq!(leaves(&after("307700900123#1")), changed);
}

#[test]
fn a_higher_priority_is_kept_by_whoever_speaks_now() {
    let (mut run, _) = welcomed(Facts {
        before: Before::Promised(Promised::Callback {
            deadline: noon(),
            priority: Priority::YoungOrOld,
        }),
        ..facts()
    });
    let priority = Priority::YoungOrOld;
    assert_eq!(
        leaves(&press(&mut run, "2")),
        Destination::ClinicianQueue { priority }
    );
}

#[test]
fn silence_and_other_keys_lead_on_to_the_menu_and_9_to_999() {
    let (mut run, _) = welcomed(promised());
    assert_eq!(leaves(&press(&mut run, "9")), Destination::Emergency);
    let (mut run, _) = welcomed(promised());
    assert_eq!(said(&press(&mut run, "4"))[0], "number-read-back-before");
    let (mut run, _) = welcomed(promised());
    assert_eq!(said(&press(&mut run, "8")), ["invalid-key", "menu"]);
    let (mut run, _) = welcomed(promised());
    assert_eq!(run.on(noon(), Event::SaidAll), []);
    let actions = run.on(run.deadline().unwrap(), Event::Tick);
    assert_eq!(said(&actions), ["menu"]);
    // They are told once; in the menu, 1 is for symptoms again.
    assert_eq!(said(&press(&mut run, "1")), ["age"]);
    assert_eq!(end(promised(), "-----").0, "general Ordinary");
}

#[test]
fn in_welsh_they_are_told_anew() {
    let (mut run, _) = welcomed(promised());
    let actions = press(&mut run, "*");
    assert_eq!(
        (run.language(), said(&actions)),
        ("cy-GB", TOLD.map(str::to_owned).into())
    );
    assert_eq!(leaves(&press(&mut run.clone(), "1")), Destination::Kept);
    run.on(noon(), Event::SaidAll);
    let actions = run.on(run.deadline().unwrap(), Event::Tick);
    assert_eq!(
        (run.language(), said(&actions)),
        ("cy-GB", vec!["menu".to_owned()])
    );
    // Also who asks for Welsh before the welcome is over.
    let mut run = Run::new(shipped(), promised());
    run.on(noon(), Event::Start);
    let actions = press(&mut run, "*");
    assert_eq!(said(&actions), TOLD);
    assert_eq!(leaves(&press(&mut run, "1")), Destination::Kept);
}

#[test]
fn by_text_relay_they_are_told_again_before_the_menu() {
    let (mut run, _) = welcomed(Facts {
        text_relay: true,
        ..promised()
    });
    let silence = |run: &mut Run| {
        run.on(noon(), Event::SaidAll);
        said(&run.on(run.deadline().unwrap(), Event::Tick))
    };
    for _ in 0..shipped().timing.repeats {
        assert_eq!(silence(&mut run), TOLD);
    }
    assert_eq!(leaves(&press(&mut run.clone(), "1")), Destination::Kept);
    // The menu waits for them without end.
    for _ in 0..20 {
        assert_eq!(silence(&mut run), ["menu"]);
    }
    assert_eq!(said(&press(&mut run, "1")), ["age"]);
}

#[test]
fn a_key_during_the_welcome_means_what_it_always_means() {
    for before in [Before::Asked, Before::Promised(PROMISED)] {
        let facts = Facts { before, ..facts() };
        assert_eq!(end(facts.clone(), "12").0, "general Ordinary");
        assert_eq!(end(facts, "9").0, "999");
    }
    // Told too late, they are not told.
    let mut run = Run::new(shipped(), looked_up());
    run.on(noon(), Event::Start);
    press(&mut run, "1");
    assert_eq!(run.on(noon(), Event::Known(Some(PROMISED))), []);
    assert_eq!(
        leaves(&press(&mut run, "2")),
        leaves(&drive(facts(), "12").1)
    );
}

#[test]
fn what_is_looked_up_is_waited_for_a_second_after_the_welcome_and_no_longer() {
    let (mut run, actions) = welcomed(looked_up());
    assert_eq!(actions, []);
    let second = noon() + SignedDuration::from_secs(1);
    assert_eq!(run.deadline(), Some(second));
    let mut late = run.clone();
    assert_eq!(said(&late.on(second, Event::Tick)), ["menu"]);
    assert_eq!(late.on(second, Event::Known(Some(PROMISED))), []);
    let mut nothing = run.clone();
    assert_eq!(said(&nothing.on(noon(), Event::Known(None))), ["menu"]);
    let mut keyed = run.clone();
    assert_eq!(said(&press(&mut keyed, "1")), ["age"]);
    assert_eq!(said(&run.on(noon(), Event::Known(Some(PROMISED)))), TOLD);
    // Known in time, it keeps nobody waiting.
    let mut run = Run::new(shipped(), looked_up());
    run.on(noon(), Event::Start);
    assert_eq!(run.on(noon(), Event::Known(Some(PROMISED))), []);
    assert_eq!(said(&run.on(noon(), Event::SaidAll)), TOLD);
}

#[test]
fn the_time_that_is_told_is_never_less_than_is_left() {
    for (minutes, words) in [
        (-5, Some("again-as-soon")),
        (0, Some("again-as-soon")),
        (1, Some("again-within-15")),
        (15, Some("again-within-15")),
        (16, Some("again-within-30")),
        (59, Some("again-within-60")),
        (61, Some("again-within-120")),
        (300, Some("again-within-300")),
        (361, Some("again-within-720")),
        (1_440, Some("again-within-1440")),
        (1_441, None),
    ] {
        let deadline = noon() + SignedDuration::from_mins(minutes);
        let priority = Priority::Ordinary;
        let promised = Promised::Callback { deadline, priority };
        let before = Before::Promised(promised);
        let (_, actions) = welcomed(Facts { before, ..facts() });
        let said = said(&actions);
        let told = said
            .iter()
            .find(|p| p.starts_with("again-within") || *p == "again-as-soon");
        assert_eq!(told.map(String::as_str), words, "{minutes} min");
    }
}

#[test]
fn who_calls_often_waits_for_a_clinician_and_999_stays_what_it_is() {
    let queue = |priority| Destination::HandlerQueue {
        skill: "dental".into(),
        priority,
    };
    let clinicians = |priority| Destination::ClinicianQueue { priority };
    let health = Priority::HealthProfessional;
    assert_eq!(
        queue(Priority::Ordinary).clinicians_first(),
        clinicians(health)
    );
    let young = Priority::YoungOrOld;
    assert_eq!(queue(young).clinicians_first(), clinicians(young));
    let skill = "mental-health".to_owned();
    for other in [Destination::Emergency, Destination::CrisisLine { skill }] {
        assert_eq!(other.clone().clinicians_first(), other);
    }
}

#[test]
fn who_keeps_a_place_is_told_of_it_and_chooses() {
    let after = |keys: &str| {
        let (mut run, actions) = welcomed(Facts {
            before: Before::Promised(Promised::Place),
            ..facts()
        });
        assert_eq!(said(&actions), ["again-place", "again-place-menu"]);
        press(&mut run, keys)
    };
    assert_eq!(leaves(&after("1")), Destination::Kept);
    let waits = after("2");
    assert!(waits.contains(&Action::SpeaksNow));
    assert_eq!(leaves(&waits).word(), "handler-queue");
    // It has no number to change: that is the menu's key.
    assert_eq!(leaves(&after("3")), leaves(&drive(facts(), "3").1));
    assert_eq!(leaves(&after("9")), Destination::Emergency);
}
