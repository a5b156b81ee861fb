//! Each criterion of the first kind, with its edge on both sides.

use super::world::*;
use crate::clinical::Gender;
use crate::directory::{Capacities, Criterion, Query, SearchError};

/// What is changed in a service, what is asked, and what the service fails.
type Case<'c> = (&'c [(&'c str, &'c str)], Query, Option<Criterion>);

/// Asserts what a service fails for a patient.
fn check(cases: &[Case<'_>]) {
    for (changes, query, expected) in cases {
        let expected: Vec<Criterion> = expected.iter().copied().collect();
        let found = failed(&one(changes), query, NOON);
        assert_eq!(found, expected, "{changes:?} for {query:?}");
    }
}

fn aged(years: u8) -> Query {
    let mut query = query();
    query.patient.years = years;
    query
}

fn gender(gender: Option<Gender>) -> Query {
    let mut query = query();
    query.patient.gender = gender;
    query
}

fn of_surgery(surgery: Option<&str>) -> Query {
    Query {
        surgery: surgery.map(str::to_owned),
        ..query()
    }
}

fn in_(postcode: &str) -> Query {
    Query {
        postcode: postcode.into(),
        km: 99,
        ..query()
    }
}

#[test]
fn only_a_service_that_runs_is_offered() {
    let status = Some(Criterion::Status);
    check(&[
        (&[], query(), None),
        (&[("status", "\"active\"")], query(), None),
        (&[("status", "\"closed\"")], query(), status),
        (&[("status", "\"commissioning\"")], query(), status),
    ]);
}

#[test]
fn a_service_is_near_enough_up_to_the_metre() {
    for (km, metres, expected) in [
        (60, 59_999.0, None),
        (60, 60_000.0, None),
        (60, 60_001.0, Some(Criterion::Distance)),
        (99, 99_000.0, None),
        (99, 99_001.0, Some(Criterion::Distance)),
        (1, 1_000.0, None),
        (1, 1_001.0, Some(Criterion::Distance)),
    ] {
        // A postcode far from its middle is a problem, so one of nowhere near is given.
        let postcode = if metres > 50_000.0 {
            "\"KT1 1AA\""
        } else {
            "\"BN1 1AA\""
        };
        let changes = [
            ("postcode", postcode),
            ("latitude", &*north(metres)),
            ("longitude", "-0.14"),
        ];
        let query = Query { km, ..query() };
        check(&[(&changes, query, expected)]);
    }
}

#[test]
fn a_distance_is_from_1_to_99() {
    for km in [0, 100, 255] {
        let query = Query { km, ..query() };
        assert_eq!(error(&one(&[]), &query), SearchError::Kilometres);
    }
    for km in [1, 99] {
        assert_eq!(failed(&one(&[]), &Query { km, ..query() }, NOON), []);
    }
    let text = r#"{"case": "", "postcode": "BN1", "patient": {"years": 1, "gender": null},
                   "disposition": "Dx1", "symptom-group": "SG1"}"#;
    let query: Query = serde_json::from_str(text).unwrap();
    assert_eq!(query.km, 60);
}

