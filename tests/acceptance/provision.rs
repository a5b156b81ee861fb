//! What commissioners learn of the directory: the reports on gaps and on duplication find what was planted in a region
//! made up for it, all of it and nothing else.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::Arc;

use ivr111::clinical::{Codes, Patient};
use ivr111::directory::{Capacities, Directory, Ground, Query, SearchRecord};
use ivr111::identity::Reference;
use ivr111::routing::Tables;
use ivr111::settings::Settings;
use ivr111::store::{self, Place, ReferralRow, SearchRow, SharedStore};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::pages::{is_told, lies_well, on_paper, page};
use super::support::browser::Browser;
use super::support::server::{binary, checkout, copy};

/// Six weeks without a bank holiday or a change of the clocks, from a Monday on.
const FROM: &str = "2026-11-02";
const TO: &str = "2026-12-14";
const DAYS: i64 = 42;
/// When somebody with each need is searched for, every day.
const HOURS: [i64; 2] = [12, 23];
/// So many searches are made for each need then.
const ALL: u64 = 84;

const PERIOD: [&str; 4] = ["--from", FROM, "--to", TO];

/// A service that is always open, with some of it replaced.
fn service(id: &str, kind: &str, takes: (&str, &str), changes: &[(&str, &str)]) -> String {
    let (symptom_group, disposition) = takes;
    let usual = [
        ("name", format!("\"Sample {id}\"")),
        ("type", format!("\"{kind}\"")),
        ("region", "\"suffolk\"".to_owned()),
        ("provider", "\"somebody\"".to_owned()),
        ("ods", "\"RZX01\"".to_owned()),
        ("phone", "\"01632 960401\"".to_owned()),
        ("postcode", "\"IP1 1AA\"".to_owned()),
        ("symptom-groups", format!("[\"{symptom_group}\"]")),
        ("discriminators", "[\"SD4001\"]".to_owned()),
        ("dispositions", format!("[\"{disposition}\"]")),
        ("hours", "{ always = true }".to_owned()),
        ("capacity", "\"green\"".to_owned()),
        ("ranking", "5".to_owned()),
        ("status", "\"active\"".to_owned()),
        ("verify-by", "\"2027-03-31\"".to_owned()),
        ("referral", "{ method = \"phone\" }".to_owned()),
    ];
    let lines = usual.map(|(key, value)| {
        let changed = changes.iter().find(|(changed, _)| *changed == key);
        let value = changed.map_or(value.as_str(), |(_, value)| *value);
        format!("{key} = {value}\n")
    });
    let catchment = changes.iter().find(|(key, _)| *key == "catchment");
    let catchment = catchment.map(|(_, value)| format!("catchment = {value}\n"));
    format!(
        "[[service]]\nid = \"{id}\"\n{}{}\n",
        lines.concat(),
        catchment.unwrap_or_default()
    )
}

/// Open on some days of the week, from when to when.
fn week(days: &[&str], hours: &str) -> String {
    let days = days.iter().map(|day| format!("{day} = [\"{hours}\"]"));
    format!("{{ week = {{ {} }} }}", days.collect::<Vec<_>>().join(", "))
}

