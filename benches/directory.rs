//! Searching the Directory of Services: 20,000 made-up services over England.
//!
//! Each service has hours, codes, ages, surgeries and a catchment of its own; a fifth of them have been set to another
//! capacity. A search gives what is offered and, with all reasons, what every other service fails.
//!
//! `cargo bench --bench directory`
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

use std::fmt::Write as _;
use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, criterion_group, criterion_main};
use ivr111::clinical::{Codes, Gender, Patient};
use ivr111::diagnostic::Source;
use ivr111::directory::{Capacities, Colour, Criteria, Directory, Ground, Query, doubles};
use ivr111::routing::Tables;
use jiff::{SignedDuration, Timestamp};
use rand::prelude::*;
use rand_chacha::ChaCha8Rng;

const SERVICES: usize = 20_000;

/// Towns by latitude, longitude and weight: more people, more services.
const TOWNS: [(f64, f64, u32); 12] = [
    (51.51, -0.12, 30),
    (52.48, -1.90, 12),
    (53.48, -2.24, 12),
    (53.80, -1.55, 10),
    (53.41, -2.98, 8),
    (51.45, -2.59, 6),
    (54.97, -1.61, 8),
    (50.82, -0.14, 6),
    (52.06, 1.15, 4),
    (50.72, -3.53, 4),
    (52.95, -1.15, 6),
    (51.28, 1.08, 4),
];

const TYPES: [&str; 8] = [
    "emergency-department",
    "urgent-treatment-centre",
    "gp-out-of-hours",
    "gp-practice",
    "pharmacy",
    "urgent-dental",
    "mental-health-crisis",
    "community-nursing",
];

struct World {
    directory: Directory,
    capacities: Capacities,
}

/// When it is searched: in a week like any other, and on a day of which every service says something else, before two
/// bank holidays.
const WHEN: [(&str, &str); 2] = [
    ("", "2026-11-02T18:10:00Z"),
    (", on Christmas Eve", "2026-12-24T08:10:00Z"),
];

fn some<'c>(random: &mut ChaCha8Rng, codes: &'c [String], most: usize) -> Vec<&'c str> {
    let count = random.random_range(1..=most.min(codes.len()));
    let chosen = codes.choose_multiple(random, count);
    chosen.map(String::as_str).collect()
}

fn list(codes: &[&str]) -> String {
    format!("[\"{}\"]", codes.join("\", \""))
}

/// Hours that hardly any two services share: quarters of an hour, a lunch break on some days, some nights.
fn hours(random: &mut ChaCha8Rng) -> String {
    if random.random_ratio(1, 8) {
        return "{ always = true }".to_owned();
    }
    let time = |quarters: u32| format!("{:02}:{:02}", quarters / 4, quarters % 4 * 15);
    let mut days = String::new();
    for day in ["mon", "tue", "wed", "thu", "fri", "sat"] {
        let (from, to) = (random.random_range(24..40), random.random_range(60..88));
        let spans = match random.random_ratio(1, 2) {
            true => format!("\"{}-{}\"", time(from), time(to)),
            false => format!("\"{}-12:30\", \"13:30-{}\"", time(from), time(to)),
        };
        write!(days, "{day} = [{spans}], ").unwrap();
    }
    if random.random_ratio(1, 5) {
        days += "sun = [\"18:00-08:00\"]";
    }
    format!(
        "{{ week = {{ {days} }}, bank-holidays = [], dates = {{ \"2026-12-24\" = [\"09:00-12:00\"] }} }}"
    )
}

fn service(n: usize, random: &mut ChaCha8Rng, codes: &[Vec<String>; 3]) -> String {
    let town = TOWNS.choose_weighted(random, |town| town.2).unwrap();
    let latitude = town.0 + random.random_range(-0.35..0.35);
    let longitude = town.1 + random.random_range(-0.5..0.5);
    let kind = TYPES[if n.is_multiple_of(100) {
        0
    } else {
        random.random_range(1..TYPES.len())
    }];
    let [dispositions, groups, discriminators] = codes;
    let mut more = String::new();
    if random.random_ratio(1, 5) {
        more += "ages = [\"adult\", \"older\"]\n";
    }
    if random.random_ratio(1, 20) {
        more += "gender = \"female\"\n";
    }
    if random.random_ratio(1, 4) {
        writeln!(
            more,
            "surgeries = [\"G{:05}\", \"G{:05}\"]",
            n % 7_000,
            (n + 1) % 7_000
        )
        .unwrap();
    }
    if random.random_ratio(1, 2) {
        writeln!(
            more,
            "[service.catchment]\nkm = {}",
            random.random_range(5..80)
        )
        .unwrap();
    }
    let text = format!(
        "[[service]]\nid = \"s{n:05}\"\nname = \"Service {n}\"\ntype = \"{kind}\"\nregion = \"national\"\n\
         provider = \"provider-{}\"\nods = \"R{n:05}\"\nphone = \"01632 960{:03}\"\npostcode = \"ZZ1 1AA\"\n\
         latitude = {latitude:.4}\nlongitude = {longitude:.4}\nsymptom-groups = {}\ndiscriminators = {}\n\
         dispositions = {}\nhours = {}\nranking = {}\nverify-by = \"2027-03-31\"\nreferral.method = \"phone\"\n",
        n % 300,
        n % 1000,
        list(&some(random, groups, 12)),
        list(&some(random, discriminators, 20)),
        list(&some(random, dispositions, 12)),
        hours(random),
        random.random_range(1..=10),
    );
    text + &more
}

