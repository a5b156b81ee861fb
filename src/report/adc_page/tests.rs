use std::sync::Arc;

use jiff::Timestamp;
use proptest::prelude::*;
use roxmltree::{Document, ParsingOptions};

use super::*;
use crate::identity::Reference;
use crate::report::page::{Block, Cell, Page, Part, Plot, Table, X};
use crate::report::{Adc, Measured, Rules, Suppressed};
use crate::settings::ReportSettings;
use crate::store::Course;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// Monday to Wednesday.
fn period() -> (Timestamp, Timestamp) {
    (at("2026-12-07T00:00:00Z"), at("2026-12-10T00:00:00Z"))
}

/// A call of a region, so many minutes after the period has begun, that was answered after so many seconds or was
/// abandoned.
fn call(n: u64, region: &str, minutes: i64, answered: Option<i64>) -> Course {
    let moment =
        |seconds: i64| period().0 + jiff::SignedDuration::from_secs(minutes * 60 + seconds);
    let name = |name: &str| (!name.is_empty()).then(|| Arc::from(name));
    Course {
        region: name(region),
        provider: name(region),
        answered_at: Some(moment(0)),
        introduced_at: Some(moment(0)),
        queued_at: Some(moment(0)),
        handled_at: answered.map(moment),
        ended_at: Some(moment(answered.map_or(45, |after| after + 300))),
        is_abandoned: answered.is_none(),
        ..Course::begun(Reference::new(n, 0), moment(0))
    }
}

/// Monday and Wednesday, and nobody on Tuesday; three of London's calls are abandoned.
fn courses() -> Vec<Course> {
    let london = (0..12).map(|n| call(n, "london", n as i64 * 7, (n > 2).then_some(10)));
    let suffolk = (20..30).map(|n| call(n, "suffolk", 2_880 + n as i64, Some(29)));
    let nowhere = (40..46).map(|n| call(n, "", 600, None));
    london.chain(suffolk).chain(nowhere).collect()
}

fn measured(courses: &[Course]) -> Measured {
    let mut adc = Adc::new(Rules::all(ReportSettings::default()));
    courses.iter().for_each(|course| adc.add(course));
    adc.measured(period().0, period().1)
}

fn of(measured: &Measured, about: impl FnOnce(&mut About)) -> Page {
    let settings = ReportSettings::default();
    let mut told = About::new(&settings);
    about(&mut told);
    page(measured, &told)
}

fn part<'a>(page: &'a Page, heading: &str) -> &'a Part {
    let mut parts = page.parts.iter();
    let found = parts.find(|part| part.heading.starts_with(heading));
    found.unwrap_or_else(|| {
        panic!(
            "{heading}: {:?}",
            page.parts.iter().map(|p| &p.heading).collect::<Vec<_>>()
        )
    })
}

fn tables(part: &Part) -> Vec<&Table> {
    let tables = part.blocks.iter().filter_map(|block| match block {
        Block::Table(table) => Some(table),
        _ => None,
    });
    tables.collect()
}

fn plots(part: &Part) -> Vec<&Plot> {
    let plots = part.blocks.iter().filter_map(|block| match block {
        Block::Plot(plot) => Some(plot),
        _ => None,
    });
    plots.collect()
}

fn row<'a>(table: &'a Table, name: &str) -> &'a [Cell] {
    let mut rows = table.rows.iter();
    rows.find(|row| row.first() == Some(&Cell::Text(name.to_owned())))
        .unwrap()
}

