//! `ivr111 directory`: the Directory of Services, listed, searched, and carried in and out as a table.

use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use serde::Serialize;

use crate::clinical::{Codes, Patient};
use crate::diagnostic::{Problem, Source};
use crate::directory::{
    Capacities, Colour, Directory, Found, Ground, LeftOut, Offer, Query, Service, ServiceId,
    to_csv, to_toml,
};
use crate::routing::Tables;
use crate::settings::Settings;

use super::args::{
    Config, Directory as Arguments, DirectoryCommand, ExportServices, ImportServices, ListServices,
    SearchServices,
};
use super::{Outcome, output};

pub(super) fn run(arguments: &Arguments) -> Outcome {
    match &arguments.command {
        DirectoryCommand::List(arguments) => with(&arguments.config, |d| list(d, arguments)),
        DirectoryCommand::Search(arguments) => with(&arguments.config, |d| search(d, arguments)),
        DirectoryCommand::Import(arguments) => with(&arguments.config, |d| import(d, arguments)),
        DirectoryCommand::Export(arguments) => with(&arguments.config, |d| export(d, arguments)),
    }
}

/// Does something with the directory on disk; a directory with problems is none.
fn with(config: &Config, work: impl FnOnce(&Directory) -> Outcome) -> Outcome {
    match load(&config.config) {
        Ok(directory) => work(&directory),
        Err(problems) => {
            output::problems(&problems);
            Outcome::Failed
        }
    }
}

/// The directory on disk, by the settings.
pub(super) fn load(settings: &Path) -> Result<Directory, Vec<Problem>> {
    let settings = Settings::load(settings).map_err(|problem| vec![problem])?;
    let routing = settings.path(&settings.tables.routing);
    let tables = Tables::load(&routing)?;
    let codes = Arc::new(Codes::load(&routing)?);
    Directory::load(&routing, Ground::of(&tables, &codes))
}

fn list(directory: &Directory, arguments: &ListServices) -> Outcome {
    let now = Timestamp::now();
    let is = |wanted: &Option<String>, found: &str| wanted.as_ref().is_none_or(|w| w == found);
    let services = directory.services().iter();
    let services: Vec<&Service> = services
        .filter(|service| is(&arguments.region, service.region.as_str()))
        .filter(|service| is(&arguments.kind, &service.kind))
        .filter(|service| !arguments.overdue || service.is_overdue(now))
        .collect();
    if arguments.json {
        return output::json(&services);
    }
    let row = |service: &&Service| {
        let overdue = if service.is_overdue(now) {
            " (overdue)"
        } else {
            ""
        };
        vec![
            service.id.to_string(),
            service.name.clone(),
            service.kind.clone(),
            service.region.to_string(),
            service.status.word().to_owned(),
            format!("{}{overdue}", service.verify_by),
        ]
    };
    let rows: Vec<Vec<String>> = services.iter().map(row).collect();
    let heading = ["service", "name", "type", "region", "status", "verify by"];
    output::table(&heading, &rows);
    Outcome::Good
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Answer<'a, 'd> {
    #[serde(flatten)]
    found: &'a Found<'d>,
    #[serde(skip_serializing_if = "Option::is_none")]
    left_out: Option<Vec<LeftOut<'a>>>,
}

fn search(directory: &Directory, arguments: &SearchServices) -> Outcome {
    let query = Query {
        case: arguments.case.clone(),
        postcode: arguments.postcode.clone(),
        patient: Patient {
            years: arguments.age,
            gender: arguments.gender,
        },
        surgery: arguments.surgery.clone(),
        disposition: arguments.disposition.clone(),
        symptom_group: arguments.symptom_group.clone(),
        discriminators: arguments.discriminators.clone(),
        km: arguments.km,
    };
    let now = arguments.at.unwrap_or_else(Timestamp::now);
    let capacities = Capacities::default();
    let found = match directory.search(&query, now, &capacities) {
        Ok(found) => found,
        Err(error) => return output::failed(error),
    };
    let left_out = arguments.why.then(|| found.left_out().collect());
    let shown = match arguments.json {
        true => output::json(&Answer {
            found: &found,
            left_out,
        }),
        false => print(&found, left_out.as_deref()),
    };
    match shown {
        Outcome::Good if found.offered.is_empty() => Outcome::Wrong,
        shown => shown,
    }
}

fn print(found: &Found<'_>, left_out: Option<&[LeftOut<'_>]>) -> Outcome {
    for doubt in found.place().doubts() {
        output::line(format!("note: {doubt}"));
    }
    let heading = ["service", "name", "type", "km", "when", "notes"];
    let offers = |offers: &[Offer<'_>]| {
        let rows: Vec<Vec<String>> = offers.iter().map(offer).collect();
        output::table(&heading, &rows);
    };
    match found.offered.is_empty() {
        true => output::line("no service would do"),
        false => offers(&found.offered),
    }
    if !found.more.is_empty() {
        output::line(format!("and {} more that would do", found.more.len()));
    }
    if !found.catch_all.is_empty() {
        output::line("\nnearest, whatever was asked for");
        offers(&found.catch_all);
    }
    if !found.near_misses.is_empty() {
        output::line("\nlost by one criterion");
        let misses = found.near_misses.iter();
        let rows: Vec<Vec<String>> = misses
            .map(|miss| row(miss.service, miss.distance.km, miss.words()))
            .collect();
        output::table(&["service", "name", "km", "why not"], &rows);
    }
    if let Some(left_out) = left_out {
        output::line("\nleft out");
        let rows: Vec<Vec<String>> = left_out
            .iter()
            .map(|left| row(left.service, left.distance().km, left.words().join("; ")))
            .collect();
        output::table(&["service", "name", "km", "why not"], &rows);
    }
    Outcome::Good
}

