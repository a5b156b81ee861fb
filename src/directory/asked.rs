use std::sync::OnceLock;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

use crate::routing::{Calendar, Hours, Opening, london};

use super::book::Directory;
use super::capacity::{Capacities, Colour};
use super::place::PatientPlace;
use super::position::{Distance, metres};
use super::query::Query;
use super::service::Service;
use super::week::When;
use super::window::LEAST;

/// One search: what was asked, when, and what it is answered from.
#[derive(Debug)]
pub(super) struct Asked<'d> {
    pub(super) directory: &'d Directory,
    pub(super) query: &'d Query,
    pub(super) capacities: &'d Capacities,
    pub(super) place: PatientPlace,
    /// The square of the chord to each service.
    pub(super) chords: Vec<f64>,
    pub(super) now: Timestamp,
    /// London's date.
    pub(super) today: Date,
    /// Up to when a service must be open.
    pub(super) until: Timestamp,
    /// The same within a week.
    pub(super) when: When,
    /// Made when somebody looks at a day.
    calendar: OnceLock<Calendar>,
}

impl<'d> Asked<'d> {
    pub(super) fn new(
        directory: &'d Directory,
        (query, place): (&'d Query, PatientPlace),
        (now, until): (Timestamp, Timestamp),
        capacities: &'d Capacities,
    ) -> Self {
        let holidays = &directory.ground.holidays;
        Asked {
            directory,
            query,
            capacities,
            chords: directory.columns.chords(place.position.point()),
            place,
            now,
            today: london().to_datetime(now).date(),
            until,
            when: When::new(now, until, holidays),
            calendar: OnceLock::new(),
        }
    }

    /// The days from yesterday on.
    pub(super) fn calendar(&self) -> &Calendar {
        let holidays = &self.directory.ground.holidays;
        let days = || Calendar::new(self.now, Calendar::LONGEST, holidays);
        self.calendar.get_or_init(days)
    }

    pub(super) fn service(&self, i: usize) -> Option<&'d Service> {
        self.directory.services.get(i)
    }

    /// How far a service is, in whole metres.
    pub(super) fn metres(&self, i: usize) -> u32 {
        self.chords.get(i).map_or(u32::MAX, |chord| metres(*chord))
    }

    pub(super) fn distance(&self, i: usize) -> Distance {
        Distance {
            km: f64::from(self.metres(i)) / 1000.0,
            is_ambiguous: self.place.is_ambiguous(),
        }
    }

    pub(super) fn capacity(&self, service: &Service) -> Colour {
        match self.capacities.is_empty() {
            true => service.capacity,
            false => self.capacities.of(&service.id, service.capacity, self.now),
        }
    }

    /// The first opening by which a service can be used: one that begins by a moment, and that has more than half an
    /// hour left, from now or from its own beginning.
    pub(super) fn useful(&self, hours: &Hours, by: Timestamp) -> Option<Opening> {
        let openings = hours.openings(self.calendar());
        let mut begun = openings.take_while(|opening| opening.from <= by);
        let least = SignedDuration::try_from(LEAST).unwrap_or(SignedDuration::ZERO);
        begun.find(|opening| {
            let from = opening.from.max(self.now);
            opening.until.duration_since(from) > least
        })
    }
}
