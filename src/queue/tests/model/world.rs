//! A queue, the ledger of whoever works it, and chance.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use super::dice::{CALLERS, Dice, HANDLERS};
use super::index;
use super::ledger::Ledger;
use super::naive::Eyes;
use crate::identity::Reference;
use crate::queue::tests::given::*;
use crate::queue::*;

pub(super) struct World {
    pub(super) queue: Queue,
    ledger: Ledger,
    now: Timestamp,
}

impl World {
    pub(super) fn new(dice: &mut Dice) -> Self {
        World {
            queue: Queue::new(dice.settings()),
            ledger: Ledger::default(),
            now: at(0),
        }
    }

    /// Time passes, and something happens. Where time has not jumped over anything, it is checked who was
    /// offered; with `looks`, whether anybody waits who need not.
    pub(super) fn step(&mut self, dice: &mut Dice, looks: bool) {
        let wait = match dice.below(10) {
            0..5 => 0,
            5..9 => 1 + dice.below(3),
            _ => 5 + dice.below(55),
        };
        let until = self.now + SignedDuration::from_secs(wait.cast_signed());
        // Mostly the clock is read in time.
        if !dice.one_in(10) {
            while let Some(deadline) = self.queue.deadline().filter(|at| *at <= until) {
                self.now = deadline;
                self.happens(Event::Tick, looks);
            }
        }
        self.now = until;
        let event = self.event(dice);
        self.happens(event, looks);
    }

    fn happens(&mut self, event: Event, looks: bool) {
        let due = self.queue.deadlines.range(..=(self.now, last()));
        let alone = due.count() == usize::from(event == Event::Tick);
        self.ledger.happens(self.now, &event, &self.queue.settings);
        let rang: BTreeSet<Reference> = self.ledger.rings.values().copied().collect();
        let actions = self.queue.on(self.now, event.clone());
        for action in &actions {
            self.ledger.carry_out(&event, action);
        }
        for caller in self.ledger.waiting.values_mut() {
            caller.parked.take_if(|parked| *parked <= self.now);
        }
        self.agrees();
        if looks {
            let eyes = Eyes::new(&self.queue, &self.ledger, self.now);
            eyes.nobody_waits_who_need_not();
            eyes.steps_are_taken();
            if alone {
                eyes.nobody_comes_before_their_turn(&rang, &actions);
            }
        }
    }

    fn event(&mut self, dice: &mut Dice) -> Event {
        let caller = ticket(dice.caller());
        let handler = dice.handler();
        let (rings, engaged) = (&self.ledger.rings, &self.ledger.engaged);
        let ringing: Vec<(&HandlerId, &Reference)> = rings.iter().collect();
        let (rung, for_whom) = match dice.pick(&ringing) {
            Some((handler, ticket)) if !dice.one_in(20) => (handler.clone(), *ticket),
            _ => (handler.clone(), caller),
        };
        let engaged: Vec<(&HandlerId, &Reference)> = engaged.iter().collect();
        let (talker, with) = match dice.pick(&engaged) {
            Some((handler, ticket)) => (handler.clone(), *ticket),
            None => (handler.clone(), caller),
        };
        match dice.below(100) {
            0..24 => Event::Joined {
                ticket: caller,
                wanted: dice.wanted(),
                place: match dice.one_in(10) {
                    true => Place::Top,
                    false => Place::InTurn,
                },
            },
            24..32 => Event::Left { ticket: caller },
            32..35 => Event::Keeps { ticket: caller },
            35..37 => Event::Restored {
                ticket: caller,
                caller: kept(
                    dice.wanted(),
                    self.now - SignedDuration::from_secs(dice.below(300).cast_signed()),
                    u32::try_from(dice.below(2)).unwrap(),
                ),
            },
            37..41 => Event::Unreached { ticket: with },
            41..51 => Event::SignedIn {
                handler,
                profile: self.profile(dice),
            },
            51..54 => Event::SignedOut { handler },
            54..58 => Event::Ready { handler },
            58..61 => Event::NotReady {
                handler,
                reason: Reason::Chosen(None),
            },
            61..63 => Event::Extended {
                handler,
                by: seconds(dice.below(10)),
            },
            63..67 => Event::Refused {
                handler: rung,
                ticket: for_whom,
            },
            67 => Event::NotRung {
                handler: rung,
                ticket: for_whom,
            },
            68..82 => Event::Answered {
                handler: rung,
                ticket: for_whom,
            },
            82..96 => Event::Over {
                handler: talker,
                lost: dice.one_in(8),
            },
            96 => Event::Provider {
                provider: dice.provider(),
                failed: dice.one_in(2),
            },
            97 if dice.one_in(4) => Event::Changed(dice.settings()),
            _ => Event::Tick,
        }
    }

