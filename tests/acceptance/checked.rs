//! `ivr111 check`: what it finds, and where.

use std::process::Command;

use crate::support::server::{binary, checkout, copy};

/// A copy of what a fresh checkout runs with, to be spoilt.
struct Checkout(tempfile::TempDir);

impl Checkout {
    fn new() -> Self {
        let folder = tempfile::TempDir::new().unwrap();
        copy(&checkout().join("routing"), &folder.path().join("routing"));
        copy(&checkout().join("prompts"), &folder.path().join("prompts"));
        std::fs::copy(
            checkout().join("ivr111.toml"),
            folder.path().join("ivr111.toml"),
        )
        .unwrap();
        Checkout(folder)
    }

    /// Replaces a text in a file; gives the line in which the new text stands.
    fn spoil(&self, file: &str, text: &str, by: &str) -> usize {
        let path = self.0.path().join(file);
        let before = std::fs::read_to_string(&path).unwrap();
        let at = before
            .find(text)
            .unwrap_or_else(|| panic!("no {text:?} in {file}"));
        std::fs::write(&path, before.replacen(text, by, 1)).unwrap();
        before[..at].matches('\n').count() + 1
    }

    /// Exit status, standard output and standard error of `ivr111 check`.
    fn check(&self, more: &[&str]) -> (i32, String, String) {
        let output = Command::new(binary())
            .arg("check")
            .args(more)
            .current_dir(self.0.path())
            .output()
            .unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        let status = output.status.code().unwrap();
        (status, text(output.stdout), text(output.stderr))
    }

    /// Asserts that exactly this is found, at this place.
    fn finds(&self, place: &str, message: &str) {
        let (status, _, problems) = self.check(&[]);
        assert_eq!(status, 1, "{problems}");
        let found = problems
            .lines()
            .any(|line| line.starts_with(place) && line.contains(message));
        assert!(found, "not {place} … {message}, but\n{problems}");
        let (_, json, _) = self.check(&["--json"]);
        let json: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert!(!json["problems"].as_array().unwrap().is_empty());
    }
}

#[test]
fn what_is_shipped_is_sound_and_every_path_ends_with_help() {
    let (status, said, problems) = Checkout::new().check(&["--json"]);
    assert_eq!(status, 0, "{problems}");
    let report: serde_json::Value = serde_json::from_str(&said).unwrap();
    let paths = report["paths"].as_array().unwrap();
    let ends = [
        "handler-queue",
        "clinician-queue",
        "callback",
        "crisis-line",
        "capacity",
        "emergency",
        "promise-kept",
    ];
    for end in ends {
        assert!(
            paths.iter().any(|path| path["destination"] == end),
            "no path to {end}"
        );
    }
    assert!(
        paths
            .iter()
            .all(|path| ends.iter().any(|end| path["destination"] == *end))
    );
    // From every menu a caller can do nothing, and is brought to a person for it.
    let silent = |path: &&serde_json::Value| path["why"] == "no key";
    assert!(paths.iter().any(|path| silent(&path)));
    assert!(
        paths
            .iter()
            .filter(silent)
            .all(|path| path["destination"] == "handler-queue")
    );
}

#[test]
fn a_menu_that_loops() {
    let checkout = Checkout::new();
    let flow = "routing/flows/111.toml";
    let line = checkout.spoil(
        flow,
        "key = { 1 = \"young-or-old\", 2 = \"any-age\" }",
        "key = { 1 = \"symptoms\", 2 = \"symptoms\" }",
    );
    checkout.finds(&format!("{flow}:{}:", line - 3), "step `symptoms` loops");
}

#[test]
fn a_prompt_that_was_never_recorded() {
    let checkout = Checkout::new();
    let flow = "routing/flows/111.toml";
    let line = checkout.spoil(flow, "say = [\"age\"]", "say = [\"how-old\"]");
    let place = format!("{flow}:{}:", line - 2);
    checkout.finds(&place, "prompt `how-old` has not been recorded in en-GB");
}

