//! A dialog (RFC 3261 section 12): who talks to whom, by which route, and how far both have counted.

use std::hash::{Hash, Hasher};

use rsipstack::sip::prelude::HeadersExt;
use rsipstack::sip::{Header, Headers, Method, Request, Response, Uri, Version};
use serde::{Deserialize, Serialize};

use super::error::SipError;
use super::message;

/// What identifies a dialog on our side: Call-ID and our own tag. The far tag is left out so that
/// the branches of a forked call find the same leg.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DialogId {
    /// Call-ID.
    pub call_id: String,
    /// The tag that we chose.
    pub local_tag: String,
}

/// Whether a request inside the dialog comes in order (RFC 3261 section 12.2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Newer than all before.
    Next,
    /// Its CSeq has been passed already.
    Old,
}

/// How far our own counting jumps when a dialog is taken up again: what was sent last may not have been
/// written down, and a number must not come twice.
const JUMP: u32 = 16;

/// A dialog as it is written down, to be taken up again elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Written {
    call_id: String,
    local_tag: String,
    remote_tag: String,
    local: String,
    remote: String,
    local_cseq: u32,
    remote_cseq: Option<u32>,
    route_set: Vec<String>,
    remote_target: String,
}

#[cfg(test)]
impl Written {
    /// One of these texts and numbers.
    pub(super) fn of(text: &str, cseq: u32, remote_cseq: Option<u32>, routes: Vec<String>) -> Self {
        let text = || text.to_owned();
        Written {
            call_id: text(),
            local_tag: text(),
            remote_tag: text(),
            local: text(),
            remote: text(),
            local_cseq: cseq,
            remote_cseq,
            route_set: routes,
            remote_target: text(),
        }
    }
}

/// The state that both ends share.
#[derive(Clone, Debug)]
pub struct Dialog {
    /// Call-ID and our tag.
    pub id: DialogId,
    /// The far end's tag; empty until the far end has given one.
    pub remote_tag: String,
    local: String,
    remote: String,
    local_cseq: u32,
    remote_cseq: Option<u32>,
    route_set: Vec<String>,
    remote_target: Uri,
}

impl Dialog {
    /// The dialog that our answer to `invite` creates, under the tag `local_tag`.
    pub fn as_uas(invite: &Request, local_tag: &str) -> Result<Self, SipError> {
        Ok(Dialog {
            id: DialogId {
                call_id: invite.call_id_header()?.value().to_owned(),
                local_tag: local_tag.to_owned(),
            },
            remote_tag: message::from_tag(invite)?,
            local: format!("{};tag={local_tag}", invite.to_header()?.value()),
            remote: invite.from_header()?.value().to_owned(),
            local_cseq: 0,
            remote_cseq: Some(invite.cseq_header()?.seq()?),
            route_set: message::record_routes(invite),
            remote_target: message::contact_uri(invite)?,
        })
    }

    /// The dialog that our `invite` opens, before anything has come back.
    pub fn as_uac(invite: &Request) -> Result<Self, SipError> {
        Ok(Dialog {
            id: DialogId {
                call_id: invite.call_id_header()?.value().to_owned(),
                local_tag: message::from_tag(invite)?,
            },
            remote_tag: String::new(),
            local: invite.from_header()?.value().to_owned(),
            remote: invite.to_header()?.value().to_owned(),
            local_cseq: invite.cseq_header()?.seq()?,
            remote_cseq: None,
            route_set: Vec::new(),
            remote_target: invite.uri.clone(),
        })
    }

    /// The dialog as it stands, to be written down.
    pub fn written(&self) -> Written {
        Written {
            call_id: self.id.call_id.clone(),
            local_tag: self.id.local_tag.clone(),
            remote_tag: self.remote_tag.clone(),
            local: self.local.clone(),
            remote: self.remote.clone(),
            local_cseq: self.local_cseq,
            remote_cseq: self.remote_cseq,
            route_set: self.route_set.clone(),
            remote_target: self.remote_target.to_string(),
        }
    }

    /// A dialog taken up again. Our own counting jumps ahead; the request of the peer that was counted
    /// last may come once more, as nobody knows whether it has been answered.
    pub fn resumed(written: Written) -> Result<Self, SipError> {
        let mut dialog = Dialog {
            remote_target: Uri::try_from(written.remote_target.as_str())?,
            id: DialogId {
                call_id: written.call_id,
                local_tag: written.local_tag,
            },
            remote_tag: written.remote_tag,
            local: written.local,
            remote: written.remote,
            local_cseq: written.local_cseq,
            remote_cseq: written.remote_cseq.and_then(|seq| seq.checked_sub(1)),
            route_set: written.route_set,
        };
        dialog.jump();
        Ok(dialog)
    }

    /// Leaves out as many numbers as may have been used without having been written down.
    pub fn jump(&mut self) {
        self.local_cseq = self.local_cseq.wrapping_add(JUMP);
    }

    /// Stands for all that changes while the dialog lasts, without a copy of it.
    pub fn mark(&self, hasher: &mut impl Hasher) {
        self.remote_tag.hash(hasher);
        self.local_cseq.hash(hasher);
        self.remote_cseq.hash(hasher);
        self.remote_target.hash(hasher);
    }

