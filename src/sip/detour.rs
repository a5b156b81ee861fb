//! Peers that are not where their Contact says: phones behind a NAT. What leads to them is the address
//! from which they speak, for the ACK of a 2xx as for everything else (RFC 3581 says it of responses).
//!
//! rsipstack sends that ACK by itself, to where the Contact of the 2xx says; here it asks where that is.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use rsipstack::sip::prelude::HeadersExt as _;
use rsipstack::sip::{Host, Method, SipMessage, ToTypedHeader as _, Transport, Uri};
use rsipstack::transaction::endpoint::{MessageInspector, TargetLocator};
use rsipstack::transport::SipAddr;

use super::message;

#[derive(Debug, Default)]
struct Tables {
    /// INVITEs to such peers, by the branch of their Via.
    invites: HashMap<String, Invite>,
    /// The Contacts that such peers have answered with, and how many of these INVITEs have each.
    contacts: HashMap<String, (SocketAddr, usize)>,
}

#[derive(Debug)]
struct Invite {
    address: SocketAddr,
    contact: Option<String>,
}

/// All detours of an endpoint. Clones are the same.
#[derive(Clone, Debug, Default)]
pub(super) struct Detours(Arc<Mutex<Tables>>);

/// One leg's detour, until it is dropped.
#[derive(Debug)]
pub struct Detour {
    detours: Detours,
    address: SocketAddr,
    branches: Vec<String>,
}

/// Whether a URI leads elsewhere than to an address.
pub(super) fn leads_elsewhere(uri: &Uri, address: SocketAddr) -> bool {
    uri.host_with_port.host != Host::IpAddr(address.ip())
}

impl Tables {
    /// The peer has answered an INVITE that takes a detour.
    fn answered(&mut self, branch: &str, contact: String) {
        let Some(invite) = self.invites.get_mut(branch) else {
            return;
        };
        let before = invite.contact.replace(contact.clone());
        let address = invite.address;
        if before.as_ref() == Some(&contact) {
            return;
        }
        self.forget(before);
        let known = self.contacts.entry(contact).or_insert((address, 0));
        *known = (address, known.1 + 1);
    }

    fn forget(&mut self, contact: Option<String>) {
        if let Some(contact) = contact
            && let Some((_, invites)) = self.contacts.get_mut(&contact)
        {
            *invites -= 1;
            if *invites == 0 {
                self.contacts.remove(&contact);
            }
        }
    }
}

impl Detours {
    fn tables(&self) -> MutexGuard<'_, Tables> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A detour to an address.
    pub(super) fn to(&self, address: SocketAddr) -> Detour {
        Detour {
            detours: self.clone(),
            address,
            branches: Vec::new(),
        }
    }

    fn learn(&self, message: &SipMessage) -> Option<()> {
        let SipMessage::Response(response) = message else {
            return None;
        };
        let is_success = (200..300).contains(&response.status_code.code());
        if !is_success || response.cseq_header().ok()?.method().ok()? != Method::Invite {
            return None;
        }
        let via = response.via_header().ok()?.typed().ok()?;
        let contact = message::contact_uri(response).ok()?.to_string();
        self.tables().answered(via.branch()?.value(), contact);
        Some(())
    }
}

impl Detour {
    /// An INVITE takes it.
    pub(super) fn invite(&mut self, branch: &str) {
        let invite = Invite {
            address: self.address,
            contact: None,
        };
        let mut tables = self.detours.tables();
        tables.invites.insert(branch.to_owned(), invite);
        self.branches.push(branch.to_owned());
    }
}

impl Drop for Detour {
    fn drop(&mut self) {
        let mut tables = self.detours.tables();
        for branch in &self.branches {
            let invite = tables.invites.remove(branch);
            tables.forget(invite.and_then(|invite| invite.contact));
        }
    }
}

impl MessageInspector for Detours {
    fn before_send(&self, message: SipMessage, _: Option<&SipAddr>) -> SipMessage {
        message
    }

    fn after_received(&self, message: SipMessage, _: Option<&SipAddr>) -> SipMessage {
        self.learn(&message);
        message
    }
}

#[async_trait]
impl TargetLocator for Detours {
    async fn locate(&self, uri: &Uri) -> rsipstack::Result<SipAddr> {
        let known = self.tables().contacts.get(&uri.to_string()).copied();
        // What goes by a connection does so on that of the response and is not looked up. Any other
        // transport is the guard's, which rsipstack does not know.
        Ok(match known {
            Some((address, _)) => SipAddr::new(Transport::Udp, address.into()),
            None => SipAddr::new(Transport::Udp, uri.host_with_port.clone()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ok(branch: &str, contact: &str) -> SipMessage {
        SipMessage::try_from(format!(
            "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 127.0.0.1:5060;branch={branch}\r\n\
             From: <sip:111@127.0.0.1>;tag=a\r\nTo: <sip:1001@127.0.0.1>;tag=b\r\nCall-ID: c\r\n\
             CSeq: 1 INVITE\r\nContact: <{contact}>\r\nContent-Length: 0\r\n\r\n"
        ))
        .unwrap()
    }

    async fn found(detours: &Detours, uri: &str) -> String {
        let uri = Uri::try_from(uri).unwrap();
        detours.locate(&uri).await.unwrap().addr.to_string()
    }

    #[tokio::test]
    async fn a_contact_behind_a_nat_is_found_for_as_long_as_a_leg_has_it() {
        let detours = Detours::default();
        let nat: SocketAddr = "203.0.113.9:31000".parse().unwrap();
        let (mut one, mut two) = (detours.to(nat), detours.to(nat));
        let phone = "sip:1001@10.0.0.7:5060";
        for (detour, branch) in [(&mut one, "z9hG4bK1"), (&mut two, "z9hG4bK2")] {
            detour.invite(branch);
            for _ in 0..2 {
                detours.after_received(ok(branch, phone), None);
            }
        }
        assert_eq!(found(&detours, phone).await, "203.0.113.9:31000");
        drop(one);
        assert_eq!(found(&detours, phone).await, "203.0.113.9:31000");
        drop(two);
        assert_eq!(found(&detours, phone).await, "10.0.0.7:5060");
        let tables = detours.tables();
        assert!(tables.invites.is_empty() && tables.contacts.is_empty());
    }

    #[tokio::test]
    async fn who_is_not_behind_a_nat_is_where_they_say() {
        let detours = Detours::default();
        detours.after_received(ok("z9hG4bK1", "sip:a@192.0.2.20:5070"), None);
        assert_eq!(
            found(&detours, "sip:a@192.0.2.20:5070").await,
            "192.0.2.20:5070"
        );
        let uri = Uri::try_from("sip:1001@10.0.0.7").unwrap();
        assert!(leads_elsewhere(&uri, "203.0.113.9:31000".parse().unwrap()));
        assert!(!leads_elsewhere(&uri, "10.0.0.7:5060".parse().unwrap()));
    }
}