#[test]
fn a_catchment_keeps_to_its_regions_codes_and_kilometres() {
    let out = Some(Criterion::Catchment);
    let catchment = |text| vec![("catchment", text)];
    for (text, postcode, expected) in [
        ("{ regions = [\"south\"] }", "BN1", None),
        ("{ regions = [\"london\"] }", "BN1", out),
        ("{ regions = [\"london\", \"south\"] }", "BN1", None),
        // KT lies in both regions, so it may be in either.
        ("{ regions = [\"london\"] }", "KT1", None),
        ("{ regions = [\"east\"] }", "KT1", out),
        ("{ outward = [\"BN\"] }", "BN1", None),
        ("{ outward = [\"BN1\"] }", "BN1 1AA", None),
        ("{ outward = [\"BN1\"] }", "BN11 1AA", out),
        ("{ outward = [\"BN11\"] }", "BN1 1AA", out),
        ("{ outward = [\"B\"] }", "BN1", out),
        ("{ outward = [\"EC1\"] }", "EC1A 1BB", None),
        ("{ outward = [\"EC1A\"] }", "EC1A 1BB", None),
        ("{ outward = [\"EC1A\"] }", "EC1M 1BB", out),
        // Each of those given must be met.
        ("{ regions = [\"south\"], outward = [\"KT\"] }", "BN1", out),
        ("{ regions = [\"london\"], outward = [\"BN\"] }", "BN1", out),
        (
            "{ regions = [\"south\"], outward = [\"BN\"], km = 1 }",
            "BN1",
            None,
        ),
    ] {
        check(&[(&catchment(text), in_(postcode), expected)]);
    }
    for (metres, expected) in [(9_999.0, None), (10_000.0, None), (10_001.0, out)] {
        let changes = [
            ("catchment", "{ km = 10 }"),
            ("latitude", &*north(metres)),
            ("longitude", "-0.14"),
        ];
        check(&[(&changes, query(), expected)]);
    }
}

#[test]
fn the_symptom_group_is_taken_or_it_is_not() {
    let out = Some(Criterion::SymptomGroup);
    check(&[
        (&[("symptom-groups", "[\"*\"]")], query(), None),
        (&[("symptom-groups", "[\"SG1\"]")], query(), None),
        (&[("symptom-groups", "[\"SG2\", \"SG1\"]")], query(), None),
        (&[("symptom-groups", "[\"SG2\"]")], query(), out),
    ]);
}

#[test]
fn a_gender_that_is_not_known_fits_only_where_both_do() {
    let out = Some(Criterion::Gender);
    let female = &[("gender", "\"female\"")][..];
    check(&[
        (&[], gender(None), None),
        (&[], gender(Some(Gender::Female)), None),
        (female, gender(Some(Gender::Female)), None),
        (female, gender(Some(Gender::Male)), out),
        (female, gender(None), out),
        (&[("gender", "\"male\"")], gender(Some(Gender::Male)), None),
    ]);
}

#[test]
fn ages_end_where_they_should() {
    let out = Some(Criterion::Age);
    let only = |group| match group {
        "infant" => &[("ages", "[\"infant\"]")],
        "toddler" => &[("ages", "[\"toddler\"]")],
        "child" => &[("ages", "[\"child\"]")],
        "adult" => &[("ages", "[\"adult\"]")],
        _ => &[("ages", "[\"older\"]")],
    };
    for (group, years, expected) in [
        ("infant", 0, None),
        ("infant", 1, out),
        ("toddler", 0, out),
        ("toddler", 1, None),
        ("toddler", 4, None),
        ("toddler", 5, out),
        ("child", 4, out),
        ("child", 5, None),
        ("child", 15, None),
        ("child", 16, out),
        ("adult", 15, out),
        ("adult", 16, None),
        ("adult", 64, None),
        ("adult", 65, out),
        ("older", 64, out),
        ("older", 65, None),
        ("older", 255, None),
    ] {
        check(&[(only(group), aged(years), expected)]);
    }
    for years in [0, 3, 10, 40, 90] {
        check(&[(&[], aged(years), None)]);
    }
}

#[test]
fn a_service_of_certain_surgeries_takes_their_patients_alone() {
    let out = Some(Criterion::Surgery);
    let two = &[("surgeries", "[\"G81001\", \"G81002\"]")][..];
    check(&[
        (&[], of_surgery(None), None),
        (&[], of_surgery(Some("G81009")), None),
        (two, of_surgery(Some("G81001")), None),
        (two, of_surgery(Some(" g81002 ")), None),
        (two, of_surgery(Some("G81009")), out),
        (two, of_surgery(Some("G8100")), out),
        (two, of_surgery(None), out),
    ]);
}

