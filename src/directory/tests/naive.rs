//! The rules once more, as plainly as they can be written: one service, one patient, minute by minute.

use std::collections::BTreeSet;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

use crate::directory::{
    Capacities, Colour, Criterion, Directory, Position, Query, Service, Status,
};
use crate::routing::Hours;

/// What a service fails.
pub(super) fn criteria(
    directory: &Directory,
    service: &Service,
    query: &Query,
    now: Timestamp,
    capacities: &Capacities,
) -> Vec<Criterion> {
    let first = first(directory, service, query);
    if !first.is_empty() {
        return first;
    }
    second(directory, service, query, now, capacities)
}

fn first(directory: &Directory, service: &Service, query: &Query) -> Vec<Criterion> {
    let place = directory.place(&query.postcode).unwrap();
    let own = directory.place(&service.postcode).unwrap();
    let metres = kilometres(place.position, service.position.unwrap_or(own.position)) * 1000.0;
    let metres = metres.round();
    let catchment = &service.catchment;
    let is_there_for_regions = catchment.regions.is_empty()
        || place
            .regions
            .iter()
            .any(|id| catchment.regions.contains(id));
    let is_there_for_codes = catchment.outward.is_empty()
        || catchment.outward.iter().any(|code| {
            let rest = place.outward.strip_prefix(code.as_str());
            let ends = |c: char| match code.ends_with(|c: char| c.is_ascii_digit()) {
                true => c.is_ascii_alphabetic(),
                false => c.is_ascii_digit(),
            };
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(ends))
        });
    let is_within = catchment
        .km
        .is_none_or(|km| metres <= f64::from(km) * 1000.0);
    let surgery = query.surgery.as_ref();
    let checks = [
        service.status == Status::Active,
        metres <= f64::from(query.km) * 1000.0,
        is_there_for_regions && is_there_for_codes && is_within,
        service.symptom_groups.has(&query.symptom_group),
        service.gender.is_none() || service.gender == query.patient.gender,
        service.ages.contains(&query.patient.age_group()),
        match &service.surgeries {
            None => true,
            Some(only) => surgery.is_some_and(|surgery| only.contains(surgery)),
        },
    ];
    failed(&Criterion::FIRST, &checks)
}

fn second(
    directory: &Directory,
    service: &Service,
    query: &Query,
    now: Timestamp,
    capacities: &Capacities,
) -> Vec<Criterion> {
    let codes = &directory.ground.codes;
    let minutes = codes
        .disposition(&query.disposition)
        .unwrap()
        .within
        .as_secs()
        / 60;
    let minutes = match minutes {
        0 => 60,
        1..=30 => minutes + 30,
        31..=60 => minutes + minutes,
        _ => minutes - 60,
    };
    let until = now + SignedDuration::from_mins(i64::try_from(minutes).unwrap());
    let checks = [
        capacities.of(&service.id, service.capacity, now) != Colour::Red,
        query
            .discriminators
            .iter()
            .all(|code| service.discriminators.has(code)),
        service.dispositions.has(&query.disposition),
        opens(&service.hours, now, until, &directory.ground.holidays),
    ];
    failed(&Criterion::SECOND, &checks)
}

fn failed(criteria: &[Criterion], checks: &[bool]) -> Vec<Criterion> {
    let failed = criteria.iter().zip(checks).filter(|(_, is_met)| !**is_met);
    failed.map(|(criterion, _)| *criterion).collect()
}

/// Whether it is open now, or opens by a moment, and stays so for more than half an hour.
fn opens(hours: &Hours, now: Timestamp, until: Timestamp, holidays: &BTreeSet<Date>) -> bool {
    let minute = SignedDuration::from_mins(1);
    let is_open = |at| hours.is_open(at, holidays);
    let (mut at, mut was_open) = (now, false);
    while at <= until {
        let opens = is_open(at) && !was_open;
        was_open = is_open(at);
        if opens && (0..=30).all(|n| is_open(at + minute * n)) {
            return true;
        }
        at += minute;
    }
    false
}

/// Kilometres by the haversine formula.
fn kilometres(a: Position, b: Position) -> f64 {
    let (lat_a, lat_b) = (a.latitude.to_radians(), b.latitude.to_radians());
    let half_lat = (lat_b - lat_a) / 2.0;
    let half_lon = (b.longitude - a.longitude).to_radians() / 2.0;
    let chord = half_lat.sin().powi(2) + lat_a.cos() * lat_b.cos() * half_lon.sin().powi(2);
    2.0 * 6371.0 * chord.sqrt().asin()
}
