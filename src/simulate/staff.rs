//! Those who answer: when they work, when their phones ring, and for how long they talk.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

use jiff::Timestamp;
use rand::Rng as _;
use serde::Serialize;

use crate::identity::Reference;
use crate::queue::{CLINICIAN, Event, HandlerId, Profile, Reason};

use super::moment::later;
use super::rota::Rota;
use super::world::{Next, World};

/// The code of a break, as the shipped settings have it.
const BREAK: Reason = Reason::Chosen(Some(1));

/// What somebody who answers does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Does {
    /// Begins their shift.
    SignsIn,
    /// Ends it.
    SignsOut,
    /// Begins a break.
    Pauses,
    /// Is back from it.
    IsBack,
}

/// What a provider does that fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// All its people are gone at once.
    Fails,
    /// The tables say so.
    IsMarked,
    /// They are back.
    IsBack,
}

/// Somebody who answers.
#[derive(Debug)]
struct Member {
    id: HandlerId,
    profile: Profile,
    shift: (Timestamp, Timestamp),
    /// Counts offers, so that an answer to one that is gone counts for nothing.
    offer: u64,
    is_in: bool,
    pauses: bool,
    talks_since: Option<Timestamp>,
    talked: Duration,
    /// At work, breaks left out.
    works_since: Option<Timestamp>,
    worked: Duration,
}

impl Member {
    /// Whoever talks is at work until that is over. Gives by how much that changes how many are at work.
    fn works(&mut self, now: Timestamp) -> isize {
        let works = self.is_in && !self.pauses || self.talks_since.is_some();
        match (works, self.works_since) {
            (true, None) => {
                self.works_since = Some(now);
                1
            }
            (false, Some(since)) => {
                self.works_since = None;
                self.worked += since_then(now, since);
                -1
            }
            _ => 0,
        }
    }
}

fn since_then(now: Timestamp, then: Timestamp) -> Duration {
    Duration::try_from(now.duration_since(then)).unwrap_or_default()
}

/// How much people have worked, in seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Worked {
    /// People on the rota.
    pub people: usize,
    /// At work, breaks left out.
    pub staffed: f64,
    /// Of that, with callers.
    pub talked: f64,
}

/// Everybody who answers.
#[derive(Debug)]
pub(super) struct Staff {
    members: Vec<Member>,
    by_id: HashMap<HandlerId, usize>,
    talking: usize,
    staffed: usize,
    /// Providers that have failed.
    down: BTreeSet<String>,
}

impl Staff {
    pub(super) fn new(rota: &Rota) -> Self {
        let members = rota.members.iter().map(|member| Member {
            id: member.id.clone(),
            profile: member.profile.clone(),
            shift: member.shift,
            offer: 0,
            is_in: false,
            pauses: false,
            talks_since: None,
            talked: Duration::ZERO,
            works_since: None,
            worked: Duration::ZERO,
        });
        let members: Vec<Member> = members.collect();
        let ids = members.iter().enumerate();
        Staff {
            by_id: ids.map(|(n, member)| (member.id.clone(), n)).collect(),
            members,
            talking: 0,
            staffed: 0,
            down: BTreeSet::new(),
        }
    }

    /// How many talk.
    pub(super) fn talking(&self) -> usize {
        self.talking
    }

    /// How many are at work.
    pub(super) fn staffed(&self) -> usize {
        self.staffed
    }

    /// A phone begins to ring: who answers, and the number of the offer.
    fn rings(&mut self, handler: &HandlerId) -> Option<(usize, u64)> {
        let place = *self.by_id.get(handler)?;
        let member = self.members.get_mut(place)?;
        member.offer += 1;
        Some((place, member.offer))
    }

    /// It rings no longer.
    pub(super) fn stops_ringing(&mut self, handler: &HandlerId) {
        self.rings(handler);
    }

    /// A conversation begins.
    pub(super) fn begins(&mut self, handler: &HandlerId, now: Timestamp) -> Option<usize> {
        let place = *self.by_id.get(handler)?;
        let member = self.members.get_mut(place)?;
        if member.talks_since.replace(now).is_none() {
            self.talking += 1;
        }
        let change = member.works(now);
        self.staffed = self.staffed.saturating_add_signed(change);
        Some(place)
    }

    /// It is over; gives whose it was, where there was one.
    pub(super) fn ends(&mut self, place: usize, now: Timestamp) -> Option<HandlerId> {
        let member = self.members.get_mut(place)?;
        let since = member.talks_since.take()?;
        member.talked += since_then(now, since);
        self.talking -= 1;
        let change = member.works(now);
        let handler = member.id.clone();
        self.staffed = self.staffed.saturating_add_signed(change);
        Some(handler)
    }

    /// The account of one.
    pub(super) fn account(&self, place: usize) -> String {
        let member = self.members.get(place);
        member.map_or_else(String::new, |member| member.id.to_string())
    }

    /// Whether one is a clinician.
    pub(super) fn is_clinician(&self, place: usize) -> bool {
        let member = self.members.get(place);
        member.is_some_and(|member| member.profile.skills.contains_key(CLINICIAN))
    }

    pub(super) fn id(&self, place: usize) -> Option<HandlerId> {
        self.members.get(place).map(|member| member.id.clone())
    }

