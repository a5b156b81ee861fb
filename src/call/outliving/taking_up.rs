//! Taking up what the process before has left.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use crate::flow::Priority;
use crate::identity::Reference;
use crate::live::{Found, Key};
use crate::media::Position;
use crate::queue::shared::{Caller, Contact};
use crate::queue::{HandlerId, Wanted};

use super::super::callback;
use super::super::case::Case;
use super::super::clock::Clock;
use super::super::kept_place::{self, KeptPlace};
use super::super::log::Log;
use super::super::offers::{Offers, Taken};
use super::super::outreach::{CalledBack, Ongoing};
use super::super::parties::{Parties, PartyId};
use super::super::service::Service;
use super::super::waiting_room::{Engaged, Stored, Ticket, WaitingRoom};
use super::going_on::Entry;
use super::state::{At, CallState, Place};

/// Calls that the process before has left.
pub(in crate::call) struct TakenUp {
    calls: Vec<Call>,
    positions: HashMap<u16, Position>,
    /// What cannot be read.
    unreadable: Vec<Key>,
}

struct Call {
    key: Key,
    state: CallState,
    place: Option<(Ticket, Option<Engaged>)>,
}

/// Reads what was left, and gives those who wait or talk their places back. What cannot be read is told in the
/// log.
///
/// `fallback` is the skill of those who take anybody.
pub(in crate::call) fn take_up(found: &Found, room: &WaitingRoom, fallback: &str) -> TakenUp {
    let mut taken_up = TakenUp {
        calls: Vec::new(),
        positions: HashMap::new(),
        unreadable: Vec::new(),
    };
    for (key, bytes) in &found.states {
        let read = match key {
            Key::Call(_) => serde_json::from_slice(bytes).map(|state: CallState| {
                let (key, place) = (*key, None);
                taken_up.calls.push(Call { key, state, place });
            }),
            Key::Stream(port) => serde_json::from_slice(bytes).map(|position| {
                taken_up.positions.insert(*port, position);
            }),
        };
        if read.is_err() {
            taken_up.unreadable.push(*key);
        }
    }
    let unreadable = taken_up.unreadable.len();
    if unreadable > 0 {
        tracing::error!(unreadable, "some calls that ran before cannot be taken up");
        metrics::counter!("ivr111_taken_up_unreadable_total").increment(unreadable as u64);
    }
    // Conversations first, so that nobody is offered to a handler who talks.
    taken_up
        .calls
        .sort_by_key(|call| (!call.state.at.has_handler(), call.state.reference));
    for call in &mut taken_up.calls {
        call.place = place(room, &call.state, fallback);
    }
    taken_up
}

fn place(
    room: &WaitingRoom,
    state: &CallState,
    fallback: &str,
) -> Option<(Ticket, Option<Engaged>)> {
    if let At::Emergency(chase) = &state.at {
        let (handler, _) = chase.company.as_ref()?;
        let handler = HandlerId::new(handler.as_str());
        let place = Place {
            wanted: state.wanted_here(Wanted::for_emergency(fallback)),
            since: chase.asked_at,
            returned: true,
            was_answered: true,
        };
        let ticket = room.talks_on(&caller(state, &place), &handler, chase.asked_at);
        let engaged = ticket.engage(handler);
        return Some((ticket, Some(engaged)));
    }
    let place = state.at.place()?;
    let caller = caller(state, place);
    Some(match state.at.handler() {
        Some((handler, since)) => {
            let handler = HandlerId::new(handler);
            let ticket = room.talks_on(&caller, &handler, since);
            let engaged = ticket.engage(handler);
            (ticket, Some(engaged))
        }
        None => (room.restore(&caller), None),
    })
}

fn caller(state: &CallState, place: &Place) -> Caller {
    Caller {
        reference: state.reference,
        wanted: place.wanted.clone(),
        place: match place.returned {
            true => crate::queue::Place::Top,
            false => crate::queue::Place::InTurn,
        },
        since: place.since,
        not_before: None,
        contact: contact(state),
        kept: false,
        tries: 0,
    }
}

fn contact(state: &CallState) -> Contact {
    if let At::CalledBack(talk) = &state.at {
        return talk.whom.contact();
    }
    let number = state.who.best().cloned();
    let postcode = state.whereabouts.keyed.clone();
    let chosen = state.chosen.iter().chain(&postcode).cloned();
    Contact {
        number: number.filter(|number| number.callable_back().is_ok()),
        text_relay: state.who.text_relay,
        language: state.language.clone(),
        display: chosen.collect::<Vec<_>>().join(", "),
        postcode,
        promised: false,
    }
}

impl TakenUp {
    /// The calls, by their references.
    pub(in crate::call) fn references(&self) -> BTreeSet<Reference> {
        self.calls.iter().map(|call| call.state.reference).collect()
    }