fn names(plot: &Plot) -> &[String] {
    match &plot.x {
        X::Categories { names, .. } => names,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_targets_stand_first_with_a_word_for_each() {
    let page = of(&measured(&courses()), |_| ());
    assert_eq!(page.parts[0].heading, "Two of the three targets are met");
    let table = tables(&page.parts[0])[0];
    assert_eq!(table.rows[0][1], Cell::Met("32.1\u{a0}%".into(), false));
    assert_eq!(table.rows[1][1], Cell::Met("20.0\u{a0}s".into(), true));
    assert_eq!(table.rows[0][2], Cell::Text("below 3\u{a0}%".into()));
    let nobody = of(&measured(&[]), |_| ());
    assert!(nobody.parts[0].heading.contains("nothing to hold"));
}

#[test]
fn what_is_not_known_is_in_the_tables_and_not_in_the_plots() {
    let page = of(&measured(&courses()), |about| {
        about.regions.insert("london".into(), "London".into());
    });
    let regions = part(&page, "By region: abandoned below 3\u{a0}% in 1 of 2");
    assert_eq!(
        row(tables(regions)[0], "not known")[1],
        Cell::Number("6".into())
    );
    assert_eq!(names(plots(regions)[0]), ["London", "suffolk"]);
    assert_eq!(
        plots(regions)[0].series[0].points,
        [(0.0, 25.0), (1.0, 0.0)]
    );
}

#[test]
fn a_day_without_calls_has_none_and_no_figures() {
    let page = of(&measured(&courses()), |_| ());
    let days = part(&page, "Day by day");
    let (calls, abandoned) = (plots(days)[0], plots(days)[1]);
    assert_eq!(names(calls), ["Mon 7 Dec", "Tue 8 Dec", "Wed 9 Dec"]);
    assert_eq!(calls.series[0].points[1], (1.0, 0.0));
    assert!(abandoned.series[0].points[1].1.is_nan());
    let not_yet = of(&measured(&courses()), |about| {
        about.as_of = Some(at("2026-12-08T12:00:00Z"))
    });
    assert_eq!(names(plots(part(&not_yet, "Day by day"))[0]).len(), 2);
}

#[test]
fn what_is_held_back_is_a_dash_and_a_gap() {
    let mut measured = measured(&courses());
    Suppressed(5).apply(&mut measured, &ReportSettings::default());
    let page = of(&measured, |about| about.suppressed = Some(5));
    assert!(
        page.subtitle
            .iter()
            .any(|line| line.contains("from 1 to 4"))
    );
    let regions = part(&page, "By region");
    let dash = Cell::Number("–".into());
    assert_eq!(row(tables(regions)[0], "london")[2], dash);
    // Three of London's calls were abandoned, and none of Suffolk's.
    let abandoned = plots(regions)[0];
    let figure = |region: &str| {
        let at = names(abandoned).iter().position(|name| name == region);
        abandoned.series[0].points[at.unwrap()].1
    };
    assert!(figure("london").is_nan());
    assert_eq!(figure("suffolk"), 0.0);
    let counts = page.parts.iter().flat_map(tables);
    let cells = counts.filter(|table| table.caption.ends_with("every count"));
    let cells = cells.flat_map(|table| table.rows.iter().flatten());
    let numbers: Vec<&Cell> = cells
        .filter(|cell| matches!(cell, Cell::Number(_)))
        .collect();
    let small = ["1", "2", "3", "4"].map(|small| Cell::Number(small.into()));
    assert!(numbers.len() > 50 && !numbers.iter().any(|cell| small.contains(cell)));
}

#[test]
fn a_figure_stays_on_its_side_of_the_target() {
    let calls = (0..1_000).map(|n| call(n, "london", 0, (n >= 30).then_some(1)));
    let more = (1_000..1_400).map(|n| call(n, "suffolk", 0, (n >= 1_012).then_some(1)));
    let calls: Vec<Course> = calls
        .chain(more)
        .chain([call(2_000, "suffolk", 0, None)])
        .collect();
    let page = of(&measured(&calls), |_| ());
    let points = &plots(part(&page, "By region"))[0].series[0].points;
    assert_eq!(points[0].1, 3.0);
    assert!((points[1].1 - 3.2).abs() < 1e-9);
    let close = (0..3_000).map(|n| call(n, "london", 0, (n >= 91).then_some(1)));
    let close: Vec<Course> = close
        .chain((4_000..4_010).map(|n| call(n, "suffolk", 0, Some(1))))
        .collect();
    let page = of(&measured(&close), |_| ());
    assert!(plots(part(&page, "By region"))[0].series[0].points[0].1 > 3.0);
}

#[test]
fn periods_are_told_by_days_where_they_are_days() {
    let period = |from, to| crate::report::words::period(at(from), at(to));
    assert_eq!(
        period("2026-12-28T00:00:00Z", "2026-12-29T00:00:00Z"),
        "Monday 28 December 2026"
    );
    assert_eq!(
        period("2026-10-24T23:00:00Z", "2026-10-26T00:00:00Z"),
        "Sunday 25 October 2026"
    );
    assert_eq!(
        period("2026-06-30T23:00:00Z", "2026-07-02T23:00:00Z"),
        "Wednesday 1 July 2026 to Thursday 2 July 2026"
    );
    assert_eq!(
        period("2026-12-28T08:00:00Z", "2026-12-28T10:30:00Z"),
        "From 08:00 on Monday 28 December 2026 to 10:30 on Monday 28 December 2026"
    );
}

fn any_course() -> impl Strategy<Value = Course> {
    let region = prop::sample::select(vec!["london", "suffolk", "<&\"'>", ""]);
    (
        any::<u64>(),
        region,
        0..4_320_i64,
        prop::option::of(0..900_i64),
    )
        .prop_map(|(n, region, minutes, answered)| call(n, region, minutes, answered))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn any_report_is_well_formed_and_nobody_is_missing(
        courses in prop::collection::vec(any_course(), 0..60),
        least in prop::option::of(2..8_u64),
    ) {
        let mut measured = measured(&courses);
        let page = of(&measured, |_| ());
        let fates = page.parts.iter().find(|part| tables(part).iter().any(|t| t.caption == "Every call is one of these"));
        let counts: Vec<u64> = tables(fates.unwrap())[0].rows.iter().map(|row| match &row[1] {
            Cell::Number(number) => number.parse().unwrap(),
            other => panic!("{other:?}"),
        }).collect();
        prop_assert_eq!(counts[..5].iter().sum::<u64>(), counts[5]);
        if let Some(least) = least {
            Suppressed(least).apply(&mut measured, &ReportSettings::default());
        }
        let html = of(&measured, |about| about.suppressed = least).html();
        let options = ParsingOptions { allow_dtd: true, ..ParsingOptions::default() };
        let document = Document::parse_with_options(&html, options).unwrap();
        let figures = document.descendants().filter(|node| node.has_tag_name("figure")).count();
        let behind = document.descendants().filter(|node| node.has_tag_name("details")).count();
        prop_assert_eq!(figures, behind);
        prop_assert!(figures > 0);
    }
}
