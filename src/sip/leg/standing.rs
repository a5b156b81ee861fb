//! What another process needs to go on with a leg that has been answered.

use rsipstack::sip::Transport;
use serde::{Deserialize, Serialize};

use super::super::dialog::Written;
use super::super::error::SipError;
use super::super::wire::Hop;
use super::handle::Side;

/// An answered leg as it stands: see [`super::resume`]. It names people by their numbers, and holds no
/// password.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    pub(super) dialog: Written,
    pub(super) way: Way,
    pub(super) opened_by: Side,
    pub(super) may_refer: bool,
    pub(super) referred: bool,
    /// The peer is behind a NAT.
    pub(super) detour: bool,
    pub(super) credentials: bool,
    pub(super) offers: u32,
    /// Our 200, as long as no ACK has come for it.
    pub(super) unacknowledged: Option<Unacknowledged>,
    /// The head of a re-INVITE of ours that has no answer yet.
    pub(super) offer: Option<String>,
}

impl Standing {
    /// Whether the leg has been dialled with [`super::Credentials`]: they are to be found again, as they
    /// are not written down.
    pub fn has_credentials(&self) -> bool {
        self.credentials
    }
}

/// A 200 of ours that is still to be acknowledged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Unacknowledged {
    /// The INVITE, as far as its transaction needs it.
    pub invite: String,
    pub response: String,
    /// The offer stood in our response, so the ACK brings the answer.
    pub answer_in_ack: bool,
}

/// A hop written down.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Way {
    transport: String,
    address: std::net::SocketAddr,
    /// It led along a connection that the peer had opened, and that is closed when the process ends.
    flow: bool,
}

impl Way {
    pub(super) fn of(hop: &Hop) -> Self {
        Way {
            transport: hop.transport.to_string(),
            address: hop.address,
            flow: hop.connection.is_some(),
        }
    }

    /// The hop, and whether there is a way to it.
    pub(super) fn hop(&self) -> Result<(Hop, bool), SipError> {
        let hop = Hop {
            transport: Transport::try_from(self.transport.as_str())?,
            address: self.address,
            connection: None,
        };
        Ok((hop, !self.flow))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ways() -> impl Strategy<Value = Way> {
        let transports = prop::sample::select(vec!["UDP", "TCP", "TLS"]);
        (
            transports,
            (any::<std::net::IpAddr>(), any::<u16>()),
            any::<bool>(),
        )
            .prop_map(|(transport, address, flow)| Way {
                transport: transport.into(),
                address: address.into(),
                flow,
            })
    }

    fn dialogs() -> impl Strategy<Value = Written> {
        let routes = prop::collection::vec(".{0,40}", 0..4);
        (".{0,60}", any::<u32>(), any::<Option<u32>>(), routes)
            .prop_map(|(text, near, far, routes)| Written::of(&text, near, far, routes))
    }

    fn standings() -> impl Strategy<Value = Standing> {
        let waiting = (".{0,200}", "(.|\r\n){0,200}", any::<bool>()).prop_map(
            |(invite, response, answer_in_ack)| Unacknowledged {
                invite,
                response,
                answer_in_ack,
            },
        );
        let flags = any::<[bool; 5]>();
        let waiting = (prop::option::of(waiting), prop::option::of(".{0,99}"));
        (dialogs(), ways(), flags, any::<u32>(), waiting).prop_map(
            |(dialog, way, flags, offers, (unacknowledged, offer))| Standing {
                dialog,
                way,
                opened_by: if flags[0] { Side::Near } else { Side::Far },
                may_refer: flags[1],
                referred: flags[2],
                detour: flags[3],
                credentials: flags[4],
                offers,
                unacknowledged,
                offer,
            },
        )
    }

    proptest! {
        #[test]
        fn a_standing_is_the_same_when_it_is_read_again(standing in standings()) {
            let text = serde_json::to_string(&standing).unwrap();
            let read: Standing = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(read, standing);
        }

        #[test]
        fn a_hop_is_the_same_when_it_is_read_again(way in ways()) {
            let (hop, _) = way.hop().unwrap();
            prop_assert_eq!(hop.address, way.address);
            prop_assert_eq!(hop.transport.to_string(), way.transport);
        }
    }
}