/// The services of the region. What is wrong with them, and which of them are doubles, is said beside each.
fn services() -> String {
    let dental = ("SG1023", "Dx17");
    let all = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    let (day, evening) = (&*week(&all, "08:00-22:00"), &*week(&all, "18:00-24:00"));
    let by_day = &*week(&all[..6], "08:00-18:00");
    let throat = ("SG1120", "Dx80");
    [
        // A gap: no dentist is open in the night and on Sundays.
        service("dentist", "urgent-dental", dental, &[("hours", by_day)]),
        // A gap: the only crisis service never has room.
        service(
            "crisis",
            "mental-health-crisis",
            ("SG1092", "Dx92"),
            &[("capacity", "\"red\"")],
        ),
        // A gap: the only pharmacy with that medicine takes another disposition.
        service("medicine", "pharmacy", ("SG1086", "Dx80"), &[]),
        // A gap: wounds are not closed there.
        service("wounds", "minor-injuries-unit", ("SG1140", "Dx02"), &[]),
        // One is lost for want of room, and another one found. And they are doubles.
        service("head", "urgent-treatment-centre", ("SG1058", "Dx02"), &[]),
        service(
            "head-full",
            "urgent-treatment-centre",
            ("SG1058", "Dx02"),
            &[("capacity", "\"red\"")],
        ),
        // No gap: whoever needs it is seen, and the other one lacks two things.
        service("fever", "gp-out-of-hours", ("SG1022", "Dx05"), &[]),
        service(
            "fever-other",
            "gp-out-of-hours",
            ("SG1022", "Dx06"),
            &[("capacity", "\"red\"")],
        ),
        // Doubles, but for those that differ in one respect.
        service("throat", "pharmacy", throat, &[("hours", day)]),
        service("throat-double", "pharmacy", throat, &[("hours", day)]),
        service("throat-evening", "pharmacy", throat, &[("hours", evening)]),
        service(
            "throat-far",
            "pharmacy",
            throat,
            &[
                ("hours", day),
                ("postcode", "\"NR33 0AA\""),
                ("catchment", "{ km = 10 }"),
            ],
        ),
        service(
            "throat-closed",
            "pharmacy",
            throat,
            &[("hours", day), ("status", "\"closed\"")],
        ),
        service("throat-gp", "gp-access-hub", throat, &[("hours", day)]),
        service(
            "throat-other",
            "pharmacy",
            ("SG1120", "Dx28"),
            &[("hours", day)],
        ),
        service("ears", "pharmacy", ("SG1035", "Dx80"), &[("hours", day)]),
    ]
    .concat()
}

/// What people need: what the matter is, what is needed, and what a service must be able to do.
const NEEDS: [(&str, &str, &[&str]); 7] = [
    ("SG1023", "Dx17", &[]),
    ("SG1092", "Dx92", &[]),
    ("SG1086", "Dx28", &[]),
    ("SG1140", "Dx02", &["SD4001", "SD4004"]),
    ("SG1058", "Dx02", &[]),
    ("SG1022", "Dx05", &[]),
    // A gap: nobody does anything for eyes.
    ("SG1040", "Dx05", &[]),
];

/// A region with a store beside it.
struct Region {
    folder: tempfile::TempDir,
    browser: Browser,
}

