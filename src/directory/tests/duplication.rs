//! Planted doubles are found, and near-doubles are not.

use super::world::*;
use crate::directory::{Directory, Doubles, doubles};

fn pairs(found: &Doubles) -> Vec<String> {
    let pairs = found.pairs.iter();
    pairs
        .map(|double| format!("{}+{}", double.first, double.second))
        .collect()
}

/// Whether the service `a` and one with something changed overlap by more than a share.
fn overlap(changes: &[(&str, &str)], share: f64) -> bool {
    let services = [service("a", &[]), service("b", changes)];
    !doubles(&directory(&services), share).pairs.is_empty()
}

#[test]
fn planted_doubles_are_found_and_nothing_else() {
    let week = "{ week = { mon = [\"08:00-18:00\"], tue = [\"08:00-18:00\"] } }";
    let nearly = "{ week = { mon = [\"08:00-18:00\"], tue = [\"08:00-17:00\"] } }";
    let half = "{ week = { mon = [\"08:00-18:00\"] } }";
    let bn = ("catchment", "{ outward = [\"BN\"] }");
    let directory = directory(&[
        service("a1", &[("hours", week), bn]),
        service("a2", &[("hours", nearly), bn]),
        service("a3", &[("hours", half), bn]),
        service("a4", &[("hours", week), bn, ("type", "\"pharmacy\"")]),
        service("a5", &[("hours", week), bn, ("status", "\"closed\"")]),
        service("a6", &[("hours", week), bn, ("dispositions", "[\"Dx1\"]")]),
        service(
            "a7",
            &[("hours", week), bn, ("symptom-groups", "[\"SG1\"]")],
        ),
        service(
            "a8",
            &[("hours", week), ("catchment", "{ outward = [\"BN1\"] }")],
        ),
        service("far", &[("hours", week), ("postcode", "\"IP1 1AA\"")]),
    ]);
    let found = doubles(&directory, 0.8);
    assert_eq!(pairs(&found), ["a1+a2"]);
    let shares = found.pairs[0].shares;
    assert_eq!(shares.reach, 1.0);
    assert!((shares.hours - 19.0 / 20.0).abs() < 1e-9, "{shares:?}");
    assert_eq!((shares.dispositions, shares.symptom_groups), (1.0, 1.0));
    assert!(!found.are_more);
    // With half as much overlap the one of half the hours is a double too.
    assert_eq!(
        pairs(&doubles(&directory, 0.49)),
        ["a1+a2", "a1+a3", "a2+a3"]
    );
}

#[test]
fn a_share_is_passed_and_not_met() {
    // Nine dispositions are there: one of them is a ninth.
    let eight = "[\"Dx0\", \"Dx1\", \"Dx30\", \"Dx31\", \"Dx60\", \"Dx61\", \"Dx240\", \"Dx1440\"]";
    assert!(overlap(&[("dispositions", eight)], 0.88));
    assert!(!overlap(&[("dispositions", eight)], 8.0 / 9.0));
    assert!(overlap(&[], 0.999));
    assert!(!overlap(&[], 1.0));
    // Ten hours of one day, and five of them.
    let ten = ("hours", "{ week = { mon = [\"08:00-18:00\"] } }");
    let five = ("hours", "{ week = { mon = [\"13:00-18:00\"] } }");
    let both = directory(&[service("a", &[ten]), service("b", &[five])]);
    assert_eq!(doubles(&both, 0.5).pairs.len(), 0);
    assert_eq!(doubles(&both, 0.499).pairs.len(), 1);
}

#[test]
fn circles_overlap_by_their_areas() {
    let circle = |id: &str, km: u16, metres: f64| {
        let catchment = format!("{{ km = {km} }}");
        let changes = [
            ("catchment", &*catchment),
            ("latitude", &*north(metres)),
            ("longitude", "-0.14"),
        ];
        service(id, &changes)
    };
    let reach = |one: String, other: String| {
        let found = doubles(&directory(&[one, other]), 0.0);
        found
            .pairs
            .first()
            .map_or(0.0, |double| double.shares.reach)
    };
    let is = |found: f64, expected: f64| assert!((found - expected).abs() < 1e-4, "{found}");
    is(reach(circle("a", 10, 0.0), circle("b", 10, 0.0)), 1.0);
    // One within the other.
    is(reach(circle("a", 20, 0.0), circle("b", 10, 5_000.0)), 0.25);
    // Two of the same size a radius apart: a lens of 2/3 π - √3/2 of the square of the radius.
    let lens = 2.0 / 3.0 * std::f64::consts::PI - 3f64.sqrt() / 2.0;
    let expected = lens / (2.0 * std::f64::consts::PI - lens);
    is(
        reach(circle("a", 10, 0.0), circle("b", 10, 10_000.0)),
        expected,
    );
    is(reach(circle("a", 10, 0.0), circle("b", 10, 20_000.0)), 0.0);
    is(reach(circle("a", 10, 0.0), circle("b", 10, 30_000.0)), 0.0);
}

#[test]
fn codes_and_circles_are_held_against_each_other_by_codes() {
    // Of BN1, BN2 and BN3 all lie within 10 km.
    let codes = service("a", &[("catchment", "{ outward = [\"BN\"] }")]);
    let circle = service("b", &[("catchment", "{ km = 10 }")]);
    let found = doubles(&directory(&[codes.clone(), circle]), 0.9);
    assert_eq!(found.pairs[0].shares.reach, 1.0);
    // BN2 is within 4 km, BN3 is not.
    let small = service("b", &[("catchment", "{ km = 4 }")]);
    let found = doubles(&directory(&[codes, small]), 0.5);
    assert!(
        (found.pairs[0].shares.reach - 2.0 / 3.0).abs() < 1e-9,
        "{found:?}"
    );
    // A region's limit counts as well.
    let region = service("a", &[("catchment", "{ regions = [\"london\"] }")]);
    let south = service("b", &[("catchment", "{ regions = [\"south\"] }")]);
    assert!(doubles(&directory(&[region, south]), 0.5).pairs.is_empty());
}

/// So many services of one type along a line, each with a twin of other hours elsewhere on it.
fn many(count: usize) -> Directory {
    let places: Vec<String> = (0..count)
        .flat_map(|n| {
            let latitude = (50.4 + n as f64 * 0.9 / count as f64).to_string();
            let place = |id: &str| {
                let changes = [
                    ("catchment", "{ km = 1 }"),
                    ("latitude", &*latitude),
                    ("longitude", "-0.14"),
                ];
                service(&format!("{id}{n:05}"), &changes)
            };
            match n % 100 {
                0 => vec![place("a"), place("b")],
                _ => vec![place("a")],
            }
        })
        .collect();
    directory(&places)
}

#[test]
fn thousands_of_one_type_are_not_all_held_against_each_other() {
    let found = doubles(&many(3_000), 0.98);
    assert_eq!(found.pairs.len(), 30);
    assert!(found.pairs.iter().all(|double| double.shares.reach > 0.98));
}

#[test]
fn pairs_have_their_limit() {
    let services: Vec<String> = (0..150).map(|n| service(&format!("s{n}"), &[])).collect();
    let found = doubles(&directory(&services), 0.5);
    assert_eq!((found.pairs.len(), found.are_more), (10_000, true));
}
