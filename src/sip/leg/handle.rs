use std::sync::atomic::{AtomicU64, Ordering};

use serde::{Deserialize, Serialize};

use crate::mailbox::{self, TrySendError, mailbox};

use super::super::refer_to::ReferTo;
use super::super::replaces::Replaces;
use super::dialled::Dialled;
use super::standing::Standing;

/// Names a leg for as long as the process lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LegId(u64);

impl LegId {
    /// Its number, for another process to tell legs apart by.
    pub fn number(self) -> u64 {
        self.0
    }

    pub(in crate::sip) fn next() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        LegId(NEXT.fetch_add(1, Ordering::Relaxed))
    }

    /// Names no leg, now or ever.
    pub fn nobody() -> Self {
        LegId(0)
    }
}

/// Names an offer of the far end until it has been replied to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OfferId(pub(super) u32);

/// Names a REFER of the far end for as long as something may come of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReferId(pub(super) u32);

/// Who ended a leg, or opened it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Side {
    /// The peer: BYE, CANCEL or a refusal.
    Far,
    /// We ourselves.
    Near,
    /// Neither: nothing came back, or the peer cannot be reached.
    Network,
}

/// Why a leg ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// Who ended it.
    pub by: Side,
    /// The final status of an INVITE that was not answered.
    pub status: Option<u16>,
    /// A few words for the timeline.
    pub text: &'static str,
}

impl Cause {
    pub(super) fn new(by: Side, status: Option<u16>, text: &'static str) -> Self {
        Cause { by, status, text }
    }
}

/// What happens on a leg.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LegEvent {
    /// Outgoing: the peer has taken the request (100) or is ringing (above). A session description is
    /// early media.
    Progress {
        /// 100 to 199.
        status: u16,
        /// The peer's session description, where it sent one.
        sdp: Option<String>,
    },
    /// Outgoing: answered, and acknowledged by us.
    Answered {
        /// The peer's answer to our offer.
        sdp: Option<String>,
    },
    /// Incoming: our 2xx, or our answer to an offer of the peer, has been acknowledged.
    Acknowledged {
        /// The peer's answer, when the offer was ours (in the 200).
        sdp: Option<String>,
    },
    /// The peer wants to change the session (re-INVITE or UPDATE). It waits for [`Leg::reply`].
    Offer {
        /// To be given back with the reply.
        id: OfferId,
        /// The peer's offer; none when it asks for ours.
        sdp: Option<String>,
    },
    /// Our own re-INVITE was answered; none when it was refused and the session stays as it was.
    Changed {
        /// The peer's answer.
        sdp: Option<String>,
    },
    /// A key by SIP INFO, as its two body types carry them.
    Info {
        /// `application/dtmf-relay` or `application/dtmf`.
        content_type: String,
        /// The body.
        body: String,
    },
    /// The peer, one that may, wants to transfer the call (REFER, RFC 3515). It waits for
    /// [`Leg::refer_reply`], and is refused when none comes within 5 s. Only one comes at a time.
    Refer {
        /// To be given back with the reply, and with what is told of the transfer.
        id: ReferId,
        /// Whom the call is to be transferred to.
        to: ReferTo,
        /// In an attended transfer the dialog that the call is to take the place of (RFC 5589
        /// section 7.3). It is named as the target knows it. Where the peer has called us to consult
        /// somebody, its target are we: [`super::super::Wire::leg_of`] finds that leg.
        replaces: Option<Replaces>,
    },
    /// Outgoing: an INVITE has gone out, to the first target or the next, or once more with an answer to a
    /// challenge. With this it can be waited for, or cancelled, in another process; it holds from the one
    /// before on, until the leg is answered or over.
    Dialled(Box<Dialled>),
    /// The leg has been answered, or something about it has changed since: with this it can be taken up in
    /// another process. Told when the answer has been given or has come, and then only with a difference;
    /// a call in which neither side asks for anything has two at the most. It holds until the next one, or
    /// until the leg is over.
    Standing(Box<Standing>),
    /// The leg is over. Nothing follows.
    Ended(Cause),
}

/// The channel on which a call hears of all its legs.
pub type LegEvents = mailbox::Sender<(LegId, LegEvent)>;

#[derive(Debug)]
pub(super) enum Command {
    Ring,
    Answer(String),
    Reject(u16),
    Offer(String),
    Reply(OfferId, Result<Option<String>, u16>),
    ReferReply(ReferId, Result<(), u16>),
    ReferProgress(ReferId, u16),
    HangUp,
}

/// Commands that a leg has not yet looked at.
const COMMANDS: usize = 32;

pub(super) fn channel() -> (Leg, mailbox::Receiver<Command>) {
    let (commands, receiver) = mailbox(COMMANDS);
    let id = LegId::next();
    (Leg { id, commands }, receiver)
}

/// A leg as the call holds it. Commands to a leg that has ended are ignored.
#[derive(Clone, Debug)]
pub struct Leg {
    id: LegId,
    commands: mailbox::Sender<Command>,
}

impl Leg {
    /// The leg's name in its events.
    pub fn id(&self) -> LegId {
        self.id
    }

    /// Incoming: tells the caller that it is ringing (180).
    pub fn ring(&self) {
        self.tell(Command::Ring);
    }

    /// Incoming: answers with a session description, which is our answer or, when the INVITE had none,
    /// our offer.
    pub fn answer(&self, sdp: String) {
        self.tell(Command::Answer(sdp));
    }

    /// Incoming: refuses with a final status of 300 to 699.
    pub fn reject(&self, status: u16) {
        self.tell(Command::Reject(status));
    }

    /// Offers a changed session in a re-INVITE; [`LegEvent::Changed`] tells what came of it.
    pub fn offer(&self, sdp: String) {
        self.tell(Command::Offer(sdp));
    }

    /// Replies to [`LegEvent::Offer`] with a session description, or refuses with a status.
    pub fn reply(&self, id: OfferId, answer: Result<Option<String>, u16>) {
        self.tell(Command::Reply(id, answer));
    }

    /// Replies to [`LegEvent::Refer`]: agrees (202), or refuses with a status of 300 to 699. Once agreed,
    /// the peer is told of the transfer for three minutes at the most.
    pub fn refer_reply(&self, id: ReferId, accepted: Result<(), u16>) {
        self.tell(Command::ReferReply(id, accepted));
    }

    /// Tells the peer how far a transfer that has been agreed to has got: the status that the target
    /// has answered with. From 200 on it is the last; phones hang up by themselves when it is 200.
    pub fn refer_progress(&self, id: ReferId, status: u16) {
        self.tell(Command::ReferProgress(id, status));
    }

    /// Ends the leg by whatever its state calls for: BYE, CANCEL or a refusal.
    pub fn hang_up(&self) {
        self.tell(Command::HangUp);
    }

    fn tell(&self, command: Command) {
        match self.commands.try_send(command) {
            Ok(()) | Err(TrySendError::Disconnected(_)) => {}
            Err(TrySendError::Full(command)) => {
                tracing::error!(leg = self.id.0, ?command, "leg takes no commands");
            }
        }
    }
}
