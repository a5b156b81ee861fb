//! Which caller a control room means that rings back: one whom we have handed to it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::identity::{Number, Reference};
use crate::mailbox::{self, mailbox};
use crate::sip::Incoming;

use super::outreach::Whom;

/// Callers who are remembered; the oldest are forgotten first.
const CALLERS: usize = 2_000;
/// Calls of control rooms that a caller's call has not yet looked at.
const WAITING: usize = 2;

/// A caller who has been put through to 999.
struct Entry {
    serial: u64,
    reference: Reference,
    /// How they can be rung, where that is known.
    whom: Option<Whom>,
    /// The trunks of the control rooms that have had them.
    trunks: Vec<String>,
    /// A control room has them now.
    connected: bool,
    /// When their call was over.
    gone: Option<Instant>,
    calls: mailbox::Sender<Box<Incoming>>,
}

#[derive(Default)]
struct Known {
    entries: Vec<Entry>,
    serial: u64,
}

/// All callers who have been put through to 999. Clones are the same.
#[derive(Clone, Default)]
pub(super) struct RingBacks(Arc<Mutex<Known>>);

/// What becomes of a call from a control room.
pub(super) enum Meant {
    /// It is with the caller, who is still on the line.
    Led,
    /// The caller has gone; this is how they are rung.
    Gone(Box<Incoming>, Reference, Box<Whom>),
    /// Nobody knows.
    Nobody(Box<Incoming>),
}

impl RingBacks {
    /// A caller is being put through to 999, until the desk is dropped.
    pub(super) fn open(&self, reference: Reference, whom: Option<Whom>) -> RingBackDesk {
        let (sender, calls) = mailbox(WAITING);
        let mut known = self.lock();
        known.serial += 1;
        let serial = known.serial;
        if known.entries.len() >= CALLERS {
            known.entries.remove(0);
        }
        known.entries.push(Entry {
            serial,
            reference,
            whom,
            trunks: Vec::new(),
            connected: false,
            gone: None,
            calls: sender,
        });
        RingBackDesk {
            all: self.clone(),
            serial,
            calls,
        }
    }

    /// Leads a call of a control room to the caller it is about: one whose number it dials, else the last one
    /// whom it has lost, else the last one whom it has had. Callers who have gone are remembered for so
    /// long.
    pub(super) fn lead(&self, trunk: &str, call: Box<Incoming>, keep: Duration) -> Meant {
        let mut known = self.lock();
        let remembered = |gone: Instant| gone.elapsed() < keep;
        known
            .entries
            .retain(|entry| entry.gone.is_none_or(remembered));
        let dialled = Number::parse(&call.invitation.dialled).ok();
        let mut meant: Vec<&Entry> = known
            .entries
            .iter()
            .filter(|entry| entry.trunks.iter().any(|t| t == trunk))
            .collect();
        meant.sort_by_key(|entry| {
            let named = entry.whom.as_ref().map(|whom| &whom.number);
            let is_named = dialled.is_some() && named == dialled.as_ref();
            let rank = (!is_named, entry.gone.is_some(), entry.connected);
            (rank, u64::MAX - entry.serial)
        });
        let mut call = call;
        for entry in meant {
            match (&entry.gone, &entry.whom) {
                (None, _) => match entry.calls.try_send(call) {
                    Ok(()) => return Meant::Led,
                    Err(full) => call = full.into_inner(),
                },
                (Some(_), Some(whom)) => {
                    return Meant::Gone(call, entry.reference, Box::new(whom.clone()));
                }
                (Some(_), None) => {}
            }
        }
        Meant::Nobody(call)
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, serial: u64, change: impl FnOnce(&mut Entry)) {
        let mut known = self.lock();
        let found = known.entries.iter_mut().find(|e| e.serial == serial);
        if let Some(entry) = found {
            change(entry);
        }
    }
}

/// A caller's place among those who have been put through.
pub(super) struct RingBackDesk {
    all: RingBacks,
    serial: u64,
    calls: mailbox::Receiver<Box<Incoming>>,
}

impl RingBackDesk {
    /// A control room has the caller now; nobody has, where there is no trunk.
    pub(super) fn is_with(&self, trunk: Option<&str>) {
        self.all.change(self.serial, |entry| {
            entry.connected = trunk.is_some();
            let new = trunk.filter(|trunk| !entry.trunks.iter().any(|known| known == trunk));
            entry.trunks.extend(new.map(str::to_owned));
        });
    }

    /// The next call of a control room for this caller. Losing this future loses nothing.
    pub(super) async fn next(&mut self) -> Box<Incoming> {
        match self.calls.recv().await {
            Some(call) => call,
            None => std::future::pending().await,
        }
    }
}

impl Drop for RingBackDesk {
    fn drop(&mut self) {
        self.all.change(self.serial, |entry| {
            entry.gone = Some(Instant::now());
            entry.connected = false;
        });
    }
}

/// The same, where there is such a place; else this never comes.
pub(super) async fn next(desk: &mut Option<RingBackDesk>) -> Box<Incoming> {
    match desk {
        Some(desk) => desk.next().await,
        None => std::future::pending().await,
    }
}
