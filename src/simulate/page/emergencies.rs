use crate::report::adc_page::About;
use crate::report::page::{Block, Cell, Part, Table, number};
use crate::report::words::{count, figure};

use super::super::outcome::Hunts;
use super::day_page::DayPage;

/// Who was handed to 999, by region. None where nobody was.
pub(super) fn part(day: &DayPage, about: &About) -> Option<Part> {
    let hunts = &day.outcome.hunts;
    let mut all = Hunts::default();
    for one in hunts.values() {
        all.asked += one.asked;
        all.answered += one.answered;
        all.total += one.total;
        all.longest = all.longest.max(one.longest);
        all.late += one.late;
    }
    if all.asked == 0 {
        return None;
    }
    let rows = hunts
        .iter()
        .map(|(region, hunts)| row(about.region(region), hunts));
    let heading = [
        "Region",
        "Asked for",
        "Answered",
        "Mean, s",
        "Longest, s",
        "Alerts",
    ];
    let table = Table {
        caption: "Callers handed to 999, and how long until a control room was heard".to_owned(),
        heading: heading.map(str::to_owned).into(),
        rows: rows.chain([row("All".to_owned(), &all)]).collect(),
    };
    let heading = match all.answered == all.asked {
        true => format!(
            "999: all {} were answered, the last after {:.1}\u{a0}s",
            number(all.asked as f64, 0),
            all.longest
        ),
        false => format!(
            "999: {} of {} were answered",
            number(all.answered as f64, 0),
            number(all.asked as f64, 0)
        ),
    };
    let text = "Those who hung up before a control room was heard are asked for and not answered. An alert is raised when \
                somebody waits for a control room too long.";
    Some(Part {
        heading,
        blocks: vec![Block::Table(table), Block::Text(text.to_owned())],
    })
}

fn row(name: String, hunts: &Hunts) -> Vec<Cell> {
    let mean = (hunts.answered > 0).then(|| hunts.total / hunts.answered as f64);
    let longest = (hunts.answered > 0).then_some(hunts.longest);
    vec![
        Cell::Text(name),
        count(Some(hunts.asked)),
        count(Some(hunts.answered)),
        Cell::Number(figure(mean, 1)),
        Cell::Number(figure(longest, 1)),
        count(Some(hunts.late)),
    ]
}
