//! The phones of our own people, wherever they are registered.

use jiff::Timestamp;

use crate::queue::HandlerId;
use crate::queue::shared;
use crate::settings::Peer;
use crate::sip::Hop;
use crate::sip::registrar::Binding;
use crate::steady;

use super::service::Service;

/// A phone that can be rung.
pub(super) struct Phone {
    /// The Request-URI.
    pub(super) uri: String,
    /// Where to send to.
    pub(super) hop: Hop,
}

/// Somebody's phones: those that are registered here, or else those that another node has told of.
pub(super) fn phones(service: &Service, handler: &HandlerId) -> Vec<Phone> {
    let here = service.registrations.phones(handler.as_str());
    if here.is_empty() {
        return elsewhere(service.waiting_room.phones(handler), steady::now());
    }
    let here = here.into_iter().map(|binding| Phone {
        hop: Hop::to(binding.hop()),
        uri: binding.uri,
    });
    here.collect()
}

/// Those whose registration has not run out, and of which it can be read where to send to.
fn elsewhere(phones: Vec<shared::Phone>, now: Timestamp) -> Vec<Phone> {
    let phones = phones.into_iter().filter(|phone| phone.expires > now);
    let phones = phones.filter_map(|phone| {
        let peer: Peer = phone.via.parse().ok()?;
        Some(Phone {
            uri: phone.uri,
            hop: Hop::to(peer),
        })
    });
    phones.collect()
}

/// A phone that is registered here, as other nodes are told of it.
pub(super) fn told(binding: &Binding) -> shared::Phone {
    shared::Phone {
        uri: binding.uri.clone(),
        via: binding.hop().to_string(),
        expires: binding.expires,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phones_of_other_nodes_ring_until_their_registration_runs_out() {
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        let phone = |via: &str, expires: i64| shared::Phone {
            uri: "sip:1001@192.0.2.1:5070".into(),
            via: via.into(),
            expires: Timestamp::from_second(1_800_000_000 + expires).unwrap(),
        };
        let phones = [
            phone("tcp:192.0.2.1:5070", 60),
            phone("udp:192.0.2.2:5070", 0),
            phone("carrier pigeon", 60),
            phone("udp:[2001:db8::1]:5070", 1),
        ];
        let found = elsewhere(phones.into(), now);
        let hops: Vec<_> = found.iter().map(|p| p.hop.address.to_string()).collect();
        assert_eq!(hops, ["192.0.2.1:5070", "[2001:db8::1]:5070"]);
        assert_eq!(found[0].uri, "sip:1001@192.0.2.1:5070");
    }
}
