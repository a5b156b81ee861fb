use std::time::Duration;

use jiff::SignedDuration;
use proptest::prelude::*;

use super::world::{NOON, at, id};
use crate::directory::{Capacities, CapacityError, Colour};

const MINUTE: u64 = 60;

fn set(colour: Colour, returns_after: Option<u64>) -> Result<Capacities, CapacityError> {
    let mut capacities = Capacities::default();
    let after = returns_after.map(Duration::from_secs);
    capacities.set(&id("one"), colour, at(NOON), after, "somebody")?;
    Ok(capacities)
}

#[test]
fn a_return_has_its_limits() {
    for colour in [Colour::Red, Colour::Amber] {
        for (seconds, expected) in [
            (15 * MINUTE - 1, Err(CapacityError::Return)),
            (15 * MINUTE, Ok(())),
            (120 * 60 * MINUTE, Ok(())),
            (120 * 60 * MINUTE + 1, Err(CapacityError::Return)),
            (u64::MAX, Err(CapacityError::Return)),
        ] {
            assert_eq!(
                set(colour, Some(seconds)).map(|_| ()),
                expected,
                "{seconds}"
            );
        }
        assert_eq!(set(colour, None), Err(CapacityError::NoReturn));
    }
    assert!(set(Colour::Green, None).is_ok());
    assert_eq!(
        set(Colour::Green, Some(3600)),
        Err(CapacityError::GreenReturns)
    );
}

#[test]
fn it_returns_to_green_by_itself_whatever_the_directory_says() {
    let capacities = set(Colour::Red, Some(15 * MINUTE)).unwrap();
    let colour = |seconds| {
        let now = at(NOON) + SignedDuration::from_secs(seconds);
        capacities.of(&id("one"), Colour::Amber, now)
    };
    assert_eq!(colour(0), Colour::Red);
    assert_eq!(colour(15 * 60 - 1), Colour::Red);
    assert_eq!(colour(15 * 60), Colour::Green);
    let other = capacities.of(&id("two"), Colour::Amber, at(NOON));
    assert_eq!(other, Colour::Amber);
    assert!(capacities.in_force(&id("one"), at(NOON)).is_some());
    let later = at(NOON) + SignedDuration::from_mins(15);
    assert!(capacities.in_force(&id("one"), later).is_none());
}

#[test]
fn what_was_set_later_stands() {
    let mut capacities = set(Colour::Red, Some(3600)).unwrap();
    let before = at(NOON) - SignedDuration::from_secs(1);
    let older = capacities.set(&id("one"), Colour::Green, before, None, "other");
    assert_eq!(older.unwrap_err(), CapacityError::Older);
    assert_eq!(
        capacities.of(&id("one"), Colour::Green, at(NOON)),
        Colour::Red
    );
    let later = at(NOON) + SignedDuration::from_secs(1);
    let setting = capacities.set(&id("one"), Colour::Green, later, None, "other");
    assert_eq!(setting.unwrap().by, "other");
    assert_eq!(capacities.of(&id("one"), Colour::Red, later), Colour::Green);
}

#[test]
fn what_the_store_has_is_held_against_the_same_limits() {
    let text = r#"[{"service": "one", "colour": "red", "since": "2026-11-02T12:00:00Z", "until": null, "by": "x"}]"#;
    let error = serde_json::from_str::<Capacities>(text).unwrap_err();
    assert!(
        error.to_string().contains("say when it is green again"),
        "{error}"
    );
}

proptest! {
    #[test]
    fn capacities_come_back_as_they_were(
        services in proptest::collection::btree_map("[a-z0-9-]{1,8}", (900u64..432_000, 0usize..3), 0..5)
    ) {
        let mut capacities = Capacities::default();
        for (name, (seconds, colour)) in services {
            let colour = [Colour::Green, Colour::Amber, Colour::Red][colour];
            let after = (colour != Colour::Green).then(|| Duration::from_secs(seconds));
            capacities.set(&id(&name), colour, at(NOON), after, "somebody").unwrap();
        }
        let text = serde_json::to_string(&capacities).unwrap();
        let back: Capacities = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(serde_json::to_string(&back).unwrap(), text);
        prop_assert_eq!(back, capacities);
    }
}
