use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde::Serialize;

use crate::flow::{Action, Asks, Before, Destination, Event, Facts, Key, Run};
use crate::identity::{Caller, CallerNumber, Number, Reference};
use crate::routing::{Keyed, RegionDecision, RegionId, Rule};
use crate::store::PastCall;

use super::service::Service;

/// A checked flow is over long before so many keys and silences.
const MOST: usize = 200;
/// So many calls that would go elsewhere are named.
const NAMED: usize = 100;

/// Where a caller goes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Way {
    /// The region.
    pub region: String,
    /// Where the flow leads, in one word.
    pub destination: String,
    /// The provider, where that has changed.
    pub provider: Option<String>,
}

/// Calls that would go another way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Moved {
    /// Where they went.
    pub from: Way,
    /// Where they would go.
    pub to: Way,
    /// How many.
    pub calls: u64,
}

/// Stored calls, led through other tables.
#[derive(Debug, Default)]
pub struct Replay {
    calls: u64,
    unfinished: u64,
    moved: BTreeMap<(Way, Way), u64>,
    named: Vec<Reference>,
    providers: BTreeMap<String, (u64, u64)>,
    turns: BTreeMap<RegionId, u64>,
}

/// What has come of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Replayed {
    /// Calls that had come to a destination.
    pub calls: u64,
    /// Those whose callers had hung up before, and that are left out.
    pub unfinished: u64,
    /// Those that would have gone elsewhere.
    pub elsewhere: u64,
    /// How, the most frequent first.
    pub moved: Vec<Moved>,
    /// Calls by provider: as it was, and as it would have been.
    pub providers: BTreeMap<String, (u64, u64)>,
    /// Some that would have gone elsewhere, by reference.
    pub named: Vec<Reference>,
}

impl Replay {
    /// Leads a call through the service's tables and menus: the caller says again what they said.
    pub fn add(&mut self, service: &Service, call: &PastCall) {
        let (Some(region), Some(destination)) = (&call.region, &call.destination) else {
            self.unfinished += 1;
            return;
        };
        self.calls += 1;
        let found = Led::through(service, call);
        let turn = self.turns.entry(found.region.region.clone()).or_default();
        *turn += 1;
        let id = &found.region.region;
        let decided = service.tables.provider(id, *turn, call.arrived_at);
        let decided = decided.map(|decided| decided.provider).unwrap_or_default();
        let before = call.provider.clone().unwrap_or_default();
        self.providers.entry(before.clone()).or_default().0 += 1;
        self.providers.entry(decided.clone()).or_default().1 += 1;
        // Whose turn it is, is chance; that a provider has no part any more is not.
        let stays = service.tables.may_fall_to(id, &before, call.arrived_at);
        let providers = match stays {
            true => (None, None),
            false => (Some(before), Some(decided)),
        };
        let from = Way {
            region: region.clone(),
            destination: destination.clone(),
            provider: providers.0,
        };
        let to = Way {
            region: id.to_string(),
            destination: found.destination.to_owned(),
            provider: providers.1,
        };
        if from != to {
            *self.moved.entry((from, to)).or_default() += 1;
            if self.named.len() < NAMED {
                self.named.push(call.reference);
            }
        }
    }

    /// What has come of all calls so far.
    pub fn replayed(self) -> Replayed {
        let moved = self.moved.into_iter();
        let moved = moved.map(|((from, to), calls)| Moved { from, to, calls });
        let mut moved: Vec<Moved> = moved.collect();
        moved.sort_by_key(|moved| std::cmp::Reverse(moved.calls));
        Replayed {
            calls: self.calls,
            unfinished: self.unfinished,
            elsewhere: moved.iter().map(|moved| moved.calls).sum(),
            moved,
            providers: self.providers,
            named: self.named,
        }
    }
}

/// Where a call is led.
struct Led {
    region: RegionDecision,
    destination: &'static str,
}

