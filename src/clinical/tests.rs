use std::path::Path;
use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::diagnostic::Source;

fn read(text: &str) -> Result<Codes, Vec<String>> {
    let found = Codes::read(&Source::new("clinical.toml", text));
    found.map_err(|problems| problems.iter().map(ToString::to_string).collect())
}

#[test]
fn the_shipped_codes_are_sound() {
    let routing = Path::new(env!("CARGO_MANIFEST_DIR")).join("routing");
    let codes = Codes::load(&routing).unwrap();
    let minutes = |code: &str| {
        let code = DispositionCode::new(code).unwrap();
        codes.disposition(&code).unwrap().within.as_secs() / 60
    };
    // As DOMAIN has them, by the code's own text: Dx012 is an ambulance, Dx12 two hours.
    let known = [
        ("Dx010", 0),
        ("Dx0116", 0),
        ("Dx02", 60),
        ("Dx03", 240),
        ("Dx05", 120),
        ("Dx06", 360),
        ("Dx07", 720),
        ("Dx08", 1440),
        ("Dx11", 60),
        ("Dx12", 120),
        ("Dx13", 360),
        ("Dx14", 720),
        ("Dx15", 1440),
        ("Dx17", 60),
        ("Dx80", 360),
        ("Dx32", 0),
    ];
    for (code, expected) in known {
        assert_eq!(minutes(code), expected, "{code}");
    }
    let kind = |code: &str| {
        let code = DispositionCode::new(code).unwrap();
        codes.disposition(&code).unwrap().kind
    };
    assert_eq!(kind("Dx012"), Kind::Ambulance);
    assert_eq!(kind("Dx12"), Kind::Callback);
    for disposition in codes.dispositions() {
        let is_ambulance = disposition.kind == Kind::Ambulance;
        let is_confirmed = ["Dx333"].contains(&disposition.code.as_str());
        assert!(
            !is_ambulance || is_confirmed || disposition.is_validated_first(),
            "{disposition:?}"
        );
    }
}

#[test]
fn a_wrong_code_has_its_place() {
    let wrong = "[disposition.dx12]\nmeaning = \"\"\nminutes = 1\nkind = \"advice\"\n";
    assert_eq!(
        read(wrong).unwrap_err(),
        ["clinical.toml:1:14: `dx12` is no disposition: write it as Dx02"]
    );
    let wrong = "[symptom-group]\n1011 = \"chest pain\"\n";
    let problems = read(wrong).unwrap_err();
    assert!(
        problems[0].starts_with("clinical.toml:2:1:"),
        "{problems:?}"
    );
}

#[test]
fn dispositions_without_sense_are_refused() {
    let cases = [
        ("minutes = 5\nkind = \"life-threatening\"", "minutes = 0"),
        (
            "minutes = 0\nkind = \"life-threatening\"\nvalidated-as = \"Dx1\"",
            "never waits",
        ),
        ("minutes = 5\nkind = \"callback\"", "add `skill`"),
        ("minutes = 99999\nkind = \"advice\"", "are the most"),
        (
            "minutes = 5\nkind = \"ambulance\"\nvalidated-as = \"Dx2\"",
            "there is no disposition `Dx2`",
        ),
        ("minutes = 5\nkind = \"home\"", "unknown variant"),
    ];
    for (text, expected) in cases {
        let text = format!("[disposition.Dx1]\nmeaning = \"\"\n{text}\n");
        let problems = read(&text).unwrap_err();
        assert!(problems[0].contains(expected), "{problems:?}");
    }
}

#[test]
fn words_lead_back_to_what_they_stand_for() {
    for kind in Kind::ALL {
        assert_eq!(Kind::from_word(kind.word()), Some(kind));
    }
    for group in AgeGroup::ALL {
        assert_eq!(AgeGroup::from_word(group.word()), Some(group));
    }
    assert_eq!(Gender::from_word(Gender::Male.word()), Some(Gender::Male));
}

#[test]
fn age_groups_begin_where_they_should() {
    let groups = [(0, "infant"), (1, "toddler"), (4, "toddler"), (5, "child")];
    let older = [(15, "child"), (16, "adult"), (64, "adult"), (65, "older")];
    for (years, word) in groups.into_iter().chain(older) {
        assert_eq!(AgeGroup::of_years(years).word(), word, "{years}");
    }
}

#[test]
fn at_once_is_zero() {
    let text = "[disposition.Dx1]\nmeaning = \"\"\nminutes = 0\nkind = \"life-threatening\"\n";
    let codes = read(text).unwrap();
    let code = DispositionCode::new("Dx1").unwrap();
    assert_eq!(codes.disposition(&code).unwrap().within, Duration::ZERO);
}

proptest! {
    #[test]
    fn only_codes_are_codes(text in "(Dx|SG|SD|dx)?[0-9A-Za-z]{0,10}") {
        let digits = text.strip_prefix("Dx");
        let is_code = digits.is_some_and(|d| {
            !d.is_empty() && d.len() <= 8 && d.bytes().all(|b| b.is_ascii_digit())
        });
        let read = DispositionCode::new(&text);
        prop_assert_eq!(read.is_ok(), is_code);
        if let Ok(code) = read {
            prop_assert_eq!(code.as_str(), text);
        }
    }
}
