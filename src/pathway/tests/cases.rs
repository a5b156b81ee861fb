//! What happens with an end, by the kinds of dispositions.

use std::time::Duration;

use super::*;
use crate::clinical::Kind;
use crate::identity::Reference;

pub(super) fn end(disposition: &str) -> End {
    End {
        pathway: pathway().stamp(),
        disposition: code(disposition),
        symptom_group: "SG1".parse().unwrap(),
        discriminators: vec!["SD1".parse().unwrap()],
        advice: vec![Advice {
            name: "rest".into(),
            text: "Rest.".into(),
        }],
        path: vec![Step {
            question: "awake".into(),
            answer: 1,
        }],
    }
}

pub(super) fn decided(disposition: &str) -> Event {
    Event::Decided {
        end: Box::new(end(disposition)),
    }
}

fn changed(to: &str) -> Event {
    Event::Changed {
        to: code(to),
        why: "after speaking to the patient".into(),
        symptom_group: None,
    }
}

fn chosen(service: &str) -> Event {
    Event::Chosen {
        service: service.into(),
        method: "phone".into(),
    }
}

fn came(came_of: CameOf) -> Event {
    Event::Referred { came_of }
}

fn reference() -> Reference {
    Reference::new(1, 2)
}

/// A case under test, a minute older with each event.
struct Course {
    case: Case,
    codes: Codes,
    minute: i64,
}

impl Course {
    fn new() -> Self {
        Course {
            case: Case::new(at(0)),
            codes: codes(),
            minute: 0,
        }
    }

    fn after(disposition: &str) -> Self {
        let mut course = Course::new();
        course.handler(decided(disposition));
        course
    }

    fn on(&mut self, by: &By, event: Event) -> Result<(), NotNow> {
        self.minute += 1;
        self.case.on(at(60 * self.minute), by, event, &self.codes)
    }

    fn handler(&mut self, event: Event) {
        self.on(&handler(), event).unwrap();
    }

    fn nurse(&mut self, event: Event) {
        self.on(&nurse(), event).unwrap();
    }

    fn order(&self) -> Order {
        self.case.order().expect("the case is closed")
    }

    fn outcome(&self) -> (&Outcome, bool) {
        let closed = self.case.closed().expect("the case is open");
        (&closed.outcome, closed.clinician_decided)
    }
}

fn search(disposition: &str, struck_out: &[&str]) -> Order {
    Order::Search {
        disposition: code(disposition),
        symptom_group: "SG1".parse().unwrap(),
        discriminators: vec!["SD1".parse().unwrap()],
        struck_out: struck_out.iter().map(|s| (*s).to_owned()).collect(),
    }
}

fn emergency(disposition: Option<&str>, confirmed: bool) -> Order {
    Order::Emergency {
        disposition: disposition.map(code),
        confirmed,
    }
}

#[test]
fn a_danger_to_life_goes_to_999_at_once_and_nothing_undoes_it() {
    let mut course = Course::after("Dx1");
    assert_eq!(course.order(), emergency(Some("Dx1"), false));
    for event in [
        Event::Reopened,
        Event::HandedOver,
        Event::Confirmed,
        Event::Danger,
        changed("Dx9"),
        Event::Found { offered: 3 },
        Event::Given,
        Event::Abandoned { why: "gone".into() },
        decided("Dx9"),
    ] {
        for by in [handler(), nurse()] {
            assert_eq!(course.on(&by, event.clone()), Err(NotNow::OnItsWay));
        }
    }
    assert_eq!(course.order(), emergency(Some("Dx1"), false));
    course.handler(Event::TakenBy999);
    let disposition = Some(code("Dx1"));
    assert_eq!(
        course.outcome(),
        (&Outcome::Emergency { disposition }, false)
    );
    assert_eq!(course.case.order(), None);
    assert_eq!(course.on(&nurse(), Event::Reopened), Err(NotNow::Closed));
}

