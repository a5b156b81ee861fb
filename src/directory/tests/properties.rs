//! What holds for every search.

use jiff::Timestamp;
use proptest::prelude::*;
use proptest::sample::Index;

use super::any::{any_capacities, any_query, any_services, any_time};
use super::naive;
use super::world::{TYPES_TEXT, code, ground, id, names, places};
use crate::clinical::Gender;
use crate::diagnostic::Source;
use crate::directory::{
    Capacities, Colour, Criterion, Directory, Query, Service, ServiceTypes, Status, Takes,
};
use crate::routing::Hours;

fn directory(services: Vec<Service>) -> Directory {
    let (types, problems) = ServiceTypes::read(&Source::new("types.toml", TYPES_TEXT));
    assert!(problems.is_empty());
    Directory::new(ground(), places(), types, services)
}

fn world() -> impl Strategy<Value = (Vec<Service>, Query, Timestamp, Capacities)> {
    let capacities = any_time().prop_flat_map(|now| (Just(now), any_capacities(now)));
    (any_services(), any_query(), capacities)
        .prop_map(|(services, query, (now, capacities))| (services, query, now, capacities))
}

/// Sorted names of all that would do.
fn found(
    services: &[Service],
    query: &Query,
    now: Timestamp,
    capacities: &Capacities,
) -> Vec<String> {
    let directory = directory(services.to_vec());
    let mut found = names(&directory.search(query, now, capacities).unwrap());
    found.sort();
    found
}

fn is_part(part: &[String], whole: &[String]) -> bool {
    part.iter().all(|name| whole.contains(name))
}

/// The service with one more limit.
fn limited(service: &Service, how: usize) -> Service {
    let mut limited = service.clone();
    match how {
        0 => limited.gender = limited.gender.or(Some(Gender::Female)),
        1 => limited.ages = limited.ages.into_iter().take(1).collect(),
        2 => limited.surgeries = limited.surgeries.or(Some(["G81001".to_owned()].into())),
        3 => limited.catchment.km = Some(limited.catchment.km.unwrap_or(99).min(20)),
        4 => {
            limited.symptom_groups = match limited.symptom_groups {
                Takes::All => Takes::Only([code("SG1")].into()),
                only => only,
            }
        }
        5 => limited.discriminators = Takes::Only([].into()),
        6 => limited.capacity = Colour::Red,
        7 => limited.hours = Hours::never(),
        _ => limited.status = Status::Closed,
    }
    limited
}