impl Region {
    /// The region after six weeks.
    #[tokio::main(flavor = "current_thread")]
    async fn lived() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let of = |name: &str| folder.path().join(name);
        copy(&checkout().join("routing"), &of("routing"));
        for entry in std::fs::read_dir(of("routing/directory")).unwrap() {
            let path = entry.unwrap().path();
            let is_kept =
                path.extension().is_some_and(|end| end == "csv") || path.ends_with("types.toml");
            if !is_kept {
                std::fs::remove_file(path).unwrap();
            }
        }
        std::fs::write(of("routing/directory/suffolk.toml"), services()).unwrap();
        std::fs::create_dir_all(of("var")).unwrap();
        std::fs::copy(checkout().join("ivr111.toml"), of("ivr111.toml")).unwrap();
        let region = Region {
            folder,
            browser: Browser::new(),
        };
        let settings = Settings::load(&region.settings()).unwrap();
        let store = store::open(&Place::new(settings.store_url()))
            .await
            .unwrap();
        region.lives(&store).await;
        store.close().await;
        region
    }

    fn settings(&self) -> PathBuf {
        self.folder.path().join("ivr111.toml")
    }

    fn directory(&self) -> Directory {
        let routing = self.folder.path().join("routing");
        let tables = Tables::load(&routing).unwrap();
        let codes = Arc::new(Codes::load(&routing).unwrap());
        Directory::load(&routing, Ground::of(&tables, &codes)).unwrap()
    }

    /// Everybody is searched for twice, as people are. What is kept of it is stored as the server stores it.
    async fn lives(&self, store: &SharedStore) {
        let directory = self.directory();
        let begin: Timestamp = format!("{FROM}T00:00:00Z").parse().unwrap();
        let mut n = 0;
        let mut searched = Vec::new();
        for (day, hour) in (0..DAYS).flat_map(|day| HOURS.map(|hour| (day, hour))) {
            let at = begin + jiff::SignedDuration::from_hours(day * 24 + hour);
            let needs = NEEDS.iter().map(|need| (*need, "IP1 1AA"));
            // Three of them in the first days live elsewhere.
            let elsewhere = (day < 3 && hour == 12).then_some((NEEDS[6], "CB9 0AA"));
            for (need, postcode) in needs.chain(elsewhere) {
                n += 1;
                for again in 0..2 {
                    let later = at + jiff::SignedDuration::from_mins(again);
                    let record = record(&directory, need, postcode, later);
                    let id = Reference::new(n, u128::from(again.unsigned_abs()) + 1);
                    let who = Some(Reference::new(n, 0));
                    searched.extend(record.map(|record| SearchRow::of(id, who, &record).unwrap()));
                }
            }
        }
        for row in &searched {
            store.searched(row).await.unwrap();
        }
        let sent = (0..20)
            .map(|_| "throat")
            .chain((0..7).map(|_| "head"))
            .chain((0..2).map(|_| "throat-double"));
        for (n, service) in (1..).zip(sent) {
            let referral = ReferralRow {
                id: Reference::new(n, 9),
                at: begin,
                service: service.to_owned(),
                call: None,
                assessment: None,
                by: "1001".to_owned(),
                outcome: Some("accepted".to_owned()),
                ended_at: Some(begin),
            };
            store.referred(&referral).await.unwrap();
        }
    }

    fn run(&self, report: &str, arguments: &[&str]) -> Output {
        let mut command = Command::new(binary());
        command.args(["report", report, "--config"]);
        let command = command.arg(self.settings()).args(PERIOD);
        command.args(arguments).output().unwrap()
    }

    fn said(&self, report: &str, arguments: &[&str]) -> String {
        let output = self.run(report, arguments);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{errors}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// The exit status of a report that does not come, and why.
    fn refused(&self, report: &str, arguments: &[&str]) -> (Option<i32>, String) {
        let output = self.run(report, arguments);
        assert!(output.stdout.is_empty());
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        (output.status.code(), errors)
    }

    fn json(&self, report: &str, arguments: &[&str]) -> Value {
        let arguments = [arguments, &["--json"]].concat();
        serde_json::from_str(&self.said(report, &arguments)).unwrap()
    }

    /// The page of a report, looked at at both widths and on paper.
    fn page(&self, report: &str) -> String {
        let file = self.browser.folder().join("page.html");
        self.said(report, &["--html", file.to_str().unwrap()]);
        let html = page(&self.browser);
        lies_well(&self.browser, is_told(&html));
        html
    }
}

/// What is kept of a search for a woman of 40.
fn record(
    directory: &Directory,
    (symptom_group, disposition, discriminators): (&str, &str, &[&str]),
    postcode: &str,
    at: Timestamp,
) -> Option<SearchRecord> {
    let query = Query {
        case: "case".to_owned(),
        postcode: postcode.to_owned(),
        patient: Patient {
            years: 40,
            gender: None,
        },
        surgery: None,
        disposition: disposition.parse().unwrap(),
        symptom_group: symptom_group.parse().unwrap(),
        discriminators: discriminators
            .iter()
            .map(|code| code.parse().unwrap())
            .collect(),
        km: Query::USUAL_KM,
    };
    let capacities = Capacities::default();
    SearchRecord::of(&directory.search(&query, at, &capacities).unwrap())
}

/// A gap as it was planted: for how many nothing was found, how many lost one, and the change that would close most.
type Planted = (u64, u64, Value);