fn row(service: &Service, km: f64, words: String) -> Vec<String> {
    vec![
        service.id.to_string(),
        service.name.clone(),
        format!("{km:.1}"),
        words,
    ]
}

fn offer(offer: &Offer<'_>) -> Vec<String> {
    let amber = (offer.capacity == Colour::Amber).then_some("amber: hardly any room");
    let overdue = offer.is_overdue.then_some("not verified in time");
    let notes: Vec<&str> = amber.into_iter().chain(overdue).collect();
    vec![
        offer.service.id.to_string(),
        offer.service.name.clone(),
        offer.type_name().to_owned(),
        format!("{:.1}", offer.distance.km),
        offer.opening_words(),
        notes.join(", "),
    ]
}

#[derive(Serialize)]
struct Imported<'a> {
    services: usize,
    known: Vec<&'a ServiceId>,
}

fn import(directory: &Directory, arguments: &ImportServices) -> Outcome {
    let source = match Source::read(&arguments.table) {
        Ok(source) => source,
        Err(problem) => return output::failed(problem),
    };
    let services = match directory.read_csv(&source) {
        Ok(services) => services,
        Err(problems) => {
            output::problems(&problems);
            eprintln!("{} problems", problems.len());
            return Outcome::Wrong;
        }
    };
    let text = match to_toml(&services) {
        Ok(text) => text,
        Err(error) => return output::failed(error),
    };
    let ids = services.iter().map(|service| &service.id);
    let known: Vec<&ServiceId> = ids
        .filter(|id| directory.service(id.as_str()).is_some())
        .collect();
    let Some(into) = &arguments.into else {
        output::line(text.trim_end());
        return Outcome::Good;
    };
    if let Err(error) = write(into, &text) {
        return output::failed(error);
    }
    if arguments.json {
        return output::json(&Imported {
            services: services.len(),
            known,
        });
    }
    output::line(format!("{} services written", services.len()));
    if !known.is_empty() {
        let known = known.len();
        output::line(format!(
            "{known} of them stand in the directory already: take them out where they stood, or `check` refuses both"
        ));
    }
    Outcome::Good
}

fn export(directory: &Directory, arguments: &ExportServices) -> Outcome {
    let table = to_csv(directory.services());
    let Some(into) = &arguments.into else {
        output::line(table.trim_end());
        return Outcome::Good;
    };
    match write(into, &table) {
        Ok(()) => Outcome::Good,
        Err(error) => output::failed(error),
    }
}

/// Writes a file that is not there yet.
fn write(file: &Path, text: &str) -> Result<(), String> {
    let failed = |error: std::io::Error| format!("{}: {error}", file.display());
    let mut new = std::fs::File::create_new(file).map_err(failed)?;
    new.write_all(text.as_bytes()).map_err(failed)
}
