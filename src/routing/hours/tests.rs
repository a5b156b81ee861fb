use std::collections::BTreeSet;

use proptest::prelude::*;

use super::span::Span;
use super::*;

fn open(hours: &str, at: &str) -> bool {
    let hours: Hours = toml::from_str(hours).unwrap();
    let holidays = BTreeSet::from(["2026-12-25".parse().unwrap()]);
    hours.is_open(at.parse().unwrap(), &holidays)
}

#[test]
fn the_end_is_no_longer_open() {
    let week = "[week]\nmon = [\"08:00-18:30\"]";
    assert!(!open(week, "2026-11-02T07:59:59Z"));
    assert!(open(week, "2026-11-02T08:00:00Z"));
    assert!(open(week, "2026-11-02T18:29:59Z"));
    assert!(!open(week, "2026-11-02T18:30:00Z"));
}

#[test]
fn a_night_belongs_to_the_day_on_which_it_begins() {
    let week = "[week]\nfri = [\"22:00-06:00\"]";
    assert!(open(week, "2026-11-06T23:00:00Z"));
    assert!(open(week, "2026-11-07T05:59:00Z"));
    assert!(!open(week, "2026-11-07T06:00:00Z"));
    assert!(!open(week, "2026-11-06T05:00:00Z"));
}

#[test]
fn the_hour_that_comes_twice_is_open_twice() {
    let week = "[week]\nsun = [\"01:00-02:00\"]";
    assert!(open(week, "2026-10-25T00:30:00Z"));
    assert!(open(week, "2026-10-25T01:30:00Z"));
    assert!(!open(week, "2026-10-25T02:00:00Z"));
}

#[test]
fn the_hour_that_is_left_out_does_not_come() {
    let week = "[week]\nsun = [\"01:00-02:00\"]";
    assert!(!open(week, "2026-03-29T00:59:59Z"));
    assert!(!open(week, "2026-03-29T01:00:00Z"));
    let night = "[week]\nsat = [\"22:00-03:00\"]";
    assert!(open(night, "2026-03-29T01:30:00Z"));
    assert!(!open(night, "2026-03-29T02:00:00Z"));
}

#[test]
fn the_stronger_rule_wins() {
    let all = "always = true\nbank-holidays = []\n[dates]\n2026-12-26 = []";
    let text = all.replace("2026-12-26", "\"2026-12-26\"");
    assert!(
        open(&text, "2026-12-25T12:00:00Z"),
        "24/7 before a bank holiday"
    );
    assert!(!open(&text, "2026-12-26T12:00:00Z"), "a date before 24/7");
    let holiday = "bank-holidays = [\"10:00-12:00\"]\n[week]\nfri = [\"00:00-24:00\"]";
    assert!(open(holiday, "2026-12-25T11:00:00Z"));
    assert!(
        !open(holiday, "2026-12-25T13:00:00Z"),
        "a bank holiday before the week"
    );
}

#[test]
fn bad_times_are_refused() {
    for text in [
        "8:00-18:00",
        "08:00-25:00",
        "24:00-01:00",
        "08:00",
        "08:60-09:00",
        "09:00-09:00",
    ] {
        assert!(Span::try_from(text.to_owned()).is_err(), "{text}");
    }
}

fn openings(hours: &str, from: &str, days: u16) -> Vec<(String, String)> {
    let hours: Hours = toml::from_str(hours).unwrap();
    let holidays = BTreeSet::from(["2026-12-25".parse().unwrap()]);
    let calendar = Calendar::new(from.parse().unwrap(), days, &holidays);
    let openings = hours.openings(&calendar);
    openings
        .map(|o| (o.from.to_string(), o.until.to_string()))
        .collect()
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    let pairs = pairs.iter();
    pairs
        .map(|(a, b)| ((*a).to_owned(), (*b).to_owned()))
        .collect()
}

#[test]
fn times_that_touch_are_one_opening_over_midnight_too() {
    let week = "[week]\nmon = [\"08:00-12:00\", \"12:00-24:00\"]\ntue = [\"00:00-06:00\", \"09:00-10:00\"]";
    assert_eq!(
        openings(week, "2026-11-02T09:00:00Z", 1),
        pairs(&[
            ("2026-11-02T08:00:00Z", "2026-11-03T06:00:00Z"),
            ("2026-11-03T09:00:00Z", "2026-11-03T10:00:00Z"),
        ])
    );
    let night = "[week]\nsun = [\"22:00-06:00\"]";
    assert_eq!(
        openings(night, "2026-11-02T05:59:00Z", 1),
        pairs(&[("2026-11-01T22:00:00Z", "2026-11-02T06:00:00Z")])
    );
    assert_eq!(openings(night, "2026-11-02T06:00:00Z", 1), []);
}

