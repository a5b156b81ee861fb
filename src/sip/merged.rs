//! Finds merged requests: one INVITE that reached us by two ways (RFC 3261 section 8.2.2.2).

use std::collections::HashMap;
use std::time::{Duration, Instant};

use rsipstack::sip::Request;
use rsipstack::sip::prelude::HeadersExt as _;

use super::message;

/// As long as a transaction of the first copy may live (64 × T1).
const REMEMBERED: Duration = Duration::from_secs(32);
/// Beyond this many, the oldest are forgotten first.
const MOST: usize = 65_536;

/// The INVITEs of the last half minute, by Call-ID, From tag and CSeq. Time is passed in.
#[derive(Debug, Default)]
pub(super) struct Merged {
    seen: HashMap<(String, String, String), Instant>,
    swept: Option<Instant>,
}

impl Merged {
    /// Whether this INVITE has come before in another transaction. Retransmissions never get here:
    /// they belong to a transaction that exists.
    pub(super) fn is_copy(&mut self, request: &Request, now: Instant) -> bool {
        self.sweep(now);
        let (Ok(call_id), Ok(tag), Ok(cseq)) = (
            request.call_id_header(),
            message::from_tag(request),
            request.cseq_header(),
        ) else {
            return false;
        };
        let key = (call_id.value().to_owned(), tag, cseq.value().to_owned());
        self.seen.insert(key, now).is_some()
    }

    fn sweep(&mut self, now: Instant) {
        let idle = self
            .swept
            .is_some_and(|at| now - at < Duration::from_secs(1));
        if idle && self.seen.len() < MOST {
            return;
        }
        self.swept = Some(now);
        self.seen.retain(|_, at| now - *at < REMEMBERED);
        if self.seen.len() >= MOST {
            self.seen.clear();
        }
    }
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
        assert!(merged.is_copy(&invite("a", "z9hG4bK2"), start));
        assert!(!merged.is_copy(&invite("b", "z9hG4bK3"), start));
        let later = start + REMEMBERED + Duration::from_secs(2);
        assert!(!merged.is_copy(&invite("a", "z9hG4bK4"), later));
    }
}
