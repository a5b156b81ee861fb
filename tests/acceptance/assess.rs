//! `ivr111 assess`: the assessment algorithms in the terminal.

use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::support::server::{binary, checkout, copy};

/// Exit status, standard output and standard error of `ivr111 assess`, which reads this.
fn assess(arguments: &[&str], typed: &str) -> (i32, String, String) {
    let mut command = Command::new(binary());
    command
        .arg("assess")
        .args(arguments)
        .current_dir(checkout());
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut running = command.stderr(Stdio::piped()).spawn().unwrap();
    // One that has ended before it reads everything closes the pipe.
    let _ = running.stdin.take().unwrap().write_all(typed.as_bytes());
    let output = running.wait_with_output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    let status = output.status.code().unwrap();
    (status, text(output.stdout), text(output.stderr))
}

fn json(arguments: &[&str]) -> Value {
    let (status, said, problems) = assess(&[arguments, &["--json"]].concat(), "");
    assert_eq!(status, 0, "{problems}");
    serde_json::from_str(&said).unwrap()
}

#[test]
fn a_danger_to_life_is_999_after_two_answers() {
    let (status, said, problems) = assess(&["chest-pain", "--age", "54"], "1\n1\n");
    assert_eq!(status, 0, "{problems}");
    assert!(said.starts_with("Chest pain, version 2026.1\nSAMPLE: NOT FOR CLINICAL USE\n"));
    let lines: Vec<&str> = said.lines().collect();
    let has = |line: &str| assert!(lines.contains(&line), "no {line:?} in\n{said}");
    has("Is the patient awake and breathing?");
    has("  2  Not breathing, or only gasping");
    has("disposition  Dx0199 Emergency ambulance: another immediate danger to life");
    has("due          at once");
    has("matter       SG1011 Chest pain");
    has("needs        SD4010 Resuscitation");
    has("then         999 at once");
}

#[test]
fn one_goes_back_is_asked_again_and_wrong_answers_are_told() {
    // "Hard to breathe" is taken back, and then everything is denied up to a burning pain.
    let typed = "1\n7\nperhaps\n2\nb\n2\n3\n2\n2\n2\n2\n2\n2\n1\n";
    let (status, said, problems) = assess(&["chest-pain"], typed);
    assert_eq!(status, 0, "{problems}\n{said}");
    assert!(problems.contains("`breath` has no answer 7: there are 1 to 2"));
    assert!(problems.contains("write the number of an answer, b to go back"));
    assert!(said.contains("disposition  Dx06 Contact primary care within 6 hours"));
    assert!(said.contains("due          within 6 hours"));
    assert!(said.contains("If the pain comes back"));
    assert!(said.contains("then         search the directory for a service"));
    let asked = "Is it so hard to breathe";
    assert_eq!(said.matches(asked).count(), 3, "{said}");
}

#[test]
fn it_is_walked_in_welsh() {
    let welsh = ["dental-pain", "--language", "cy-GB", "--age", "8"];
    let (status, said, problems) = assess(&welsh, "2\n1\n");
    assert_eq!(status, 0, "{problems}");
    assert!(said.contains("Poen neu anaf i'r dannedd"), "{said}");
    assert!(said.contains("Oes gwaed yn llifo o'r geg heb stopio?"));
    assert!(said.contains("Gofynnwch i'r claf frathu'n galed"));
    let french = ["dental-pain", "--language", "fr-FR"];
    let (status, _, problems) = assess(&french, "");
    assert_eq!(status, 2);
    assert!(problems.contains("not offered in fr-FR, but in cy-GB, en-GB"));
}

#[test]
fn answers_are_given_by_scripts_and_the_end_is_read_by_programs() {
    let answers = ["head-injury", "--answers", "1,2,2,2,b,2,2,1"];
    let found = json(&answers);
    assert_eq!(found["end"]["disposition"], "Dx012");
    assert_eq!(found["meaning"], "Ambulance, less urgent");
    assert_eq!(found["within"], "within 1 hour");
    assert_eq!(found["order"]["order"], "validate");
    assert_eq!(found["order"]["skill"], "clinician");
    assert_eq!(
        found["end"]["discriminators"],
        serde_json::json!(["SD4011"])
    );
    assert_eq!(found["end"]["pathway"]["sample"], true);
    let deeds = found["record"]["deeds"].as_array().unwrap();
    let acts: Vec<&str> = deeds
        .iter()
        .map(|d| d["act"]["what"].as_str().unwrap())
        .collect();
    assert_eq!(acts.len(), 8);
    assert_eq!(acts[4], "taken-back");
    assert_eq!(found["record"]["pathway"], found["end"]["pathway"]);
}