    /// How much everybody has worked, by provider; the empty one is of those who take everybody's callers.
    pub(super) fn figures(&mut self, now: Timestamp) -> BTreeMap<String, Worked> {
        let mut all: BTreeMap<String, Worked> = BTreeMap::new();
        for member in &mut self.members {
            if let Some(since) = member.works_since.take() {
                member.worked += since_then(now, since);
            }
            let provider = member.profile.provider.clone().unwrap_or_default();
            let worked = all.entry(provider).or_default();
            worked.people += 1;
            worked.staffed += member.worked.as_secs_f64();
            worked.talked += member.talked.as_secs_f64();
        }
        all
    }
}

impl World<'_> {
    /// Plans shifts, breaks and failures.
    pub(super) fn plan_staff(&mut self, rota: &Rota) {
        let begin = self.now;
        for (place, member) in rota.members.iter().enumerate() {
            let (from, to) = member.shift;
            if to <= begin {
                continue;
            }
            let mut plan = |at: Timestamp, does| {
                self.agenda.plan(at.max(begin), Next::Works(place, does));
            };
            plan(from, Does::SignsIn);
            let breaks = member.breaks.iter().filter(|(_, back)| *back > begin);
            for (pauses, back) in breaks {
                plan(*pauses, Does::Pauses);
                plan(*back, Does::IsBack);
            }
            plan(to, Does::SignsOut);
        }
        for (place, fault) in self.people.scenario.fault.iter().enumerate() {
            let fault = fault.get_ref();
            let at = |minutes: u32| self.people.day.at(f64::from(minutes) * 60.0);
            let (from, to) = (at(fault.from.0), at(fault.to.0));
            self.agenda.plan(from, Next::Fault(place, Fault::Fails));
            if let Some(minutes) = fault.marked_after {
                let marked = later(from, Duration::from_secs(u64::from(minutes) * 60));
                self.agenda
                    .plan(marked, Next::Fault(place, Fault::IsMarked));
            }
            self.agenda.plan(to, Next::Fault(place, Fault::IsBack));
        }
    }

    /// A phone rings for somebody.
    pub(super) fn offered(&mut self, ticket: Reference, handler: &HandlerId) {
        let Some((place, offer)) = self.staff.rings(handler) else {
            return;
        };
        // Somebody who is only held answers nothing yet.
        if self.is_held_for(ticket) {
            let handler = handler.clone();
            return self.tell(Event::Answered { handler, ticket });
        }
        let phone = &self.people.scenario.phone;
        let (one, other, misses) = (self.number(), self.number(), self.number());
        if misses >= phone.missed {
            let at = later(self.now, phone.answers_after.draw((one, other)));
            self.agenda.plan(at, Next::PicksUp(place, ticket, offer));
        }
    }

    /// A number above 0 and below 1 that is nobody's in particular.
    pub(super) fn number(&mut self) -> f64 {
        (f64::from(self.noise.random::<u32>()) + 0.5) / 4_294_967_296.0
    }

    pub(super) fn picks_up(&mut self, place: usize, ticket: Reference, offer: u64) {
        let member = self.staff.members.get(place);
        let Some(member) = member.filter(|member| member.offer == offer) else {
            return;
        };
        let handler = member.id.clone();
        self.tell(Event::Answered { handler, ticket });
    }

    pub(super) fn works(&mut self, place: usize, does: Does) {
        let now = self.now;
        let Some(member) = self.staff.members.get_mut(place) else {
            return;
        };
        let provider = member.profile.provider.as_ref();
        if does == Does::SignsIn && provider.is_some_and(|own| self.staff.down.contains(own)) {
            return;
        }
        let (handler, profile) = (member.id.clone(), member.profile.clone());
        let event = match does {
            Does::SignsIn => {
                member.is_in = true;
                Event::SignedIn { handler, profile }
            }
            Does::SignsOut => {
                member.is_in = false;
                Event::SignedOut { handler }
            }
            Does::Pauses => {
                member.pauses = true;
                let reason = BREAK;
                Event::NotReady { handler, reason }
            }
            Does::IsBack => {
                member.pauses = false;
                Event::Ready { handler }
            }
        };
        let change = member.works(now);
        self.staff.staffed = self.staff.staffed.saturating_add_signed(change);
        self.tell(event);
    }

    pub(super) fn fault(&mut self, place: usize, fault: Fault) {
        let Some(table) = self.people.scenario.fault.get(place) else {
            return;
        };
        let provider = table.get_ref().provider.get_ref().clone();
        let theirs: Vec<usize> = (0..self.staff.members.len())
            .filter(|n| {
                let member = &self.staff.members[*n];
                member.profile.provider.as_ref() == Some(&provider)
            })
            .collect();
        match fault {
            Fault::Fails => {
                self.staff.down.insert(provider);
                for member in theirs {
                    if self.staff.members[member].is_in {
                        self.works(member, Does::SignsOut);
                    }
                    // Their lines are gone, and whom they talked with waits again.
                    self.lets_go(member, true);
                }
            }
            Fault::IsMarked => {
                let failed = true;
                self.tell(Event::Provider { provider, failed });
            }
            Fault::IsBack => {
                self.staff.down.remove(&provider);
                let failed = false;
                self.tell(Event::Provider { provider, failed });
                for member in theirs {
                    let (from, to) = self.staff.members[member].shift;
                    if from <= self.now && self.now < to {
                        self.works(member, Does::SignsIn);
                    }
                }
            }
        }
    }
}