impl Led {
    fn through(service: &Service, call: &PastCall) -> Self {
        let caller = Caller::of(number(call), false);
        let mut region = region(service, call, &caller);
        let own = caller.best().cloned();
        let facts = Facts {
            dialled: call.dialled.clone(),
            text_relay: false,
            region_known: region.is_known(),
            region_keyed: region.rule == Rule::Keyed,
            places: Arc::clone(&service.places),
            number_refused: own.as_ref().is_some_and(|own| own.callable_back().is_err()),
            number: own.filter(|own| own.callable_back().is_ok()),
            before: Before::Nothing,
        };
        let mut run = Run::new(Arc::clone(&service.flow), facts);
        let mut actions = run.on(call.arrived_at, Event::Start);
        let (mut here, mut steps) = (String::new(), call.steps.iter());
        for _ in 0..MOST {
            for action in actions.drain(..) {
                match action {
                    Action::Entered(step) => here = step,
                    Action::Region(keyed) => {
                        let keyed = Keyed::Region(RegionId::new(keyed));
                        region = service.tables.region_of(&caller, None, Some(&keyed));
                    }
                    Action::Leave { destination, .. } => {
                        let destination = destination_word(service, &destination, call);
                        return Led {
                            region,
                            destination,
                        };
                    }
                    _ => {}
                }
            }
            actions = match run.asks() {
                Asks::Choice => {
                    // The next of the steps that they came to then to which a key leads from here.
                    let key = steps.find_map(|step| service.flow.key_to(&here, step));
                    press(&mut run, call.arrived_at, key)
                }
                Asks::Region => press(&mut run, call.arrived_at, region_key(service, call)),
                Asks::Confirmation => press(&mut run, call.arrived_at, Key::new('1')),
                _ => silence(&mut run, call.arrived_at),
            };
        }
        Led {
            region,
            destination: "",
        }
    }
}

/// A caller who rang so often was sent to a clinician; that is the caller's doing, and not that of the tables.
fn destination_word(service: &Service, destination: &Destination, call: &PastCall) -> &'static str {
    let often = destination.clone().clinicians_first();
    let was_often = call.destination.as_deref() == Some(often.word());
    let can_be = *service.settings.again.calls.get_ref() > 0;
    match was_often && can_be {
        true => often.word(),
        false => destination.word(),
    }
}

fn number(call: &PastCall) -> CallerNumber {
    let number = call
        .number
        .as_deref()
        .and_then(|text| Number::parse(text).ok());
    match (number, call.identity.as_str()) {
        (Some(number), _) => CallerNumber::Known(number),
        (None, "withheld") => CallerNumber::Withheld,
        (None, "invalid") => CallerNumber::Invalid,
        (None, _) => CallerNumber::Unavailable,
    }
}

/// The region by today's tables. What the network said of the place, and what was found in an earlier call, is not
/// stored: there the region stays what it was.
fn region(service: &Service, call: &PastCall, caller: &Caller) -> RegionDecision {
    let stored = call.region.as_deref().unwrap_or_default();
    let id = RegionId::new(stored);
    let by = |rule: Rule| call.rule.as_deref() == Some(rule.word());
    let found = service.tables.region_of(caller, None, None);
    let kept = by(Rule::CarriedLocation) || by(Rule::EarlierCall);
    match kept && service.tables.has_region(&id) && found.rule != Rule::Registered {
        true => RegionDecision::of_earlier_call(stored),
        false => found,
    }
}

/// What they keyed when they were asked where they are: the region, by whichever key it has today.
fn region_key(service: &Service, call: &PastCall) -> Option<Key> {
    let keyed = call.rule.as_deref() == Some(Rule::Keyed.word());
    let region = call.region.as_deref().filter(|_| keyed)?;
    let keys = service.tables.region_keys().iter();
    let mut keys = keys.filter(|(_, id)| id.as_str() == region);
    keys.next().and_then(|(key, _)| Key::new(*key))
}

fn press(run: &mut Run, now: Timestamp, key: Option<Key>) -> Vec<Action> {
    match key {
        Some(key) => run.on(now, Event::Key(key)),
        None => silence(run, now),
    }
}

/// Hears out what is said, and presses nothing.
fn silence(run: &mut Run, now: Timestamp) -> Vec<Action> {
    match run.deadline() {
        Some(at) => run.on(at, Event::Tick),
        None => run.on(now, Event::SaidAll),
    }
}
