//! The sample that is shipped.

use std::path::Path;
use std::sync::Arc;

use super::world::{at, code, id};
use crate::clinical::{AgeGroup, Codes, Gender, Patient};
use crate::diagnostic::Source;
use crate::directory::{Capacities, Colour, Directory, Ground, Query, to_csv, to_toml};
use crate::routing::Tables;

fn shipped() -> Directory {
    let routing = Path::new(env!("CARGO_MANIFEST_DIR")).join("routing");
    let tables = Tables::load(&routing).unwrap();
    let codes = Arc::new(Codes::load(&routing).unwrap());
    Directory::load(&routing, Ground::of(&tables, &codes)).unwrap_or_else(|p| panic!("{p:#?}"))
}

#[test]
fn the_sample_is_sound_and_comes_back_as_a_table() {
    let directory = shipped();
    assert!(directory.len() >= 120, "{}", directory.len());
    assert!(directory.places.len() >= 2_900);
    let table = to_csv(directory.services());
    let back = directory
        .read_csv(&Source::new("table.csv", table))
        .unwrap();
    assert_eq!(back, directory.services());
    let text: toml::Table = toml::from_str(&to_toml(&back).unwrap()).unwrap();
    assert_eq!(text["service"].as_array().unwrap().len(), back.len());
}

#[test]
fn every_region_of_the_sample_is_searched_from_end_to_end() {
    let directory = shipped();
    let mut capacities = Capacities::default();
    let now = at("2026-11-02T12:00:00Z");
    for (postcode, years) in [
        ("BN1 1AA", 30),
        ("NE1", 70),
        ("BS1", 3),
        ("E1 6AN", 10),
        ("IP1", 0),
    ] {
        let query = Query {
            case: "sample".into(),
            postcode: postcode.into(),
            patient: Patient {
                years,
                gender: Some(Gender::Female),
            },
            surgery: None,
            disposition: code("Dx021"),
            symptom_group: code("SG1011"),
            discriminators: Vec::new(),
            km: 60,
        };
        let found = directory.search(&query, now, &capacities).unwrap();
        assert!(!found.catch_all.is_empty(), "{postcode}");
        assert!(!found.offered.is_empty(), "{postcode}");
        let all = found.offered.len() + found.more.len() + found.left_out().count();
        assert_eq!(all, directory.len());
    }
    let ages = directory
        .services()
        .iter()
        .flat_map(|service| service.ages.iter());
    let ages: std::collections::BTreeSet<AgeGroup> = ages.copied().collect();
    assert_eq!(ages.len(), AgeGroup::ALL.len());
    let unknown = id("not-in-the-directory");
    let hour = Some(std::time::Duration::from_secs(3600));
    capacities
        .set(&unknown, Colour::Red, now, hour, "somebody")
        .unwrap();
    assert_eq!(capacities.settings().len(), 1);
}
