use jiff::Timestamp;

use crate::callback::Callback;
use crate::identity::{Number, Reference};

use super::super::dialect::{Dialect, Row};
use super::super::error::StoreError;

/// A caller with a place in the queue. Times are kept to the millisecond.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The call's reference.
    pub reference: Reference,
    /// The region.
    pub region: String,
    /// The provider to whose share the call counts.
    pub provider: Option<String>,
    /// The skill wanted.
    pub skill: String,
    /// The skill that will do as well.
    pub otherwise: Option<String>,
    /// The higher, the sooner; among equals `since` decides.
    pub priority: i64,
    /// The language.
    pub language: String,
    /// Since when they have waited.
    pub since: Timestamp,
    /// Where they can be called back.
    pub number: Option<Number>,
    /// They are called back through text relay.
    pub text_relay: bool,
    /// They are not on the line, and are to be called back when their turn comes. Needs a number.
    pub kept: bool,
    /// How often they have been called back in vain.
    pub tries: u32,
    /// A word about why they stand where they stand.
    pub mark: Option<String>,
}

/// A caller, and who answers for them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallerRow {
    /// The caller.
    pub caller: Caller,
    /// The node.
    pub node: String,
    /// The epoch of that node.
    pub epoch: i64,
}

/// What a handler is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HandlerState {
    /// Free; with `until`, not to be offered anybody before then.
    Available,
    /// Their phone rings.
    Offered,
    /// With a caller.
    Talking,
    /// After a call. At `until` they are free again without anybody's doing.
    WrapUp,
    /// Not to be offered anybody.
    NotReady,
}

impl HandlerState {
    pub(super) fn word(self) -> &'static str {
        match self {
            HandlerState::Available => "available",
            HandlerState::Offered => "offered",
            HandlerState::Talking => "talking",
            HandlerState::WrapUp => "wrap-up",
            HandlerState::NotReady => "not-ready",
        }
    }

    fn read(word: &str) -> Result<Self, StoreError> {
        Ok(match word {
            "available" => HandlerState::Available,
            "offered" => HandlerState::Offered,
            "talking" => HandlerState::Talking,
            "wrap-up" => HandlerState::WrapUp,
            "not-ready" => HandlerState::NotReady,
            _ => return Err(StoreError::Row(format!("the handler's state {word}"))),
        })
    }
}

/// How a handler stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// What they are doing.
    pub state: HandlerState,
    /// Since when.
    pub since: Timestamp,
    /// Until when, where it ends by itself.
    pub until: Option<Timestamp>,
    /// Why they are not ready.
    pub reason: Option<String>,
    /// Offers missed in a row.
    pub missed: u32,
}

impl Standing {
    /// Free since then.
    pub fn available(since: Timestamp) -> Self {
        Standing {
            state: HandlerState::Available,
            since,
            until: None,
            reason: None,
            missed: 0,
        }
    }
}

/// Somebody who answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HandlerRow {
    /// The account.
    pub handler: String,
    /// The node at which their phone is registered, or that has taken over from it.
    pub node: String,
    /// How they stand.
    pub standing: Standing,
    /// Callers they have answered since they signed in.
    pub calls: u32,
    /// Skills with levels, languages and provider, as JSON. The store does not look into it.
    pub profile: String,
}

/// How an offer ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum OfferOutcome {
    /// They talked, and that is over.
    Talked,
    /// Nobody answered in time.
    Missed,
    /// The phone refused or could not be reached.
    Refused,
    /// It was taken back: the caller has gone, or somebody else has them.
    Withdrawn,
    /// The node that made it is gone.
    NodeLost,
    /// The node that made it let its time pass.
    Expired,
}

impl OfferOutcome {
    /// All of them.
    pub const ALL: [OfferOutcome; 6] = [
        OfferOutcome::Talked,
        OfferOutcome::Missed,
        OfferOutcome::Refused,
        OfferOutcome::Withdrawn,
        OfferOutcome::NodeLost,
        OfferOutcome::Expired,
    ];

    /// One word for the store.
    pub fn word(self) -> &'static str {
        match self {
            OfferOutcome::Talked => "talked",
            OfferOutcome::Missed => "missed",
            OfferOutcome::Refused => "refused",
            OfferOutcome::Withdrawn => "withdrawn",
            OfferOutcome::NodeLost => "node-lost",
            OfferOutcome::Expired => "expired",
        }
    }
}

/// A handler's phone rings, or rang, for a caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfferRow {
    /// Its number.
    pub id: i64,
    /// The caller.
    pub reference: Reference,
    /// The handler.
    pub handler: String,
    /// The node that made it, which is the caller's.
    pub node: String,
    /// The epoch of that node.
    pub epoch: i64,
    /// When it was made.
    pub offered_at: Timestamp,
    /// For how long the phone rings.
    pub until: Timestamp,
    /// When it was answered.
    pub answered_at: Option<Timestamp>,
    /// When it ended, and how.
    pub ended: Option<(Timestamp, OfferOutcome)>,
}

/// A node has begun.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entered {
    /// The epoch in which it now works.
    pub epoch: i64,
    /// What was left of its earlier epoch.
    pub left: Taken,
}

/// Whether a lease still stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Renewed {
    /// It stands.
    Renewed,
    /// Another has taken over, or the node has been started again. [`enter`](super::SharedQueue::enter)
    /// anew.
    Superseded,
}

