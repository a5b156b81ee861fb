//! Days before they come, and yesterday's calls by other tables: what the command line says of them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use ivr111::identity::Reference;
use ivr111::settings::Settings;
use ivr111::store::{self, Entry, Place, TimelineEntry};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

const SETTINGS: &str = include_str!("../../ivr111.toml");

/// A small Monday.
const DAY: [&str; 8] = [
    "--day",
    "2026-12-28",
    "--calls",
    "1500",
    "--handlers",
    "12",
    "--seed",
    "7",
];

/// Settings with a store of their own, and a copy of the tables.
struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        let folder = Folder(tempfile::tempdir().unwrap());
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        copy(&root.join("routing"), &folder.path("routing"));
        fs::create_dir_all(folder.path("var")).unwrap();
        let prompts = format!("prompts = {:?}", root.join("prompts").display().to_string());
        let settings = SETTINGS.replace("prompts = \"prompts\"", &prompts);
        fs::write(folder.path("ivr111.toml"), settings).unwrap();
        folder
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Another set of tables, with one text in place of another in one file.
    fn other(&self, file: &str, from: &str, to: &str) -> String {
        copy(&self.path("routing"), &self.path("other"));
        change(&self.path("other").join(file), from, to);
        self.path("other").display().to_string()
    }

    fn run(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ivr111"));
        command
            .args(["simulate", "--config"])
            .arg(self.path("ivr111.toml"));
        command.args(arguments).output().unwrap()
    }

    fn said(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{errors}");
        String::from_utf8(output.stdout).unwrap()
    }

    fn json(&self, arguments: &[&str]) -> Value {
        serde_json::from_str(&self.said(&[arguments, &["--json"]].concat())).unwrap()
    }

    #[tokio::main(flavor = "current_thread")]
    async fn write(&self, entries: &[Entry]) {
        let settings = Settings::load(&self.path("ivr111.toml")).unwrap();
        let store = store::open(&Place::new(settings.store_url()))
            .await
            .unwrap();
        store.write(entries).await.unwrap();
        store.close().await;
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let to = to.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => copy(&entry.path(), &to),
            false => _ = fs::copy(entry.path(), to).unwrap(),
        }
    }
}

fn change(file: &Path, from: &str, to: &str) {
    let text = fs::read_to_string(file).unwrap();
    assert!(text.contains(from), "{from} is not in {}", file.display());
    fs::write(file, text.replace(from, to)).unwrap();
}