/// The service with one criterion mended.
fn mended(service: &Service, criterion: Criterion) -> Service {
    let mut mended = service.clone();
    match criterion {
        Criterion::Capacity => mended.capacity = Colour::Green,
        Criterion::Discriminators => mended.discriminators = Takes::All,
        Criterion::Disposition => mended.dispositions = Takes::All,
        _ => mended.hours = Hours::default(),
    }
    mended
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn each_service_fails_what_the_plain_rules_say((services, query, now, capacities) in world()) {
        let directory = directory(services);
        let found = directory.search(&query, now, &capacities).unwrap();
        let would_do = names(&found);
        let left_out: Vec<_> = found.left_out().collect();
        for service in directory.services() {
            let expected = naive::criteria(&directory, service, &query, now, &capacities);
            let criteria: Vec<Criterion> = found.criteria_of(&service.id).unwrap().iter().collect();
            prop_assert_eq!(&criteria, &expected, "{:?} {:?}", service, query);
            // The two kinds never mix.
            let second = criteria.iter().filter(|criterion| criterion.is_second()).count();
            prop_assert!(second == 0 || second == criteria.len());
            // Each is offered, or left out with a reason in words for each criterion.
            let name = service.id.to_string();
            let offered = would_do.iter().filter(|known| **known == name).count();
            let left: Vec<_> = left_out.iter().filter(|left| left.service.id == service.id).collect();
            prop_assert_eq!(offered + left.len(), 1);
            for left in left {
                prop_assert_eq!(left.words().len(), criteria.len());
                prop_assert!(left.words().iter().all(|words| !words.is_empty()), "{:?}", left.words());
            }
            let is_near_miss = found.near_misses.iter().any(|miss| miss.service.id == service.id);
            prop_assert_eq!(is_near_miss, second == 1 && criteria.len() == 1);
        }
    }

    #[test]
    fn red_or_closed_is_never_offered((services, query, now, capacities) in world()) {
        let directory = directory(services);
        let found = directory.search(&query, now, &capacities).unwrap();
        for offer in found.offered.iter().chain(&found.more).chain(&found.catch_all) {
            let service = offer.service;
            prop_assert_eq!(service.status, Status::Active);
            let colour = capacities.of(&service.id, service.capacity, now);
            prop_assert_ne!(colour, Colour::Red);
            prop_assert_eq!(offer.capacity, colour);
            let opening = offer.opening().unwrap();
            prop_assert!(opening.from <= found.until());
            let left = opening.until.duration_since(opening.from.max(now));
            prop_assert!(left > jiff::SignedDuration::from_mins(30));
            prop_assert!(!offer.opening_words().is_empty());
        }
        for offer in &found.catch_all {
            prop_assert!(offer.service.hours.is_open(now, &directory.ground.holidays));
        }
    }

    #[test]
    fn one_criterion_more_never_adds_a_service(
        (services, query, now, capacities) in world(),
        which in any::<Index>(),
        how in 0usize..9,
        km in 1u8..=99,
    ) {
        let before = found(&services, &query, now, &capacities);
        let nearer = Query { km: km.min(query.km), ..query.clone() };
        prop_assert!(is_part(&found(&services, &nearer, now, &capacities), &before));
        let mut abler = query.clone();
        abler.discriminators.push(code("SD3"));
        prop_assert!(is_part(&found(&services, &abler, now, &capacities), &before));
        let mut changed = services.clone();
        let n = which.index(changed.len());
        changed[n] = limited(&changed[n], how);
        prop_assert!(is_part(&found(&changed, &query, now, &capacities), &before), "{how}");
    }

    #[test]
    fn the_order_does_not_depend_on_that_of_the_entries(
        (services, query, now, capacities) in world(),
        turn in any::<Index>(),
    ) {
        let mut turned = services.clone();
        turned.reverse();
        turned.rotate_left(turn.index(services.len()));
        let (one, other) = (directory(services), directory(turned));
        let one = one.search(&query, now, &capacities).unwrap();
        let other = other.search(&query, now, &capacities).unwrap();
        prop_assert_eq!(serde_json::to_string(&one).unwrap(), serde_json::to_string(&other).unwrap());
        let left = |found: &crate::directory::Found<'_>| format!("{:?}", found.left_out().collect::<Vec<_>>());
        prop_assert_eq!(left(&one), left(&other));
        let best = one.more.iter().map(|o| (o.service.ranking, (o.distance.km * 1000.0).round() as u64));
        let best: Vec<_> = best.collect();
        prop_assert!(best.is_sorted());
        for offer in &one.offered {
            let of_type = one.offered.iter().filter(|o| o.service.kind == offer.service.kind);
            prop_assert!(of_type.count() <= 2);
        }
    }

    #[test]
    fn what_failed_one_criterion_is_found_once_that_is_mended((services, query, now, capacities) in world()) {
        let before = directory(services.clone());
        let missed = before.search(&query, now, &capacities).unwrap();
        for miss in &missed.near_misses {
            let mut capacities = capacities.clone();
            if miss.criterion == Criterion::Capacity {
                capacities.set(&miss.service.id, Colour::Green, now, None, "somebody").unwrap();
            }
            let services = services.iter().map(|service| match service.id == miss.service.id {
                true => mended(service, miss.criterion),
                false => service.clone(),
            });
            let services: Vec<Service> = services.collect();
            let found = found(&services, &query, now, &capacities);
            prop_assert!(found.contains(&miss.service.id.to_string()), "{miss:?}");
        }
    }
}

#[test]
fn a_service_is_known_by_its_name() {
    let services = ["b", "a"].map(|name| Service {
        id: id(name),
        ..super::world::one(&[]).services()[0].clone()
    });
    let directory = directory(services.to_vec());
    assert_eq!(directory.service("b").unwrap().id, id("b"));
    assert!(directory.service("c").is_none());
    let named: Vec<&str> = directory.services().iter().map(|s| s.id.as_str()).collect();
    assert_eq!(named, ["a", "b"]);
}
