//! Who is shown, in what order, and the nearest two that are named to everybody.

use super::world::*;
use crate::directory::{Capacities, Colour, Directory, Found, Offer};

/// A service of a type with a ranking, so many metres north of the patient.
fn ranked(id: &str, kind: &str, ranking: u8, metres: f64) -> String {
    service(
        id,
        &[
            ("type", &format!("\"{kind}\"")),
            ("ranking", &ranking.to_string()),
            ("latitude", &north(metres)),
            ("longitude", "-0.14"),
        ],
    )
}

fn ids(offers: &[Offer<'_>]) -> Vec<String> {
    offers
        .iter()
        .map(|offer| offer.service.id.to_string())
        .collect()
}

fn with<T>(directory: &Directory, look: impl FnOnce(Found<'_>) -> T) -> T {
    let (query, capacities) = (query(), Capacities::default());
    look(directory.search(&query, at(NOON), &capacities).unwrap())
}

#[test]
fn two_of_a_type_are_shown_and_the_others_are_more() {
    let directory = directory(&[
        ranked("c10", "clinic", 10, 100.0),
        ranked("c1", "clinic", 1, 9_000.0),
        ranked("c2", "clinic", 2, 8_000.0),
        ranked("p3", "pharmacy", 3, 50.0),
    ]);
    with(&directory, |found| {
        // Clinics come first: the best of all is one. The third clinic is not shown, however near.
        assert_eq!(ids(&found.offered), ["c1", "c2", "p3"]);
        assert_eq!(ids(&found.more), ["c10"]);
    });
}

#[test]
fn ranking_counts_before_distance_and_distance_before_the_name() {
    let directory = directory(&[
        ranked("a", "clinic", 2, 1_000.0),
        ranked("b", "clinic", 1, 2_000.0),
        ranked("c", "clinic", 1, 1_999.0),
        ranked("d", "clinic", 2, 1_000.0),
        ranked("e", "clinic", 2, 999.0),
    ]);
    with(&directory, |found| {
        assert_eq!(names(&found), ["c", "b", "e", "a", "d"]);
    });
}

#[test]
fn types_are_in_the_order_of_their_best() {
    let directory = directory(&[
        ranked("c5", "clinic", 5, 100.0),
        ranked("c9", "clinic", 9, 100.0),
        ranked("p5", "pharmacy", 5, 99.0),
        ranked("p10", "pharmacy", 10, 99.0),
    ]);
    with(&directory, |found| {
        assert_eq!(ids(&found.offered), ["p5", "p10", "c5", "c9"]);
        assert!(found.more.is_empty());
    });
}

#[test]
fn one_that_does_not_do_gives_its_place_to_the_next() {
    let red = ranked("c1", "clinic", 1, 0.0) + "capacity = \"red\"\n";
    let directory = directory(&[
        red,
        ranked("c2", "clinic", 2, 0.0),
        ranked("c3", "clinic", 3, 0.0),
        ranked("c4", "clinic", 4, 0.0),
    ]);
    with(&directory, |found| {
        assert_eq!(ids(&found.offered), ["c2", "c3"]);
        assert_eq!(ids(&found.more), ["c4"]);
        assert_eq!(found.near_misses[0].service.id.as_str(), "c1");
    });
}

/// An emergency department so many metres away, with something changed.
fn department(id: &str, metres: f64, change: (&str, &str)) -> String {
    let place = ("latitude", &*north(metres));
    service(
        id,
        &[
            ("type", "\"ed\""),
            ("postcode", "\"IP1 1AA\""),
            place,
            ("longitude", "-0.14"),
            change,
        ]
        .map(|(key, value)| match (key, value) {
            // Far from Ipswich, so a postcode is given that is near.
            ("postcode", _) if metres < 50_000.0 => ("postcode", "\"BN1 1AA\""),
            ("postcode", _) => ("postcode", "\"EC1A 1BB\""),
            other => other,
        }),
    )
}

#[test]
fn the_nearest_two_departments_are_named_whatever_was_asked_for() {
    let none = ("gender", "\"female\"");
    let directory = directory(&[
        department("far", 90_000.0, none),
        department("near", 1_000.0, ("symptom-groups", "[\"SG2\"]")),
        department("nearer", 500.0, ("dispositions", "[\"Dx1\"]")),
    ]);
    with(&directory, |found| {
        assert!(found.offered.is_empty());
        assert_eq!(ids(&found.catch_all), ["nearer", "near"]);
        assert!(found.catch_all.iter().all(|offer| offer.is_catch_all));
    });
}

#[test]
fn a_department_that_is_red_closed_or_given_up_is_not_named() {
    let far = || department("far", 90_000.0, ("ranking", "5"));
    for change in [
        ("capacity", "\"red\""),
        ("status", "\"closed\""),
        ("status", "\"commissioning\""),
        ("hours", "{ week = { mon = [\"13:00-20:00\"] } }"),
        ("hours", "{ week = { mon = [\"08:00-12:30\"] } }"),
    ] {
        let directory = directory(&[far(), department("near", 1_000.0, change)]);
        with(&directory, |found| {
            assert_eq!(ids(&found.catch_all), ["far"], "{change:?}")
        });
    }
    for change in [
        ("capacity", "\"amber\""),
        ("hours", "{ week = { mon = [\"08:00-12:31\"] } }"),
        ("ages", "[\"child\"]"),
    ] {
        let directory = directory(&[far(), department("near", 1_000.0, change)]);
        with(&directory, |found| {
            assert_eq!(ids(&found.catch_all), ["near", "far"], "{change:?}");
        });
    }
}

#[test]
fn a_department_that_is_set_to_red_is_not_named_until_it_returns() {
    let directory = directory(&[department("near", 1_000.0, ("ranking", "5"))]);
    let query = query();
    let mut capacities = Capacities::default();
    let quarter = Some(Capacities::SHORTEST);
    capacities
        .set(&id("near"), Colour::Red, at(NOON), quarter, "somebody")
        .unwrap();
    for (now, named) in [("2026-11-02T12:14:59Z", 0), ("2026-11-02T12:15:00Z", 1)] {
        let found = directory.search(&query, at(now), &capacities).unwrap();
        assert_eq!(found.catch_all.len(), named, "{now}");
        assert_eq!(found.offered.len(), named, "{now}");
    }
}

#[test]
fn what_goes_to_others_is_all_there() {
    let directory = directory(&[
        ranked("c1", "clinic", 1, 1_234.0),
        service("c2", &[("capacity", "\"red\"")]),
        department("ed", 1_000.0, ("capacity", "\"amber\"")),
    ]);
    with(&directory, |found| {
        let json = serde_json::to_value(&found).unwrap();
        let offer = &json["offered"][0];
        assert_eq!(offer["service"]["id"], "c1");
        assert_eq!(offer["service"]["type"], "clinic");
        assert_eq!(offer["type-name"], "Clinic");
        assert_eq!(offer["distance"]["km"], 1.234);
        assert_eq!(offer["distance"]["is-ambiguous"], false);
        assert_eq!(offer["opening"], "open round the clock");
        assert_eq!(json["catch-all"][0]["capacity"], "amber");
        assert_eq!(json["catch-all"][0]["is-catch-all"], true);
        let miss = &json["near-misses"][0];
        assert_eq!(miss["service"], "c2");
        assert_eq!(miss["criteria"][0], "capacity");
        assert_eq!(miss["words"][0], "red until it is set otherwise");
        assert_eq!(json["place"]["area"], "BN");
    });
}
