//! When a service must be open, and for how long.

use std::time::Duration;

use jiff::SignedDuration;

use super::world::*;
use crate::directory::{Capacities, Criterion, Directory, Query, window};

fn hours(text: &str) -> Directory {
    one(&[("hours", text)])
}

/// Open on the Monday from one time to another.
fn on_monday(from: &str, to: &str) -> Directory {
    hours(&format!("{{ week = {{ mon = [\"{from}-{to}\"] }} }}"))
}

fn within(text: &str) -> Query {
    Query {
        disposition: code(text),
        ..query()
    }
}

fn is_open(directory: &Directory, query: &Query, now: &str) -> bool {
    match failed(directory, query, now).as_slice() {
        [] => true,
        failed => {
            assert_eq!(failed, [Criterion::Opening]);
            false
        }
    }
}

#[test]
fn the_window_follows_the_time_that_is_allowed() {
    for (minutes, expected) in [
        (0, 60),
        (1, 31),
        (29, 59),
        (30, 60),
        (31, 62),
        (59, 118),
        (60, 120),
        (61, 1),
        (62, 2),
        (120, 60),
        (240, 180),
        (1440, 1380),
    ] {
        let found = window(Duration::from_secs(minutes * 60));
        assert_eq!(found, Duration::from_secs(expected * 60), "{minutes}");
    }
}

#[test]
fn a_service_opens_before_the_window_ends() {
    for (disposition, last, too_late) in [
        ("Dx0", "13:00", "13:01"),
        ("Dx1", "12:31", "12:32"),
        ("Dx30", "13:00", "13:01"),
        ("Dx31", "13:02", "13:03"),
        ("Dx60", "14:00", "14:01"),
        ("Dx61", "12:01", "12:02"),
        ("Dx240", "15:00", "15:01"),
    ] {
        let query = within(disposition);
        assert!(
            is_open(&on_monday(last, "20:00"), &query, NOON),
            "{disposition}"
        );
        assert!(
            !is_open(&on_monday(too_late, "20:00"), &query, NOON),
            "{disposition}"
        );
        assert!(
            is_open(&on_monday("08:00", "20:00"), &query, NOON),
            "{disposition}"
        );
    }
    // To the second.
    let directory = on_monday("13:00", "20:00");
    assert!(!is_open(&directory, &within("Dx0"), "2026-11-02T11:59:59Z"));
    assert!(is_open(&directory, &within("Dx0"), "2026-11-02T12:00:00Z"));
}

#[test]
fn nothing_that_closes_within_half_an_hour_is_offered() {
    for (to, expected) in [("12:29", false), ("12:30", false), ("12:31", true)] {
        assert_eq!(
            is_open(&on_monday("08:00", to), &query(), NOON),
            expected,
            "{to}"
        );
    }
    let directory = on_monday("08:00", "12:30");
    assert!(is_open(&directory, &query(), "2026-11-02T11:59:59Z"));
    assert!(!is_open(&directory, &query(), "2026-11-02T12:00:00Z"));
}

#[test]
fn a_later_opening_counts_from_its_own_beginning() {
    for (to, expected) in [("13:29", false), ("13:30", false), ("13:31", true)] {
        assert_eq!(
            is_open(&on_monday("13:00", to), &query(), NOON),
            expected,
            "{to}"
        );
    }
    // The first is about to end, the second is too short, the third will do.
    let three = "{ week = { mon = [\"08:00-12:10\", \"12:20-12:40\", \"14:00-15:00\"] } }";
    assert!(is_open(&hours(three), &query(), NOON));
    let two = "{ week = { mon = [\"08:00-12:10\", \"12:20-12:40\"] } }";
    assert!(!is_open(&hours(two), &query(), NOON));
    // Twenty minutes before midnight and the whole night after it are one opening.
    let night = "{ week = { mon = [\"23:40-24:00\"], tue = [\"00:00-06:00\"] } }";
    assert!(is_open(&hours(night), &query(), "2026-11-02T23:45:00Z"));
}

#[test]
fn the_strongest_hours_count() {
    // Christmas Day 2026 is a Friday and a bank holiday.
    let christmas = "2026-12-25T12:00:00Z";
    for (text, expected) in [
        ("{ week = { fri = [\"08:00-18:00\"] } }", true),
        (
            "{ bank-holidays = [], week = { fri = [\"08:00-18:00\"] } }",
            false,
        ),
        ("{ bank-holidays = [\"11:00-14:00\"] }", true),
        ("{ always = true, bank-holidays = [] }", true),
        (
            "{ dates = { \"2026-12-25\" = [] }, always = true, bank-holidays = [\"08:00-18:00\"] }",
            false,
        ),
        (
            "{ dates = { \"2026-12-25\" = [\"11:00-14:00\"] }, bank-holidays = [] }",
            true,
        ),
        ("{ dates = { \"2026-12-26\" = [] }, always = true }", true),
    ] {
        assert_eq!(
            is_open(&hours(text), &query(), christmas),
            expected,
            "{text}"
        );
    }
    // On no bank holiday the bank-holiday hours do not count.
    let text = "{ bank-holidays = [\"08:00-18:00\"], week = { mon = [] } }";
    assert!(!is_open(&hours(text), &query(), NOON));
}