#[test]
fn an_ambulance_waits_for_a_clinician_who_confirms_it() {
    let mut course = Course::after("Dx2");
    let validate = Order::Validate {
        disposition: Some(code("Dx2")),
        skill: "clinician".into(),
        within: Duration::from_secs(3600),
        deadline: at(60 + 3600),
    };
    assert_eq!(course.order(), validate);
    for event in [
        Event::Confirmed,
        changed("Dx1"),
        Event::Abandoned { why: "?".into() },
    ] {
        assert_eq!(course.on(&handler(), event), Err(NotNow::ClinicianOnly));
    }
    assert_eq!(course.order(), validate);
    course.nurse(Event::Confirmed);
    assert_eq!(course.order(), emergency(Some("Dx3"), true));
    course.nurse(Event::TakenBy999);
    let disposition = code("Dx3");
    let outcome = Outcome::ValidatedEmergency { disposition };
    assert_eq!(course.outcome(), (&outcome, true));
}

#[test]
fn a_clinician_may_decide_otherwise_and_a_danger_to_life_is_at_once() {
    let mut course = Course::after("Dx2");
    course.nurse(changed("Dx1"));
    assert_eq!(course.order(), emergency(Some("Dx1"), false));

    // What would have to be validated is so by the clinician's word.
    let mut course = Course::after("Dx2");
    course.nurse(changed("Dx4"));
    assert_eq!(course.order(), search("Dx5", &[]));

    let mut course = Course::after("Dx2");
    course.nurse(changed("Dx8"));
    let order = Order::Callback {
        disposition: code("Dx8"),
        deadline: at(120 + 7200),
        skill: "pharmacist".into(),
    };
    assert_eq!(course.order(), order);
    assert_eq!(
        course.on(&handler(), Event::Reopened),
        Err(NotNow::ClinicianOnly)
    );
    let reference = reference();
    course.handler(Event::Promised { reference });
    let disposition = code("Dx8");
    let outcome = Outcome::Callback {
        disposition,
        reference,
    };
    assert_eq!(course.outcome(), (&outcome, true));
}

#[test]
fn a_confirmed_department_is_searched_for() {
    // Of four hours, one is left for what comes after the clinician's word.
    let mut course = Course::after("Dx4");
    let validate = Order::Validate {
        disposition: Some(code("Dx4")),
        skill: "clinician".into(),
        within: Duration::from_secs(3 * 3600),
        deadline: at(60 + 3 * 3600),
    };
    assert_eq!(course.order(), validate);
    course.nurse(Event::Confirmed);
    assert_eq!(course.order(), search("Dx5", &[]));
}

#[test]
fn what_only_a_clinician_gives_is_not_given_by_a_handler() {
    for (disposition, next) in [
        ("Dx3", emergency(Some("Dx3"), true)),
        ("Dx5", search("Dx5", &[])),
    ] {
        let mut course = Course::after(disposition);
        assert!(
            matches!(course.order(), Order::Validate { .. }),
            "{disposition}"
        );
        course.nurse(Event::Confirmed);
        assert_eq!(course.order(), next);
    }
    // One that nothing says is to be validated goes at once.
    assert_eq!(
        Course::after("Dx10").order(),
        emergency(Some("Dx10"), false)
    );
}

#[test]
fn a_service_is_searched_for_chosen_and_referred_to() {
    let mut course = Course::after("Dx6");
    assert_eq!(course.order(), search("Dx6", &[]));
    assert!(matches!(
        course.on(&handler(), chosen("a")),
        Err(NotNow::OutOfTurn { .. })
    ));
    course.handler(Event::Found { offered: 2 });
    assert_eq!(course.order(), Order::Choose { offered: 2 });
    course.handler(chosen("a"));
    let refer = Order::Refer {
        service: "a".into(),
        method: "phone".into(),
    };
    assert_eq!(course.order(), refer);
    course.handler(came(CameOf::NoAnswer));
    assert_eq!(course.order(), search("Dx6", &["a"]));
    course.handler(Event::Found { offered: 2 });
    assert_eq!(
        course.on(&handler(), chosen("a")),
        Err(NotNow::StruckOut("a".into()))
    );
    course.handler(chosen("b"));
    course.handler(came(CameOf::Declined));
    course.handler(Event::Found { offered: 1 });
    course.handler(chosen("c"));
    course.handler(came(CameOf::PatientTold));
    let outcome = Outcome::Referred {
        disposition: code("Dx6"),
        kind: Kind::TreatmentCentre,
        service: "c".into(),
        method: "phone".into(),
        patient_told: true,
    };
    assert_eq!(course.outcome(), (&outcome, false));
    assert_eq!(course.case.log().len(), 10);
}

