use crate::report::page::{Block, Cell, Part, Plot, Series, Shape, Table, X};
use crate::report::words::{count, figure, tenths};

use super::super::outcome::Worked;
use super::day_page::DayPage;
use super::moments;

const EVERYBODYS: &str = "for all providers";

fn name(provider: &str) -> String {
    match provider {
        "" => EVERYBODYS.to_owned(),
        provider => provider.to_owned(),
    }
}

/// The part of the time at work that was spent with callers, in hundredths.
fn occupancy(worked: &Worked) -> Option<f64> {
    (worked.staffed > 0.0).then(|| 100.0 * worked.talked / worked.staffed)
}

/// How busy those were who work.
pub(super) fn part(day: &DayPage) -> Part {
    let whole = day.outcome.occupancy().map(|part| 100.0 * part);
    let mut blocks = Vec::from(moments::staff(day));
    blocks.push(Block::Table(table(day)));
    if day.outcome.staff.len() > 1 {
        blocks.push(Block::Plot(plot(day)));
    }
    Part {
        heading: match whole {
            Some(whole) => {
                format!("Staff: with callers for {whole:.1}\u{a0}% of their time at work")
            }
            None => "Staff".to_owned(),
        },
        blocks,
    }
}

fn table(day: &DayPage) -> Table {
    let staff = &day.outcome.staff;
    let mut all = Worked::default();
    for worked in staff.values() {
        all.people += worked.people;
        all.staffed += worked.staffed;
        all.talked += worked.talked;
    }
    let row = |name: String, worked: &Worked| {
        vec![
            Cell::Text(name),
            count(u64::try_from(worked.people).ok()),
            Cell::Number(figure(Some(worked.staffed / 3_600.0), 1)),
            Cell::Number(figure(Some(worked.talked / 3_600.0), 1)),
            Cell::Number(figure(occupancy(worked), 1)),
        ]
    };
    let rows = staff
        .iter()
        .map(|(provider, worked)| row(name(provider), worked));
    let heading = [
        "Provider",
        "People",
        "Hours at work",
        "Hours with callers",
        "Occupancy, %",
    ];
    Table {
        caption: "Who worked, breaks left out".to_owned(),
        heading: heading.map(str::to_owned).into(),
        rows: rows.chain([row("all".to_owned(), &all)]).collect(),
    }
}

fn plot(day: &DayPage) -> Plot {
    let staff = &day.outcome.staff;
    let points = staff.values().zip(0..);
    let points =
        points.map(|(worked, n)| (f64::from(n), occupancy(worked).map_or(f64::NAN, tenths)));
    Plot {
        title: "Occupancy by provider".to_owned(),
        x: X::Categories {
            label: "Provider".to_owned(),
            names: staff.keys().map(|provider| name(provider)).collect(),
        },
        y_label: "Occupancy".to_owned(),
        unit: "%".to_owned(),
        series: vec![Series {
            name: "Occupancy".to_owned(),
            points: points.collect(),
            shape: Shape::Bars,
        }],
        targets: Vec::new(),
    }
}
