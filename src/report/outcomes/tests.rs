use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::*;
use crate::identity::Reference;
use crate::report::{By, Suppressed, Told, Use};
use crate::store::{AssessmentCourse, Course, ReferralRow};

fn at(seconds: i64) -> Timestamp {
    let monday: Timestamp = "2026-11-30T12:00:00Z".parse().unwrap();
    monday + SignedDuration::from_secs(seconds)
}

fn period() -> (Timestamp, Timestamp) {
    (at(0), at(86_400))
}

fn word(text: &str) -> Option<Arc<str>> {
    (!text.is_empty()).then(|| Arc::from(text))
}

/// An assessment that was begun so many seconds into the period; in the call of the same number, ten seconds after it
/// came.
fn assessment(n: u64, opened: i64, outcome: &str, kind: &str) -> AssessmentCourse {
    AssessmentCourse {
        id: Reference::new(n, 1),
        call: Some(Reference::new(n, 0)),
        called_at: Some(at(opened - 10)),
        provider: word("practice-plus"),
        region: word("suffolk"),
        opened_at: at(opened),
        kind: word(kind),
        outcome: word(outcome),
        closed_by: word(if outcome.is_empty() { "" } else { "handler" }),
        closed_at: (!outcome.is_empty()).then(|| at(opened + 290)),
    }
}

fn call(n: u64, arrived: i64) -> Course {
    Course {
        region: word("suffolk"),
        provider: word("practice-plus"),
        ended_at: Some(at(arrived + 60)),
        ..Course::begun(Reference::new(n, 0), at(arrived))
    }
}

fn led(n: u64, destination: &str) -> Course {
    Course {
        destination: word(destination),
        ..call(n, 5)
    }
}

fn counted(assessments: &[AssessmentCourse], calls: &[Course]) -> OutcomeFigures {
    let by = [By::Region, By::Month].map(|by| vec![by]);
    let mut outcomes = Outcomes::new(period(), by.into());
    assessments.iter().for_each(|one| outcomes.assessment(one));
    calls.iter().for_each(|one| outcomes.call(one));
    outcomes.figures()
}

#[test]
fn an_assessment_is_what_it_came_to() {
    let table = [
        ("", "", Led::Open),
        ("", "pharmacy", Led::Open),
        ("emergency", "life-threatening", Led::Emergency),
        ("emergency", "pharmacy", Led::Emergency),
        ("validated-emergency", "ambulance", Led::ValidatedEmergency),
        ("referred", "emergency-department", Led::EmergencyDepartment),
        ("referred", "treatment-centre", Led::TreatmentCentre),
        ("referred", "primary-care", Led::PrimaryCare),
        ("referred", "pharmacy", Led::Pharmacy),
        ("referred", "dental", Led::Dental),
        ("referred", "mental-health", Led::MentalHealth),
        ("callback", "callback", Led::Callback),
        ("callback", "primary-care", Led::Callback),
        ("advice", "advice", Led::Advice),
        ("abandoned", "pharmacy", Led::NothingArranged),
    ];
    for (outcome, kind, expected) in table {
        let course = assessment(1, 20, outcome, kind);
        assert_eq!(Led::of_assessment(&course), expected, "{outcome} {kind}");
    }
}

#[test]
fn a_call_without_an_assessment_is_where_the_menus_led() {
    let handled = Course {
        handled_at: Some(at(30)),
        ..led(1, "handler-queue")
    };
    let table = [
        (led(1, "emergency"), Some(Led::Emergency)),
        (led(1, "crisis-line"), Some(Led::MentalHealth)),
        (led(1, "directory"), Some(Led::ServiceByMenus)),
        (led(1, "promise-kept"), Some(Led::PromiseStands)),
        (led(1, "callback"), Some(Led::Callback)),
        (led(1, "handler-queue"), Some(Led::Callback)),
        (led(1, "capacity"), None),
        (
            Course {
                handled_at: Some(at(30)),
                ..led(1, "capacity")
            },
            Some(Led::NotAssessed),
        ),
        (handled.clone(), Some(Led::NotAssessed)),
        (
            Course {
                handled_at: Some(at(30)),
                ..led(1, "crisis-line")
            },
            Some(Led::NotAssessed),
        ),
        (
            Course {
                is_abandoned: true,
                ..led(1, "crisis-line")
            },
            Some(Led::Abandoned),
        ),
        (
            Course {
                is_cut_off: true,
                ..led(1, "callback")
            },
            Some(Led::CutOff),
        ),
        (
            Course {
                ended_at: None,
                ..led(1, "emergency")
            },
            Some(Led::UnderWay),
        ),
    ];
    for (course, expected) in table {
        assert_eq!(Led::of_call(&course), expected, "{course:?}");
    }
}

