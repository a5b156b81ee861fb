use std::net::SocketAddr;

use jiff::Timestamp;

use crate::settings::{Peer, Transport};

use super::uri::Parts;

/// Where one phone of an account can be reached, and until when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    /// The contact's URI, as it was written: the Request-URI of calls to this phone.
    pub uri: String,
    /// Where the REGISTER came from.
    pub received: Peer,
    /// Preference in thousandths; the greatest is tried first.
    pub q: u16,
    /// When it runs out.
    pub expires: Timestamp,
    /// When it was made or refreshed.
    pub refreshed: Timestamp,
    /// The phone's own name for itself (RFC 5626), where it gave one.
    pub instance: Option<String>,
    /// The Call-ID of the last REGISTER for it.
    pub call_id: String,
    /// The CSeq of that REGISTER.
    pub cseq: u32,
}

impl Binding {
    /// Where to send requests to this phone: the address in its contact, if that is the machine that
    /// registered; else back to where the REGISTER came from, as through a NAT nothing else leads to
    /// it. A contact that names a host, or wants a transport of another kind, also goes back.
    pub fn hop(&self) -> Peer {
        self.said().unwrap_or(self.received)
    }

    fn said(&self) -> Option<Peer> {
        let parts = Parts::read(&self.uri)?;
        if parts.is_secure() || parts.param("maddr").is_some() {
            return None;
        }
        let transport = match parts.param("transport") {
            None => Transport::Udp,
            Some(name) if name.eq_ignore_ascii_case("udp") => Transport::Udp,
            Some(name) if name.eq_ignore_ascii_case("tcp") => Transport::Tcp,
            Some(_) => return None,
        };
        // A phone that came by TCP and names none may be listening on nothing else.
        if transport != self.received.transport {
            return None;
        }
        let address = parts.address()?;
        let same_machine = canonical(address) == canonical(self.received.address);
        same_machine.then_some(Peer { transport, address })
    }

    /// Whether a contact of a new REGISTER means this binding.
    pub(super) fn is(&self, uri: &Parts, instance: Option<&str>) -> bool {
        let same_phone = instance.is_some() && self.instance.as_deref() == instance;
        same_phone || Parts::read(&self.uri).is_some_and(|ours| ours.same(uri))
    }

    /// As a Contact value of a response; the time left is rounded up to a second.
    pub(super) fn to_contact(&self, now: Timestamp) -> String {
        let left = self.expires.duration_since(now).as_millis().max(0);
        let seconds = (left + 999) / 1_000;
        let q = match self.q {
            1_000 => String::new(),
            q => format!(";q=0.{q:03}"),
        };
        format!("<{}>;expires={seconds}{q}", self.uri)
    }
}

fn canonical(address: SocketAddr) -> std::net::IpAddr {
    address.ip().to_canonical()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hop(uri: &str, received: &str) -> String {
        let binding = Binding {
            uri: uri.into(),
            received: received.parse().unwrap(),
            q: 1_000,
            expires: Timestamp::UNIX_EPOCH,
            refreshed: Timestamp::UNIX_EPOCH,
            instance: None,
            call_id: String::new(),
            cseq: 1,
        };
        binding.hop().to_string()
    }

    #[test]
    fn a_phone_on_an_open_network_is_rung_where_it_says() {
        let said = hop("sip:1001@192.0.2.1:6000", "udp:192.0.2.1:5062");
        assert_eq!(said, "udp:192.0.2.1:6000");
        let said = hop("sip:1001@192.0.2.1", "udp:[::ffff:192.0.2.1]:5062");
        assert_eq!(said, "udp:192.0.2.1:5060");
        let said = hop(
            "sip:1001@192.0.2.1:6000;transport=TCP",
            "tcp:192.0.2.1:40000",
        );
        assert_eq!(said, "tcp:192.0.2.1:6000");
    }

    #[test]
    fn a_phone_behind_a_nat_is_rung_where_it_came_from() {
        for uri in [
            "sip:1001@10.0.0.7:5062",
            "sip:1001@phone.invalid",
            "sip:1001@192.0.2.1:5062;transport=tcp",
            "sip:1001@192.0.2.1;transport=ws",
            "sip:1001@192.0.2.1;maddr=203.0.113.9",
            "sips:1001@192.0.2.1",
        ] {
            assert_eq!(
                hop(uri, "udp:192.0.2.1:33000"),
                "udp:192.0.2.1:33000",
                "{uri}"
            );
        }
        let back = hop("sip:1001@192.0.2.1:5062", "tcp:192.0.2.1:40000");
        assert_eq!(back, "tcp:192.0.2.1:40000");
    }
}