/// What has become of putting a caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PutCaller {
    /// Stored.
    Stored,
    /// The node's epoch is over.
    Superseded,
    /// Another node answers for this caller: it has taken them over, and is calling them back.
    Elsewhere,
}

/// What has become of putting a handler.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PutHandler {
    /// Stored.
    Stored,
    /// Their phone rings or they talk: node and profile are stored, the standing is not.
    Busy,
    /// The node's epoch is over.
    Superseded,
}

/// What has become of removing a handler.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Removed {
    /// They are gone, or were not there.
    Gone,
    /// Their phone rings or they talk.
    Busy,
    /// Their phone is registered at another node by now.
    Elsewhere,
    /// The node's epoch is over.
    Superseded,
}

/// What has become of an offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Offered {
    /// The handler is held for this caller; their phone may ring.
    Offered(i64),
    /// The caller is not there, talks, or belongs to another node.
    CallerGone,
    /// The handler is not there or not free.
    HandlerTaken,
    /// The node's epoch is over.
    NotOwner,
}

/// What the handler does after an offer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum After {
    /// They are as idle as they were before it.
    AsBefore,
    /// They stand like this.
    Standing(Standing),
    /// They have signed out.
    Gone,
}

/// What was taken over.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// From these nodes.
    pub nodes: Vec<String>,
    /// Callers to be called back, at their old place.
    pub kept: Vec<CallerRow>,
    /// Callers who cannot be called back. They are removed.
    pub lost: Vec<CallerRow>,
    /// Offers that have been ended; their handlers are free.
    pub ended: Vec<OfferRow>,
    /// Promised callbacks that are now to be made here.
    pub promised: Vec<Callback>,
}

impl Taken {
    /// Whether that is nothing.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty() && self.ended.is_empty()
    }
}

/// What a node answers for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mine {
    /// Its callers, those on the line and those kept.
    pub callers: Vec<CallerRow>,
    /// Its live offers.
    pub offers: Vec<OfferRow>,
}

/// What has changed. Apply what has gone first, then the rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Ask for changes since this one next time.
    pub upto: i64,
    /// These are all rows there are: forget the ones from before.
    pub anew: bool,
    /// Callers who have gone.
    pub gone_callers: Vec<Reference>,
    /// Handlers who have gone.
    pub gone_handlers: Vec<String>,
    /// New and changed callers.
    pub callers: Vec<CallerRow>,
    /// New and changed handlers.
    pub handlers: Vec<HandlerRow>,
    /// New and changed offers; one that has ended is gone.
    pub offers: Vec<OfferRow>,
}

impl Changes {
    /// Whether that is nothing.
    pub fn is_empty(&self) -> bool {
        !self.anew
            && self.gone_callers.is_empty()
            && self.gone_handlers.is_empty()
            && self.callers.is_empty()
            && self.handlers.is_empty()
            && self.offers.is_empty()
    }
}

pub(super) fn caller<D: Dialect>(row: &Row<D>) -> Result<CallerRow, StoreError> {
    let reference = row.reference("reference")?;
    let number = row.maybe_text("number")?;
    let number = number.map(|number| Number::parse(&number)).transpose();
    let number =
        number.map_err(|_| StoreError::Row(format!("the number of caller {reference}")))?;
    let caller = Caller {
        reference,
        region: row.text("region")?,
        provider: row.maybe_text("provider")?,
        skill: row.text("skill")?,
        otherwise: row.maybe_text("otherwise")?,
        priority: row.int("priority")?,
        language: row.text("language")?,
        since: row.time("since")?,
        number,
        text_relay: row.flag("text_relay")?,
        kept: row.flag("kept")?,
        tries: row.count("tries")?,
        mark: row.maybe_text("mark")?,
    };
    Ok(CallerRow {
        caller,
        node: row.text("node")?,
        epoch: row.int("epoch")?,
    })
}

pub(super) fn handler<D: Dialect>(row: &Row<D>) -> Result<HandlerRow, StoreError> {
    Ok(HandlerRow {
        handler: row.text("handler")?,
        node: row.text("node")?,
        standing: Standing {
            state: HandlerState::read(&row.text("state")?)?,
            since: row.time("since")?,
            until: row.maybe_time("until")?,
            reason: row.maybe_text("reason")?,
            missed: row.count("missed")?,
        },
        calls: row.count("calls")?,
        profile: row.text("profile")?,
    })
}

pub(super) fn offer<D: Dialect>(row: &Row<D>) -> Result<OfferRow, StoreError> {
    let ended = match (row.maybe_time("ended_at")?, row.maybe_text("outcome")?) {
        (Some(at), Some(word)) => {
            let mut all = OfferOutcome::ALL.into_iter();
            let outcome = all.find(|outcome| outcome.word() == word);
            Some((
                at,
                outcome.ok_or_else(|| StoreError::Row(format!("the outcome {word}")))?,
            ))
        }
        _ => None,
    };
    Ok(OfferRow {
        id: row.int("id")?,
        reference: row.reference("reference")?,
        handler: row.text("handler")?,
        node: row.text("node")?,
        epoch: row.int("epoch")?,
        offered_at: row.time("offered_at")?,
        until: row.time("until")?,
        answered_at: row.maybe_time("answered_at")?,
        ended,
    })
}

/// Reads all rows, each with `read`.
pub(super) fn all<D: Dialect, T>(
    rows: &[Row<D>],
    read: fn(&Row<D>) -> Result<T, StoreError>,
) -> Result<Vec<T>, StoreError> {
    rows.iter().map(read).collect()
}