    /// Mostly one that somebody has already.
    fn profile(&self, dice: &mut Dice) -> Profile {
        let known: Vec<&Profile> = self.ledger.profiles.values().collect();
        let known = dice.pick(&known).filter(|_| !dice.one_in(3));
        known.cloned().unwrap_or_else(|| dice.profile())
    }

    /// The queue's memory and the ledger are the same, from either side.
    fn agrees(&self) {
        let (queue, ledger) = (&self.queue, &self.ledger);
        assert_eq!(queue.waiting(), ledger.waiting.len());
        let mut phones = 0;
        for (ticket, caller) in &ledger.waiting {
            let waiting = queue.callers.get(*ticket).unwrap();
            assert_eq!(waiting.since, caller.since);
            assert_eq!(waiting.kept, caller.tries);
            assert_eq!(waiting.not_before, caller.parked);
            let rings = |id: &HandlerId| ledger.rings.get(id) == Some(ticket);
            assert!(waiting.offered_to.iter().all(rings), "{ticket}");
            phones += waiting.offered_to.len();
        }
        assert_eq!(phones, ledger.rings.len());
        assert_eq!(queue.handlers(), ledger.profiles.len());
        for (id, handler) in queue.pool.iter() {
            let (rings, engaged) = (ledger.rings.get(id), ledger.engaged.get(id));
            match &handler.state {
                State::Offered { ticket, .. } => {
                    assert_eq!((rings, engaged), (Some(ticket), None));
                }
                State::Talking { ticket, .. } => {
                    assert_eq!((rings, engaged), (None, Some(ticket)));
                }
                _ => assert_eq!((rings, engaged), (None, None), "{id}"),
            }
        }
        let talking = queue.talking.iter().map(|(t, talk)| (t, &talk.handler));
        let ledgers = ledger.talking.iter().map(|(t, (handler, _))| (t, handler));
        assert!(talking.eq(ledgers));
        for (ticket, (handler, _)) in &ledger.talking {
            assert_eq!(ledger.engaged.get(handler), Some(ticket));
        }
        ledger.has_counted(queue.counters());
        assert!(queue.deadline().is_none_or(|at| at > self.now), "it spins");
    }

    /// Everybody goes and everything ends: then nobody is held by anything but their own choice.
    pub(super) fn drain(&mut self) {
        for n in 0..CALLERS {
            self.happens(leave(n), true);
        }
        for n in 0..HANDLERS {
            self.happens(over(&format!("h{n}"), false), true);
        }
        while let Some(deadline) = self.queue.deadline() {
            self.now = deadline;
            self.happens(Event::Tick, true);
        }
        for (id, state) in self.queue.states() {
            let rests = match state {
                State::Available { from, .. } => from.is_none(),
                State::NotReady { reason, .. } => *reason != Reason::Missed,
                _ => false,
            };
            assert!(rests, "{id} is {state:?}");
        }
        index::is_as_if_built_anew(&self.queue);
        assert!(self.ledger.waiting.is_empty() && self.ledger.talking.is_empty());
        assert_eq!(self.queue.callers.regions().next(), None);
        assert!(self.queue.steps.is_empty());
    }

    /// Nothing has been left out by chance.
    pub(super) fn has_seen_everything(&self) {
        let counters = serde_json::to_value(self.queue.counters()).unwrap();
        let mut seen: BTreeMap<String, u64> = serde_json::from_value(counters).unwrap();
        seen.insert("made-not-ready".into(), self.ledger.made_not_ready);
        seen.insert("late".into(), self.ledger.late);
        let seldom: Vec<_> = seen.iter().filter(|(_, n)| **n < 1_000).collect();
        assert!(seldom.is_empty(), "{seldom:?} of {seen:?}");
    }
}

/// Whoever comes last among all whose deadline is the same.
fn last() -> crate::queue::machine::Whom {
    crate::queue::machine::Whom::Caller(Reference::new(u64::MAX, u128::MAX))
}
