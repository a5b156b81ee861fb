//! How every report is told: as text, JSON or CSV, and as a page besides.

use std::io::{self, StdoutLock};
use std::sync::Arc;

use jiff::Timestamp;
use serde::Serialize;

use crate::clinical::Codes;
use crate::directory::{Directory, Ground};
use crate::report::page::Page;
use crate::report::{Names, Suppressed, Told};
use crate::routing::Tables;

use super::super::args::{ReportAsked, ReportPeriod};
use super::super::ask::settings;
use super::super::{Outcome, output, page_file};

/// To what CSV is written.
pub(super) type CsvWriter = csv::Writer<StdoutLock<'static>>;

/// Tells a report, where there is one, in the form that was asked for.
pub(super) fn tell<R: Serialize>(
    report: Result<R, Outcome>,
    asked: &ReportAsked,
    page: impl FnOnce(&R, &Told) -> Page,
    csv: impl FnOnce(&R, &mut CsvWriter) -> Result<(), csv::Error>,
    text: impl FnOnce(&R, &Told),
) -> Outcome {
    let form = &asked.form;
    let is_for_programs = form.json || form.csv;
    let told = report.and_then(|report| match is_for_programs && form.html.is_none() {
        true => Ok((report, Told::default())),
        false => Ok((report, told(asked)?)),
    });
    let (report, told) = match told {
        Ok(told) => told,
        Err(outcome) => return outcome,
    };
    if let Some(path) = &form.html
        && let Err(outcome) = page_file::write(&page(&report, &told), path)
    {
        return outcome;
    }
    if form.json {
        return output::json(&report);
    }
    if form.csv {
        let mut writer = csv::Writer::from_writer(io::stdout().lock());
        let written = csv(&report, &mut writer);
        let written = written.and_then(|()| Ok(writer.flush()?));
        return written.map_or_else(output::failed, |()| Outcome::Good);
    }
    text(&report, &told);
    Outcome::Good
}

/// The period, from when to before when.
pub(super) fn period(asked: &ReportPeriod) -> Result<(Timestamp, Timestamp), Outcome> {
    match asked.from < asked.to {
        true => Ok((asked.from, asked.to)),
        false => Err(output::failed("--from is not before --to")),
    }
}

/// Refuses a region that the tables do not have.
pub(super) fn is_region(asked: &ReportAsked, region: Option<&str>) -> Result<(), Outcome> {
    let Some(region) = region else {
        return Ok(());
    };
    let settings = settings(&asked.period.config)?;
    let tables = Tables::load(&settings.path(&settings.tables.routing)).map_err(|problems| {
        output::problems(&problems);
        Outcome::Failed
    })?;
    let known = tables.region_names();
    match known.contains_key(region) {
        true => Ok(()),
        false => {
            let known: Vec<&str> = known.keys().map(String::as_str).collect();
            let known = known.join(", ");
            Err(output::failed(format_args!(
                "`{region}` is no region: {known}"
            )))
        }
    }
}

/// What is said besides the figures; names as far as the tables can be read.
fn told(asked: &ReportAsked) -> Result<Told, Outcome> {
    let settings = settings(&asked.period.config)?;
    let routing = settings.path(&settings.tables.routing);
    let mut names = Names::default();
    if let (Ok(tables), Ok(codes)) = (Tables::load(&routing), Codes::load(&routing)) {
        let codes = Arc::new(codes);
        names.regions = tables.region_names();
        let directory = Directory::load(&routing, Ground::of(&tables, &codes));
        names.directory = directory.ok().map(Arc::new);
        names.codes = Some(codes);
    }
    Ok(Told {
        names,
        suppressed: held_back(asked).map(|Suppressed(least)| least),
        as_of: Some(Timestamp::now()),
    })
}

/// What is held back, if anything.
pub(super) fn held_back(asked: &ReportAsked) -> Option<Suppressed> {
    (asked.suppress > 1).then_some(Suppressed(asked.suppress))
}

/// A count as programs read it; empty for none.
pub(super) fn plain(count: Option<u64>) -> String {
    count.map_or_else(String::new, |count| count.to_string())
}

/// A part in hundredths with one decimal; a dash for none.
pub(super) fn percent(share: Option<f64>) -> String {
    share.map_or_else(|| "-".to_owned(), |share| format!("{share:.1}"))
}
