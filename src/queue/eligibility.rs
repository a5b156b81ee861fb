//! Which handlers will do for a caller, and which of them rather.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use crate::flow::Priority;

use super::handler::{HandlerId, Profile, ProfileId};
use super::pool::Pool;
use super::rules::{Reach, Rules, Strategy};
use super::wanted::Wanted;

/// What callers want, kept once for all of whom it is the same: compared by where it is kept.
#[derive(Clone, Debug)]
pub(super) struct Kind(pub(super) Arc<Wanted>);

impl PartialEq for Kind {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Kind {}

impl Hash for Kind {
    fn hash<H: Hasher>(&self, state: &mut H) {
        Arc::as_ptr(&self.0).hash(state);
    }
}

/// What decides who will do, shared by all callers of whom it is the same.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Needs {
    /// The priority is that of an emergency or the lowest.
    pub(super) kind: Kind,
    /// How many steps of overflow their own waiting has brought.
    pub(super) steps: usize,
    /// Who has let them ring or has refused them: asked again only after all others.
    pub(super) passed_over: BTreeSet<HandlerId>,
}

impl Needs {
    /// Whom they wait for.
    pub(super) fn wanted(&self) -> &Wanted {
        &self.kind.0
    }

    pub(super) fn is_emergency(&self) -> bool {
        self.wanted().priority == Priority::Emergency
    }
}

/// How well a profile does for a caller; the least is the best.
pub(super) type Rank = (bool, bool, Reverse<usize>, Reverse<u32>);

/// What besides the handlers themselves decides who will do.
pub(super) struct Circumstances<'a> {
    pub(super) rules: &'a Rules,
    pub(super) failed: &'a BTreeSet<String>,
    /// Steps of overflow that hold for the whole region now.
    pub(super) steps: usize,
}

/// The profiles that will do, the best first.
///
/// A provider that has failed, or for whom nobody works now who would do, is passed by at once: by the next
/// step of overflow behind which there is somebody, and after the last one by everybody. That is worked out
/// anew with every change, so that nothing has to be put back when the provider is.
pub(super) fn row(
    needs: &Needs,
    pool: &Pool,
    circumstances: &Circumstances<'_>,
) -> Vec<(Rank, ProfileId)> {
    let mut row = Vec::new();
    for reached in reaches(needs, circumstances) {
        row = within(needs, pool, circumstances.rules.strategy, &reached);
        let manned = |(_, profile): &(Rank, ProfileId)| {
            pool.staffed(*profile) > 0 && reached.is_behind(pool.provider(*profile))
        };
        if row.iter().any(manned) {
            break;
        }
    }
    row
}

/// Whose handlers may take a caller.
enum Reached<'a> {
    Everyone,
    /// These providers' but for those that have failed, and whoever has none.
    Providers(BTreeSet<&'a str>, &'a BTreeSet<String>),
}

impl Reached<'_> {
    fn includes(&self, provider: Option<&String>) -> bool {
        match (self, provider) {
            (Reached::Everyone, _) | (_, None) => true,
            (Reached::Providers(providers, failed), Some(provider)) => {
                providers.contains(provider.as_str()) && !failed.contains(provider)
            }
        }
    }

    /// Whether a handler of this provider shows that there is no need to reach further. One who has none
    /// takes everybody's callers, and shows nothing.
    fn is_behind(&self, provider: Option<&String>) -> bool {
        matches!(self, Reached::Everyone) || provider.is_some()
    }
}

/// As far as a caller reaches now, and further step by step, to everybody at last.
fn reaches<'a>(needs: &'a Needs, circumstances: &Circumstances<'a>) -> Vec<Reached<'a>> {
    let mut reaches = Vec::new();
    let own = needs.wanted().provider.as_deref();
    if let Some(own) = own.filter(|_| !needs.is_emergency()) {
        let steps = needs.steps.max(circumstances.steps);
        let overflow = &circumstances.rules.overflow;
        let mut providers = BTreeSet::from([own]);
        for passed in 0..=overflow.len() {
            if passed >= steps {
                reaches.push(Reached::Providers(providers.clone(), circumstances.failed));
            }
            match overflow.get(passed).map(|step| &step.to) {
                Some(Reach::Providers(more)) => providers.extend(more.iter().map(String::as_str)),
                Some(Reach::Everyone) | None => break,
            }
        }
    }
    reaches.push(Reached::Everyone);
    reaches
}

fn within(
    needs: &Needs,
    pool: &Pool,
    strategy: Strategy,
    reached: &Reached<'_>,
) -> Vec<(Rank, ProfileId)> {
    let wanted = needs.wanted();
    let able = |profile: &Profile| wanted.required.iter().all(|skill| profile.has(skill));
    let here: Vec<(ProfileId, &Profile, bool)> = pool
        .profiles()
        .filter(|(_, profile)| reached.includes(profile.provider.as_ref()))
        .map(|(number, profile)| (number, profile, able(profile)))
        .collect();
    // What will do as well, will do at once where a life is in danger, and otherwise while nobody who is
    // able may come free who has not let this caller ring already.
    let are_able = here.iter().filter(|(.., able)| *able);
    let staffed: usize = are_able.map(|(number, ..)| pool.staffed(*number)).sum();
    let tried = needs.passed_over.iter().filter_map(|id| pool.get(id));
    let tried = tried.filter(|handler| {
        let profile = here.binary_search_by_key(&handler.profile, |(number, ..)| *number);
        handler.is_staffed() && profile.is_ok_and(|place| here[place].2)
    });
    let hopeless = staffed <= tried.count();
    let otherwise = wanted.otherwise.as_deref();
    let otherwise = otherwise.filter(|_| hopeless || needs.is_emergency());
    let will_do =
        |profile: &Profile, able| able || otherwise.is_some_and(|skill| profile.has(skill));
    let mut row: Vec<(Rank, ProfileId)> = here
        .into_iter()
        .filter(|(_, profile, able)| will_do(profile, *able))
        .map(|(number, profile, able)| (rank(wanted, profile, able, strategy), number))
        .collect();
    row.sort_unstable();
    row
}

fn rank(wanted: &Wanted, profile: &Profile, able: bool, strategy: Strategy) -> Rank {
    let language = wanted.language.as_ref();
    let speaks = language.is_none_or(|language| profile.languages.contains(language));
    let preferred = wanted.preferred.iter().filter(|s| profile.has(s)).count();
    let level = |skill: &String| profile.skills.get(skill).copied().map_or(0, u32::from);
    let levels = match strategy {
        Strategy::HighestSkill => wanted.required.iter().map(level).sum(),
        _ => 0,
    };
    (!able, !speaks, Reverse(preferred), Reverse(levels))
}
