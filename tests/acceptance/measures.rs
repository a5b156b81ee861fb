//! The measures: forty calls whose items were counted by hand, and what the reports make of them.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Output};
use std::time::Duration;

use ivr111::identity::Reference;
use ivr111::settings::Settings;
use ivr111::store::{self, Entry, Place, TimelineEntry};
use jiff::Timestamp;
use serde_json::Value;

const CALLS: &str = include_str!("measures/forty-calls.csv");
const EXPECTED: &str = include_str!("measures/expected.json");
const SETTINGS: &str = include_str!("../../ivr111.toml");
const CODES: [&str; 10] = [
    "A01", "A02", "A03", "B01", "B02", "B03", "B04", "B05", "B06", "B07",
];
const WHOLE: [&str; 4] = ["--from", "2026-03-01", "--to", "2027-01-01"];

/// A row of the forty, by column.
type Row = BTreeMap<String, String>;

fn rows() -> Vec<Row> {
    let mut reader = csv::Reader::from_reader(CALLS.as_bytes());
    reader.deserialize().map(Result::unwrap).collect()
}

/// What is written down of a call, in the order of time.
fn entries(row: &Row) -> Vec<Entry> {
    let text = |column: &str| Some(row[column].clone()).filter(|text| !text.is_empty());
    let time = |column: &str| text(column).map(|text| text.parse::<Timestamp>().unwrap());
    let word = |column: &str| &*String::leak(row[column].clone());
    let mut entries = vec![(
        time("arrived_at"),
        TimelineEntry::Arrived {
            trunk: row["trunk"].clone(),
            dialled: row["dialled"].clone(),
            number: text("number"),
            identity: word("identity"),
        },
    )];
    let region = TimelineEntry::Region {
        region: row["region"].clone(),
        rule: "area-code",
        provider: text("provider"),
        why: String::new(),
    };
    if text("region").is_some() {
        entries.push((time("arrived_at"), region));
    }
    let waited = TimelineEntry::Waited {
        time: Duration::ZERO,
        called_back: false,
    };
    let led = TimelineEntry::Destination {
        word: word("destination"),
        why: "chosen".to_owned(),
    };
    let told = text("told_wait_s").map(|seconds| Duration::from_secs(seconds.parse().unwrap()));
    let announced = TimelineEntry::Announced {
        position: 1,
        wait: told,
        estimate: told,
    };
    let abandoned = TimelineEntry::Abandoned {
        part: word("abandoned"),
        in_call: Duration::ZERO,
        in_part: Duration::ZERO,
    };
    let ended = TimelineEntry::Ended {
        why: row["ended_why"].clone(),
        cut_off: row["ended_why"] == "the server was interrupted",
    };
    let with = "handler 1001".to_owned();
    entries.extend([
        (time("answered_at"), TimelineEntry::Answered),
        (time("introduced_at"), TimelineEntry::Introduced),
        (time("led_at"), led),
        (time("queued_at"), TimelineEntry::Queued),
        (time("told_at"), announced),
        (time("handled_at"), waited),
        (time("joined_at"), TimelineEntry::Joined { with }),
        (text("abandoned").and(time("ended_at")), abandoned),
        (time("ended_at"), ended),
    ]);
    let call = Reference::new(row["reference"].parse().unwrap(), 0);
    let entries = entries.into_iter().zip(0..);
    let entries = entries.filter_map(|((at, what), sequence)| Some((at?, what, sequence)));
    entries
        .map(|(at, what, sequence)| Entry {
            call,
            at,
            sequence,
            what,
        })
        .collect()
}

/// A store with the forty calls, and settings beside it.
pub struct Forty(tempfile::TempDir);

