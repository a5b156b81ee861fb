//! Services and days for tests.

use std::path::Path;
use std::sync::Arc;

use jiff::civil::Date;

use super::super::scenario::{Scenario, shipped};
use super::super::{Outcome, People, Rota, Service, simulate};
use crate::call::Plan;
use crate::diagnostic::Source;
use crate::flow::{Flow, Places};
use crate::routing::Tables;
use crate::settings::Settings;

/// A Monday.
pub(super) fn monday() -> Date {
    "2026-12-28".parse().unwrap()
}

/// A scenario as its text says.
pub(super) fn scenario(text: &str) -> Scenario {
    Source::new("scenario.toml", text)
        .toml()
        .unwrap_or_else(|problem| panic!("{problem}"))
}

/// The service of the repository, with all that is said in it.
pub(super) fn shipped_service() -> Service {
    let settings = Path::new(env!("CARGO_MANIFEST_DIR")).join("ivr111.toml");
    Service::of(Plan::load(&settings).unwrap_or_else(|problems| panic!("{problems:?}")))
}

/// A service in which nothing is said and every caller waits at once for anybody.
pub(super) fn bare_service() -> Service {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let settings = Settings::load(&root.join("ivr111.toml")).unwrap();
    let tables = Tables::load(&root.join("routing")).unwrap();
    let flow = "[entry]\n\"111\" = \"queue\"\n[fallback]\nskill = \"general\"\n\
                [timing]\nwait = 7\nrepeats = 1\nwrong = 3\ndigit = 6\nrelay = 60\n\
                [step.queue]\nqueue = { skill = \"general\" }\n";
    let flow = Flow::parse(Source::new("111.toml", flow)).unwrap();
    let places = Places::default();
    Service::bare(settings, tables, Arc::new(flow), Arc::new(places))
}

/// A shipped day, with so many callers and handlers.
pub(super) fn day(name: &str, (calls, handlers): (u32, u32), seed: u64) -> Outcome {
    let service = shipped_service();
    let scenario = scenario(shipped(name).unwrap());
    simulated(&service, scenario, (calls, handlers), seed)
}

pub(super) fn simulated(
    service: &Service,
    scenario: Scenario,
    (calls, handlers): (u32, u32),
    seed: u64,
) -> Outcome {
    let rota = Rota::new(&scenario, service.tables(), monday(), handlers, seed);
    let people = People::new(scenario, service.tables(), monday(), calls, seed);
    simulate(service, &people, &rota, seed, |_| {})
}
