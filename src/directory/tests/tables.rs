//! What is wrong in the tables, each with its place.

use proptest::prelude::*;

use super::world::*;
use crate::diagnostic::Source;
use crate::directory::{Directory, OutwardPlaces, ServiceTypes};

/// Asserts that a service with something changed has exactly this problem, where the change stands.
fn finds(key: &str, value: &str, expected: &str) {
    let text = service("one", &[(key, value)]);
    let line = text
        .lines()
        .position(|line| line.starts_with(&format!("{key} =")))
        .unwrap()
        + 1;
    let problems = read(&text).err().unwrap_or_default();
    assert_eq!(problems.len(), 1, "{key} = {value}: {problems:?}");
    let place = format!("services.toml:{line}:");
    assert!(
        problems[0].starts_with(&place),
        "{} is not at {place}",
        problems[0]
    );
    assert!(
        problems[0].contains(expected),
        "{} is not {expected}",
        problems[0]
    );
}

#[test]
fn each_wrong_value_has_its_place() {
    for (key, value, expected) in [
        ("name", "\"\"", "this is empty"),
        ("name", "\" A\"", "spaces about it"),
        ("name", "\"A\\u0007\"", "control characters"),
        (
            "name",
            &format!("\"{}\"", "x".repeat(201)),
            "longer than 200",
        ),
        ("type", "\"hospital\"", "there is no type `hospital`"),
        ("region", "\"wales\"", "there is no region `wales`"),
        ("provider", "\"Some Body\"", "is no name"),
        ("ods", "\"rzx\"", "is no organisation's code"),
        ("phone", "\"111\"", "not a telephone number"),
        ("phone", "\"08979123456\"", "invalid caller number"),
        ("postcode", "\"nowhere\"", "this is no postcode"),
        ("postcode", "\"ZE1 0AA\"", "nothing tells where"),
        ("latitude", "50.8", "go together"),
        ("longitude", "0.1", "go together"),
        ("symptom-groups", "[]", "this list is empty"),
        (
            "symptom-groups",
            "[\"SG9\"]",
            "there is no symptom group `SG9`",
        ),
        ("symptom-groups", "[\"SG1\", \"SG1\"]", "stands twice"),
        (
            "symptom-groups",
            "[\"*\", \"SG1\"]",
            "`*` is no symptom group",
        ),
        (
            "discriminators",
            "[\"SD9\"]",
            "there is no discriminator `SD9`",
        ),
        ("dispositions", "[]", "this list is empty"),
        (
            "dispositions",
            "[\"Dx02\"]",
            "there is no disposition `Dx02`",
        ),
        ("dispositions", "[\"dx1\"]", "is no disposition"),
        ("dispositions", "[\"Dx999\"]", "goes to 999"),
        ("ages", "[\"old\"]", "`old` is none"),
        ("ages", "[]", "this list is empty"),
        ("gender", "\"any\"", "`any` is none"),
        ("surgeries", "[]", "this list is empty"),
        ("surgeries", "[\"g\"]", "is no organisation's code"),
        ("hours", "{ week = { mon = [\"8-9\"] } }", "are no hours"),
        ("hours", "{ weak = {} }", "unknown field"),
        ("capacity", "\"blue\"", "`blue` is none"),
        ("ranking", "0", "1 to 10"),
        ("ranking", "11", "1 to 10"),
        ("ranking", "-1", "1 to 10"),
        ("status", "\"open\"", "`open` is none"),
        ("verify-by", "\"31.3.2027\"", "is none"),
        ("trunk", "\"\"", "this is empty"),
        ("catchment", "{ km = 0 }", "1 to 200 km"),
        ("catchment", "{ km = 201 }", "1 to 200 km"),
        ("catchment", "{ outward = [\"bn\"] }", "is no postcode area"),
        (
            "catchment",
            "{ outward = [\"BN1 1AA\"] }",
            "is no postcode area",
        ),
        (
            "catchment",
            "{ regions = [\"wales\"] }",
            "there is no region",
        ),
        ("referral", "{ method = \"pigeon\" }", "`pigeon` is none"),
        (
            "referal",
            "{ method = \"phone\" }",
            "unknown field `referal`",
        ),
    ] {
        finds(key, value, expected);
    }
}