#[test]
fn where_nothing_is_found_somebody_rings_back_or_a_clinician_takes_it_at_once() {
    let mut course = Course::after("Dx6");
    course.handler(Event::Found { offered: 0 });
    let callback = Order::Callback {
        disposition: code("Dx6"),
        deadline: at(60 + 3600),
        skill: "nurse".into(),
    };
    assert_eq!(course.order(), callback);

    let mut course = Course::after("Dx7");
    course.handler(Event::Found { offered: 0 });
    let clinician = Order::Validate {
        disposition: Some(code("Dx7")),
        skill: "clinician".into(),
        within: Duration::ZERO,
        deadline: at(120),
    };
    assert_eq!(course.order(), clinician);
    course.nurse(changed("Dx8"));
    assert!(matches!(course.order(), Order::Callback { .. }));
}

#[test]
fn services_that_do_not_answer_come_to_an_end() {
    let mut course = Course::after("Dx6");
    for n in 0.. {
        if !matches!(course.order(), Order::Search { .. }) {
            assert_eq!(n, 20);
            break;
        }
        course.handler(Event::Found { offered: 1 });
        course.handler(chosen(&format!("service-{n}")));
        course.handler(came(CameOf::NoAnswer));
    }
    assert!(matches!(course.order(), Order::Callback { .. }));
}

#[test]
fn advice_is_given_and_closes_the_case() {
    let mut course = Course::after("Dx9");
    let advice = end("Dx9").advice;
    assert_eq!(course.order(), Order::Advise { advice });
    course.handler(Event::Given);
    let disposition = code("Dx9");
    assert_eq!(course.outcome(), (&Outcome::Advice { disposition }, false));
}

#[test]
fn the_handler_goes_back_as_long_as_nothing_was_done() {
    for disposition in ["Dx2", "Dx6", "Dx8", "Dx9"] {
        let mut course = Course::after(disposition);
        course.handler(Event::Reopened);
        assert_eq!(course.order(), Order::Assess);
        assert_eq!(course.case.end(), None);
        course.handler(decided("Dx1"));
        assert_eq!(course.order(), emergency(Some("Dx1"), false));
    }
    let mut course = Course::after("Dx6");
    course.handler(Event::Found { offered: 1 });
    course.handler(chosen("a"));
    let refused = course.on(&handler(), Event::Reopened).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "that does not fit: refer to a by phone"
    );
    let mut course = Course::after("Dx2");
    course.nurse(changed("Dx6"));
    assert_eq!(
        course.on(&handler(), Event::Reopened),
        Err(NotNow::ClinicianOnly)
    );
    course.nurse(Event::Reopened);
    assert_eq!(course.order(), Order::Assess);
}

#[test]
fn a_handler_hands_over_at_any_time() {
    let at_once = |course: &Course| match course.order() {
        Order::Validate { within, skill, .. } => within.is_zero() && skill == "clinician",
        _ => false,
    };
    let mut course = Course::new();
    course.handler(Event::HandedOver);
    assert!(at_once(&course));
    // Nothing is known of the matter yet: a service cannot be searched for without it.
    let refused = course.on(&nurse(), changed("Dx6"));
    assert_eq!(refused, Err(NotNow::SymptomGroupWanted("Dx6".into())));
    let to = |group: &str| Event::Changed {
        to: code("Dx6"),
        why: "a cough".into(),
        symptom_group: Some(group.parse().unwrap()),
    };
    let refused = course.on(&nurse(), to("SG9")).unwrap_err();
    assert_eq!(refused, NotNow::UnknownSymptomGroup("SG9".into()));
    let for_programs = serde_json::json!({ "refused": "unknown-symptom-group", "detail": "SG9" });
    assert_eq!(serde_json::to_value(refused).unwrap(), for_programs);
    course.nurse(to("SG2"));
    assert!(matches!(
        course.order(),
        Order::Search { symptom_group, .. } if symptom_group.as_str() == "SG2"
    ));
    // It waits at once though the disposition would have had an hour.
    let mut course = Course::after("Dx2");
    course.handler(Event::HandedOver);
    assert!(at_once(&course));
    let mut course = Course::after("Dx6");
    course.handler(Event::Found { offered: 1 });
    course.handler(chosen("a"));
    course.handler(Event::HandedOver);
    assert!(at_once(&course));
    assert_eq!(
        course.on(&handler(), Event::Reopened),
        Err(NotNow::ClinicianOnly)
    );
    course.nurse(Event::Confirmed);
    assert_eq!(course.order(), search("Dx6", &[]));
}

