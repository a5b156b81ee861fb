//! Everybody who answers, so ordered that the next one is found without looking at all of them.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::Timestamp;

use super::handler::{Handler, HandlerId, Profile, ProfileId};
use super::rules::Strategy;

/// Which comes first among the free handlers of one profile: by what the strategy counts, then by how long
/// they have been idle, then by name.
pub(super) type Turn = (u64, Timestamp, HandlerId);

/// The free handlers of one profile, in the order of each strategy.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Free {
    longest_idle: BTreeSet<Turn>,
    fewest_calls: BTreeSet<Turn>,
    round_robin: BTreeSet<Turn>,
}

impl Free {
    fn by(&self, strategy: Strategy) -> &BTreeSet<Turn> {
        match strategy {
            Strategy::LongestIdle | Strategy::HighestSkill | Strategy::RingAll => {
                &self.longest_idle
            }
            Strategy::FewestCalls => &self.fewest_calls,
            Strategy::RoundRobin => &self.round_robin,
        }
    }
}

/// Handlers of one profile.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Group {
    pub(super) profile: Profile,
    pub(super) free: Free,
    /// How many of them there are.
    pub(super) size: usize,
    /// How many of them callers may hope for.
    pub(super) staffed: usize,
}

/// Everybody who is signed in.
#[derive(Clone, Debug, Default)]
pub(super) struct Pool {
    handlers: HashMap<HandlerId, Handler>,
    groups: Vec<Group>,
    known: BTreeMap<Profile, ProfileId>,
    /// Profiles that nobody has now; their numbers can be given to others.
    vacant: BTreeSet<ProfileId>,
    /// How many handlers are free.
    free: usize,
    /// How many callers may hope for, by provider, of those who can do anything.
    staffed: HashMap<Option<String>, usize>,
}

impl Pool {
    pub(super) fn len(&self) -> usize {
        self.handlers.len()
    }

    /// Everybody, in no order.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&HandlerId, &Handler)> {
        self.handlers.iter()
    }

    pub(super) fn get(&self, id: &HandlerId) -> Option<&Handler> {
        self.handlers.get(id)
    }

    pub(super) fn any_free(&self) -> bool {
        self.free > 0
    }

    /// The number of a profile for somebody who is put in next, and whether it has just been given to it:
    /// then nothing that was found by numbers before holds any longer.
    pub(super) fn profile(&mut self, profile: Profile) -> (ProfileId, bool) {
        if let Some(known) = self.known.get(&profile) {
            return (*known, false);
        }
        let group = Group {
            profile: profile.clone(),
            ..Group::default()
        };
        let vacant = self.vacant.pop_first().unwrap_or(self.groups.len());
        match self.groups.get_mut(vacant) {
            Some(before) => {
                self.known.remove(&before.profile);
                *before = group;
            }
            None => self.groups.push(group),
        }
        self.known.insert(profile, vacant);
        (vacant, true)
    }

    /// Every profile that somebody has, in the order of their numbers.
    pub(super) fn profiles(&self) -> impl Iterator<Item = (ProfileId, &Profile)> {
        let groups = self.groups.iter().enumerate();
        let groups = groups.filter(|(_, group)| group.size > 0);
        groups.map(|(number, group)| (number, &group.profile))
    }

    pub(super) fn provider(&self, profile: ProfileId) -> Option<&String> {
        self.groups.get(profile)?.profile.provider.as_ref()
    }

    pub(super) fn staffed(&self, profile: ProfileId) -> usize {
        self.groups.get(profile).map_or(0, |group| group.staffed)
    }

    /// How many of a profile are free.
    pub(super) fn free_of(&self, profile: ProfileId) -> usize {
        let group = self.groups.get(profile);
        group.map_or(0, |group| group.free.longest_idle.len())
    }

    /// How many handlers of a provider callers may hope for, or of those who have none.
    pub(super) fn staffed_by(&self, provider: Option<&String>) -> usize {
        let staffed = self.staffed.get(&provider.cloned());
        staffed.copied().unwrap_or_default()
    }

    /// Puts a handler in, or changes one; `None` takes them out. Gives whether callers may hope for more or
    /// for fewer than before.
    pub(super) fn set(&mut self, id: &HandlerId, handler: Option<Handler>) -> bool {
        let is = handler.as_ref().and_then(Handler::hoped_for);
        let now = handler.as_ref().map(|h| (h.profile, turns(id, h)));
        let before = match handler {
            Some(handler) => self.handlers.insert(id.clone(), handler),
            None => self.handlers.remove(id),
        };
        let was = before.as_ref().and_then(Handler::hoped_for);
        if let Some(before) = &before {
            self.unlist(before.profile, turns(id, before));
        }
        if let Some((profile, turns)) = now {
            self.list(profile, turns);
        }
        if was != is {
            self.staff(was, |staffed| *staffed -= 1);
            self.staff(is, |staffed| *staffed += 1);
        }
        was != is
    }

    fn list(&mut self, profile: ProfileId, turns: Option<[Turn; 3]>) {
        let Some(group) = self.groups.get_mut(profile) else {
            return;
        };
        group.size += 1;
        self.vacant.remove(&profile);
        if let Some([idle, fewest, robin]) = turns {
            self.free += 1;
            group.free.longest_idle.insert(idle);
            group.free.fewest_calls.insert(fewest);
            group.free.round_robin.insert(robin);
        }
    }

    fn unlist(&mut self, profile: ProfileId, turns: Option<[Turn; 3]>) {
        let Some(group) = self.groups.get_mut(profile) else {
            return;
        };
        group.size -= 1;
        if group.size == 0 {
            self.vacant.insert(profile);
        }
        if let Some([idle, fewest, robin]) = turns {
            self.free -= 1;
            group.free.longest_idle.remove(&idle);
            group.free.fewest_calls.remove(&fewest);
            group.free.round_robin.remove(&robin);
        }
    }

    fn staff(&mut self, profile: Option<ProfileId>, one: impl Fn(&mut usize)) {
        let Some(group) = profile.and_then(|profile| self.groups.get_mut(profile)) else {
            return;
        };
        one(&mut group.staffed);
        if !group.profile.skills.is_empty() {
            let provider = group.profile.provider.clone();
            one(self.staffed.entry(provider).or_default());
        }
    }

    /// The free handlers of a profile, the next one first.
    pub(super) fn free(
        &self,
        profile: ProfileId,
        strategy: Strategy,
    ) -> impl Iterator<Item = &Turn> + use<'_> {
        let group = self.groups.get(profile);
        group.into_iter().flat_map(move |g| g.free.by(strategy))
    }
}

/// A free handler's place in the order of each strategy.
fn turns(id: &HandlerId, handler: &Handler) -> Option<[Turn; 3]> {
    let since = handler.free_since()?;
    let turn = |count| (count, since, id.clone());
    Some([turn(0), turn(handler.calls), turn(handler.turn)])
}