#[test]
fn a_recording_that_is_gone() {
    let checkout = Checkout::new();
    std::fs::remove_file(checkout.0.path().join("prompts/cy-GB/menu.flac")).unwrap();
    let script = std::fs::read_to_string(checkout.0.path().join("prompts/script.toml")).unwrap();
    let at = script.find("[prompt.menu]").unwrap();
    let line = script[..at].matches('\n').count() + 1;
    let place = format!("prompts/script.toml:{line}:");
    checkout.finds(&place, "prompt `menu` has not been recorded in cy-GB");
}

#[test]
fn what_the_queue_and_staff_are_to_hear_is_missed() {
    let checkout = Checkout::new();
    for (language, name) in [
        ("en-GB", "number-17"),
        ("cy-GB", "number-17"),
        ("en-GB", "queue-kept"),
        ("cy-GB", "queue-kept"),
        ("en-GB", "transfer-failed"),
    ] {
        let folder = checkout.0.path().join("prompts").join(language);
        let file = |name: &str| folder.join(format!("{name}.flac"));
        std::fs::rename(file(name), file(&format!("{name}-old"))).unwrap();
    }
    for name in ["number-17", "queue-kept", "transfer-failed"] {
        let section = |name: &str| format!("[prompt.{name}]");
        let old = section(&format!("{name}-old"));
        checkout.spoil("prompts/script.toml", &section(name), &old);
    }
    let (status, _, said) = checkout.check(&[]);
    assert_eq!(status, 1, "{said}");
    let missed = |name: &str, language: &str| {
        said.contains(&format!(
            "prompt `{name}` has not been recorded in {language}"
        ))
    };
    for name in ["number-17", "queue-kept"] {
        assert!(missed(name, "en-GB") && missed(name, "cy-GB"), "{said}");
    }
    // Those who answer are spoken to in English alone.
    let name = "transfer-failed";
    assert!(missed(name, "en-GB") && !missed(name, "cy-GB"), "{said}");
}

#[test]
fn an_area_code_in_two_regions() {
    let checkout = Checkout::new();
    let file = checkout.0.path().join("routing/areas.csv");
    let areas = std::fs::read_to_string(&file).unwrap();
    let lines = areas.lines().count();
    std::fs::write(&file, format!("{areas}01273,Brighton,suffolk\n")).unwrap();
    checkout.finds(&format!("routing/areas.csv:{}:", lines + 1), "01273");
}

#[test]
fn postcodes_that_tell_nothing_or_that_no_key_is_left_to_choose() {
    let file = "routing/outward-codes.csv";
    let finds = |spoilt: &dyn Fn(&str) -> String, message: &str| {
        let checkout = Checkout::new();
        let path = checkout.0.path().join(file);
        let codes = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, spoilt(&codes)).unwrap();
        checkout.finds(file, message);
    };
    let none = |codes: &str| codes.lines().next().unwrap().to_owned();
    finds(&none, "postcodes are asked for, and none is listed");
    let nowhere = |codes: &str| format!("{codes}ZY,1\n");
    finds(&nowhere, "ZY1 is in no region of postcodes.csv");
    let line = |codes: &str| codes.replace("BN,1-3 ", "BN,1-3 x ");
    finds(&line, "`x` is no district");
    // SW1W, SW1X, SW1Y, SW19 and SY19 are keyed alike as it is.
    let alike = |codes: &str| {
        let codes = codes.replace("SY,", "SY,1W 1X 1Y 1Z ");
        codes.replace("SW,", "SW,1Z ")
    };
    finds(
        &alike,
        "postcodes are keyed alike, and one can be chosen of 9",
    );
}

#[test]
fn a_bad_time() {
    let checkout = Checkout::new();
    let file = "routing/regions/suffolk.toml";
    let line = checkout.spoil(
        file,
        "share = 100",
        "share = 100\nhours = { week = { mon = [\"08:00-25:00\"] } }",
    );
    checkout.finds(&format!("{file}:{}:", line + 1), "25:00");
}

#[test]
fn an_unknown_key_and_the_one_that_was_meant() {
    let checkout = Checkout::new();
    let line = checkout.spoil("ivr111.toml", "realm =", "relam =");
    checkout.finds(&format!("ivr111.toml:{line}:1:"), "unknown field `relam`");
    let (_, _, problems) = checkout.check(&[]);
    assert!(problems.contains("did you mean `realm`?"), "{problems}");
}

