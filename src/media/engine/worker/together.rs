//! Legs that hear each other: two joined, or more in a conference.

use std::time::Duration;

use super::{Worker, seat};
use crate::media::engine::{
    conference::{Audience, Conference, TURN, member},
    leg_id::LegId,
    notices::Notice,
    seat::{Company, Reading},
};

impl Worker {
    pub(super) fn join(&mut self, one: LegId, other: LegId) {
        let is_open = seat(&mut self.seats, other.place).is_some_and(|s| s.serial == other.serial);
        if !is_open || one.place == other.place {
            return;
        }
        self.part(one.place);
        self.part(other.place);
        for (place, peer) in [(one.place, other.place), (other.place, one.place)] {
            if let Some(seat) = seat(&mut self.seats, place) {
                seat.company = Company::Joined(peer);
                seat.stream.set_joined(true);
            }
            self.read(place, Reading::AtOnce);
        }
    }

    /// Lets a leg into a conference, or gives it another audience there. A full conference, which is
    /// said in the log, leaves it where it was.
    pub(super) fn enter(&mut self, leg: LegId, conference: Conference, audience: Audience) {
        let slot = self.conference(conference);
        let Some(held) = self.conferences.get(slot) else {
            return;
        };
        let is_in = held.places.contains(&leg.place);
        if !held.room.enter(member(leg.serial), audience.into()) {
            let thread = self.index;
            return self.notices.say(Notice::Full { thread });
        }
        if is_in {
            return;
        }
        held.places.push(leg.place);
        self.part(leg.place);
        if let Some(seat) = seat(&mut self.seats, leg.place) {
            seat.company = Company::Conference(slot);
            seat.stream.set_conferring(true);
        }
        self.read(leg.place, Reading::AtOnce);
    }

    /// Where a conference is kept; it begins if nobody is in it yet.
    fn conference(&mut self, conference: Conference) -> usize {
        self.conferences.find(conference).unwrap_or_else(|| {
            let slot = self.conferences.free();
            let due = self.wheel.add(self.seats.len() + slot);
            self.conferences.begin(slot, conference, due);
            slot
        })
    }

    pub(super) fn part(&mut self, place: usize) {
        let Some(seat) = seat(&mut self.seats, place) else {
            return;
        };
        match seat.company {
            Company::Alone => {}
            Company::Joined(peer) => {
                for place in [place, peer] {
                    self.leave_alone(place);
                }
            }
            Company::Conference(slot) => {
                let serial = seat.serial;
                self.leave_alone(place);
                self.leave(slot, place, serial);
            }
        }
    }

    fn leave_alone(&mut self, place: usize) {
        if let Some(seat) = seat(&mut self.seats, place) {
            seat.company = Company::Alone;
            seat.stream.set_joined(false);
            seat.stream.set_conferring(false);
        }
        self.read(place, Reading::AtTick);
    }

    fn leave(&mut self, slot: usize, place: usize, serial: u32) {
        let Some(held) = self.conferences.get(slot) else {
            return;
        };
        held.room.leave(member(serial));
        held.places.retain(|&other| other != place);
        if held.places.is_empty() {
            self.wheel.remove(self.seats.len() + slot, held.due);
            self.conferences.end(slot);
        }
    }

    /// Mixes the next 20 ms of a conference.
    pub(super) fn turn(&mut self, slot: usize, at: u64) {
        let Some(held) = self.conferences.get(slot) else {
            return;
        };
        #[cfg(test)]
        assert!(!held.faulty, "a fault, as the test wants it");
        held.room.turn(Duration::from_millis(at));
        for &place in &held.places {
            if let Some(seat) = seat(&mut self.seats, place)
                && let Some(heard) = held.room.hear(member(seat.serial))
            {
                seat.stream.on_turn(heard);
            }
        }
        held.due = at + TURN;
        self.wheel.put(self.seats.len() + slot, held.due);
    }

    /// Lets everybody in a conference go whose mix ran into a fault.
    pub(super) fn give_conference_up(&mut self, slot: usize) {
        let held = self.conferences.end(slot);
        for place in held.map(|held| held.places).unwrap_or_default() {
            self.leave_alone(place);
            self.give_up(place);
        }
    }
}
