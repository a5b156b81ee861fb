//! Everybody who answers, so ordered that the next one is found without looking at all of them.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::handler::{Handler, HandlerId, Profile, ProfileId};
use super::rules::Strategy;

/// Which comes first among the free handlers of one profile: by what the strategy counts, then by how long
/// they have been idle, then by name.
pub(super) type Turn = (u64, Timestamp, HandlerId);

/// The free handlers of one profile, in the order of each strategy.
#[derive(Clone, Debug, Default)]
struct Free {
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

#[derive(Clone, Debug, Default)]
struct Group {
    profile: Profile,
    free: Free,
    /// How many of them callers may hope for.
    staffed: usize,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Pool {
    handlers: BTreeMap<HandlerId, Handler>,
    groups: Vec<Group>,
    known: BTreeMap<Profile, ProfileId>,
}

impl Pool {
    pub(super) fn len(&self) -> usize {
        self.handlers.len()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&HandlerId, &Handler)> {
        self.handlers.iter()
    }

    pub(super) fn get(&self, id: &HandlerId) -> Option<&Handler> {
        self.handlers.get(id)
    }

    /// The number of a profile, which it keeps.
    pub(super) fn profile(&mut self, profile: Profile) -> ProfileId {
        if let Some(known) = self.known.get(&profile) {
            return *known;
        }
        let number = self.groups.len();
        self.groups.push(Group {
            profile: profile.clone(),
            ..Group::default()
        });
        self.known.insert(profile, number);
        number
    }

    /// Every profile that there is or was, with how many handlers callers may hope for.
    pub(super) fn profiles(&self) -> impl Iterator<Item = (ProfileId, &Profile, usize)> {
        let groups = self.groups.iter().enumerate();
        groups.map(|(number, group)| (number, &group.profile, group.staffed))
    }

    pub(super) fn provider(&self, profile: ProfileId) -> Option<&String> {
        self.groups.get(profile)?.profile.provider.as_ref()
    }

    pub(super) fn staffed(&self, profile: ProfileId) -> usize {
        self.groups.get(profile).map_or(0, |group| group.staffed)
    }

    /// Puts a handler in, or changes one; `None` takes them out. Gives whether callers may hope for more or
    /// for fewer than before.
    pub(super) fn set(&mut self, id: &HandlerId, handler: Option<Handler>) -> bool {
        let before = self.handlers.get(id);
        let staffed = |h: &Handler| h.is_staffed().then_some(h.profile);
        let (was, is) = (before.and_then(staffed), handler.as_ref().and_then(staffed));
        if let Some(before) = before {
            let (profile, turns) = (before.profile, turns(id, before));
            self.unlist(profile, turns);
        }
        if let Some(group) = was.and_then(|profile| self.groups.get_mut(profile)) {
            group.staffed -= 1;
        }
        if let Some(group) = is.and_then(|profile| self.groups.get_mut(profile)) {
            group.staffed += 1;
        }
        match handler {
            Some(handler) => {
                self.list(handler.profile, turns(id, &handler));
                self.handlers.insert(id.clone(), handler);
            }
            None => {
                self.handlers.remove(id);
            }
        }
        was != is
    }

    fn list(&mut self, profile: ProfileId, turns: Option<[Turn; 3]>) {
        if let (Some(group), Some([idle, fewest, robin])) = (self.groups.get_mut(profile), turns) {
            group.free.longest_idle.insert(idle);
            group.free.fewest_calls.insert(fewest);
            group.free.round_robin.insert(robin);
        }
    }

    fn unlist(&mut self, profile: ProfileId, turns: Option<[Turn; 3]>) {
        if let (Some(group), Some([idle, fewest, robin])) = (self.groups.get_mut(profile), turns) {
            group.free.longest_idle.remove(&idle);
            group.free.fewest_calls.remove(&fewest);
            group.free.round_robin.remove(&robin);
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
