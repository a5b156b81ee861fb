//! Each criterion of the second kind but the opening, with its edge on both sides.

use super::world::*;
use crate::directory::{Capacities, Colour, Criterion, Query};

fn needing(codes: &[&str]) -> Query {
    Query {
        discriminators: codes.iter().map(|text| code(text)).collect(),
        ..query()
    }
}

#[test]
fn every_discriminator_must_be_there() {
    let out = only(Criterion::Discriminators);
    for (has, wanted, expected) in [
        ("[]", &[][..], vec![]),
        ("[]", &["SD1"], out.clone()),
        ("[\"*\"]", &["SD1", "SD2", "SD3"], vec![]),
        ("[\"SD1\"]", &["SD1"], vec![]),
        ("[\"SD1\", \"SD2\"]", &["SD2", "SD1"], vec![]),
        ("[\"SD1\", \"SD2\"]", &["SD1", "SD3"], out.clone()),
        ("[\"SD1\"]", &["SD2"], out.clone()),
    ] {
        let directory = one(&[("discriminators", has)]);
        assert_eq!(
            failed(&directory, &needing(wanted), NOON),
            expected,
            "{has} {wanted:?}"
        );
    }
    let directory = one(&[("discriminators", "[\"SD1\"]")]);
    assert_eq!(
        words(&directory, &needing(&["SD1", "SD2", "SD3"]), NOON),
        ["cannot do SD2 (Blood test), SD3 (Wound care)"]
    );
}

#[test]
fn the_disposition_is_taken_by_its_own_text() {
    let out = only(Criterion::Disposition);
    for (takes, expected) in [
        ("[\"*\"]", vec![]),
        ("[\"Dx240\"]", vec![]),
        ("[\"Dx1\", \"Dx240\"]", vec![]),
        ("[\"Dx1\", \"Dx1440\"]", out),
    ] {
        let directory = one(&[("dispositions", takes)]);
        assert_eq!(failed(&directory, &query(), NOON), expected, "{takes}");
    }
    let directory = one(&[("dispositions", "[\"Dx1\"]")]);
    let said = words(&directory, &query(), NOON);
    assert_eq!(said, ["does not take Dx240 (Within four hours)"]);
}

#[test]
fn red_is_never_offered_and_amber_is_offered_and_said() {
    let capacities = Capacities::default();
    let query = query();
    for (colour, expected) in [
        ("\"green\"", Some(Colour::Green)),
        ("\"amber\"", Some(Colour::Amber)),
        ("\"red\"", None),
    ] {
        let directory = one(&[("capacity", colour)]);
        let found = directory.search(&query, at(NOON), &capacities).unwrap();
        let offered = found.offered.first().map(|offer| offer.capacity);
        assert_eq!(offered, expected);
        let misses = found.near_misses.iter().map(|miss| miss.criterion);
        let misses: Vec<Criterion> = misses.collect();
        assert_eq!(misses.is_empty(), expected.is_some());
    }
    let directory = one(&[("capacity", "\"red\"")]);
    assert_eq!(
        words(&directory, &query, NOON),
        ["red until it is set otherwise"]
    );
}

#[test]
fn red_ends_to_the_second_and_says_when() {
    let directory = one(&[]);
    let query = query();
    let mut capacities = Capacities::default();
    let half_past_two = std::time::Duration::from_secs(150 * 60);
    let noon = at(NOON);
    capacities
        .set(
            &id("one"),
            Colour::Red,
            noon,
            Some(half_past_two),
            "somebody",
        )
        .unwrap();
    for (now, is_there) in [
        (NOON, false),
        ("2026-11-02T14:29:59Z", false),
        ("2026-11-02T14:30:00Z", true),
    ] {
        let found = directory.search(&query, at(now), &capacities).unwrap();
        assert_eq!(is_offered(&found, "one"), is_there, "{now}");
        if !is_there {
            assert_eq!(found.near_misses[0].words(), "red until 14:30");
        }
    }
}

#[test]
fn what_is_set_counts_before_what_the_directory_says() {
    let directory = one(&[("capacity", "\"red\"")]);
    let query = query();
    let mut capacities = Capacities::default();
    capacities
        .set(&id("one"), Colour::Green, at(NOON), None, "somebody")
        .unwrap();
    let found = directory.search(&query, at(NOON), &capacities).unwrap();
    assert!(is_offered(&found, "one"));
}

#[test]
fn exactly_one_of_the_second_kind_is_a_near_miss() {
    let wants = needing(&["SD1"]);
    let spoilt = [
        ("capacity", "\"red\""),
        ("discriminators", "[]"),
        ("dispositions", "[\"Dx1\"]"),
        ("hours", "{ week = {} }"),
    ];
    let capacities = Capacities::default();
    for which in 0u32..16 {
        let changes: Vec<(&str, &str)> = (0..4)
            .filter(|n| which >> n & 1 == 1)
            .map(|n| spoilt[n])
            .collect();
        let directory = one(&changes);
        let found = directory.search(&wants, at(NOON), &capacities).unwrap();
        let expected: Vec<Criterion> = (0..4)
            .filter(|n| which >> n & 1 == 1)
            .map(|n| Criterion::SECOND[n])
            .collect();
        let criteria = found.criteria_of(&id("one")).unwrap();
        assert_eq!(criteria.iter().collect::<Vec<_>>(), expected);
        assert_eq!(is_offered(&found, "one"), which == 0);
        let misses: Vec<Criterion> = found.near_misses.iter().map(|m| m.criterion).collect();
        match expected.as_slice() {
            [one] => assert_eq!(misses, [*one]),
            _ => assert_eq!(misses, []),
        }
    }
}

#[test]
fn what_fails_the_first_kind_is_no_near_miss() {
    let directory = one(&[("capacity", "\"red\""), ("gender", "\"female\"")]);
    let (query, capacities) = (query(), Capacities::default());
    let found = directory.search(&query, at(NOON), &capacities).unwrap();
    assert!(found.near_misses.is_empty());
    assert_eq!(found.left_out().count(), 1);
}

#[test]
fn an_entry_that_is_overdue_is_offered_and_that_is_said() {
    let (query, capacities) = (query(), Capacities::default());
    for (now, is_overdue) in [
        ("2026-06-30T22:59:59Z", false),
        // Midnight in London, in summer.
        ("2026-06-30T23:00:00Z", true),
    ] {
        let directory = one(&[("verify-by", "\"2026-06-30\"")]);
        let found = directory.search(&query, at(now), &capacities).unwrap();
        assert_eq!(found.offered[0].is_overdue, is_overdue, "{now}");
        assert_eq!(directory.overdue(at(now)).count(), usize::from(is_overdue));
    }
    let given_up = one(&[("verify-by", "\"2026-06-30\""), ("status", "\"closed\"")]);
    assert_eq!(given_up.overdue(at(NOON)).count(), 0);
}