#[test]
fn a_day_is_the_same_to_the_last_byte_by_the_same_seed_and_another_by_another() {
    let folder = Folder::new();
    let seed = |seed| {
        let mut day = DAY.to_vec();
        day[7] = seed;
        folder.said(&[&day[..], &["--json"]].concat())
    };
    let first = seed("7");
    assert!(first == seed("7"));
    assert!(first != seed("8"));
    let day: Value = serde_json::from_str(&first).unwrap();
    assert_eq!(day["callers"], 1_500);
    let sum: u64 = ["A03", "B02", "led-elsewhere", "cut-off", "under-way"]
        .iter()
        .map(|item| day["items"][item].as_u64().unwrap())
        .sum();
    assert_eq!(day["items"]["A01"], sum);
    let samples = day["samples"].as_array().unwrap();
    assert_eq!(samples.len(), 24 * 12 + 1);
    let text = folder.said(&DAY);
    for words in [
        "A winter Monday",
        "95th centile",
        "kent-surrey-sussex",
        "with callers",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
}

#[test]
fn two_sets_of_tables_are_compared_with_the_same_callers() {
    let folder = Folder::new();
    let compare = |other: &str| {
        let days = ["--compare", other, "--days", "3"];
        folder.json(&[&DAY[..], &days].concat())
    };
    let same = folder.path("routing").display().to_string();
    let nothing = compare(&same);
    assert_eq!(nothing["elsewhere"], 0);
    let differences = nothing["differences"].as_array().unwrap();
    assert!(differences.len() > 20);
    let is_none = |one: &Value| one["difference"] == 0.0 && one["half-width"] == 0.0;
    assert!(differences.iter().all(is_none), "{nothing}");
    // Those who call from Brighton by a telephone with an area code are London's.
    let other = folder.other(
        "areas.csv",
        "01273,Brighton,kent-surrey-sussex",
        "01273,Brighton,london",
    );
    let moved = compare(&other);
    assert!(moved["elsewhere"].as_u64().unwrap() > 0, "{moved}");
    assert_eq!(moved["callers"], 4_500);
    // What is wrong with the other tables is told with its place.
    change(
        &folder.path("other/areas.csv"),
        "01273,Brighton,london",
        "01273,Brighton,nowhere",
    );
    let output = folder.run(&[&DAY[..], &["--compare", &other]].concat());
    assert_eq!(output.status.code(), Some(2));
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(
        errors.contains("areas.csv") && errors.contains("nowhere"),
        "{errors}"
    );
}

#[test]
fn a_sweep_finds_the_smallest_rota_that_meets_the_targets() {
    let folder = Folder::new();
    let settings = folder.path("ivr111.toml");
    change(
        &settings,
        "clock-starts = \"introduced\"",
        "clock-starts = \"queued\"",
    );
    let day = &DAY[..4];
    let ordinary = [
        "--scenario",
        "ordinary-day",
        "--sweep",
        "handlers=10..70:20",
    ];
    let swept = folder.json(&[day, &ordinary].concat());
    let steps = swept["steps"].as_array().unwrap();
    let handlers: Vec<u64> = steps
        .iter()
        .map(|step| step["handlers"].as_u64().unwrap())
        .collect();
    assert_eq!(handlers, [10, 30, 50, 70]);
    let smallest = swept["smallest"].as_u64().unwrap();
    for step in steps {
        let met = step["targets"]
            .as_array()
            .unwrap()
            .iter()
            .all(|target| target["met"] == true);
        assert_eq!(step["met"], met);
        assert!(!met || step["handlers"].as_u64().unwrap() >= smallest);
    }
    assert_eq!(steps[0]["met"], false);
    let none = folder.run(&[day, &["--sweep", "handlers=5..6:1"]].concat());
    assert_eq!(none.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&none.stdout).contains("None of them meets"));
}