#[test]
fn an_opening_in_the_night_of_a_clock_change_is_as_long_as_the_clock_says() {
    let autumn = "[week]\nsat = [\"22:00-03:00\"]";
    assert_eq!(
        openings(autumn, "2026-10-24T20:00:00Z", 2),
        pairs(&[("2026-10-24T21:00:00Z", "2026-10-25T03:00:00Z")])
    );
    assert_eq!(
        openings(autumn, "2026-03-28T20:00:00Z", 2),
        pairs(&[("2026-03-28T22:00:00Z", "2026-03-29T02:00:00Z")])
    );
    // From half past one, which comes twice: the half hour before its second coming is no opening.
    let twice = "[week]\nsun = [\"01:30-03:00\"]";
    assert_eq!(
        openings(twice, "2026-10-24T20:00:00Z", 2),
        pairs(&[
            ("2026-10-25T00:30:00Z", "2026-10-25T01:00:00Z"),
            ("2026-10-25T01:30:00Z", "2026-10-25T03:00:00Z"),
        ])
    );
    let left_out = "[week]\nsun = [\"01:00-02:00\"]";
    assert_eq!(openings(left_out, "2026-03-28T20:00:00Z", 2), []);
}

#[test]
fn what_is_always_open_ends_at_a_date_that_says_so() {
    let always = "always = true\n[dates]\n\"2026-12-26\" = []";
    assert_eq!(
        openings(always, "2026-12-25T12:00:00Z", 3),
        pairs(&[
            (&Timestamp::MIN.to_string(), "2026-12-26T00:00:00Z"),
            ("2026-12-27T00:00:00Z", &Timestamp::MAX.to_string()),
        ])
    );
}

#[test]
fn a_standard_week_goes_round() {
    let hours: Hours = toml::from_str("[week]\nsun = [\"23:00-01:00\"]").unwrap();
    let week = hours.standard_week();
    assert_eq!(week.iter().filter(|open| **open).count(), 120);
    assert!(week[0] && week[59] && !week[60] && week[7 * 24 * 60 - 1]);
    assert!(Hours::default().standard_week().iter().all(|open| *open));
}

#[test]
fn hours_in_one_line_that_cannot_be_read_say_why() {
    for (text, said) in [
        ("", "write `always`"),
        ("mon", "write `always`"),
        ("mon 8-9", "are no hours"),
        ("mon 08:00-09:00; mon 10:00-11:00", "stands twice"),
        ("someday closed", "is no day"),
        ("2026-02-30 closed", "is no day"),
        ("bank-holidays closed; bank-holidays closed", "stands twice"),
    ] {
        let error = text.parse::<Hours>().unwrap_err();
        assert!(error.contains(said), "{text}: {error}");
    }
}

fn span() -> impl Strategy<Value = Span> {
    let minutes = (0u16..24 * 12, 0u16..=24 * 12).prop_map(|(from, to)| (from * 5, to * 5));
    let minutes = minutes.prop_filter("hours have a length", |(from, to)| from != to);
    minutes.prop_map(|(from, to)| Span { from, to })
}

fn spans() -> impl Strategy<Value = Vec<Span>> {
    proptest::collection::vec(span(), 0..3)
}

/// Any hours, with dates about the two clock changes of 2026.
pub(crate) fn any_hours() -> impl Strategy<Value = Hours> {
    let date = prop_oneof![24i8..28, 27i8..31].prop_map(|day| match day {
        27.. => jiff::civil::date(2026, 3, day),
        _ => jiff::civil::date(2026, 10, day),
    });
    let week = proptest::collection::vec(spans(), 7);
    let dates = proptest::collection::btree_map(date, spans(), 0..3);
    let always = proptest::bool::weighted(0.1);
    (always, proptest::option::of(spans()), week, dates).prop_map(
        |(always, bank_holidays, week, dates)| {
            let mut hours = Hours {
                always,
                bank_holidays,
                dates,
                week: Week::default(),
            };
            for (slot, spans) in hours.week.days_mut().into_iter().zip(week) {
                *slot = spans;
            }
            hours
        },
    )
}

proptest! {
    #[test]
    fn openings_and_the_moment_agree(
        hours in any_hours(),
        autumn in any::<bool>(),
        minutes in 0i64..4 * 24 * 60,
        later in 0i64..3 * 24 * 60,
    ) {
        let from = if autumn { "2026-10-23T12:00:00Z" } else { "2026-03-27T12:00:00Z" };
        let from = from.parse::<Timestamp>().unwrap() + jiff::SignedDuration::from_mins(minutes);
        let holidays = BTreeSet::from(["2026-10-26".parse().unwrap()]);
        let calendar = Calendar::new(from, 4, &holidays);
        let openings: Vec<Opening> = hours.openings(&calendar).collect();
        let then = from + jiff::SignedDuration::from_mins(later);
        let is_in_one = openings.iter().any(|opening| opening.contains(then));
        prop_assert_eq!(is_in_one, hours.is_open(then, &holidays), "{} at {}", hours, then);
        for pair in openings.windows(2) {
            prop_assert!(pair[0].until < pair[1].from);
        }
    }

    #[test]
    fn hours_in_one_line_are_read_back(hours in any_hours()) {
        prop_assert_eq!(hours.to_string().parse::<Hours>(), Ok(hours.clone()));
        let text = toml::to_string(&hours).unwrap();
        prop_assert_eq!(toml::from_str::<Hours>(&text), Ok(hours));
    }

    #[test]
    fn no_line_of_hours_panics(text in "[a-z0-9:; -]{0,40}") {
        let _ = text.parse::<Hours>();
    }
}