    /// Takes the far tag, route set and target from a 101–299 response to our INVITE
    /// (RFC 3261 section 12.1.2: the route set is the Record-Route, reversed).
    pub fn established_by(&mut self, response: &Response) -> Result<(), SipError> {
        let tag = message::to_tag(response).ok_or(SipError::Malformed("To without a tag"))?;
        self.remote_tag = tag;
        self.remote = response.to_header()?.value().to_owned();
        self.route_set = message::record_routes(response);
        self.route_set.reverse();
        if let Ok(target) = message::contact_uri(response) {
            self.remote_target = target;
        }
        Ok(())
    }

    /// Checks and takes a request's CSeq. ACK carries its INVITE's and is never old.
    pub fn receive(&mut self, request: &Request) -> Result<Order, SipError> {
        let seq = request.cseq_header()?.seq()?;
        if request.method == Method::Ack {
            return Ok(Order::Next);
        }
        if self.remote_cseq.is_some_and(|last| seq <= last) {
            return Ok(Order::Old);
        }
        self.remote_cseq = Some(seq);
        Ok(Order::Next)
    }

    /// A new Contact in a re-INVITE, UPDATE or their 2xx moves the target (section 12.2).
    pub fn refresh_target(&mut self, message: &impl HeadersExt) {
        if let Ok(target) = message::contact_uri(message) {
            self.remote_target = target;
        }
    }

    /// The next CSeq number.
    pub fn next_cseq(&mut self) -> u32 {
        self.local_cseq = self.local_cseq.wrapping_add(1);
        self.local_cseq
    }

    /// A request inside the dialog. Via is left to whoever knows the transport.
    pub fn request(
        &mut self,
        method: Method,
        extra: Vec<Header>,
        body: Option<(&str, Vec<u8>)>,
    ) -> Request {
        let seq = self.next_cseq();
        let mut headers = Headers::default();
        headers.push(Header::From(self.local.clone().into()));
        headers.push(Header::To(self.remote.clone().into()));
        headers.push(Header::CallId(self.id.call_id.clone().into()));
        headers.push(Header::CSeq(format!("{seq} {method}").into()));
        headers.push(Header::MaxForwards(70u32.into()));
        for route in &self.route_set {
            headers.push(Header::Route(route.clone().into()));
        }
        headers.extend(extra);
        let body = message::put_body(&mut headers, body);
        Request {
            method,
            uri: self.remote_target.clone(),
            version: Version::V2,
            headers,
            body,
        }
    }

    /// Where requests inside the dialog go: the first route, else the target.
    pub fn next_hop(&self) -> Uri {
        let route = self.route_set.first();
        route
            .and_then(|r| Uri::try_from(r.trim_matches(['<', '>'])).ok())
            .unwrap_or_else(|| self.remote_target.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn invite() -> Request {
        Request::try_from(
            "INVITE sip:111@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.2:5070;branch=z9hG4bK1\r\n\
             Record-Route: <sip:127.0.0.8;lr>, <sip:127.0.0.9;lr>\r\n\
             From: <sip:+441632960001@127.0.0.2>;tag=far\r\nTo: <sip:111@127.0.0.1>\r\n\
             Call-ID: one\r\nCSeq: 7 INVITE\r\nContact: <sip:a@127.0.0.2:5070>\r\n\
             Content-Length: 0\r\n\r\n",
        )
        .unwrap()
    }

    #[test]
    fn the_callee_keeps_the_route_set_in_order() {
        let mut dialog = Dialog::as_uas(&invite(), "near").unwrap();
        let bye = dialog.request(Method::Bye, vec![], None);
        let routes = message::values(&bye, "Route");
        assert_eq!(routes, ["<sip:127.0.0.8;lr>", "<sip:127.0.0.9;lr>"]);
        assert_eq!(bye.uri.to_string(), "sip:a@127.0.0.2:5070");
        assert_eq!(message::to_tag(&bye).as_deref(), Some("far"));
        assert_eq!(message::from_tag(&bye).unwrap(), "near");
        assert_eq!(dialog.next_hop().to_string(), "sip:127.0.0.8;lr");
    }

    #[test]
    fn the_caller_reverses_it() {
        let mut request = invite();
        request
            .headers
            .retain(|h| !matches!(h, Header::RecordRoute(_)));
        let mut dialog = Dialog::as_uac(&request).unwrap();
        let answer = message::response(&invite(), 200, Some("peer"), vec![], None);
        dialog.established_by(&answer).unwrap();
        let bye = dialog.request(Method::Bye, vec![], None);
        let routes = message::values(&bye, "Route");
        assert_eq!(routes, ["<sip:127.0.0.9;lr>", "<sip:127.0.0.8;lr>"]);
        assert_eq!(message::value(&bye, "CSeq").as_deref(), Some("8 BYE"));
    }

    #[test]
    fn a_request_that_was_overtaken_is_old() {
        let mut dialog = Dialog::as_uas(&invite(), "near").unwrap();
        let mut bye = invite();
        bye.method = Method::Bye;
        assert_eq!(dialog.receive(&bye).unwrap(), Order::Old);
        bye.headers.unique_push(Header::CSeq("8 BYE".into()));
        assert_eq!(dialog.receive(&bye).unwrap(), Order::Next);
    }
}