#[test]
fn people_count_and_not_calls() {
    // Two patients in the first call, none in the second, and one in a call whose assessment began after the period.
    let assessments = [
        assessment(1, 30, "referred", "pharmacy"),
        AssessmentCourse {
            id: Reference::new(1, 2),
            ..assessment(1, 400, "advice", "advice")
        },
        assessment(3, 86_500, "advice", "advice"),
    ];
    let handled = |n, arrived| Course {
        handled_at: Some(at(arrived + 3)),
        ..call(n, arrived)
    };
    let calls = [handled(1, 20), handled(2, 50), handled(3, 86_390)];
    let found = counted(&assessments, &calls).figures;
    let of = |figure| found.get(figure);
    assert_eq!(of(Figure::People), Some(3));
    assert_eq!(of(Figure::Linked), Some(1));
    assert_eq!(of(Figure::Led(Led::Pharmacy)), Some(1));
    assert_eq!(of(Figure::Led(Led::Advice)), Some(1));
    assert_eq!(of(Figure::Led(Led::NotAssessed)), Some(1));
}

#[test]
fn time_to_the_outcome_is_from_the_call() {
    let late = AssessmentCourse {
        closed_at: Some(at(30 + 590)),
        ..assessment(2, 30, "referred", "dental")
    };
    let without_a_call = AssessmentCourse {
        call: None,
        called_at: None,
        ..assessment(3, 30, "advice", "advice")
    };
    let first = assessment(1, 30, "referred", "dental");
    let found = counted(&[first, late, without_a_call], &[]).figures;
    // 300, 600 and 290 seconds.
    assert_eq!(found.get(Figure::MedianTime), Some(300_000));
    assert_eq!(found.get(Figure::LongTime), Some(600_000));
    assert_eq!(counted(&[], &[]).figures.get(Figure::MedianTime), None);
}

#[test]
fn who_closed_it_is_told_apart() {
    let by_clinician = |n| AssessmentCourse {
        closed_by: word("clinician"),
        ..assessment(n, 30, "advice", "advice")
    };
    let all = [
        by_clinician(1),
        by_clinician(2),
        assessment(3, 30, "advice", "advice"),
        assessment(4, 30, "referred", "pharmacy"),
        assessment(5, 30, "", ""),
    ];
    let found = counted(&all, &[]).figures;
    let of = |figure| found.get(figure);
    assert_eq!(of(Figure::Closed), Some(4));
    assert_eq!(of(Figure::ByClinician), Some(2));
    assert_eq!(of(Figure::ByAdvice), Some(1));
    assert_eq!(of(Figure::Otherwise), Some(1));
    assert_eq!(found.closed_by_clinician_or_advice(), Some(75.0));
}

#[test]
fn services_are_told_by_what_came_of_it() {
    let row = |n: u64, service: &str, outcome: Option<&str>| ReferralRow {
        id: Reference::new(n, 0),
        at: at(1),
        service: service.to_owned(),
        call: None,
        assessment: None,
        by: "1001".to_owned(),
        outcome: outcome.map(str::to_owned),
        ended_at: None,
    };
    let mut outcomes = Outcomes::new(period(), Vec::new());
    let rows = [
        row(1, "suf-gp", Some("accepted")),
        row(2, "suf-gp", Some("no-answer")),
        row(3, "suf-gp", None),
        row(4, "suf-ed", Some("patient-told")),
        row(5, "suf-ed", Some("declined")),
        // What nobody knows the meaning of is not passed off as an outcome.
        row(6, "suf-ed", Some("sent")),
    ];
    rows.iter().for_each(|row| outcomes.referral(row));
    let found = outcomes.figures().services;
    let counts = |service: &str| Use::ALL.map(|of| found[service].get(of).unwrap());
    assert_eq!(counts("suf-gp"), [3, 1, 0, 1, 0, 1]);
    assert_eq!(counts("suf-ed"), [3, 0, 1, 0, 1, 1]);
}

