//! Conversations that another process has begun, and that go on here.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::identity::Reference;

use super::Callback;
use super::book::Book;
use super::entry::Stage;
use super::event::{Action, Event};
use super::open::Open;

/// Those whose callbacks have not been found in the store yet, which may be away for longer than the
/// conversations last.
#[derive(Clone, Debug, Default)]
pub(super) struct GoingOn(BTreeMap<Reference, Talk>);

/// A conversation.
#[derive(Clone, Debug)]
pub(super) struct Talk {
    since: Timestamp,
    /// How it has ended, once it has.
    ended: Option<Event>,
}

impl GoingOn {
    pub(super) fn begins(&mut self, reference: Reference, since: Timestamp) {
        let talk = Talk { since, ended: None };
        self.0.insert(reference, talk);
    }

    pub(super) fn take(&mut self, reference: Reference) -> Option<Talk> {
        self.0.remove(&reference)
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// Keeps what is told of such a conversation until its callback is known; gives everything else back.
    pub(super) fn waits_with(&mut self, event: Event) -> Option<Event> {
        let about = match &event {
            Event::Over(reference, _)
            | Event::BrokenOff(reference)
            | Event::LostInDanger(reference)
            | Event::CallerMissed(reference, _) => *reference,
            Event::Renewed(callback) => callback.reference,
            _ => return Some(event),
        };
        match self.0.get_mut(&about) {
            Some(talk) => {
                talk.ended = Some(event);
                None
            }
            None => Some(event),
        }
    }
}

impl Book {
    /// Whatever the store says of how far it has got: the two talk.
    pub(super) fn talks_on(
        &mut self,
        now: Timestamp,
        mut callback: Callback,
        talk: Talk,
        actions: &mut Vec<Action>,
    ) {
        if callback.stage == Stage::Done {
            return;
        }
        callback.stage = Stage::Talking;
        let open = self.open.put(Open::new(now, callback));
        open.talking = Some(talk.since);
        if let Some(event) = talk.ended {
            self.happened(now, event, actions);
        }
    }
}
