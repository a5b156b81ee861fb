use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;

use crate::clinical::{Codes, Gender, Patient};
use crate::diagnostic::Source;
use crate::directory::{
    Capacities, Criteria, Criterion, Directory, Found, Ground, OutwardPlaces, Query, SearchError,
    ServiceId,
};
use crate::routing::{Postcodes, RegionId};

/// A Monday at noon.
pub(super) const NOON: &str = "2026-11-02T12:00:00Z";

/// Where the middle of BN1 is, in which the patients live.
pub(super) const BN1: (f64, f64) = (50.83, -0.14);

const CODES: &str = r#"
[symptom-group]
SG1 = "Chest pain"
SG2 = "Rash"
SG3 = "Cough"
[discriminator]
SD1 = "X-ray"
SD2 = "Blood test"
SD3 = "Wound care"
[disposition.Dx0]
meaning = "At once"
minutes = 0
kind = "callback"
skill = "clinician"
[disposition.Dx1]
meaning = "Within a minute"
minutes = 1
kind = "primary-care"
[disposition.Dx30]
meaning = "Within half an hour"
minutes = 30
kind = "primary-care"
[disposition.Dx31]
meaning = "Within 31 minutes"
minutes = 31
kind = "primary-care"
[disposition.Dx60]
meaning = "Within an hour"
minutes = 60
kind = "primary-care"
[disposition.Dx61]
meaning = "Within 61 minutes"
minutes = 61
kind = "primary-care"
[disposition.Dx240]
meaning = "Within four hours"
minutes = 240
kind = "primary-care"
[disposition.Dx1440]
meaning = "Within a day"
minutes = 1440
kind = "primary-care"
[disposition.Dx999]
meaning = "Life-threatening"
minutes = 0
kind = "life-threatening"
"#;

pub(super) const TYPES_TEXT: &str = "[type.clinic]\nname = \"Clinic\"\n[type.pharmacy]\nname = \"Pharmacy\"\n\
                     [type.ed]\nname = \"Emergency department\"\ncatch-all = true\n";

const PLACES: &str = "outward,latitude,longitude\nBN1,50.83,-0.14\nBN2,50.84,-0.10\n\
                      BN3,50.85,-0.20\nKT1,51.41,-0.30\nEC1,51.52,-0.10\nIP1,52.06,1.15\n";

pub(super) fn ground() -> Ground {
    let regions = ["south", "london", "east"].map(RegionId::new);
    let postcodes = "postcode,regions,latitude,longitude\nBN,south,50.87,-0.1\n\
                     KT,south|london,51.36,-0.35\nEC,london,51.52,-0.09\nIP,east,52.1,1.1\n";
    let (postcodes, problems) = Postcodes::read(&Source::new("p.csv", postcodes), &regions);
    assert!(problems.is_empty());
    Ground {
        codes: Arc::new(Codes::read(&Source::new("clinical.toml", CODES)).unwrap()),
        regions: regions.to_vec(),
        postcodes,
        holidays: BTreeSet::from(["2026-12-25".parse().unwrap()]),
    }
}

pub(super) fn places() -> OutwardPlaces {
    let (places, problems) = OutwardPlaces::read(&Source::new("outward-places.csv", PLACES));
    assert!(problems.is_empty());
    places
}