#[test]
fn all_that_fails_of_the_first_kind_is_told_and_nothing_of_the_second() {
    let directory = one(&[
        ("status", "\"closed\""),
        ("symptom-groups", "[\"SG2\"]"),
        ("gender", "\"female\""),
        ("ages", "[\"child\"]"),
        ("surgeries", "[\"G81001\"]"),
        ("catchment", "{ regions = [\"east\"] }"),
        ("postcode", "\"IP1 1AA\""),
        ("capacity", "\"red\""),
        ("discriminators", "[]"),
        ("dispositions", "[\"Dx1\"]"),
        ("hours", "{ week = {} }"),
    ]);
    assert_eq!(failed(&directory, &query(), NOON), Criterion::FIRST);
    assert_eq!(
        words(&directory, &query(), NOON),
        [
            "has been given up",
            "163.4 km away, and 60 km are the most",
            "is there only for east",
            "does not take SG1 (Chest pain)",
            "takes only female patients",
            "does not take adults from 16 to 64",
            "takes only patients of certain surgeries, and this one's is not known",
        ]
    );
}

#[test]
fn a_place_that_is_not_quite_known_says_so() {
    let directory = one(&[]);
    let capacities = Capacities::default();
    for (postcode, is_ambiguous, doubts) in [
        ("BN1 4GH", false, vec![]),
        ("bn2", false, vec![]),
        ("EC1A 1BB", false, vec![]),
        ("KT1", true, vec!["KT1 lies in south or london"]),
        (
            "BN99",
            true,
            vec!["BN99 has no place of its own: distances are from the middle of BN"],
        ),
        (
            "KT9 1AA",
            true,
            vec![
                "KT9 has no place of its own: distances are from the middle of KT",
                "KT9 lies in south or london",
            ],
        ),
    ] {
        let query = in_(postcode);
        let found = directory.search(&query, at(NOON), &capacities).unwrap();
        assert_eq!(found.place().doubts(), doubts, "{postcode}");
        assert_eq!(found.place().is_ambiguous(), is_ambiguous);
        for offer in &found.offered {
            assert_eq!(offer.distance.is_ambiguous, is_ambiguous, "{postcode}");
        }
    }
}

#[test]
fn a_place_that_nothing_tells_is_an_error_and_no_empty_answer() {
    for postcode in ["ZE1 0AA", "", "1", "nowhere at all", "BN", "£££"] {
        let query = in_(postcode);
        assert_eq!(
            error(&one(&[]), &query),
            SearchError::UnknownPostcode,
            "{postcode}"
        );
    }
    let said = SearchError::UnknownPostcode.to_string();
    assert!(said.contains("ask for another one"), "{said}");
}

#[test]
fn a_query_of_unknown_codes_is_refused() {
    let directory = one(&[]);
    let of = |text: &str| Query {
        disposition: code(text),
        ..query()
    };
    assert_eq!(
        error(&directory, &of("Dx77")),
        SearchError::UnknownDisposition(code("Dx77"))
    );
    // Dx0 is there, and Dx00 is not the same.
    assert_eq!(
        error(&directory, &of("Dx00")),
        SearchError::UnknownDisposition(code("Dx00"))
    );
    assert_eq!(
        error(&directory, &of("Dx999")),
        SearchError::LifeThreatening(code("Dx999"))
    );
    let group = Query {
        symptom_group: code("SG9"),
        ..query()
    };
    assert_eq!(
        error(&directory, &group),
        SearchError::UnknownSymptomGroup(code("SG9"))
    );
    let discriminators = |text, n| Query {
        discriminators: vec![code(text); n],
        ..query()
    };
    let unknown = error(&directory, &discriminators("SD9", 1));
    assert_eq!(unknown, SearchError::UnknownDiscriminator(code("SD9")));
    assert_eq!(
        error(&directory, &discriminators("SD1", 33)),
        SearchError::Discriminators
    );
    assert_eq!(failed(&directory, &discriminators("SD1", 32), NOON), []);
}
