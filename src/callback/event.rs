use jiff::Timestamp;

use crate::identity::Reference;

use super::change::{By, Change};
use super::entry::{Callback, Outcome};
use super::order::{Order, Refusal};
use super::settings::Settings;

/// What has happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A callback has been promised, and is stored.
    Booked(Callback),
    /// A callback has been found in the store at the start.
    Restored(Callback),
    /// A conversation that another process has begun goes on here, since then. To be told before its callback is
    /// [restored](Event::Restored).
    GoesOn(Reference, Timestamp),
    /// These, and only these, are this node's to make, by what is stored: another node has taken over the
    /// others, or given them back.
    Compared(Vec<Callback>),
    /// A clinician, by account, is there and waits.
    ClinicianReady(Reference, String),
    /// The clinician has gone, or could not be had, before the caller answered.
    ClinicianGone(Reference),
    /// The caller has answered.
    CallerAnswered(Reference),
    /// The caller was not reached; a machine may have answered in their place.
    CallerMissed(Reference, Outcome),
    /// The caller's phone could not be rung, through no fault of theirs: a network or a trunk failed.
    NotRung(Reference),
    /// The conversation is over, and with it what the caller was called for: by whom.
    Over(Reference, By),
    /// The conversation broke off, or did not come about: one of the two was lost.
    BrokenOff(Reference),
    /// The caller was lost on the way to 999: nobody is rung sooner.
    LostInDanger(Reference),
    /// The conversation has ended with another promise for the same need. From now on the callback is due as
    /// this one says.
    Renewed(Callback),
    /// The caller rings, or has been recognised as they did. It counts until [`Event::CallerHasRung`].
    CallerRings(Reference),
    /// That call of theirs is over.
    CallerHasRung(Reference),
    /// The caller has talked with a clinician in a later call about what the callback was promised for, since
    /// that moment.
    SpokenTo(Reference, By, Timestamp),
    /// The caller has confirmed in a later call how they are to be called back, perhaps on another number. It
    /// stands in place of what was promised before.
    ConfirmedAgain(Callback),
    /// A clinician, by account, has decided what becomes of a caller who could not be reached.
    Decided(Reference, Decision, String),
    /// Whoever was asked has gone without a decision.
    Undecided(Reference),
    /// Somebody orders something about a callback.
    Ordered(Reference, Order, By),
    /// From now on they are tried so; what is due already stays due when it was.
    Changed(Settings),
    /// Time has passed.
    Tick,
}

/// What a clinician decides about a caller who could not be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// One more try, at once.
    TryNow,
    /// One more try, at this time.
    TryAt(Timestamp),
    /// Nothing more is to be done.
    Close,
}

/// What is to be done. In order: what is to be saved is saved before the next thing is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Store it as it stands now, and why.
    Save(Callback, Change),
    /// A try has ended so; store that too.
    Attempted(Reference, Outcome),
    /// Wait for a clinician who makes it.
    Seek(Callback),
    /// Whoever is waited for is waited for as this says from now on.
    SeekAnew(Callback),
    /// Wait for a clinician who decides what becomes of it.
    Decide(Callback),
    /// Ring the caller.
    RingCaller(Callback),
    /// Wait for nobody any longer: it is done, not due yet, or another node's.
    Stop(Reference),
    /// Tell a supervisor that it may miss its deadline.
    AtRisk(Reference),
    /// Tell a supervisor that it has missed its deadline; said once, and once more after a restart.
    Late(Reference),
    /// What has come of an order. One to close what is under way is answered when that is over.
    Ordered(Reference, Result<(), Refusal>),
}