fn world() -> World {
    let routing = Path::new(env!("CARGO_MANIFEST_DIR")).join("routing");
    let tables = Tables::load(&routing).unwrap();
    let codes = Arc::new(Codes::load(&routing).unwrap());
    let dispositions = codes.dispositions().filter(|d| d.kind.asks_directory());
    let all = [
        dispositions.map(|d| d.code.to_string()).collect(),
        codes
            .symptom_groups()
            .map(|(code, _)| code.to_string())
            .collect(),
        codes
            .discriminators()
            .map(|(code, _)| code.to_string())
            .collect(),
    ];
    let mut random = ChaCha8Rng::seed_from_u64(111);
    let text: String = (0..SERVICES)
        .map(|n| service(n, &mut random, &all))
        .collect();
    let places = Source::read(&routing.join("directory/outward-places.csv")).unwrap();
    let types = Source::read(&routing.join("directory/types.toml")).unwrap();
    let services = Source::new("services.toml", text);
    let directory = Directory::read(&places, &types, &[services], Ground::of(&tables, &codes));
    let directory = directory.unwrap_or_else(|problems| panic!("{:#?}", &problems[..5]));
    let now: Timestamp = WHEN[0].1.parse().unwrap();
    let mut capacities = Capacities::default();
    for service in directory.services().iter().step_by(5) {
        let colour = if random.random() {
            Colour::Red
        } else {
            Colour::Amber
        };
        let since = now - SignedDuration::from_mins(random.random_range(0..300));
        let after = Some(Duration::from_secs(60 * random.random_range(15..600)));
        capacities
            .set(&service.id, colour, since, after, "bench")
            .unwrap();
    }
    World {
        directory,
        capacities,
    }
}

fn query(postcode: &str, disposition: &str, discriminators: &[&str], km: u8) -> Query {
    Query {
        case: "bench".into(),
        postcode: postcode.into(),
        patient: Patient {
            years: 34,
            gender: Some(Gender::Female),
        },
        surgery: Some("G00042".into()),
        disposition: disposition.parse().unwrap(),
        symptom_group: "SG1011".parse().unwrap(),
        discriminators: discriminators
            .iter()
            .map(|code| code.parse().unwrap())
            .collect(),
        km,
    }
}

fn search(c: &mut Criterion) {
    let world = world();
    let mut group = c.benchmark_group("20,000 services");
    for (name, query) in [
        (
            "the middle of London, 60 km",
            query("EC1A 1BB", "Dx02", &["SD4003"], 60),
        ),
        (
            "the middle of London, 99 km, no discriminator",
            query("EC1A 1BB", "Dx02", &[], 99),
        ),
        (
            "Manchester, 99 km, within a day",
            query("M1 1AE", "Dx08", &["SD4003"], 99),
        ),
        (
            "Brighton, 20 km, within an hour",
            query("BN1", "Dx021", &["SD4003", "SD4010"], 20),
        ),
        ("Cornwall, 60 km", query("TR1", "Dx02", &["SD4003"], 60)),
    ] {
        for (when, now) in WHEN {
            let (name, now) = (format!("{name}{when}"), now.parse().unwrap());
            searched(&mut group, &world, &name, (&query, now));
        }
    }
    group.finish();
}

fn searched(
    group: &mut BenchmarkGroup<'_, WallTime>,
    world: &World,
    name: &str,
    (query, now): (&Query, Timestamp),
) {
    let search = |query| {
        let found = world.directory.search(query, now, &world.capacities);
        found.unwrap()
    };
    let found = search(query);
    println!(
        "{name}: {} offered, {} more, {} near misses, {} left out",
        found.offered.len(),
        found.more.len(),
        found.near_misses.len(),
        found.left_out().count()
    );
    group.bench_function(name, |b| b.iter(|| search(black_box(query))));
    group.bench_function(format!("{name}, with all reasons"), |b| {
        b.iter(|| {
            let found = search(black_box(query));
            let reasons: Vec<Criteria> = found.left_out().map(|left| left.criteria).collect();
            (found, reasons)
        });
    });
}

fn duplication(c: &mut Criterion) {
    let world = world();
    let mut group = c.benchmark_group("20,000 services");
    group.sample_size(10);
    group.bench_function("overlapping by more than four fifths", |b| {
        b.iter(|| doubles(black_box(&world.directory), 0.8));
    });
    group.finish();
}

criterion_group!(benches, search, duplication);
criterion_main!(benches);