#[test]
fn a_night_goes_past_midnight() {
    let directory = hours("{ week = { mon = [\"22:00-06:00\"] } }");
    for (now, expected) in [
        ("2026-11-02T18:59:59Z", false),
        ("2026-11-02T19:00:00Z", true),
        ("2026-11-03T05:29:59Z", true),
        ("2026-11-03T05:30:00Z", false),
    ] {
        assert_eq!(is_open(&directory, &query(), now), expected, "{now}");
    }
}

#[test]
fn the_clocks_change_and_half_an_hour_stays_half_an_hour() {
    // In spring 01:00 is 02:00: a service that closes at 02:15 has 15 minutes left at 00:59:59.
    let spring = hours("{ week = { sat = [\"20:00-02:15\"] } }");
    assert!(is_open(&spring, &query(), "2026-03-29T00:40:00Z"));
    assert!(!is_open(&spring, &query(), "2026-03-29T00:45:00Z"));
    // In autumn 02:00 is 01:00 again: one that closes at 02:15 has an hour and a half left at the first 01:45.
    let autumn = hours("{ week = { sat = [\"20:00-02:15\"] } }");
    assert!(is_open(&autumn, &query(), "2026-10-25T00:45:00Z"));
    assert!(is_open(&autumn, &query(), "2026-10-25T01:44:59Z"));
    assert!(!is_open(&autumn, &query(), "2026-10-25T01:45:00Z"));
    // What opens at 03:00 on that Sunday does so four hours after 00:00, not three.
    let sunday = hours("{ week = { sun = [\"03:00-09:00\"] } }");
    assert!(!is_open(&sunday, &query(), "2026-10-24T23:59:59Z"));
    assert!(is_open(&sunday, &query(), "2026-10-25T00:00:00Z"));
    assert!(is_open(&sunday, &query(), "2026-03-28T23:00:00Z"));
    assert!(!is_open(&sunday, &query(), "2026-03-28T22:59:59Z"));
}

#[test]
fn opening_is_said_in_words() {
    let capacities = Capacities::default();
    let said = |text: &str| {
        let (directory, query) = (hours(text), query());
        let found = directory.search(&query, at(NOON), &capacities).unwrap();
        found.offered[0].opening_words()
    };
    assert_eq!(said("{ always = true }"), "open round the clock");
    assert_eq!(
        said("{ week = { mon = [\"08:00-18:30\"] } }"),
        "open until 18:30"
    );
    assert_eq!(
        said("{ week = { mon = [\"13:15-18:30\"] } }"),
        "opens 13:15, until 18:30"
    );
    assert_eq!(
        said("{ week = { mon = [\"08:00-02:00\"] } }"),
        "open until Tuesday 02:00"
    );
    let always = "{ always = true, dates = { \"2026-11-12\" = [] } }";
    assert_eq!(said(always), "open until Thursday 12 November 00:00");
}

#[test]
fn why_it_is_closed_is_said_in_words() {
    for (text, expected) in [
        ("{ week = {} }", "closed for weeks to come"),
        (
            "{ week = { tue = [\"09:00-17:00\"] } }",
            "closed until Tuesday 09:00",
        ),
        (
            "{ week = { mon = [\"08:00-12:00\"] } }",
            "closed until Monday 9 November 08:00",
        ),
        (
            "{ week = { mon = [\"17:00-20:00\"] } }",
            "closed until 17:00",
        ),
        (
            "{ week = { mon = [\"08:00-12:20\"], tue = [\"09:00-17:00\"] } }",
            "closes at 12:20, then closed until Tuesday 09:00",
        ),
        (
            "{ week = { mon = [\"12:40-13:00\"] } }",
            "opens 12:40, but only until 13:00",
        ),
    ] {
        assert_eq!(words(&hours(text), &query(), NOON), [expected]);
    }
}

#[test]
fn the_opening_of_an_offer_is_the_one_that_counts() {
    let (directory, query) = (on_monday("13:00", "20:00"), query());
    let capacities = Capacities::default();
    let found = directory.search(&query, at(NOON), &capacities).unwrap();
    let opening = found.offered[0].opening().unwrap();
    assert_eq!(opening.from, at("2026-11-02T13:00:00Z"));
    assert_eq!(opening.until, at("2026-11-02T20:00:00Z"));
    assert_eq!(found.until(), at(NOON) + SignedDuration::from_mins(180));
}