#[test]
fn the_page_tells_first_how_many_were_linked() {
    let assessments: Vec<AssessmentCourse> = (0..6)
        .map(|n| assessment(n, 30, "referred", "pharmacy"))
        .chain((6..8).map(|n| assessment(n, 30, "advice", "advice")))
        .collect();
    let mut found = counted(&assessments, &[]);
    let html = page(&found, &Told::default()).html();
    assert!(html.contains("6 of 8 people were linked to a service (75.0\u{a0}%)"));
    found.hold_back(Suppressed(5));
    // Two were given advice: neither that, nor the six, of eight.
    let html = page(&found, &Told::default()).html();
    assert!(!html.contains("6 of 8"), "{html}");
    assert!(!html.contains("75.0"));
}

#[test]
fn a_few_are_not_told_by_those_who_are_closed_or_by_the_services() {
    // Twenty linked to a dentist, three given advice by a handler, and eight calls without an assessment.
    let dental = (0..20).map(|n| assessment(n, 30, "referred", "dental"));
    let advice = (20..23).map(|n| assessment(n, 30, "advice", "advice"));
    let calls: Vec<Course> = (30..38)
        .map(|n| Course {
            handled_at: Some(at(40)),
            ..call(n, 20)
        })
        .collect();
    let assessments: Vec<AssessmentCourse> = dental.chain(advice).collect();
    let mut found = counted(&assessments, &calls);
    found.hold_back(Suppressed(5));
    let of = |figure| found.figures.get(figure);
    assert_eq!(of(Figure::Led(Led::Advice)), None);
    // Closed less linked would be they.
    assert!(of(Figure::Closed).is_none() || of(Figure::Linked).is_none());
    // 19 at one dentist, and one at another.
    let row = |n: u64, service: &str| ReferralRow {
        id: Reference::new(n, 0),
        at: at(1),
        service: service.to_owned(),
        call: None,
        assessment: None,
        by: "1001".to_owned(),
        outcome: Some("accepted".to_owned()),
        ended_at: None,
    };
    let mut outcomes = Outcomes::new(period(), Vec::new());
    assessments
        .iter()
        .take(20)
        .for_each(|one| outcomes.assessment(one));
    (0..20).for_each(|n| outcomes.referral(&row(n, if n < 19 { "one" } else { "other" })));
    let mut found = outcomes.figures();
    found.hold_back(Suppressed(5));
    let linked = found.figures.get(Figure::Linked);
    let accepted = found.services["one"].get(Use::Accepted);
    assert_eq!(found.services["other"].get(Use::Accepted), None);
    assert!(linked.is_none() || accepted.is_none());
}

#[test]
fn the_longest_times_of_few_people_are_not_told() {
    let times = |people: u64| {
        let all = (0..people).map(|n| assessment(n, 30, "referred", "dental"));
        let mut found = counted(&all.collect::<Vec<_>>(), &[]);
        found.hold_back(Suppressed(5));
        [Figure::MedianTime, Figure::LongTime].map(|time| found.figures.get(time).is_some())
    };
    // The 95th centile of nineteen is one person's own time.
    let expected = [(4, [false, false]), (19, [true, false]), (20, [true, true])];
    for (people, told) in expected {
        assert_eq!(times(people), told, "{people}");
    }
}

fn any_assessment() -> impl Strategy<Value = AssessmentCourse> {
    let outcome = prop::sample::select(vec![
        "",
        "emergency",
        "validated-emergency",
        "referred",
        "callback",
        "advice",
        "abandoned",
    ]);
    let kind = prop::sample::select(vec!["pharmacy", "dental", "primary-care", "mental-health"]);
    let region = prop::sample::select(vec!["", "suffolk", "london"]);
    (0..40u64, outcome, kind, region, any::<bool>()).prop_map(
        |(n, outcome, kind, region, is_clinician)| AssessmentCourse {
            region: word(region),
            closed_by: word(match (outcome, is_clinician) {
                ("", _) => "",
                (_, true) => "clinician",
                (_, false) => "handler",
            }),
            ..assessment(n, 30 + n as i64, outcome, kind)
        },
    )
}

