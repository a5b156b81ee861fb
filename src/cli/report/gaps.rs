//! `ivr111 report gaps`.

use crate::directory::SearchRecord;
use crate::report::Told;
use crate::report::gaps::{Change, Gap, GapFigures, Gaps, PartOfWeek, What, page};
use crate::report::words::or_dash;
use crate::store::SearchRow;

use super::super::args::GapsReport;
use super::super::ask::ask;
use super::super::{Outcome, output};
use super::csv::UNKNOWN;
use super::form::{CsvWriter, held_back, is_region, period, plain, tell};
use super::reading;

/// So many gaps, and so many changes, are told in the terminal.
const TOLD: usize = 40;

pub(super) fn run(arguments: &GapsReport) -> Outcome {
    tell(count(arguments), &arguments.asked, page, csv, text)
}

fn count(arguments: &GapsReport) -> Result<GapFigures, Outcome> {
    let period = period(&arguments.asked.period)?;
    let region = arguments.region.as_deref();
    is_region(&arguments.asked, region)?;
    let is_wanted = |row: &SearchRow| region.is_none_or(|id| row.region.as_deref() == Some(id));
    let mut unreadable = 0_u64;
    let mut figures = ask(&arguments.asked.period.config, async |store| {
        let mut gaps = Gaps::new(period);
        let add = |row: SearchRow| {
            if !is_wanted(&row) {
                return;
            }
            match serde_json::from_str::<SearchRecord>(&row.record) {
                Ok(record) => gaps.add(row.for_whom.unwrap_or(row.id), &record),
                Err(error) => {
                    unreadable += 1;
                    tracing::warn!(id = %row.id, %error, "a stored search cannot be read");
                }
            }
        };
        reading::missed_searches(&store, period, add).await?;
        Ok(gaps.figures())
    })?;
    if unreadable > 0 {
        eprintln!("ivr111: {unreadable} stored searches cannot be read and are left out");
    }
    if let Some(least) = held_back(&arguments.asked) {
        figures.hold_back(least);
    }
    Ok(figures)
}

/// A row for each gap, with the change that would close most; and one for each change of each gap.
fn csv(report: &GapFigures, writer: &mut CsvWriter) -> Result<(), csv::Error> {
    let parts = PartOfWeek::ALL.map(PartOfWeek::word);
    let first = [
        "from",
        "to",
        "region",
        "area",
        "disposition",
        "symptom-group",
        "found-nothing",
        "lost-one",
    ];
    let last = ["service", "criterion", "change", "closes", "adds-choice"];
    writer.write_record(first.iter().chain(&parts).chain(&last))?;
    for gap in &report.gaps {
        let own = [
            report.from.to_string(),
            report.to.to_string(),
            gap.region.clone().unwrap_or_else(|| UNKNOWN.to_owned()),
            gap.area.clone(),
            gap.disposition.to_string(),
            gap.symptom_group.to_string(),
            plain(gap.counts.nothing()),
            plain(gap.counts.lost()),
        ];
        let when = PartOfWeek::ALL.map(|part| plain(gap.counts.when(part)));
        let changes = gap.changes.iter().map(|one| {
            [
                one.change.service.to_string(),
                one.change.criterion().word().to_owned(),
                detail(&one.change),
                plain(one.closes.closes()),
                plain(one.closes.adds_choice()),
            ]
        });
        let none = gap.changes.is_empty().then(Default::default);
        for change in changes.chain(none) {
            writer.write_record(own.iter().chain(&when).chain(&change))?;
        }
    }
    Ok(())
}

/// What is to be changed: when, or to which codes.
fn detail(change: &Change) -> String {
    match &change.what {
        What::Room => String::new(),
        What::Open { when } => when.word().to_owned(),
        What::Take { disposition } => disposition.to_string(),
        What::Offer { discriminators } => {
            let codes = discriminators.iter().map(ToString::to_string);
            codes.collect::<Vec<_>>().join(" ")
        }
    }
}

fn text(report: &GapFigures, told: &Told) {
    output::line(format!("From {} to {}\n", report.from, report.to));
    let counts = &report.counts;
    let rows = [
        ("found no service at all", counts.nothing()),
        ("lost a service, and were found another", counts.lost()),
        ("all", counts.people()),
    ];
    let rows = rows.map(|(what, people)| vec![what.to_owned(), or_dash(people)]);
    output::table(&["people, once for each of their needs", ""], &rows);
    if report.gaps.is_empty() {
        return output::line("\nThere is no gap.");
    }
    output::line("");
    let changes = report.changes.iter().take(TOLD);
    let rows = changes.map(|one| {
        vec![
            one.change.words(&told.names),
            or_dash(one.closes.closes()),
            or_dash(one.closes.adds_choice()),
        ]
    });
    let heading = ["single change", "would close", "adds a choice"];
    output::table(&heading, &rows.collect::<Vec<_>>());
    more(report.changes.len());
    output::line("");
    let gaps = report.gaps.iter().take(TOLD).map(|gap| row(gap, told));
    let heading = [
        "where",
        "what was needed",
        "what the matter was",
        "found none",
        "lost one",
        "mostly when",
        "what would close most",
        "closes",
    ];
    output::table(&heading, &gaps.collect::<Vec<_>>());
    more(report.gaps.len());
}

fn more(all: usize) {
    if all > TOLD {
        output::line(format!("and {} more: --json or --csv", all - TOLD));
    }
}

fn row(gap: &Gap, told: &Told) -> Vec<String> {
    let names = &told.names;
    let (change, closes) = gap.best_words(names);
    vec![
        gap.place(names),
        names.disposition(&gap.disposition),
        names.symptom_group(&gap.symptom_group),
        or_dash(gap.counts.nothing()),
        or_dash(gap.counts.lost()),
        gap.mostly().to_owned(),
        change,
        or_dash(closes),
    ]
}