#[test]
fn the_edges_of_what_is_right_are_right() {
    for (key, value) in [
        ("ranking", "1"),
        ("ranking", "10"),
        ("discriminators", "[]"),
        ("discriminators", ""),
        ("catchment", "{}"),
        ("catchment", "{ km = 200 }"),
        ("hours", "{}"),
        ("trunk", "\"carrier\""),
    ] {
        let text = service("one", &[(key, value)]);
        read(&text).unwrap_or_else(|problems| panic!("{key} = {value}: {problems:?}"));
    }
    let without = service("one", &[("hours", "")]);
    assert!(read(&without).unwrap_err()[0].contains("missing field `hours`"));
}

#[test]
fn a_position_far_from_its_postcode_is_wrong() {
    let at = |latitude: &str, longitude: &str| {
        let place = [("latitude", latitude), ("longitude", longitude)];
        read(&service("one", &place)).err().unwrap_or_default()
    };
    assert_eq!(at("50.83", "-0.14"), [""; 0]);
    assert!(at("52.06", "1.15")[0].contains("km from the postcode's"));
    assert!(at("-0.14", "50.83")[0].contains("not in the UK"));
}

#[test]
fn all_problems_are_told_at_once() {
    let text = [
        service("one", &[("ranking", "0"), ("region", "\"wales\"")]),
        service("One", &[]),
        service("two", &[("phone", "\"1\"")]),
        service("two", &[]),
    ];
    let problems = read(&text.concat()).unwrap_err();
    for expected in [
        "a ranking is 1 to 10",
        "there is no region `wales`",
        "`One` is no name",
        "not a telephone number",
        "`two` stands in services.toml:34 already",
    ] {
        let found = problems.iter().filter(|problem| problem.contains(expected));
        assert_eq!(found.count(), 1, "{expected}: {problems:#?}");
    }
    assert_eq!(problems.len(), 5, "{problems:#?}");
}

#[test]
fn trunks_must_be_among_those_of_the_settings() {
    let directory = one(&[("trunk", "\"carrier\"")]);
    assert!(directory.check_trunks(&["carrier"]).is_empty());
    let problems = directory.check_trunks(&["other"]);
    assert_eq!(problems.len(), 1);
    assert!(
        problems[0]
            .to_string()
            .contains("there is no trunk `carrier`")
    );
}

#[test]
fn places_and_types_are_held_against_their_rules() {
    for (row, expected) in [
        ("BN1,50.83,x", "invalid float"),
        ("bn1,50.83,-0.14", "is no outward code"),
        ("BN,50.83,-0.14", "is no outward code"),
        ("BN1,0.14,50.83", "is not in the UK"),
        ("BN1,NaN,0.1", "is not in the UK"),
        ("BN1,50.83,-0.14\nBN1,50.83,-0.14", "BN1 stands twice"),
    ] {
        let text = format!("outward,latitude,longitude\n{row}\n");
        let (_, problems) = OutwardPlaces::read(&Source::new("p.csv", text));
        let said: Vec<String> = problems.iter().map(ToString::to_string).collect();
        assert_eq!(said.len(), 1, "{row}");
        assert!(said[0].contains(expected), "{said:?}");
    }
    for (text, expected) in [
        ("[type.ED]\nname = \"x\"\n", "`ED` is no name of a type"),
        ("[type.ed]\nnam = \"x\"\n", "unknown field `nam`"),
    ] {
        let (_, problems) = ServiceTypes::read(&Source::new("t.toml", text));
        assert!(problems[0].to_string().contains(expected), "{problems:?}");
    }
}

#[test]
fn a_folder_without_a_directory_has_an_empty_one() {
    let folder = tempfile::TempDir::new().unwrap();
    let directory = Directory::load(folder.path(), ground()).unwrap();
    assert!(directory.is_empty());
    assert_eq!(
        error(&directory, &query()),
        crate::directory::SearchError::UnknownPostcode
    );
    // With the folder, its two tables are missed.
    std::fs::create_dir(folder.path().join("directory")).unwrap();
    let problems = Directory::load(folder.path(), ground()).unwrap_err();
    assert_eq!(problems.len(), 2, "{problems:?}");
}

proptest! {
    #[test]
    fn no_text_panics(text in "(id|name|hours|= |\\[|\\]|\"|\\{|\\}|[a-z0-9]|\n){0,40}") {
        let _ = read(&text);
        let _ = read(&format!("[[service]]\n{text}"));
    }
}