#[test]
fn an_assessment_that_goes_on_after_the_handing_over_waits_unless_life_is_in_danger() {
    let mut course = Course::new();
    course.handler(Event::HandedOver);
    course.handler(decided("Dx9"));
    assert!(matches!(
        course.order(),
        Order::Validate { disposition: Some(found), within: Duration::ZERO, .. } if found == code("Dx9")
    ));
    course.nurse(Event::Confirmed);
    assert!(matches!(course.order(), Order::Advise { .. }));

    let mut course = Course::new();
    course.handler(Event::HandedOver);
    course.handler(decided("Dx1"));
    assert_eq!(course.order(), emergency(Some("Dx1"), false));
}

#[test]
fn a_patient_who_gets_worse_goes_to_999_from_anywhere() {
    for disposition in ["Dx2", "Dx4", "Dx6", "Dx8", "Dx9"] {
        let mut course = Course::after(disposition);
        course.handler(Event::Danger);
        assert_eq!(course.order(), emergency(None, false));
        course.handler(Event::TakenBy999);
        let outcome = Outcome::Emergency { disposition: None };
        assert_eq!(course.outcome(), (&outcome, false));
    }
}

#[test]
fn only_a_clinician_closes_what_came_to_nothing_and_says_why() {
    let mut course = Course::after("Dx6");
    let why = || "cannot be reached".to_owned();
    let refused = course.on(&handler(), Event::Abandoned { why: why() });
    assert_eq!(refused, Err(NotNow::ClinicianOnly));
    for why in ["", " ", &"x".repeat(501)] {
        let event = Event::Abandoned { why: why.into() };
        assert!(matches!(
            course.on(&nurse(), event),
            Err(NotNow::Text { .. })
        ));
    }
    course.nurse(Event::Abandoned { why: why() });
    assert_eq!(course.outcome(), (&Outcome::Abandoned { why: why() }, true));
}

#[test]
fn a_code_that_nobody_knows_changes_nothing() {
    let mut course = Course::new();
    let before = course.case.clone();
    let refused = course.on(&handler(), decided("Dx99"));
    assert_eq!(refused, Err(NotNow::UnknownDisposition("Dx99".into())));
    assert_eq!(course.case, before);
}

#[test]
fn however_much_has_happened_999_and_the_end_are_open() {
    let mut course = Course::after("Dx8");
    let refused = loop {
        if let Err(refused) = course.on(&handler(), Event::Reopened) {
            break refused;
        }
        if let Err(refused) = course.on(&handler(), decided("Dx8")) {
            break refused;
        }
    };
    assert_eq!(refused, NotNow::TooLong);
    let long = |course: &Course| Course {
        case: course.case.clone(),
        codes: codes(),
        minute: course.minute,
    };
    let mut endangered = long(&course);
    endangered.handler(Event::Danger);
    endangered.handler(Event::TakenBy999);
    let mut left = long(&course);
    left.nurse(Event::Abandoned { why: "gone".into() });
    if course.order() == Order::Assess {
        course.handler(decided("Dx1"));
        course.handler(Event::TakenBy999);
    } else {
        course.handler(Event::Promised {
            reference: reference(),
        });
    }
    assert!(course.case.closed().is_some());
}

#[test]
fn a_case_that_nobody_closes_stays_open() {
    let course = Course::after("Dx6");
    let kept = serde_json::to_string(&course.case).unwrap();
    let again: Case = serde_json::from_str(&kept).unwrap();
    assert!(again.closed().is_none());
    assert_eq!(again.order(), Some(search("Dx6", &[])));
}

#[test]
fn times_are_said_in_words() {
    for (minutes, words) in [
        (0, "at once"),
        (1, "within 1 minute"),
        (20, "within 20 minutes"),
        (60, "within 1 hour"),
        (90, "within 90 minutes"),
        (720, "within 12 hours"),
        (1440, "within 1 day"),
        (10080, "within 7 days"),
    ] {
        assert_eq!(in_words(Duration::from_secs(minutes * 60)), words);
    }
}
