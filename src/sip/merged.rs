//! Finds merged requests: one INVITE that reached us by two ways (RFC 3261 section 8.2.2.2).

use std::collections::HashMap;
use std::time::{Duration, Instant};

use rsipstack::sip::Request;
use rsipstack::sip::prelude::HeadersExt as _;

use super::message;

/// As long as a transaction of the first copy may live (64 × T1).
const REMEMBERED: Duration = Duration::from_secs(32);
/// How often what is past is forgotten.
const SWEEP: Duration = Duration::from_secs(1);

type Key = (String, String, String);

/// The INVITEs that were let in during the last half minute, by Call-ID, From tag and CSeq. Time is
/// passed in. There are no more of them than calls: who is refused is not remembered, so that nobody
/// fills it from outside, and so that a call refused for want of room may be tried again.
#[derive(Debug, Default)]
pub(super) struct Merged {
    seen: HashMap<Key, Instant>,
    swept: Option<Instant>,
}

impl Merged {
    /// Whether this INVITE has been let in before, in another transaction. Retransmissions never get
    /// here: they belong to a transaction that exists.
    pub(super) fn is_copy(&self, request: &Request, now: Instant) -> bool {
        let at = key(request).and_then(|key| self.seen.get(&key).copied());
        at.is_some_and(|at| now < at + REMEMBERED)
    }

    /// This INVITE has been let in.
    pub(super) fn remember(&mut self, request: &Request, now: Instant) {
        if self.swept.is_none_or(|at| now >= at + SWEEP) {
            self.swept = Some(now);
            self.seen.retain(|_, at| now < *at + REMEMBERED);
        }
        if let Some(key) = key(request) {
            self.seen.insert(key, now);
        }
    }
}

fn key(request: &Request) -> Option<Key> {
    let call_id = request.call_id_header().ok()?.value().to_owned();
    let cseq = request.cseq_header().ok()?.value().to_owned();
    Some((call_id, message::from_tag(request).ok()?, cseq))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn invite(call_id: &str, branch: &str) -> Request {
        Request::try_from(format!(
            "INVITE sip:111@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.2;branch={branch}\r\n\
             From: <sip:a@127.0.0.2>;tag=f\r\nTo: <sip:111@127.0.0.1>\r\nCall-ID: {call_id}\r\n\
             CSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n"
        ))
        .unwrap()
    }

    #[test]
    fn the_second_way_is_a_copy_until_it_is_forgotten() {
        let mut merged = Merged::default();
        let start = Instant::now();
        assert!(!merged.is_copy(&invite("a", "z9hG4bK1"), start));
        merged.remember(&invite("a", "z9hG4bK1"), start);
        assert!(merged.is_copy(&invite("a", "z9hG4bK2"), start));
        assert!(!merged.is_copy(&invite("b", "z9hG4bK3"), start));
        let later = start + REMEMBERED + Duration::from_secs(2);
        assert!(!merged.is_copy(&invite("a", "z9hG4bK4"), later));
        merged.remember(&invite("c", "z9hG4bK5"), later);
        assert_eq!(merged.seen.len(), 1);
    }
}