#[test]
fn a_scenario_that_makes_no_sense_is_refused_with_its_place() {
    let folder = Folder::new();
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/ordinary-day.toml");
    let own = folder.path("own.toml");
    let run = |from: &str, to: &str| {
        fs::copy(&shipped, &own).unwrap();
        change(&own, from, to);
        let scenario = ["--scenario", own.to_str().unwrap()];
        let output = folder.run(&[&DAY[..], &scenario].concat());
        assert_eq!(output.status.code(), Some(2), "{to}");
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    for (from, to, says) in [
        ("suffolk = 4", "sussex = 4", "there is no region `sussex`"),
        ("mobile = 0.74", "mobile = 1.74", "is no part of 1"),
        (
            "{ mean = 900, cv = 1.2 }",
            "{ average = 900 }",
            "unknown field",
        ),
        ("to = \"07:00\"", "to = \"7\"", "is no time of day"),
        ("part = 0.86", "part = 0.5", "not 1"),
        ("part = 0.26", "part = 0.96", "more than 1"),
    ] {
        let errors = run(from, to);
        assert!(
            errors.contains(says) && errors.contains("own.toml"),
            "{to}: {errors}"
        );
    }
}

/// What is written down of a call that came to a destination by these steps.
fn call(n: u64, from: &str, rule: &'static str, region: &str, steps: &[&str]) -> Vec<Entry> {
    let begun: Timestamp = "2026-12-27T10:00:00Z".parse().unwrap();
    let entry = |sequence: u64, what| Entry {
        call: Reference::new(n, 0),
        at: begun + SignedDuration::from_secs((n * 60 + sequence).cast_signed()),
        sequence,
        what,
    };
    let provider = match region {
        "kent-surrey-sussex" => "harmoni",
        "london" => "service-inner",
        _ => "national",
    };
    let destination = match steps.last() {
        Some(&"prescription") => "callback",
        Some(&"mental-health") => "crisis-line",
        _ => "handler-queue",
    };
    let arrived = TimelineEntry::Arrived {
        trunk: "carrier".into(),
        dialled: "111".into(),
        number: Some(from.to_owned()),
        identity: "known",
    };
    let found = TimelineEntry::Region {
        region: region.to_owned(),
        rule,
        provider: Some(provider.to_owned()),
        why: String::new(),
    };
    let steps = steps.iter().map(|step| TimelineEntry::Happened {
        kind: "step",
        detail: (*step).to_owned(),
    });
    let led = TimelineEntry::Destination {
        word: destination,
        why: "chosen".to_owned(),
    };
    let ended = TimelineEntry::Ended {
        why: "caller: hung up".to_owned(),
        cut_off: false,
    };
    let all = [arrived, TimelineEntry::Answered].into_iter().chain(steps);
    let all = all.chain([found, led, ended]).zip(0..);
    all.map(|(what, sequence)| entry(sequence, what)).collect()
}

#[test]
fn stored_calls_go_where_they_went_by_the_same_tables_and_elsewhere_by_others() {
    let folder = Folder::new();
    let (kss, london) = ("kent-surrey-sussex", "london");
    let symptoms = ["welcome", "menu", "symptoms", "any-age"];
    let brighton = "+441273555010";
    let calls = [
        call(1, brighton, "area-code", kss, &symptoms),
        call(
            2,
            brighton,
            "area-code",
            kss,
            &["welcome", "menu", "prescription"],
        ),
        call(3, "+442079460001", "area-code", london, &symptoms),
        call(4, "+447700900001", "keyed", kss, &symptoms),
        call(
            5,
            "+447700900002",
            "keyed",
            london,
            &["welcome", "menu", "mental-health"],
        ),
        call(6, "+447700900003", "carried-location", kss, &symptoms),
    ];
    folder.write(&calls.concat());
    let replay = || folder.json(&["--replay", "2026-12-27..2026-12-28"]);
    let same = replay();
    assert_eq!(
        (&same["calls"], &same["elsewhere"]),
        (&6.into(), &0.into()),
        "{same}"
    );
    let routing = |file: &str| folder.path("routing").join(file);
    change(
        &routing("areas.csv"),
        "01273,Brighton,kent-surrey-sussex",
        "01273,Brighton,london",
    );
    // Two who called from Brighton, and nobody who keyed their region.
    let moved = replay();
    assert_eq!(moved["elsewhere"], 2, "{moved}");
    let to_london = |one: &Value| one["to"]["region"] == "london";
    assert!(moved["moved"].as_array().unwrap().iter().all(to_london));
    assert_eq!(moved["named"].as_array().unwrap().len(), 2);
    // Prescriptions go to handlers now.
    let flow = routing("flows/111.toml");
    change(
        &flow,
        "callback = { disposition = \"Dx80\" }",
        "queue = { skill = \"general\" }",
    );
    let moved = replay();
    let calls = moved["moved"].as_array().unwrap().iter();
    let prescription = calls
        .clone()
        .find(|one| one["from"]["destination"] == "callback");
    assert_eq!(prescription.unwrap()["to"]["destination"], "handler-queue");
    // A provider that has no part any more: the caller who keyed the region, and the one of whom the network told.
    let region = routing("regions/kent-surrey-sussex.toml");
    change(&region, "share = 60", "share = 0");
    change(&region, "share = 40", "share = 100");
    let moved = replay();
    let calls = moved["moved"].as_array().unwrap().iter();
    let gone = calls.filter(|one| one["from"]["provider"] == "harmoni");
    assert_eq!(
        gone.map(|one| one["calls"].as_u64().unwrap()).sum::<u64>(),
        4,
        "{moved}"
    );
    let text = folder.said(&["--replay", "2026-12-27..2026-12-28"]);
    assert!(
        text.contains("Of 6 calls") && !text.contains("1273"),
        "{text}"
    );
}