/// The text of a service that takes anybody at any time, in the middle of BN1; with some of it replaced or added, or
/// taken out where nothing stands for it.
pub(super) fn service(id: &str, changes: &[(&str, &str)]) -> String {
    let usual = [
        ("name", "\"A service\""),
        ("type", "\"clinic\""),
        ("region", "\"south\""),
        ("provider", "\"somebody\""),
        ("ods", "\"RZX01\""),
        ("phone", "\"01632 960401\""),
        ("postcode", "\"BN1 1AA\""),
        ("symptom-groups", "[\"*\"]"),
        ("discriminators", "[\"*\"]"),
        ("dispositions", "[\"*\"]"),
        ("hours", "{ always = true }"),
        ("ranking", "5"),
        ("verify-by", "\"2027-03-31\""),
        ("referral", "{ method = \"phone\" }"),
    ];
    let mut lines = vec![format!("[[service]]\nid = \"{id}\"")];
    let changed = |key: &str| {
        changes
            .iter()
            .find(|(k, _)| *k == key)
            .map(|(_, value)| *value)
    };
    let usual_keys = usual.map(|(key, _)| key);
    let kept = usual.map(|(key, value)| (key, changed(key).unwrap_or(value)));
    let added = changes.iter().filter(|(key, _)| !usual_keys.contains(key));
    let all = kept.into_iter().chain(added.copied());
    lines.extend(
        all.filter(|(_, v)| !v.is_empty())
            .map(|(k, v)| format!("{k} = {v}")),
    );
    lines.join("\n") + "\n"
}

pub(super) fn read(services: &str) -> Result<Directory, Vec<String>> {
    let read = Directory::read(
        &Source::new("outward-places.csv", PLACES),
        &Source::new("types.toml", TYPES_TEXT),
        &[Source::new("services.toml", services)],
        ground(),
    );
    read.map_err(|problems| problems.iter().map(ToString::to_string).collect())
}

pub(super) fn directory(services: &[String]) -> Directory {
    read(&services.concat()).unwrap_or_else(|problems| panic!("{problems:#?}"))
}

/// A directory of one service with some of it changed: `one`.
pub(super) fn one(changes: &[(&str, &str)]) -> Directory {
    directory(&[service("one", changes)])
}

/// What is asked for a man of forty in BN1 who needs anything within four hours.
pub(super) fn query() -> Query {
    Query {
        case: "case".into(),
        postcode: "BN1 4GH".into(),
        patient: Patient {
            years: 40,
            gender: Some(Gender::Male),
        },
        surgery: None,
        disposition: code("Dx240"),
        symptom_group: code("SG1"),
        discriminators: Vec::new(),
        km: Query::USUAL_KM,
    }
}

pub(super) fn code<C: std::str::FromStr<Err: std::fmt::Debug>>(text: &str) -> C {
    text.parse().unwrap()
}

pub(super) fn id(text: &str) -> ServiceId {
    ServiceId::new(text).unwrap()
}

pub(super) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// What the service `one` fails.
pub(super) fn failed(directory: &Directory, query: &Query, now: &str) -> Vec<Criterion> {
    let capacities = Capacities::default();
    let found = directory.search(query, at(now), &capacities).unwrap();
    let criteria = found.criteria_of(&id("one")).unwrap();
    assert_eq!(is_offered(&found, "one"), criteria.is_empty());
    criteria.iter().collect()
}

/// Whether a service would do.
pub(super) fn is_offered(found: &Found<'_>, id: &str) -> bool {
    names(found).iter().any(|name| name == id)
}

/// All that would do, those that are shown first.
pub(super) fn names(found: &Found<'_>) -> Vec<String> {
    let all = found.offered.iter().chain(&found.more);
    all.map(|offer| offer.service.id.to_string()).collect()
}

/// The words by which the service `one` is left out.
pub(super) fn words(directory: &Directory, query: &Query, now: &str) -> Vec<String> {
    let capacities = Capacities::default();
    let found = directory.search(query, at(now), &capacities).unwrap();
    let left_out = found
        .left_out()
        .find(|left| left.service.id.as_str() == "one");
    left_out.map_or_else(Vec::new, |left| left.words())
}

pub(super) fn error(directory: &Directory, query: &Query) -> SearchError {
    let capacities = Capacities::default();
    directory.search(query, at(NOON), &capacities).unwrap_err()
}

pub(super) fn only(criterion: Criterion) -> Vec<Criterion> {
    Criteria::from_iter([criterion]).iter().collect()
}

/// The latitude so many metres north of the middle of BN1, as it stands in a table.
pub(super) fn north(metres: f64) -> String {
    let degrees = metres / 6_371_000.0;
    format!("{}", BN1.0 + degrees.to_degrees())
}