/// The gaps that were planted, by where, what was needed and what the matter was.
fn planted() -> BTreeMap<[&'static str; 3], Planted> {
    let change = |service: &str, change: Value, closes: u64, adds: u64| {
        let mut whole = json!({ "service": service, "closes": closes, "adds-choice": adds });
        let fields = whole.as_object_mut().unwrap();
        fields.extend(change.as_object().unwrap().clone());
        whole
    };
    let room = json!({ "change": "room" });
    BTreeMap::from([
        (
            ["IP", "Dx17", "SG1023"],
            // 42 nights and six Sundays; 30 of the nights are those of weekdays.
            (
                48,
                0,
                change(
                    "dentist",
                    json!({ "change": "open", "when": "weekday-night" }),
                    30,
                    0,
                ),
            ),
        ),
        (
            ["IP", "Dx92", "SG1092"],
            (ALL, 0, change("crisis", room.clone(), ALL, 0)),
        ),
        (
            ["IP", "Dx28", "SG1086"],
            (
                ALL,
                0,
                change(
                    "medicine",
                    json!({ "change": "take", "disposition": "Dx28" }),
                    ALL,
                    0,
                ),
            ),
        ),
        (
            ["IP", "Dx02", "SG1140"],
            (
                ALL,
                0,
                change(
                    "wounds",
                    json!({ "change": "offer", "discriminators": ["SD4001", "SD4004"] }),
                    ALL,
                    0,
                ),
            ),
        ),
        (
            ["IP", "Dx02", "SG1058"],
            (0, ALL, change("head-full", room, 0, ALL)),
        ),
        (["IP", "Dx05", "SG1040"], (ALL, 0, Value::Null)),
        (["CB", "Dx05", "SG1040"], (3, 0, Value::Null)),
    ])
}

#[test]
fn every_planted_gap_is_found_and_nothing_else() {
    let region = Region::lived();
    let report = region.json("gaps", &["--suppress", "0"]);
    let gaps = report["gaps"].as_array().unwrap();
    let found = gaps.iter().map(|gap| {
        let what = ["area", "disposition", "symptom-group"].map(|key| gap[key].as_str().unwrap());
        assert_eq!(gap["region"], "suffolk");
        let counts = ["found-nothing", "lost-one"].map(|key| gap[key].as_u64().unwrap());
        let best = gap["changes"].get(0).cloned().unwrap_or_default();
        (what, (counts[0], counts[1], best))
    });
    let found: BTreeMap<[&str; 3], Planted> = found.collect();
    assert_eq!(found, planted());
    assert_eq!(found.len(), gaps.len());
    // When in the week.
    let dental = gaps
        .iter()
        .find(|gap| gap["disposition"] == "Dx17")
        .unwrap();
    let when = dental["when"].as_object().unwrap();
    let when: BTreeMap<&str, u64> = when
        .iter()
        .map(|(part, people)| (part.as_str(), people.as_u64().unwrap()))
        .filter(|(_, people)| *people > 0)
        .collect();
    let expected = [
        ("weekday-night", 30),
        ("saturday-night", 6),
        ("sunday-night", 6),
        ("sunday-day", 6),
    ];
    assert_eq!(when, BTreeMap::from(expected));
    // The single changes that would close most, over all of them.
    let most: Vec<(&str, u64)> = report["changes"]
        .as_array()
        .unwrap()
        .iter()
        .take(3)
        .map(|one| {
            (
                one["service"].as_str().unwrap(),
                one["closes"].as_u64().unwrap(),
            )
        })
        .collect();
    assert_eq!(most, [("crisis", ALL), ("medicine", ALL), ("wounds", ALL)]);
    assert_eq!(report["found-nothing"], 4 * ALL + 48 + 3);
    assert_eq!(report["lost-one"], ALL);
    // Another region has none, and one that is not there is no answer.
    let elsewhere = region.json("gaps", &["--region", "london"]);
    assert_eq!(elsewhere["gaps"], json!([]));
    let (status, errors) = region.refused("gaps", &["--region", "sufolk"]);
    assert_eq!(status, Some(2));
    assert!(errors.contains("`sufolk` is no region"), "{errors}");
}