    /// Goes on with all of them: each has a task from now on. Whoever cannot be gone on with is called back.
    /// Gives the callbacks of which the conversations go on, and since when each has lasted.
    pub(in crate::call) fn go_on(self, service: &Arc<Service>) -> Vec<(Reference, Timestamp)> {
        let mut talks = Vec::new();
        let (mut on, mut back, mut lost) = (0_u64, 0_u64, 0_u64);
        let journal = service.journal();
        for key in self.unreadable {
            journal.inspect(|journal| journal.end(key));
        }
        service.engine.follows(self.positions.values());
        for call in self.calls {
            let key = call.key;
            let became = match goes_on(service, call, &self.positions) {
                Became::OnTheLine => &mut on,
                Became::MadeOn(reference, since) => {
                    talks.push((reference, since));
                    &mut on
                }
                Became::Over => {
                    journal.inspect(|journal| journal.end(key));
                    continue;
                }
                Became::CalledBack(mut stored) => {
                    if let Some(journal) = journal.cloned() {
                        tokio::spawn(async move {
                            stored.done().await;
                            journal.end(key);
                        });
                    }
                    &mut back
                }
                Became::Nothing => {
                    journal.inspect(|journal| journal.end(key));
                    &mut lost
                }
            };
            *became += 1;
        }
        for (how, count) in [("on-the-line", on), ("called-back", back), ("lost", lost)] {
            metrics::counter!("ivr111_taken_up_total", "how" => how).increment(count);
        }
        if on + back + lost > 0 {
            tracing::warn!(on, back, lost, "calls of the process before are taken up");
        }
        talks
    }
}

enum Became {
    OnTheLine,
    /// A callback goes on, in which they have talked since then.
    MadeOn(Reference, Timestamp),
    /// Nothing was to be gone on with.
    Over,
    /// Once the place is stored from which they are.
    CalledBack(Stored),
    Nothing,
}

/// Whoever has heard nothing for longer is not on the line any more.
const LONGEST_SILENCE: Duration = Duration::from_secs(60);

/// Whether nobody has sent the caller anything for a long time: the machine has been started since, or nobody has
/// started the next process.
fn is_stale(state: &CallState, positions: &HashMap<u16, Position>) -> bool {
    let mut parties = state.parties.iter();
    let caller = parties.find(|party| party.number == state.caller);
    let position = caller.and_then(|caller| {
        let position = positions.get(&caller.sound.port());
        position.filter(|position| caller.sound.is_of(position))
    });
    position.is_some_and(|position| position.age().is_none_or(|age| age > LONGEST_SILENCE))
}

fn goes_on(service: &Arc<Service>, call: Call, positions: &HashMap<u16, Position>) -> Became {
    let Call { key, state, place } = call;
    let log = Log::continued(service.timeline.clone(), state.reference, Clock::start());
    if is_stale(&state, positions) {
        return called_back(service, log, &state, place);
    }
    let edges = (service.wire().clone(), service.engine.clone());
    let (mut parties, found) = Parties::taken_up(edges, log.clone(), &state.parties, positions);
    if state.at == At::Ours {
        // Whoever sees to the promise rings them anew.
        parties.hang_up_all();
        return Became::Over;
    }
    let caller = found.get(&state.caller).copied();
    if let At::CalledBack(talk) = &state.at {
        let phone = found.get(&talk.phone).copied();
        let talk = CalledBack::clone(talk);
        return match (caller.zip(phone), place) {
            (Some(two), Some((ticket, Some(engaged)))) => {
                let place = (ticket, engaged);
                talks_on(service, (parties, two), place, talk, log, (key, state))
            }
            (_, place) => {
                parties.hang_up_all();
                begins_anew(place)
            }
        };
    }
    let Some(caller) = caller else {
        parties.hang_up_all();
        return called_back(service, log, &state, place);
    };
    let wanted: Vec<PartyId> = match &state.at {
        At::Talking { phone, .. } => found.get(phone).copied().into_iter().collect(),
        At::CrisisLine {
            answered: Some((line, _)),
            ..
        } => found.get(line).copied().into_iter().collect(),
        At::Service {
            answered: Some((line, _)),
            ..
        } => found.get(line).copied().into_iter().collect(),
        At::Emergency(chase) => {
            let tries = chase.attempts.iter().map(|(_, number)| number);
            let all = tries.chain(chase.company.iter().map(|(_, number)| number));
            all.filter_map(|number| found.get(number).copied())
                .collect()
        }
        _ => Vec::new(),
    };
    let others = found
        .values()
        .filter(|id| **id != caller && !wanted.contains(id));
    for id in others {
        parties.hang_up(*id);
    }
    let entry = entry(&state.at, place, &found);
    let service = Arc::clone(service);
    let reference = state.reference;
    service.goes_on(reference, true);
    let case = Case::taken_up(&service, log, parties, caller, (key, state));
    tokio::spawn(async move {
        let running = service.count();
        Box::new(case).run_from(entry).await;
        service.goes_on(reference, false);
        drop(running);
    });
    Became::OnTheLine
}

