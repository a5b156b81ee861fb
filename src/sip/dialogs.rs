//! The dialogs that are open: found by the requests inside them, and by whoever is to take one over.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rsipstack::transaction::transaction::Transaction;

use crate::mailbox;

use super::dialog::DialogId;
use super::leg::{LegId, Side};
use super::replaces::Replaces;

type Inbox = mailbox::Sender<Box<Transaction>>;

/// How far a dialog has got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// The INVITE has no final response yet.
    Early,
    /// It has been answered.
    Confirmed,
    /// It has ended, and late requests are still answered.
    Over,
}

struct Entry {
    inbox: Inbox,
    leg: LegId,
    /// Who has sent the INVITE: we, or the far end.
    opened_by: Side,
    stage: Stage,
    /// Empty until the far end has given one.
    far_tag: String,
}

/// All open dialogs. Clones are the same.
#[derive(Clone, Default)]
pub(super) struct Dialogs(Arc<Mutex<HashMap<DialogId, Entry>>>);

impl Dialogs {
    /// Lets a leg's requests be found in its dialog, until the guard is dropped. An empty `far_tag` is one
    /// that is not known yet.
    pub(super) fn attach(
        &self,
        id: DialogId,
        far_tag: &str,
        inbox: Inbox,
        (leg, opened_by): (LegId, Side),
    ) -> Attached {
        let entry = Entry {
            inbox,
            leg,
            opened_by,
            stage: Stage::Early,
            far_tag: far_tag.to_owned(),
        };
        self.lock().insert(id.clone(), entry);
        let dialogs = self.clone();
        Attached {
            dialogs,
            id,
            opened_by,
        }
    }

    /// Where the requests of a dialog go.
    pub(super) fn inbox_of(&self, id: &DialogId) -> Option<Inbox> {
        self.lock().get(id).map(|entry| entry.inbox.clone())
    }

    /// See [`super::Wire::leg_of`].
    pub(super) fn leg_of(&self, replaces: &Replaces) -> Result<LegId, u16> {
        let id = DialogId {
            call_id: replaces.call_id.clone(),
            local_tag: replaces.to_tag.clone(),
        };
        let dialogs = self.lock();
        let entry = dialogs.get(&id);
        let entry = entry.filter(|entry| entry.far_tag == replaces.from_tag);
        let entry = entry.ok_or(481_u16)?;
        match (entry.stage, entry.opened_by) {
            (Stage::Confirmed, _) if replaces.early_only => Err(486),
            (Stage::Confirmed, _) | (Stage::Early, Side::Near) => Ok(entry.leg),
            (Stage::Early, _) => Err(481),
            (Stage::Over, _) => Err(603),
        }
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.lock().len()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<DialogId, Entry>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Keeps a dialog reachable; dropping it makes later requests of the dialog meet 481.
pub struct Attached {
    dialogs: Dialogs,
    id: DialogId,
    /// Who has sent the INVITE.
    pub(super) opened_by: Side,
}

impl Attached {
    /// The far end has given its tag in a provisional response.
    pub(super) fn early(&self, far_tag: &str) {
        self.enter(Stage::Early, Some(far_tag));
    }

    /// It has been answered.
    pub(super) fn confirmed(&self, far_tag: &str) {
        self.enter(Stage::Confirmed, Some(far_tag));
    }

    /// It has ended.
    pub(super) fn over(&self) {
        self.enter(Stage::Over, None);
    }

    fn enter(&self, stage: Stage, far_tag: Option<&str>) {
        if let Some(entry) = self.dialogs.lock().get_mut(&self.id) {
            entry.stage = stage;
            if let Some(far_tag) = far_tag.filter(|tag| *tag != entry.far_tag) {
                far_tag.clone_into(&mut entry.far_tag);
            }
        }
    }
}

impl Drop for Attached {
    fn drop(&mut self) {
        self.dialogs.lock().remove(&self.id);
    }
}

#[cfg(test)]
mod tests {
    use crate::mailbox::mailbox;

    use super::*;

    fn attached(dialogs: &Dialogs, far_tag: &str, opened_by: Side) -> (LegId, Attached) {
        let id = DialogId {
            call_id: "c".into(),
            local_tag: "ours".into(),
        };
        let leg = LegId::next();
        let attached = dialogs.attach(id, far_tag, mailbox(1).0, (leg, opened_by));
        (leg, attached)
    }

    fn replaces(value: &str) -> Replaces {
        Replaces::parse(value).unwrap()
    }

    #[test]
    fn a_dialog_is_named_by_call_id_our_tag_and_theirs() {
        let dialogs = Dialogs::default();
        let (leg, guard) = attached(&dialogs, "theirs", Side::Far);
        guard.confirmed("theirs");
        let found = |value| dialogs.leg_of(&replaces(value));
        assert_eq!(found("c;to-tag=ours;from-tag=theirs"), Ok(leg));
        for other in [
            "C;to-tag=ours;from-tag=theirs",
            "c;to-tag=theirs;from-tag=ours",
            "c;to-tag=ours;from-tag=another",
        ] {
            assert_eq!(found(other), Err(481), "{other}");
        }
        assert_eq!(found("c;to-tag=ours;from-tag=theirs;early-only"), Err(486));
        guard.over();
        assert_eq!(found("c;to-tag=ours;from-tag=theirs"), Err(603));
        drop(guard);
        assert_eq!(found("c;to-tag=ours;from-tag=theirs"), Err(481));
        assert_eq!(dialogs.count(), 0);
    }

    #[test]
    fn of_what_still_rings_only_our_own_calls_are_taken_over() {
        let dialogs = Dialogs::default();
        let theirs = replaces("c;to-tag=ours;from-tag=theirs;early-only");
        let (_, guard) = attached(&dialogs, "theirs", Side::Far);
        assert_eq!(dialogs.leg_of(&theirs), Err(481));
        drop(guard);
        let (leg, guard) = attached(&dialogs, "", Side::Near);
        assert_eq!(dialogs.leg_of(&theirs), Err(481), "it has no tag yet");
        guard.early("theirs");
        assert_eq!(dialogs.leg_of(&theirs), Ok(leg));
        guard.confirmed("another");
        assert_eq!(
            dialogs.leg_of(&theirs),
            Err(481),
            "another phone has answered"
        );
    }
}