impl Forty {
    #[tokio::main(flavor = "current_thread")]
    pub async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let forty = Forty(folder);
        forty.set(|text| text.to_owned());
        let settings = Settings::load(&forty.settings()).unwrap();
        let place = Place::new(settings.store_url());
        let store = store::open(&place).await.unwrap();
        for row in rows() {
            store.write(&entries(&row)).await.unwrap();
        }
        store.close().await;
        forty
    }

    fn settings(&self) -> std::path::PathBuf {
        self.0.path().join("ivr111.toml")
    }

    /// Writes the shipped settings down, with a change.
    fn set(&self, change: impl Fn(&str) -> String) {
        std::fs::create_dir_all(self.0.path().join("var")).unwrap();
        std::fs::write(self.settings(), change(SETTINGS)).unwrap();
    }

    fn run(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ivr111"));
        command
            .args(["report", "adc", "--config"])
            .arg(self.settings());
        command.args(arguments).output().unwrap()
    }

    pub fn said(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{errors}");
        String::from_utf8(output.stdout).unwrap()
    }

    pub fn json(&self, arguments: &[&str]) -> Value {
        let arguments = [arguments, &["--json"]].concat();
        serde_json::from_str(&self.said(&arguments)).unwrap()
    }
}

fn expected() -> Value {
    serde_json::from_str(EXPECTED).unwrap()
}

/// Holds items that were found against those that were counted by hand.
fn agree(found: &Value, counted: &Value, what: &str) {
    for code in CODES.iter().chain(&["B09"]) {
        let (found, counted) = (found[code].as_f64(), counted[code].as_f64());
        assert_eq!(found, counted, "{code} of {what}");
    }
}

/// The groups of a table by one thing, by name.
fn groups<'a>(report: &'a Value, by: &str) -> BTreeMap<&'a str, &'a Value> {
    let mut tables = report["breakdowns"].as_array().unwrap().iter();
    let table = tables.find(|table| table["by"] == Value::from(vec![by]));
    let groups = table.unwrap()["groups"].as_array().unwrap().iter();
    groups
        .map(|group| (group["names"][0].as_str().unwrap(), &group["items"]))
        .collect()
}

#[test]
fn forty_calls_come_to_what_was_counted_by_hand() {
    let forty = Forty::new();
    let (report, expected) = (forty.json(&WHOLE), expected());
    agree(&report["items"], &expected["whole"], "all");
    let partition = [
        ("A03", "answered"),
        ("B02", "abandoned"),
        ("led-elsewhere", "led-elsewhere"),
        ("cut-off", "cut-off"),
        ("under-way", "under-way"),
    ];
    for (item, fate) in partition {
        assert_eq!(report["items"][item], expected["partition"][fate], "{fate}");
    }
    for by in ["region", "provider", "day", "hour"] {
        let (found, counted) = (groups(&report, by), expected[by].as_object().unwrap());
        let some = |items: &Value| items["A01"].as_u64() != Some(0);
        let counted: Vec<_> = counted.iter().filter(|(_, items)| some(items)).collect();
        assert_eq!(found.len(), counted.len(), "{by}");
        for (name, items) in counted {
            agree(found[name.as_str()], items, &format!("{by} {name}"));
        }
    }
    let announced = &report["announced"];
    assert_eq!(announced["calls"], expected["announced"]["answered-told"]);
    for error in ["median-error-as-told", "median-error-as-reckoned"] {
        assert_eq!(
            announced[error],
            expected["announced"]["median-absolute-error"]
        );
    }
}

#[test]
fn a_period_is_from_a_moment_on_and_before_another() {
    let forty = Forty::new();
    let expected = expected();
    let moment = |name: &str| expected["period"][name].as_str().unwrap();
    let report = forty.json(&["--from", moment("from"), "--to", moment("to")]);
    agree(&report["items"], &expected["period"], "the period");
    let output = forty.run(&["--from", "2026-12-02", "--to", "2026-12-02"]);
    assert_eq!(output.status.code(), Some(2));
    let twice = forty.run(&["--from", "2026-10-25T01:30", "--to", "2026-12-02"]);
    assert!(String::from_utf8_lossy(&twice.stderr).contains("the clocks change"));
}