/// Whoever sees to what was promised to them rings them anew. A place that was kept is in the store, and is found
/// there.
fn begins_anew(place: Option<(Ticket, Option<Engaged>)>) -> Became {
    if let Some((ticket, _)) = place {
        ticket.leave_behind();
    }
    Became::Over
}

/// The two whom we have brought together talk on.
fn talks_on(
    service: &Arc<Service>,
    (parties, (caller, phone)): (Parties, (PartyId, PartyId)),
    (ticket, engaged): (Ticket, Engaged),
    talk: CalledBack,
    log: Log,
    kept: (Key, CallState),
) -> Became {
    let (reference, since) = (kept.1.reference, talk.since);
    let is_promised = talk.whom.is_promised;
    log.happened("taken-up", "after an interruption");
    let case = Case::taken_up(service, log, parties, caller, kept);
    let ongoing = Ongoing {
        case: Box::new(case),
        talk,
        ticket,
        with: Taken::new(engaged, phone),
    };
    service.goes_on(reference, true);
    let service = Arc::clone(service);
    tokio::spawn(async move {
        match is_promised {
            true => callback::go_on(Arc::clone(&service), ongoing).await,
            false => kept_place::go_on(Arc::clone(&service), ongoing).await,
        }
        service.goes_on(reference, false);
    });
    match is_promised {
        true => Became::MadeOn(reference, since),
        false => Became::OnTheLine,
    }
}

fn entry(
    at: &At,
    place: Option<(Ticket, Option<Engaged>)>,
    found: &HashMap<u64, PartyId>,
) -> Entry {
    match (at, place) {
        (At::Waiting(was) | At::Talking { place: was, .. }, Some((ticket, engaged))) => {
            let taken = match at {
                At::Talking { phone, held, .. } => found
                    .get(phone)
                    .zip(engaged)
                    .map(|(phone, engaged)| (Taken::new(engaged, *phone), *held)),
                _ => None,
            };
            if taken.is_none() && at.has_handler() {
                // Before all others: they have been with somebody already.
                ticket.wait_at(crate::queue::Place::Top);
            }
            Entry::Queue {
                ticket: Box::new(ticket),
                returned: was.returned,
                was_answered: was.was_answered,
                taken,
            }
        }
        (At::Menu { run, .. }, _) => Entry::Menu(run.clone()),
        (At::CrisisLine { skill, answered }, _) => Entry::CrisisLine {
            skill: skill.clone(),
            answered: answered.and_then(|(line, since)| Some((*found.get(&line)?, since))),
        },
        (
            At::Service {
                service,
                wanted,
                answered,
            },
            _,
        ) => Entry::Service {
            service: service.clone(),
            wanted: wanted.clone(),
            answered: answered.and_then(|(line, since)| Some((*found.get(&line)?, since))),
        },
        (At::Emergency(chase), place) => {
            let (place, engaged) = place.unzip();
            let phone = chase.company.as_ref().and_then(|(_, n)| found.get(n));
            // The place first: nobody is to be offered to it once the handler has gone.
            let place = place.filter(|_| phone.is_some());
            let company = phone.zip(engaged.flatten());
            let legs = chase.attempts.iter();
            Entry::Emergency {
                chase: chase.clone(),
                legs: legs
                    .filter_map(|(id, number)| Some((*id, *found.get(number)?)))
                    .collect(),
                company: company.map(|(phone, engaged)| Taken::new(engaged, *phone)),
                place: place.map(Box::new),
            }
        }
        (At::Promised, _) => Entry::Promised,
        _ => Entry::Beginning,
    }
}

/// Nobody is lost who can be called: they keep the place that they had, or get one by their urgency.
fn called_back(
    service: &Arc<Service>,
    log: Log,
    state: &CallState,
    place: Option<(Ticket, Option<Engaged>)>,
) -> Became {
    let Some(priority) = state.at.urgency() else {
        return begins_anew(place);
    };
    let Some(kept) = KeptPlace::of(contact(state)) else {
        log.happened(
            "taken-up",
            "cannot be gone on with, nor called back: no number",
        );
        return Became::Nothing;
    };
    log.happened(
        "taken-up",
        "cannot be gone on with: the caller is called back",
    );
    let ticket = match place {
        Some((ticket, engaged)) => {
            drop(engaged);
            ticket.rejoin();
            ticket
        }
        None => {
            let plan = service.plan.load();
            let skill = plan.flow.fallback_skill();
            let wanted = match priority {
                Priority::Emergency => Wanted::for_emergency(skill),
                _ => Wanted::by_skill(skill, skill, priority),
            };
            service.waiting_room.join_at(
                crate::queue::Place::Anyway,
                state.reference,
                state.wanted_here(wanted),
                contact(state),
            )
        }
    };
    ticket.keeps();
    let stored = ticket.stored();
    let service = Arc::clone(service);
    tokio::spawn(kept_place::hold(service, log, kept, Offers::new(ticket)));
    Became::CalledBack(stored)
}
