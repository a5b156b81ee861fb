use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::identity::{Number, Reference};

use super::super::event::Place;
use super::super::handler::{HandlerId, Profile, Reason};
use super::super::wanted::Wanted;

/// A caller with a place in the queue, as all nodes see them. Times are kept to the millisecond.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The call's reference.
    pub reference: Reference,
    /// Whom they wait for.
    pub wanted: Wanted,
    /// Where they stand.
    pub place: Place,
    /// Since when they have waited.
    pub since: Timestamp,
    /// To be offered to nobody before then.
    pub not_before: Option<Timestamp>,
    /// Who they are.
    pub contact: Contact,
    /// They are not on the line, and are to be called back when their turn comes. Needs a number.
    pub kept: bool,
    /// How often they have been called back in vain.
    pub tries: u32,
}

/// Who a caller is, and how to reach them if the call breaks off.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contact {
    /// Where they can be called back.
    pub number: Option<Number>,
    /// They are called back through text relay (18002).
    pub text_relay: bool,
    /// The language that they chose.
    pub language: String,
    /// What a handler's display says of them: the region and the choice.
    pub display: String,
    /// The first half of the postcode that they have keyed, of where the patient is.
    pub postcode: Option<String>,
    /// Somebody has promised to call them back: it is that promise that counts, and not this place.
    pub promised: bool,
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
    pub reason: Option<Reason>,
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

/// A phone that rings for somebody, wherever it is registered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Phone {
    /// The Contact URI: the Request-URI of calls to it.
    pub uri: String,
    /// Transport and address to send to, such as `udp:127.0.0.1:5070`.
    pub via: String,
    /// When its registration ends.
    pub expires: Timestamp,
}

/// What is known of somebody who answers, besides what they are doing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Desk {
    /// What they can do, and for whom they work.
    pub profile: Profile,
    /// Their phones.
    pub phones: Vec<Phone>,
}

/// Somebody who answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HandlerRow {
    /// Who.
    pub handler: HandlerId,
    /// The node at which their phone is registered, or that has taken over from it.
    pub node: String,
    /// How they stand.
    pub standing: Standing,
    /// Callers they have answered since they signed in.
    pub calls: u32,
    /// What they can do, and their phones.
    pub desk: Desk,
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

/// A handler's phone rings, or rang, for a caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfferRow {
    /// Its number.
    pub id: i64,
    /// The caller.
    pub reference: Reference,
    /// The handler.
    pub handler: HandlerId,
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
    /// Their phone rings or they talk: node and desk are stored, the standing is not.
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
    pub gone_handlers: Vec<HandlerId>,
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
