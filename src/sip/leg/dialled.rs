//! What another process needs to go on with an INVITE that has no final answer yet.

use std::time::Duration;

use rsipstack::sip::{Header, Request};
use serde::{Deserialize, Serialize};

use crate::mailbox::mailbox;

use super::super::error::SipError;
use super::super::message;
use super::super::wire::Wire;
use super::handle::{Leg, LegEvent, LegEvents, LegId};
use super::outgoing::{self, Credentials, Dial, Sent};
use super::standing::Way;

/// How long an INVITE that has been taken up may stay without any response: for as long as somebody may ring.
const LONGEST_RINGING: Duration = Duration::from_secs(60 * 60);
/// Events of a leg that nobody hears.
const UNHEARD: usize = 16;

/// An INVITE on its way: see [`resume_dialled`]. It names people by their numbers, and holds no password.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dialled {
    /// Its head, with our Via on top.
    invite: String,
    way: Way,
    /// The peer is not where the Request-URI says.
    detour: bool,
    may_refer: bool,
    credentials: bool,
}

impl Dialled {
    pub(super) fn new(
        invite: &Request,
        via: Header,
        hop: &super::super::wire::Hop,
        detour: bool,
        dial: &Dial,
    ) -> Self {
        let mut head = message::head(invite);
        head.headers.push_front(via);
        Dialled {
            invite: head.to_string(),
            way: Way::of(hop),
            detour,
            may_refer: dial.may_refer,
            credentials: dial.credentials.is_some(),
        }
    }

    /// Whether it has been dialled with [`Credentials`]: they are to be found again, as they are not written
    /// down.
    pub fn has_credentials(&self) -> bool {
        self.credentials
    }

    fn sent(self, wire: &Wire, leg: LegId) -> Result<Sent, SipError> {
        let invite = Request::try_from(self.invite)?;
        let branch = message::branch(&invite).ok_or(SipError::Malformed("Via without a branch"))?;
        let (hop, _) = self.way.hop()?;
        let whole = (invite.clone(), branch, hop);
        let mut sent = Sent::new(wire, leg, whole, self.detour)?;
        // A PRACK of the process before must not have its number given away again.
        sent.dialog.jump();
        // Whether anything has come back is not known; what has gone out a while ago may be cancelled.
        sent.progressed = true;
        sent.replies = wire.await_replies(invite, &sent.hop, LONGEST_RINGING)?;
        Ok(sent)
    }
}

/// Goes on with an INVITE that another process has sent from the same address: it rings on, and its answer
/// or refusal comes as an event as if this process had dialled. Nothing is sent before the leg is told to;
/// the other targets of its dial are not tried. `credentials` are for the requests once it is answered.
pub fn resume_dialled(
    wire: &Wire,
    dialled: Dialled,
    credentials: Option<Credentials>,
    events: LegEvents,
) -> Result<Leg, SipError> {
    let dial = Dial {
        targets: vec![],
        from: String::new(),
        to: String::new(),
        headers: vec![],
        offer: String::new(),
        credentials,
        response_time: LONGEST_RINGING,
        may_refer: dialled.may_refer,
    };
    outgoing::go_on(wire, dial, events, |leg| dialled.sent(wire, leg))
}

/// Takes an INVITE back that another process has sent from the same address: it is cancelled (RFC 3261
/// section 9.1), and whoever answers all the same is hung up on, so that nobody holds a dead line.
pub fn abandon(wire: &Wire, dialled: Dialled) -> Result<(), SipError> {
    let (events, mut unheard) = mailbox(UNHEARD);
    let leg = resume_dialled(wire, dialled, None, events)?;
    leg.hang_up();
    tokio::spawn(async move {
        while let Some((_, event)) = unheard.recv().await {
            if matches!(event, LegEvent::Ended(_)) {
                break;
            }
        }
        drop(leg);
    });
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_has_been_dialled_is_the_same_when_it_is_read_again(
            invite in "(.|\r\n){0,200}",
            flags in any::<[bool; 3]>(),
        ) {
            let dialled = Dialled {
                invite,
                way: Way::of(&crate::sip::Hop {
                    transport: crate::sip::Transport::Udp,
                    address: ([192, 0, 2, 1], 5060).into(),
                    connection: None,
                }),
                detour: flags[0],
                may_refer: flags[1],
                credentials: flags[2],
            };
            let text = serde_json::to_string(&dialled).unwrap();
            let read: Dialled = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(read, dialled);
        }
    }
}