#[test]
fn what_a_script_gives_too_little_too_much_or_wrong() {
    let given = |answers: &str| {
        let (status, _, problems) = assess(&["repeat-prescription", "--answers", answers], "");
        (status, problems)
    };
    for (answers, words) in [
        ("2", "the answers end before the assessment does"),
        ("1,1", "answers are left over: 1"),
        ("3", "`ill-now` has no answer 3: there are 1 to 2"),
        ("yes", "`yes` is no answer"),
        ("b", "there is no answer to take back"),
        ("2,q", "left before its end"),
    ] {
        let (status, problems) = given(answers);
        assert_eq!(status, 1, "{answers}: {problems}");
        assert!(problems.contains(words), "{answers}: {problems}");
    }
}

#[test]
fn whoever_leaves_is_told_so_and_so_is_an_input_that_ends() {
    let (status, _, problems) = assess(&["chest-pain"], "1\nq\n");
    assert_eq!(status, 1, "{problems}");
    assert!(problems.contains("left before its end"));
    for typed in ["", "1\n"] {
        let (status, said, problems) = assess(&["chest-pain"], typed);
        assert_eq!(status, 2, "{problems}");
        assert!(problems.contains("standard input has ended"), "{problems}");
        assert!(!said.contains("disposition"));
    }
}

#[test]
fn a_patient_or_a_pathway_that_does_not_fit() {
    for (arguments, words) in [
        (
            ["fever-in-a-child", "--age", "16"],
            "it is for infant, toddler, child",
        ),
        (["chest-pain", "--age", "15"], "it is for adult, older"),
        (
            ["toothache", "--age", "15"],
            "there is no pathway `toothache`",
        ),
        (["chest-pain", "--gender", "woman"], "female or male"),
    ] {
        let (status, _, problems) = assess(&arguments, "");
        assert_eq!(status, 2, "{problems}");
        assert!(problems.contains(words), "{problems}");
    }
    let (status, _, problems) = assess(&[], "");
    assert_eq!(status, 2, "{problems}");
}

#[test]
fn they_are_listed_and_every_path_is_counted() {
    let listed = json(&["--list"]);
    let ids: Vec<&str> = listed
        .as_array()
        .unwrap()
        .iter()
        .map(|pathway| pathway["pathway"].as_str().unwrap())
        .collect();
    assert_eq!(ids.len(), 6);
    assert!(ids.contains(&"mental-health-crisis"));
    let (_, table, _) = assess(&["--list"], "");
    assert!(table.contains("Mental-health crisis"), "{table}");
    let walked = json(&["--walk"]);
    let mut all = 0;
    for pathway in walked.as_array().unwrap() {
        let ends = pathway["dispositions"].as_object().unwrap();
        let paths: u64 = ends.values().map(|n| n.as_u64().unwrap()).sum();
        assert_eq!(pathway["paths"], paths);
        assert!(ends.contains_key("Dx0199"), "{pathway}");
        all += paths;
    }
    let (status, table, _) = assess(&["head-injury", "--walk"], "");
    assert_eq!((status, table.lines().count()), (0, 2), "{table}");
    // What `check` says last.
    let mut check = Command::new(binary());
    let checked = check.arg("check").current_dir(checkout()).output().unwrap();
    let checked = String::from_utf8(checked.stdout).unwrap();
    let words = format!("6 pathways: all {all} paths through them end in a disposition.");
    assert!(checked.trim_end().ends_with(&words), "{checked}");
}

#[test]
fn what_is_wrong_with_a_pathway_is_told_with_its_place() {
    let folder = tempfile::TempDir::new().unwrap();
    copy(&checkout().join("routing"), folder.path());
    let file = folder.path().join("pathways/chest-pain.toml");
    let sound = std::fs::read_to_string(&file).unwrap();
    let spoilt = sound.replacen("next = \"pale\"", "next = \"awake\"", 1);
    let at = sound.find("next = \"pale\"").unwrap();
    let line = sound[..at].matches('\n').count() + 1;
    std::fs::write(&file, spoilt).unwrap();
    let routing = folder.path().to_str().unwrap();
    let (status, _, problems) = assess(&["chest-pain", "--routing", routing], "");
    assert_eq!(status, 1, "{problems}");
    let place = format!("{}:{line}:", file.display());
    let round = "question `awake` can be reached from itself: awake → breath → heavy → awake";
    let found = problems
        .lines()
        .any(|told| told.starts_with(&place) && told.ends_with(round));
    assert!(found, "{problems}");
}
