//! `ivr111 report duplication`.

use crate::directory::{Directory, Double, ServiceId, doubles};
use crate::report::duplication::{Duplication, UsedService, page};
use crate::report::{Told, Usage, Use};

use super::super::args::DuplicationReport;
use super::super::ask::ask;
use super::super::{Outcome, directory, output};
use super::form::{CsvWriter, held_back, is_region, percent, period, plain, tell};
use super::reading;

pub(super) fn run(arguments: &DuplicationReport) -> Outcome {
    tell(find(arguments), &arguments.asked, page, csv, text)
}

fn find(arguments: &DuplicationReport) -> Result<Duplication, Outcome> {
    let config = &arguments.asked.period.config;
    let period = period(&arguments.asked.period)?;
    is_region(&arguments.asked, arguments.region.as_deref())?;
    let directory = directory::load(&config.config).map_err(|problems| {
        output::problems(&problems);
        Outcome::Failed
    })?;
    let share = f64::from(arguments.share) / 100.0;
    let mut found = doubles(&directory, share);
    if let Some(region) = &arguments.region {
        found.pairs.retain(|pair| is_of(&directory, pair, region));
    }
    let usage = ask(config, async |store| {
        let mut usage = Usage::default();
        reading::referrals(&store, period, |row| usage.add(&row)).await?;
        Ok(usage)
    })?;
    let mut report = Duplication::of(found, share, period, &usage.services());
    if let Some(least) = held_back(&arguments.asked) {
        report.hold_back(least);
    }
    Ok(report)
}

/// Whether either of a pair is a service of a region.
fn is_of(directory: &Directory, pair: &Double, region: &str) -> bool {
    let is = |id: &ServiceId| {
        let service = directory.service(id.as_str());
        service.is_some_and(|service| service.region.as_str() == region)
    };
    is(&pair.first) || is(&pair.second)
}

fn csv(report: &Duplication, writer: &mut CsvWriter) -> Result<(), csv::Error> {
    let of = |which: &str| Use::ALL.map(|of| format!("{which}-{}", of.word()));
    let texts = |texts: &[&str]| {
        texts
            .iter()
            .map(|text| (*text).to_owned())
            .collect::<Vec<_>>()
    };
    let heading = texts(&["from", "to", "type", "first", "second"])
        .into_iter()
        .chain(texts(&["reach", "hours", "dispositions", "symptom-groups"]))
        .chain(of("first"))
        .chain(of("second"));
    writer.write_record(heading)?;
    for pair in &report.pairs {
        let [first, second] = &pair.services;
        let shares = [
            pair.shares.reach,
            pair.shares.hours,
            pair.shares.dispositions,
            pair.shares.symptom_groups,
        ];
        let counts = |one: &UsedService| Use::ALL.map(|of| plain(one.used.get(of)));
        let row = [
            report.from.to_string(),
            report.to.to_string(),
            pair.kind.clone(),
            first.service.to_string(),
            second.service.to_string(),
        ];
        let row = row
            .into_iter()
            .chain(shares.map(|share| format!("{share:.3}")))
            .chain(counts(first))
            .chain(counts(second));
        writer.write_record(row)?;
    }
    Ok(())
}

fn text(report: &Duplication, told: &Told) {
    output::line(format!(
        "Services that overlap by more than {:.0} % in each respect, and how many referrals there were to each from {} to {}\n",
        report.share * 100.0,
        report.from,
        report.to
    ));
    let rows = report.pairs.iter().map(|pair| {
        let [first, second] = &pair.services;
        let hundredths = |share: f64| percent(Some(share * 100.0));
        vec![
            told.names.service_type(&pair.kind),
            told.names.service(first.service.as_str()),
            first.used.shown(Use::Sent),
            told.names.service(second.service.as_str()),
            second.used.shown(Use::Sent),
            hundredths(pair.shares.reach),
            hundredths(pair.shares.hours),
            hundredths(pair.shares.dispositions),
            hundredths(pair.shares.symptom_groups),
        ]
    });
    let rows: Vec<Vec<String>> = rows.collect();
    let heading = [
        "type",
        "service",
        "sent",
        "covers the same as",
        "sent",
        "reach %",
        "hours %",
        "dispositions %",
        "symptom groups %",
    ];
    match rows.is_empty() {
        true => output::line("No two services cover the same."),
        false => output::table(&heading, &rows),
    }
    if report.are_more {
        output::line("There are more pairs than are told.");
    }
}
