//! `ivr111 report adc`.

use jiff::Timestamp;

use crate::report::adc_page::{self, About};
use crate::report::{Adc, Measured, Rules, Suppressed};
use crate::routing::Tables;

use super::super::args::AdcReport;
use super::super::ask::{ask, settings};
use super::super::{Outcome, output, page_file};
use super::form::period;
use super::{csv, reading, text};

pub(super) fn run(arguments: &AdcReport) -> Outcome {
    let measured = match measure(arguments) {
        Ok(measured) => measured,
        Err(outcome) => return outcome,
    };
    if let Err(outcome) = html(arguments, &measured) {
        return outcome;
    }
    if arguments.form.json {
        output::json(&measured)
    } else if arguments.form.csv {
        csv::print(&measured)
    } else {
        text::measured(&measured);
        Outcome::Good
    }
}

/// Writes the page, where one is wanted. Regions have the names of the tables, where these can be read.
fn html(arguments: &AdcReport, measured: &Measured) -> Result<(), Outcome> {
    let Some(path) = &arguments.form.html else {
        return Ok(());
    };
    let settings = settings(&arguments.period.config)?;
    let tables = Tables::load(&settings.path(&settings.tables.routing));
    let regions = tables.map(|tables| tables.region_names());
    let about = About {
        regions: regions.unwrap_or_default(),
        suppressed: arguments.suppress,
        as_of: Some(Timestamp::now()),
        ..About::new(&settings.report)
    };
    page_file::write(&adc_page::page(measured, &about), path)
}

fn measure(arguments: &AdcReport) -> Result<Measured, Outcome> {
    let period = period(&arguments.period)?;
    let settings = settings(&arguments.period.config)?.report;
    let mut rules = Rules::all(settings.clone());
    if !arguments.by.is_empty() {
        rules.tables = arguments.by.iter().map(|table| table.0.clone()).collect();
    }
    let mut measured = ask(&arguments.period.config, async |store| {
        let mut adc = Adc::new(rules);
        reading::courses(&store, period, |course| adc.add(&course)).await?;
        let now = Timestamp::now();
        reading::promises(&store, period, |course| adc.add_promise(&course, now)).await?;
        Ok(adc.measured(period.0, period.1))
    })?;
    if let Some(least) = arguments.suppress {
        Suppressed(least).apply(&mut measured, &settings);
    }
    Ok(measured)
}
