//! `ivr111 directory` on the sample that is shipped: listed, searched, carried out as a table and in again.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::support::server::{binary, checkout, copy};

/// Exit status, standard output and standard error of a command in a folder.
fn run(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(binary());
    let output = command
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    let status = output.status.code().unwrap();
    (status, text(output.stdout), text(output.stderr))
}

/// `ivr111 directory` with the shipped settings.
fn directory(arguments: &[&str]) -> (i32, String, String) {
    run(checkout(), &[&["directory"], arguments].concat())
}

/// The same as JSON, with its exit status.
fn json(arguments: &[&str]) -> (i32, Value) {
    let (status, text, problems) = directory(&[arguments, &["--json"]].concat());
    let json = serde_json::from_str(&text);
    (
        status,
        json.unwrap_or_else(|error| panic!("{error}: {text}{problems}")),
    )
}

/// A woman of 34 with chest pain in Brighton, on a Monday evening.
const BRIGHTON: [&str; 13] = [
    "search",
    "--postcode",
    "BN1 1AA",
    "--age",
    "34",
    "--gender",
    "female",
    "--disposition",
    "Dx021",
    "--symptom-group",
    "SG1011",
    "--at",
    "2026-11-02T19:00",
];

/// A man of 40 with toothache in Ipswich, in the night, for whom no dentist is open.
const IPSWICH: [&str; 13] = [
    "search",
    "--postcode",
    "IP1",
    "--age",
    "40",
    "--gender",
    "male",
    "--disposition",
    "Dx17",
    "--symptom-group",
    TOOTHACHE,
    "--at",
    "2026-11-03T02:00",
];

const TOOTHACHE: &str = "SG1023";

fn ids(offers: &Value) -> Vec<&str> {
    let offers = offers.as_array().unwrap().iter();
    offers
        .map(|offer| offer["service"]["id"].as_str().unwrap())
        .collect()
}

/// A copy of the shipped settings and tables that may be changed.
struct Copied(tempfile::TempDir);

impl Copied {
    fn new() -> Self {
        let folder = tempfile::TempDir::new().unwrap();
        copy(&checkout().join("routing"), &folder.path().join("routing"));
        let prompts = folder.path().join("prompts");
        std::os::unix::fs::symlink(checkout().join("prompts"), prompts).unwrap();
        let settings = checkout().join("ivr111.toml");
        std::fs::copy(settings, folder.path().join("ivr111.toml")).unwrap();
        Copied(folder)
    }

    fn path(&self, file: &str) -> PathBuf {
        self.0.path().join(file)
    }

    fn run(&self, arguments: &[&str]) -> (i32, String, String) {
        run(self.0.path(), arguments)
    }
}

#[test]
fn services_are_listed_by_region_and_type() {
    let (status, all) = json(&["list"]);
    assert_eq!(status, 0);
    let all = all.as_array().unwrap();
    assert!(all.len() >= 120, "{}", all.len());
    let (_, some) = json(&["list", "--region", "suffolk", "--type", "pharmacy"]);
    let some = some.as_array().unwrap();
    assert!(!some.is_empty() && some.len() < all.len());
    for service in some {
        assert_eq!(
            (&service["region"], &service["type"]),
            (&"suffolk".into(), &"pharmacy".into())
        );
    }
    let (status, text, _) = directory(&["list"]);
    assert_eq!((status, text.lines().count()), (0, all.len() + 1));
}

#[test]
fn a_search_says_what_is_offered_and_why_all_else_is_not() {
    let (status, found) = json(&[&BRIGHTON[..], &["--why"]].concat());
    assert_eq!(status, 0);
    let (offered, more) = (ids(&found["offered"]), ids(&found["more"]));
    let catch_all = ids(&found["catch-all"]);
    assert!(!offered.is_empty());
    assert_eq!(catch_all.len(), 2);
    let left_out = found["left-out"].as_array().unwrap();
    let (_, all) = json(&["list"]);
    let count = offered.len() + more.len() + left_out.len();
    assert_eq!(count, all.as_array().unwrap().len());
    for left in left_out {
        let (criteria, words) = (left["criteria"].as_array(), left["words"].as_array());
        assert!(!criteria.unwrap().is_empty());
        assert_eq!(criteria.unwrap().len(), words.unwrap().len());
    }
    let (status, text, _) = directory(&[&BRIGHTON[..], &["--why"]].concat());
    assert_eq!(status, 0);
    for said in [
        offered[0],
        catch_all[0],
        "nearest, whatever was asked for",
        "km are the most",
    ] {
        assert!(text.contains(said), "{said} is not in {text}");
    }
    let (_, short, _) = directory(&BRIGHTON);
    assert!(!short.contains("km are the most"), "{short}");
    // Nothing nearer than that: a smaller distance offers no more.
    let (_, near) = json(&[&BRIGHTON[..], &["--km", "5"]].concat());
    assert!(ids(&near["offered"]).len() <= offered.len());
}

