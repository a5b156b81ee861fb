//! What is kept of a search.

use super::world::*;
use crate::clinical::AgeGroup;
use crate::directory::{Capacities, Criterion, Directory, Query, SearchRecord};
use crate::routing::RegionId;

fn record(directory: &Directory, query: &Query, now: &str) -> Option<SearchRecord> {
    let capacities = Capacities::default();
    SearchRecord::of(&directory.search(query, at(now), &capacities).unwrap())
}

#[test]
fn a_search_that_found_all_it_could_is_not_kept() {
    assert_eq!(record(&one(&[]), &query(), NOON), None);
    // Nor is one that lost a service by two criteria, or by one of the first kind.
    let directory = directory(&[
        service("a", &[]),
        service(
            "b",
            &[("capacity", "\"red\""), ("dispositions", "[\"Dx1\"]")],
        ),
        service("c", &[("status", "\"closed\"")]),
    ]);
    assert_eq!(record(&directory, &query(), NOON), None);
}

#[test]
fn what_is_kept_tells_the_need_and_not_the_patient() {
    let directory = directory(&[
        service("a", &[]),
        service("b", &[("capacity", "\"red\""), ("ranking", "2")]),
        service("c", &[("dispositions", "[\"Dx1\"]"), ("ranking", "1")]),
    ]);
    let query = Query {
        case: "secret-case".into(),
        surgery: Some("G81001".into()),
        discriminators: vec![code("SD1")],
        ..query()
    };
    let record = record(&directory, &query, NOON).unwrap();
    assert_eq!(record.region, Some(RegionId::new("south")));
    assert_eq!(record.area, "BN");
    assert_eq!(record.age_group, AgeGroup::Adult);
    assert_eq!(record.offered, 1);
    let misses: Vec<(String, Criterion)> = record
        .near_misses
        .iter()
        .map(|miss| (miss.service.to_string(), miss.criterion))
        .collect();
    let expected = [("c", Criterion::Disposition), ("b", Criterion::Capacity)];
    assert_eq!(
        misses,
        expected.map(|(id, criterion)| (id.to_owned(), criterion))
    );
    let text = serde_json::to_string(&record).unwrap();
    for secret in ["BN1", "4GH", "secret", "G81001", "years", "male"] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
    assert_eq!(serde_json::from_str::<SearchRecord>(&text).unwrap(), record);
}

#[test]
fn a_search_that_found_nothing_is_kept() {
    let directory = one(&[("status", "\"closed\"")]);
    let kept = record(&directory, &query(), NOON).unwrap();
    assert_eq!((kept.offered, kept.near_misses.len()), (0, 0));
    // Of a place in two regions nobody knows which.
    let straddling = Query {
        postcode: "KT1".into(),
        ..query()
    };
    let kept = record(&directory, &straddling, NOON).unwrap();
    assert_eq!((kept.region, kept.area.as_str()), (None, "KT"));
}

#[test]
fn the_hour_of_the_week_is_londons() {
    let directory = one(&[("status", "\"closed\"")]);
    for (now, expected) in [
        ("2026-11-02T00:00:00Z", 0),
        ("2026-11-02T12:59:59Z", 12),
        ("2026-11-01T23:59:59Z", 167),
        // In summer London is an hour ahead.
        ("2026-07-05T22:59:59Z", 167),
        ("2026-07-05T23:00:00Z", 0),
    ] {
        let kept = record(&directory, &query(), now).unwrap();
        assert_eq!(kept.hour_of_week, expected, "{now}");
    }
}

#[test]
fn near_misses_have_their_limit() {
    let services: Vec<String> = (0..100)
        .map(|n| service(&format!("s{n}"), &[("capacity", "\"red\"")]))
        .collect();
    let kept = record(&directory(&services), &query(), NOON).unwrap();
    assert_eq!(kept.near_misses.len(), SearchRecord::MOST);
}