#[test]
fn three_people_are_not_told_of_and_cannot_be_reckoned() {
    let region = Region::lived();
    let report = region.json("gaps", &[]);
    let gaps = report["gaps"].as_array().unwrap();
    assert_eq!(gaps.len(), planted().len());
    let nothing = |area: &str, disposition: &str| {
        let mut of = gaps.iter();
        let gap = of.find(|gap| gap["area"] == area && gap["disposition"] == disposition);
        gap.unwrap()["found-nothing"].clone()
    };
    assert_eq!(nothing("CB", "Dx05"), Value::Null);
    // The whole less all others would tell it, so the smallest of these is held back too.
    assert_eq!(nothing("IP", "Dx17"), Value::Null);
    assert_eq!(nothing("IP", "Dx28"), ALL);
    let text = region.said("gaps", &[]);
    let row = text.lines().find(|line| line.starts_with("CB, ")).unwrap();
    let cells: Vec<&str> = row
        .split("  ")
        .map(str::trim)
        .filter(|cell| !cell.is_empty())
        .collect();
    assert_eq!(cells[3], "-", "{row}");
    assert!(text.contains("Sample medicine takes"), "{text}");
    assert!(
        text.contains("no single change: a service is missing"),
        "{text}"
    );
    let csv = region.said("gaps", &["--csv"]);
    let mut rows = csv::Reader::from_reader(csv.as_bytes());
    let rows: Vec<BTreeMap<String, String>> = rows.deserialize().map(Result::unwrap).collect();
    let medicine: Vec<_> = rows
        .iter()
        .filter(|row| row["service"] == "medicine")
        .collect();
    assert_eq!(medicine.len(), 1);
    assert_eq!(medicine[0]["closes"], "84");
    assert_eq!(medicine[0]["criterion"], "disposition");
    assert_eq!(medicine[0]["change"], "Dx28");
    let eyes = rows.iter().find(|row| row["area"] == "CB").unwrap();
    assert_eq!((&*eyes["found-nothing"], &*eyes["service"]), ("", ""));
}

/// The pairs of a report, whichever comes first.
fn pairs(report: &Value) -> BTreeSet<[String; 2]> {
    let pairs = report["pairs"].as_array().unwrap().iter();
    let pairs = pairs.map(|pair| {
        let service = |at: usize| pair["services"][at]["service"].as_str().unwrap().to_owned();
        [service(0), service(1)]
    });
    pairs.collect()
}

#[test]
fn every_planted_double_is_found_and_nothing_else() {
    let region = Region::lived();
    let report = region.json("duplication", &[]);
    let expected = [["head", "head-full"], ["throat", "throat-double"]];
    let expected = expected.map(|pair| pair.map(str::to_owned));
    assert_eq!(pairs(&report), BTreeSet::from(expected));
    assert_eq!(report["pairs"].as_array().unwrap().len(), 2);
    let sent =
        |pair: usize, at: usize| report["pairs"][pair]["services"][at]["used"]["sent"].clone();
    // By type: pharmacies come before treatment centres. Two people are held back.
    assert_eq!([sent(0, 0), sent(0, 1)], [json!(20), Value::Null]);
    assert_eq!([sent(1, 0), sent(1, 1)], [json!(7), json!(0)]);
    // The evening's pharmacy shares a quarter of the hours.
    let loose = region.json("duplication", &["--share", "20"]);
    let loose = pairs(&loose);
    assert!(loose.contains(&["throat".to_owned(), "throat-evening".to_owned()]));
    assert_eq!(loose.len(), 4, "{loose:?}");
    assert_eq!(
        pairs(&region.json("duplication", &["--region", "london"])),
        BTreeSet::new()
    );
    let text = region.said("duplication", &[]);
    assert!(text.contains("Sample throat-double"), "{text}");
    let rows = region.said("duplication", &["--csv"]);
    assert_eq!(rows.lines().count(), 3, "{rows}");
}

#[test]
fn both_are_pages_for_a_desk_a_telephone_and_paper() {
    let region = Region::lived();
    let html = region.page("gaps");
    assert!(
        html.contains("What would close most, of what can be told: Sample crisis has room"),
        "{html}"
    );
    assert!(html.contains("Counts from 1 to 4 are held back") && html.contains(">–<"));
    let paper = on_paper(&region.browser);
    assert!(paper.contains("Sample wounds offers"), "{paper}");
    let html = region.page("duplication");
    assert!(
        html.contains("2 pairs of services cover the same"),
        "{html}"
    );
    assert!(on_paper(&region.browser).contains("Sample head-full"));
    // Nobody was assessed and nobody rang, but people were sent to services.
    let html = region.page("outcomes");
    assert!(
        html.contains(">Sample throat<") && html.contains(">20<"),
        "{html}"
    );
}
