//! A simulated day in the terminal.

use super::super::output;
use super::super::report::print_measured;
use super::day::Day;

pub(super) fn print(day: &Day) {
    output::line(format!(
        "{}: {} callers, {} handlers at the busiest time, {} people in all.",
        day.scenario, day.callers, day.handlers, day.people
    ));
    if let Some(occupancy) = day.occupancy {
        let percent = 100.0 * occupancy;
        output::line(format!(
            "At work they were with callers for {percent:.1} % of their time.\n"
        ));
    }
    print_measured(&day.measured);
    hunts(day);
    staff(day);
}

fn hunts(day: &Day) {
    if day.hunts.is_empty() {
        return;
    }
    output::line("");
    let rows: Vec<Vec<String>> = day
        .hunts
        .iter()
        .map(|(region, hunts)| {
            let mean = hunts.total / (hunts.answered.max(1) as f64);
            vec![
                region.clone(),
                hunts.asked.to_string(),
                hunts.answered.to_string(),
                format!("{mean:.1}"),
                format!("{:.1}", hunts.longest),
                hunts.late.to_string(),
            ]
        })
        .collect();
    let heading = ["999", "asked", "answered", "mean s", "longest s", "alerts"];
    output::table(&heading, &rows);
}

fn staff(day: &Day) {
    output::line("");
    let rows: Vec<Vec<String>> = day
        .staff
        .iter()
        .map(|(provider, worked)| {
            let provider = match provider.is_empty() {
                true => "(everybody's)".to_owned(),
                false => provider.clone(),
            };
            let occupancy = 100.0 * worked.talked / worked.staffed.max(1.0);
            vec![
                provider,
                worked.people.to_string(),
                format!("{:.1}", worked.staffed / 3_600.0),
                format!("{occupancy:.1}"),
            ]
        })
        .collect();
    output::table(
        &["staff of", "people", "hours at work", "with callers %"],
        &rows,
    );
}
