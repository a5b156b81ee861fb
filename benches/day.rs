//! A simulated winter Monday: what it costs on one core, and that the cost grows as the calls do.
//!
//! `cargo bench --bench day`
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

use std::path::Path;
use std::time::Instant;

use ivr111::call::Plan;
use ivr111::diagnostic::Source;
use ivr111::report::{Item, Rules};
use ivr111::simulate::scenario::{Scenario, shipped};
use ivr111::simulate::{People, Rota, Service, simulate};
use nix::sys::resource::{UsageWho, getrusage};

/// Callers and handlers: each twice as many as those before.
const DAYS: [(u32, u32); 4] = [(15_000, 113), (30_000, 225), (60_000, 450), (120_000, 900)];

fn main() {
    let settings = Path::new(env!("CARGO_MANIFEST_DIR")).join("ivr111.toml");
    let service = Service::of(Plan::load(&settings).expect("a sound plan"));
    let date = "2026-12-28".parse().unwrap();
    println!("callers  calls   seconds  us a call  against the first  MiB at most");
    let mut first = None;
    for (callers, handlers) in DAYS {
        let source = Source::new("winter-monday.toml", shipped("winter-monday").unwrap());
        let scenario: Scenario = source.toml().expect("a sound scenario");
        let begun = Instant::now();
        let rota = Rota::new(&scenario, service.tables(), date, handlers, 7);
        let people = People::new(scenario, service.tables(), date, callers, 7);
        let outcome = simulate(&service, &people, &rota, 7, |_| {});
        let measured = outcome.measured(Rules::all(service.settings().report.clone()));
        let seconds = begun.elapsed().as_secs_f64();
        let calls = measured.items.get(Item::A01).unwrap();
        let each = 1e6 * seconds / calls as f64;
        let ratio = each / *first.get_or_insert(each);
        let peak = getrusage(UsageWho::RUSAGE_SELF).unwrap().max_rss() / 1_024;
        println!("{callers:7}  {calls:6}  {seconds:7.2}  {each:9.1}  {ratio:17.2}  {peak:11}");
    }
}
