use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::audit::Hash;

use super::entry::{Act, Proposed, Rollback};
use super::history::{History, Judged, Unsigned};
use super::person::{Person, Role};
use super::refusal::Refusal;
use super::set::Set;

/// What is kept of a file's bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Object {
    /// They have the hash under which they are kept.
    Sound,
    /// They have another one.
    Altered,
    /// They are not there.
    Missing,
}

/// A proposal that is signed, approved and whole.
#[derive(Debug)]
pub(super) struct Approved<'a> {
    pub(super) proposed: &'a Proposed,
    pub(super) by: String,
    pub(super) from: Timestamp,
}

/// From a moment on a proposal is in force: it was approved, or gone back to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Activation {
    pub(super) at: Timestamp,
    /// The entry by which it is put in order among those of the same moment.
    pub(super) sequence: u64,
    pub(super) to: u64,
    pub(super) is_back: bool,
}

/// Decides what counts.
pub(super) struct Judge<'a, 'o> {
    pub(super) history: &'a History,
    pub(super) people: &'a [Person],
    pub(super) objects: &'o dyn Fn(&Hash) -> Object,
}

impl<'a> Judge<'a, '_> {
    fn person(&self, judged: &Judged) -> Result<&'a Person, Refusal> {
        let unsigned = |why| Refusal::Unsigned {
            entry: judged.entry.sequence,
            by: judged.entry.by.clone(),
            why,
        };
        judged.signed.map_err(unsigned)?;
        let mut people = self.people.iter();
        let person = people.find(|person| person.name == judged.entry.by);
        person.ok_or_else(|| unsigned(Unsigned::Unknown))
    }

    /// Whether a proposal is signed, whole, approved and not withdrawn.
    pub(super) fn approved(
        &self,
        judged: &Judged,
        proposed: &'a Proposed,
    ) -> Result<Approved<'a>, Refusal> {
        self.person(judged)?;
        self.is_whole(&proposed.set)?;
        let number = judged.entry.sequence;
        for later in self.later(number) {
            let Act::Withdrawn { proposal, why } = &later.entry.act else {
                continue;
            };
            if *proposal == number && self.may_withdraw(later, judged, proposed).is_ok() {
                let (by, why) = (later.entry.by.clone(), why.clone());
                return Err(Refusal::Withdrawn { by, why });
            }
        }
        let (at, by) = self.approval(judged, proposed, u64::MAX)?;
        Ok(Approved {
            proposed,
            by,
            from: proposed.effective.map_or(at, |from| from.max(at)),
        })
    }

    fn is_whole(&self, set: &Set) -> Result<(), Refusal> {
        for (file, hash) in set.files() {
            let file = file.to_owned();
            match (self.objects)(&hash) {
                Object::Sound => {}
                Object::Altered => return Err(Refusal::Altered { file }),
                Object::Missing => return Err(Refusal::Missing { file }),
            }
        }
        Ok(())
    }

    /// When a proposal was approved so that it counts, and by whom: by an entry that stands before one. Else
    /// why the last try does not count.
    fn approval(
        &self,
        judged: &Judged,
        proposed: &Proposed,
        before: u64,
    ) -> Result<(Timestamp, String), Refusal> {
        let proposer = self.person(judged)?;
        let (number, id) = (judged.entry.sequence, proposed.set.id());
        let mut approved = Err(Refusal::NotApproved);
        for later in self.later(number) {
            let Act::Approved { proposal, set } = &later.entry.act else {
                continue;
            };
            if *proposal != number || later.entry.sequence >= before {
                continue;
            }
            match self.approves(later, proposer, *set == id) {
                Ok(by) => return Ok((later.entry.at, by)),
                Err(refusal) => approved = Err(refusal),
            }
        }
        approved
    }

    fn later(&self, number: u64) -> impl Iterator<Item = &'a Judged> {
        let after = usize::try_from(number).unwrap_or(usize::MAX);
        self.history.entries().iter().skip(after)
    }

    /// Who has approved it, where that counts.
    fn approves(
        &self,
        judged: &Judged,
        proposer: &Person,
        same_set: bool,
    ) -> Result<String, Refusal> {
        let person = self.person(judged)?;
        let by = person.name.clone();
        if person.name == proposer.name {
            return Err(Refusal::SamePerson { by });
        }
        if person.key == proposer.key {
            let proposer = proposer.name.clone();
            return Err(Refusal::SameKey { by, proposer });
        }
        match person.role {
            Role::Provider => Err(Refusal::NotCommissioner { by }),
            Role::Commissioner if same_set => Ok(by),
            Role::Commissioner => Err(Refusal::OtherSet { by }),
        }
    }

    /// Whoever has proposed it may, before it is approved, and commissioners at any time.
    fn may_withdraw(
        &self,
        judged: &Judged,
        proposal: &Judged,
        proposed: &Proposed,
    ) -> Result<(), Refusal> {
        let person = self.person(judged)?;
        let entry = judged.entry.sequence;
        let is_own =
            person.name == proposal.entry.by && self.approval(proposal, proposed, entry).is_err();
        match is_own || person.role == Role::Commissioner {
            true => Ok(()),
            false => Err(Refusal::MayNotWithdraw {
                entry,
                by: person.name.clone(),
            }),
        }
    }

    /// Whether an entry is signed, and about something that was proposed before it.
    pub(super) fn counts(&self, judged: &Judged) -> Result<(), Refusal> {
        self.person(judged)?;
        let entry = &judged.entry;
        let proposal = match &entry.act {
            Act::Proposed(_) => return Ok(()),
            Act::Approved { proposal, .. } | Act::Withdrawn { proposal, .. } => *proposal,
            Act::RolledBack(back) => back.to,
        };
        let proposed = self.history.proposal(proposal);
        match proposed.filter(|_| proposal < entry.sequence) {
            None => Err(Refusal::NoProposal {
                entry: entry.sequence,
                by: entry.by.clone(),
                proposal,
            }),
            Some((of, proposed)) => match entry.act {
                Act::Withdrawn { .. } => self.may_withdraw(judged, of, proposed),
                _ => Ok(()),
            },
        }
    }

    /// From when on a roll-back holds, if it may be made.
    pub(super) fn back(
        &self,
        judged: &Judged,
        back: &Rollback,
        proposals: &BTreeMap<u64, Result<Approved<'_>, Refusal>>,
    ) -> Result<Activation, Refusal> {
        let (person, entry) = (self.person(judged)?, judged.entry.sequence);
        if person.role != Role::Commissioner {
            let by = person.name.clone();
            return Err(Refusal::MayNotRollBack { entry, by });
        }
        let at = back.from.max(judged.entry.at);
        let not_good = |why| Refusal::NotGood {
            entry,
            to: back.to,
            why: Box::new(why),
        };
        match proposals.get(&back.to) {
            Some(Ok(approved)) if approved.proposed.set.id() != back.set => {
                let by = person.name.clone();
                Err(not_good(Refusal::OtherSet { by }))
            }
            Some(Ok(approved)) if approved.from > at => {
                let from = approved.from;
                Err(not_good(Refusal::NotYet { from }))
            }
            Some(Ok(_)) => Ok(Activation {
                at,
                sequence: entry,
                to: back.to,
                is_back: true,
            }),
            Some(Err(why)) => Err(not_good(why.clone())),
            None => Err(not_good(Refusal::NotApproved)),
        }
    }
}