#[test]
fn the_clock_starts_and_the_ivr_counts_as_the_settings_say() {
    let forty = Forty::new();
    let expected = expected();
    for (clock, items) in expected["clock-starts"].as_object().unwrap() {
        let starts = format!("clock-starts = \"{clock}\"");
        forty.set(|text| text.replace("clock-starts = \"introduced\"", &starts));
        agree(&forty.json(&WHOLE)["items"], items, clock);
    }
    forty.set(|text| text.replace("ivr = \"led\"", "ivr = \"streamed\""));
    let streamed = &forty.json(&WHOLE)["items"]["A02"];
    assert_eq!(*streamed, expected["whole"]["A02-streamed"]);
}

#[test]
fn csv_has_the_codes_as_columns_and_a_row_for_every_group() {
    let forty = Forty::new();
    let expected = expected();
    let text = forty.said(
        &[
            &WHOLE[..],
            &["--csv", "--by", "region", "--by", "region,day"],
        ]
        .concat(),
    );
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let rows: Vec<Row> = reader.deserialize().map(Result::unwrap).collect();
    assert_eq!(rows[0]["region"], "(all)");
    let seconds = |row: &Row, code: &str| row[code].parse::<f64>().ok();
    for code in CODES {
        let counted = expected["whole"][code].as_f64();
        assert_eq!(seconds(&rows[0], code), counted, "{code}");
    }
    let kss = |row: &&Row| row["region"] == "kent-surrey-sussex" && row["day"] == "(all)";
    let kss = rows.iter().find(kss).unwrap();
    let counted = &expected["region"]["kent-surrey-sussex"];
    assert_eq!(seconds(kss, "B06"), counted["B06"].as_f64());
    let days = rows.iter().filter(|row| row["day"] != "(all)");
    let calls = days.map(|row| row["A01"].parse::<u64>().unwrap());
    assert_eq!(calls.sum::<u64>(), 40);
    assert!(rows.iter().any(|row| row["region"] == "(not known)"));
}

#[test]
fn text_tells_the_figures_and_small_numbers_are_held_back() {
    let forty = Forty::new();
    let text = forty.said(&WHOLE);
    for line in [
        "A01",
        "95th centile of time to answer",
        "not met",
        "kent-surrey-sussex",
    ] {
        assert!(text.contains(line), "{line}: {text}");
    }
    let report = forty.json(&[&WHOLE[..], &["--suppress", "5"]].concat());
    assert_eq!(report["items"]["A01"], 40);
    assert!(report["items"]["cut-off"].is_null() && report["items"]["B05"].is_null());
    let all: Vec<Value> = ["region", "provider", "day", "hour"]
        .iter()
        .flat_map(|by| {
            groups(&report, by)
                .into_values()
                .cloned()
                .collect::<Vec<_>>()
        })
        .collect();
    let small = |items: &Value| {
        let counts = ["A01", "A02", "A03", "B01", "B02"].map(|code| items[code].as_u64());
        counts
            .into_iter()
            .flatten()
            .any(|count| (1..5).contains(&count))
    };
    assert!(all.len() > 20 && !all.iter().any(small));
}

#[test]
fn settings_that_make_no_sense_are_refused_with_their_place() {
    let forty = Forty::new();
    forty.set(|text| text.replace("abandoned = 3.0", "abandoned = 130.0"));
    let mut command = Command::new(env!("CARGO_BIN_EXE_ivr111"));
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let tables = |name: &str| root.join(name).display().to_string();
    let text = std::fs::read_to_string(forty.settings()).unwrap();
    let text = text.replace(
        "routing = \"routing\"",
        &format!("routing = {:?}", tables("routing")),
    );
    let text = text.replace(
        "prompts = \"prompts\"",
        &format!("prompts = {:?}", tables("prompts")),
    );
    std::fs::write(forty.settings(), text).unwrap();
    let output = command
        .args(["check", "--config"])
        .arg(forty.settings())
        .output();
    let output = output.unwrap();
    assert!(!output.status.success());
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(errors.contains("130 is no part of a hundred"), "{errors}");
}