fn any_call() -> impl Strategy<Value = Course> {
    let destination = prop::sample::select(vec![
        "",
        "handler-queue",
        "emergency",
        "crisis-line",
        "directory",
        "promise-kept",
        "callback",
    ]);
    let region = prop::sample::select(vec!["", "suffolk", "london"]);
    (0..80u64, destination, region, any::<[bool; 4]>()).prop_map(
        |(n, destination, region, [is_handled, is_over, is_abandoned, is_cut_off])| Course {
            region: word(region),
            handled_at: is_handled.then(|| at(40)),
            ended_at: is_over.then(|| at(90)),
            is_abandoned,
            is_cut_off,
            ..led(n, destination)
        },
    )
}

const EVERYBODY: [&[Figure]; 3] = [
    &[
        Figure::People,
        Figure::Linked,
        Figure::Led(Led::Emergency),
        Figure::Led(Led::ValidatedEmergency),
        Figure::Led(Led::Callback),
        Figure::Led(Led::Advice),
        Figure::Led(Led::NothingArranged),
        Figure::Led(Led::Open),
        Figure::Led(Led::NotAssessed),
        Figure::Led(Led::PromiseStands),
        Figure::Led(Led::Abandoned),
        Figure::Led(Led::CutOff),
        Figure::Led(Led::UnderWay),
    ],
    &[
        Figure::Linked,
        Figure::Led(Led::EmergencyDepartment),
        Figure::Led(Led::TreatmentCentre),
        Figure::Led(Led::PrimaryCare),
        Figure::Led(Led::Pharmacy),
        Figure::Led(Led::Dental),
        Figure::Led(Led::MentalHealth),
        Figure::Led(Led::ServiceByMenus),
    ],
    &[
        Figure::Closed,
        Figure::ByClinician,
        Figure::ByAdvice,
        Figure::Otherwise,
    ],
];

proptest! {
    #[test]
    fn nobody_is_missing_and_nobody_counts_twice(
        assessments in prop::collection::vec(any_assessment(), 0..40),
        calls in prop::collection::vec(any_call(), 0..40),
    ) {
        let found = counted(&assessments, &calls);
        let alone = calls.iter().filter(|call| {
            assessments.iter().all(|one| one.call != Some(call.reference))
        });
        let of = |figures: &Figures, figure: &Figure| figures.get(*figure).unwrap();
        let people = (assessments.len() + alone.count()) as u64;
        prop_assert_eq!(of(&found.figures, &Figure::People), people);
        for sum in EVERYBODY {
            let parts = sum.iter().skip(1).map(|part| of(&found.figures, part));
            prop_assert_eq!(of(&found.figures, &sum[0]), parts.sum::<u64>());
        }
        for table in &found.breakdowns {
            for figure in Figure::ALL.into_iter().filter(|one| !one.is_time()) {
                let groups = table.groups.iter().map(|group| of(&group.figures, &figure));
                prop_assert_eq!(groups.sum::<u64>(), of(&found.figures, &figure));
            }
        }
    }

    #[test]
    fn small_numbers_cannot_be_read_nor_reckoned(
        assessments in prop::collection::vec(any_assessment(), 0..60),
        calls in prop::collection::vec(any_call(), 0..60),
    ) {
        let mut found = counted(&assessments, &calls);
        found.hold_back(Suppressed(5));
        let groups = found.breakdowns.iter().flat_map(|table| &table.groups);
        for figures in groups.map(|group| &group.figures).chain([&found.figures]) {
            for figure in Figure::ALL.into_iter().filter(|one| !one.is_time()) {
                prop_assert!(figures.get(figure).is_none_or(|count| count == 0 || count >= 5));
            }
            for sum in EVERYBODY {
                let hidden = sum.iter().skip(1).filter(|part| figures.get(**part).is_none());
                prop_assert!(figures.get(sum[0]).is_none() || hidden.count() != 1);
            }
            let by_clinician = figures.get(Figure::Led(Led::Advice)).zip(figures.get(Figure::ByAdvice));
            if let Some((all, by_handler)) = by_clinician {
                prop_assert!(all == by_handler || all - by_handler >= 5);
            }
            if figures.get(Figure::Closed).is_none() {
                prop_assert_eq!(figures.get(Figure::MedianTime), None);
            }
        }
        for table in &found.breakdowns {
            for figure in Figure::ALL.into_iter().filter(|one| !one.is_time()) {
                let hidden = table.groups.iter().filter(|group| group.figures.get(figure).is_none());
                let hidden = hidden.count();
                prop_assert!(
                    found.figures.get(figure).is_none() || hidden != 1 || table.groups.len() == 1
                );
            }
        }
    }
}