#[test]
fn a_gap_is_said_with_when_it_ends_and_by_the_exit_status() {
    let (status, found) = json(&IPSWICH);
    assert_eq!(status, 1, "{found}");
    assert!(ids(&found["offered"]).is_empty());
    assert_eq!(ids(&found["catch-all"]).len(), 2);
    let misses = found["near-misses"].as_array().unwrap();
    let closed = misses
        .iter()
        .filter(|miss| miss["criteria"][0] == "opening");
    let words: Vec<&str> = closed
        .map(|miss| miss["words"][0].as_str().unwrap())
        .collect();
    assert!(
        words.iter().any(|words| words.starts_with("closed until ")),
        "{words:?}"
    );
    let (status, text, _) = directory(&IPSWICH);
    assert_eq!(status, 1);
    assert!(text.contains("no service would do"), "{text}");
    assert!(text.contains("closed until "), "{text}");
}

#[test]
fn what_cannot_be_searched_says_why() {
    let with = |key: &str, value: &str| {
        let mut arguments = BRIGHTON.map(str::to_owned);
        let at = arguments
            .iter()
            .position(|argument| argument == key)
            .unwrap();
        arguments[at + 1] = value.to_owned();
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let (status, _, said) = directory(&arguments);
        (status, said)
    };
    for (key, value, expected) in [
        ("--postcode", "QQ1 1AA", "nothing tells where"),
        (
            "--disposition",
            "Dx9999",
            "there is no disposition `Dx9999`",
        ),
        ("--disposition", "Dx010", "goes to 999"),
        ("--disposition", "02", "write it as Dx02"),
        ("--symptom-group", "SG99999", "there is no symptom group"),
        ("--age", "300", "300"),
        ("--gender", "woman", "female or male"),
    ] {
        let (status, said) = with(key, value);
        assert_eq!(status, 2, "{key} {value}: {said}");
        assert!(said.contains(expected), "{said}");
    }
    let (status, _, said) = directory(&[&BRIGHTON[..], &["--km", "100"]].concat());
    assert_eq!(status, 2);
    assert!(said.contains("1 to 99 km"), "{said}");
}

#[test]
fn the_directory_goes_out_as_a_table_and_comes_in_again() {
    let copied = Copied::new();
    let (status, table, said) = copied.run(&["directory", "export"]);
    assert_eq!(status, 0, "{said}");
    std::fs::write(copied.path("table.csv"), &table).unwrap();
    let import = ["directory", "import", "table.csv", "--into", "all.toml"];
    let (status, said, _) = copied.run(&import);
    assert_eq!(status, 0, "{said}");
    assert!(said.contains("stand in the directory already"), "{said}");
    // What is there already is left alone.
    let (status, _, said) = copied.run(&import);
    assert_eq!(status, 2, "{said}");
    // In the place of all files that were there, it is the same directory.
    let folder = copied.path("routing/directory");
    for entry in std::fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let is_services = path.extension().is_some_and(|e| e == "toml");
        if is_services && path.file_name().is_some_and(|name| name != "types.toml") {
            std::fs::remove_file(path).unwrap();
        }
    }
    std::fs::rename(copied.path("all.toml"), folder.join("all.toml")).unwrap();
    let (status, again, said) = copied.run(&["directory", "export"]);
    assert_eq!((status, again), (0, table.clone()), "{said}");
    // A wrong line is found, and nothing is written.
    let wrong = table
        .replacen(",active,", ",actve,", 1)
        .replacen("emergency-department", "ed", 1);
    std::fs::write(copied.path("table.csv"), wrong).unwrap();
    let (status, _, said) = copied.run(&["directory", "import", "table.csv", "--into", "new.toml"]);
    assert_eq!(status, 1, "{said}");
    assert!(said.contains("there is no type `ed`"), "{said}");
    assert!(!copied.path("new.toml").exists());
}

#[test]
fn check_counts_the_services_and_warns_of_those_that_are_overdue() {
    let copied = Copied::new();
    let file = copied.path("routing/directory/suffolk.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    let overdue = text.replacen(
        "verify-by = \"2027-03-31\"",
        "verify-by = \"2020-03-31\"",
        1,
    );
    std::fs::write(&file, &overdue).unwrap();
    let (status, said, problems) = copied.run(&["check"]);
    assert_eq!(status, 0, "{problems}");
    let warned = said.lines().any(|line| {
        line.starts_with("warning: suf-ed-ipswich should have been verified by 2020-03-31")
    });
    assert!(warned, "{said}");
    let (_, all) = json(&["list"]);
    let count = format!(" {} services,", all.as_array().unwrap().len());
    assert!(said.lines().last().unwrap().contains(&count), "{said}");
    // Problems in several files are told at once.
    std::fs::write(&file, overdue.replacen("ranking = 8", "ranking = 80", 1)).unwrap();
    let london = copied.path("routing/directory/london.toml");
    let text = std::fs::read_to_string(&london).unwrap();
    std::fs::write(
        &london,
        text.replacen("region = \"london\"", "region = \"londn\"", 1),
    )
    .unwrap();
    let (status, _, problems) = copied.run(&["check"]);
    assert_eq!(status, 1);
    for expected in [
        "suffolk.toml:24:11: a ranking",
        "there is no region `londn`",
    ] {
        assert!(problems.contains(expected), "{problems}");
    }
    // Deployments from before there was a directory go on as they were.
    std::fs::remove_dir_all(copied.path("routing/directory")).unwrap();
    std::fs::remove_dir_all(copied.path("routing/pathways")).unwrap();
    std::fs::remove_file(copied.path("routing/clinical.toml")).unwrap();
    let (status, said, problems) = copied.run(&["check"]);
    assert_eq!(status, 0, "{problems}");
    assert!(said.contains(" 0 services,"), "{said}");
}