#[test]
fn demonstration_passwords_where_others_can_reach_us() {
    let checkout = Checkout::new();
    checkout.spoil("ivr111.toml", "udp:127.0.0.1:5060", "udp:0.0.0.0:5060");
    checkout.finds("ivr111.toml:", "demonstration password");
}

#[test]
fn a_skill_that_nobody_has() {
    let checkout = Checkout::new();
    let flow = "routing/flows/111.toml";
    checkout.spoil(
        flow,
        "queue = { skill = \"dental\" }",
        "queue = { skill = \"dentist\" }",
    );
    checkout.finds(&format!("{flow}:"), "nobody has the skill `dentist`");
    // Those who ring back, without whom a promise of a callback is never kept.
    let checkout = Checkout::new();
    for role in ["nurse", "gp"] {
        let written = format!("role = \"{role}\"");
        checkout.spoil("ivr111.toml", &written, "role = \"supervisor\"");
    }
    checkout.finds(&format!("{flow}:"), "nobody has the skill `clinician`");
}

#[test]
fn pathways_that_lead_nowhere_or_to_nobody() {
    let checkout = Checkout::new();
    let file = "routing/pathways/dental-pain.toml";
    let line = checkout.spoil(file, "disposition = \"Dx17\"", "disposition = \"Dx170\"");
    checkout.finds(
        &format!("{file}:{line}:"),
        "there is no disposition `Dx170`",
    );

    // Nobody could ring back where no dentist is found.
    let checkout = Checkout::new();
    checkout.spoil(
        "ivr111.toml",
        "\"pharmacist\", \"dental-nurse\"",
        "\"pharmacist\"",
    );
    checkout.finds(
        &format!("{file}:"),
        "no clinician has the skill `dental-nurse`, which Dx17 asks for",
    );

    // Without any pathway there is nothing wrong.
    let checkout = Checkout::new();
    std::fs::remove_dir_all(checkout.0.path().join("routing/pathways")).unwrap();
    let (status, said, problems) = checkout.check(&[]);
    assert_eq!(status, 0, "{problems}");
    assert!(said.contains("0 pathways"), "{said}");
}

#[test]
fn codes_that_cannot_be_told_apart_and_those_by_which_others_are_reached() {
    let checkout = Checkout::new();
    let line = checkout.spoil("ivr111.toml", "ready = \"*21\"", "ready = \"*226\"");
    let message = "`not-ready` (*22) cannot be told from `ready` (*226)";
    checkout.finds(&format!("ivr111.toml:{}:13:", line + 1), message);
    let checkout = Checkout::new();
    let numbers = "numbers = [\"111\"";
    let line = checkout.spoil("ivr111.toml", numbers, "numbers = [\"111\", \"*311001\"");
    let message = "`*311001` is answered, and is a code";
    checkout.finds(&format!("ivr111.toml:{line}:"), message);
}

#[test]
fn an_account_of_a_provider_that_there_is_not() {
    let checkout = Checkout::new();
    let settings = "ivr111.toml";
    let line = checkout.spoil(
        settings,
        "role = \"nurse\"",
        "role = \"nurse\"\nprovider = \"secam\"",
    );
    let place = format!("{settings}:{}:12:", line + 1);
    checkout.finds(&place, "no region has the provider `secam`");
}

#[test]
fn steps_of_overflow_that_lead_nowhere_or_never_come() {
    let file = "routing/regions/kent-surrey-sussex.toml";
    let spoilt = [
        (
            "regions = [\"london\"]",
            "regions = [\"paris\"]",
            0,
            "there is no region `paris`",
        ),
        (
            "providers = [\"harmoni\", \"secamb\"]",
            "providers = [\"harmony\", \"secamb\"]",
            0,
            "no region has the provider `harmony`",
        ),
        (
            "regions = [\"london\"]\n",
            "",
            1,
            "a step of overflow leads to nobody",
        ),
        (
            "regions = [\"london\"]\nafter = 300",
            "regions = [\"london\"]",
            1,
            "a step of overflow never comes",
        ),
    ];
    for (text, by, above, message) in spoilt {
        let checkout = Checkout::new();
        let line = checkout.spoil(file, text, by) - above;
        checkout.finds(&format!("{file}:{line}:"), message);
    }
}
