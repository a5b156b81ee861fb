//! `ivr111 report outcomes`.

use jiff::SignedDuration;

use crate::report::outcomes::{Figure, Figures, OutcomeFigures, OutcomeTable, Outcomes, page};
use crate::report::{By, Told, Use};

use super::super::args::OutcomesReport;
use super::super::ask::ask;
use super::super::{Outcome, output};
use super::csv::{ALL, UNKNOWN};
use super::form::{CsvWriter, held_back, percent, period, plain, tell};
use super::reading;

/// How long after a call an assessment of its caller may begin.
const LATE: SignedDuration = SignedDuration::from_hours(24);

pub(super) fn run(arguments: &OutcomesReport) -> Outcome {
    tell(count(arguments), &arguments.asked, page, csv, text)
}

fn count(arguments: &OutcomesReport) -> Result<OutcomeFigures, Outcome> {
    let period = period(&arguments.asked.period)?;
    let by: Vec<Vec<By>> = match arguments.by.is_empty() {
        true => [By::Region, By::Provider, By::Month]
            .map(|by| vec![by])
            .into(),
        false => arguments.by.iter().map(|table| table.0.clone()).collect(),
    };
    let later = (period.0, period.1.checked_add(LATE).unwrap_or(period.1));
    let mut figures = ask(&arguments.asked.period.config, async |store| {
        let mut outcomes = Outcomes::new(period, by);
        reading::assessments(&store, later, |course| outcomes.assessment(&course)).await?;
        reading::courses(&store, period, |course| outcomes.call(&course)).await?;
        reading::referrals(&store, period, |row| outcomes.referral(&row)).await?;
        Ok(outcomes.figures())
    })?;
    if let Some(least) = held_back(&arguments.asked) {
        figures.hold_back(least);
    }
    Ok(figures)
}

fn csv(report: &OutcomeFigures, writer: &mut CsvWriter) -> Result<(), csv::Error> {
    let words = By::ALL.map(By::word);
    let columns = Figure::ALL.map(Figure::word);
    writer.write_record(["from", "to"].iter().chain(&words).chain(&columns))?;
    let mut row = |names: &[(&str, &str)], figures: &Figures| {
        let times = [report.from.to_string(), report.to.to_string()];
        let named = words.map(|word| {
            let name = names.iter().find(|(by, _)| *by == word);
            let name = name.map_or(ALL, |(_, name)| *name);
            if name.is_empty() { UNKNOWN } else { name }.to_owned()
        });
        let cells = Figure::ALL.map(|one| match one.is_time() {
            false => plain(figures.get(one)),
            true => {
                let millis = figures.get(one);
                millis.map_or_else(String::new, |ms| {
                    format!("{}.{:03}", ms / 1_000, ms % 1_000)
                })
            }
        });
        writer.write_record(times.into_iter().chain(named).chain(cells))
    };
    row(&[], &report.figures)?;
    for table in &report.breakdowns {
        for group in &table.groups {
            let names = group.names.iter().map(String::as_str);
            let names: Vec<_> = table.by.iter().copied().zip(names).collect();
            row(&names, &group.figures)?;
        }
    }
    Ok(())
}

fn text(report: &OutcomeFigures, told: &Told) {
    output::line(format!("From {} to {}\n", report.from, report.to));
    let figures = &report.figures;
    let rows = Figure::ALL.map(|one| {
        let of = match one {
            Figure::Closed | Figure::ByClinician | Figure::ByAdvice | Figure::Otherwise => {
                Figure::Closed
            }
            _ => Figure::People,
        };
        let share = (!one.is_time()).then(|| percent(figures.percent(one, of)));
        vec![
            one.words().to_owned(),
            figures.shown(one),
            share.unwrap_or_default(),
        ]
    });
    output::table(&["led to", "people", "%"], &rows);
    let share = percent(figures.closed_by_clinician_or_advice());
    output::line(format!(
        "\nClosed by a clinician or by advice: {share} % of the assessments that were closed."
    ));
    for table in &report.breakdowns {
        output::line("");
        breakdown(table, told);
    }
    if report.services.is_empty() {
        return;
    }
    output::line("");
    let rows = report.services.iter().map(|(service, used)| {
        let counts = Use::ALL.map(|of| used.shown(of));
        [service.clone(), told.names.service(service)]
            .into_iter()
            .chain(counts)
            .collect()
    });
    let rows: Vec<Vec<String>> = rows.collect();
    let heading: Vec<&str> = ["service", "name"]
        .into_iter()
        .chain(Use::ALL.map(Use::words))
        .collect();
    output::table(&heading, &rows);
}

fn breakdown(table: &OutcomeTable, told: &Told) {
    let columns: Vec<Figure> = Figure::ALL
        .into_iter()
        .filter(|one| *one != Figure::LongTime)
        .collect();
    let words = columns.iter().map(|one| one.word());
    let heading: Vec<&str> = table.by.iter().copied().chain(words).collect();
    let rows = table.groups.iter().map(|group| {
        let names = table.by.iter().zip(&group.names);
        let names = names.map(|(by, name)| told.names.group(by, name));
        let figures = columns.iter().map(|one| group.figures.shown(*one));
        names.chain(figures).collect()
    });
    output::table(&heading, &rows.collect::<Vec<_>>());
}
