//! What must hold of any day.

use std::collections::BTreeSet;

use super::super::{Outcome, People, Rota, simulate};
use super::lab;
use crate::report::{Item, Kept, Rules};

/// Everything of a day by which two can be told apart.
fn print(outcome: &Outcome) -> String {
    format!("{outcome:?}")
}

#[test]
fn nobody_is_lost_on_a_bad_day() {
    for (name, load, seed) in [
        ("winter-monday", (4_000, 31), 7),
        // So few that most give up, and every overflow, offer and failure comes.
        ("winter-monday", (4_000, 12), 8),
        ("ordinary-day", (3_000, 26), 9),
    ] {
        let outcome = lab::day(name, load, seed);
        let measured =
            outcome.measured(Rules::all(lab::shipped_service().settings().report.clone()));
        let of = |item| measured.items.get(item).unwrap();
        assert!(of(Item::A01) >= u64::from(load.0));
        assert_eq!((of(Item::UnderWay), of(Item::CutOff)), (0, 0), "{name}");
        let sum = of(Item::A03) + of(Item::B02) + of(Item::LedElsewhere);
        assert_eq!(sum, of(Item::A01));
        for course in &outcome.courses {
            let moments = [
                course.answered_at,
                course.introduced_at,
                course.led_at,
                course.queued_at,
                course.handled_at,
                course.ended_at,
            ];
            let moments: Vec<_> = moments.into_iter().flatten().collect();
            assert!(moments.is_sorted(), "{course:?}");
        }
        // Whoever wanted 999 was put through to a control room.
        for (region, hunts) in &outcome.hunts {
            assert_eq!(hunts.asked, hunts.answered, "{region}");
        }
        let kept = |kept| measured.promises.get(kept).unwrap();
        assert!(kept(Kept::Promised) > 0 && kept(Kept::InTime) > 0);
        let references: BTreeSet<_> = outcome.promises.iter().map(|p| p.reference).collect();
        assert_eq!(references.len(), outcome.promises.len());
    }
}

#[test]
fn the_same_seed_is_the_same_day_to_the_last_bit_and_another_seed_another() {
    let day = |seed| print(&lab::day("winter-monday", (2_000, 15), seed));
    assert!(day(5) == day(5));
    assert!(day(5) != day(6));
}

#[test]
fn the_same_people_call_whatever_the_tables_and_the_rota_are() {
    let service = lab::shipped_service();
    let scenario = || lab::scenario(super::super::scenario::shipped("winter-monday").unwrap());
    let people = People::new(scenario(), service.tables(), lab::monday(), 1_500, 5);
    let day = |handlers| {
        let rota = Rota::new(&scenario(), service.tables(), lab::monday(), handlers, 5);
        simulate(&service, &people, &rota, 5, |_| {})
    };
    let (many, few) = (day(20), day(10));
    let arrivals = |outcome: &Outcome| {
        let first = outcome.courses.iter();
        let people: BTreeSet<_> = people.all().iter().map(|person| person.at).collect();
        first.filter(|c| people.contains(&c.arrived_at)).count()
    };
    assert_eq!((arrivals(&many), arrivals(&few)), (1_500, 1_500));
    // With fewer handlers more give up, and call again.
    assert!(few.courses.len() > many.courses.len());
}

#[test]
fn the_wait_that_is_reckoned_is_off_by_less_than_a_fifth_on_a_winter_monday() {
    let outcome = lab::day("winter-monday", (120_000, 900), 7);
    let rules = Rules::all(lab::shipped_service().settings().report.clone());
    let announced = outcome.measured(rules).announced;
    let percent = announced.median_error_percent.unwrap();
    println!(
        "{} callers were told a wait and answered; of those who waited a minute or more the reckoning was off by \
         {percent:.1} % of their wait in the median",
        announced.calls
    );
    assert!(announced.calls > 50_000 && percent < 20.0, "{announced:?}");
}
