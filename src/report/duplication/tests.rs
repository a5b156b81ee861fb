use jiff::Timestamp;

use super::*;
use crate::directory::{Double, Doubles, ServiceId, Shares};
use crate::identity::Reference;
use crate::report::{Suppressed, Told, Usage, Use};
use crate::store::ReferralRow;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn double(first: &str, second: &str) -> Double {
    Double {
        kind: "pharmacy".to_owned(),
        first: ServiceId::new(first).unwrap(),
        second: ServiceId::new(second).unwrap(),
        shares: Shares {
            reach: 0.8,
            hours: 0.75,
            dispositions: 1.0,
            symptom_groups: 0.6,
        },
    }
}

fn report() -> Duplication {
    let mut usage = Usage::default();
    let sent = (0..12).map(|_| "a").chain((0..3).map(|_| "b"));
    for (n, service) in (0..).zip(sent) {
        usage.add(&ReferralRow {
            id: Reference::new(n, 0),
            at: at("2026-11-02T12:00:00Z"),
            service: service.to_owned(),
            call: None,
            assessment: None,
            by: "1001".to_owned(),
            outcome: Some("accepted".to_owned()),
            ended_at: None,
        });
    }
    let doubles = Doubles {
        pairs: vec![double("a", "b"), double("a", "c")],
        are_more: false,
    };
    let period = (at("2026-11-02T00:00:00Z"), at("2026-11-09T00:00:00Z"));
    Duplication::of(doubles, 0.5, period, &usage.services())
}

#[test]
fn each_of_a_pair_is_told_with_its_use() {
    let mut report = report();
    let sent = |report: &Duplication| {
        let pairs = report.pairs.iter();
        let pairs = pairs.map(|pair| {
            let [first, second] = &pair.services;
            [first, second].map(|one| one.used.shown(Use::Sent))
        });
        pairs.collect::<Vec<_>>()
    };
    assert_eq!(sent(&report), [["12", "3"], ["12", "0"]]);
    report.hold_back(Suppressed(5));
    assert_eq!(sent(&report), [["12", "-"], ["12", "0"]]);
}

#[test]
fn the_page_says_how_many_and_by_what() {
    let html = page(&report(), &Told::default()).html();
    assert!(html.contains("2 pairs of services cover the same"));
    assert!(html.contains("overlap by more than 50\u{a0}% in each of these"));
    let none = Duplication {
        pairs: Vec::new(),
        ..report()
    };
    let html = page(&none, &Told::default()).html();
    assert!(html.contains("No two services cover the same"));
}
