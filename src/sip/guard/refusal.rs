use std::fmt::Write as _;
use std::hash::{BuildHasher as _, RandomState};
use std::net::SocketAddr;
use std::sync::LazyLock;

use super::fault::Fault;
use super::grammar::{self, Via};
use super::head::long_name;
use super::validate::{Origin, Wire};

/// Headers longer than this are not repeated in a refusal.
const ECHO: usize = 4 * 1024;

/// What of a malformed request can be used for answering it. Read leniently, for the request has just failed a
/// strict reading.
#[derive(Debug, Default)]
struct Remains {
    vias: Vec<String>,
    from: Option<String>,
    to: Option<String>,
    call_id: Option<String>,
    cseq: Option<String>,
}

impl Remains {
    fn of(head: &[u8]) -> Self {
        let text = String::from_utf8_lossy(head);
        let mut remains = Remains::default();
        let mut lines = text.lines().skip(1).peekable();
        while let Some(line) = lines.next() {
            let Some((name, value)) = line.split_once(':') else {
                continue;
            };
            let mut value = clean(value);
            while let Some(more) = lines.next_if(|l| l.starts_with([' ', '\t'])) {
                value.push(' ');
                value.push_str(&clean(more));
            }
            if value.len() <= ECHO {
                remains.keep(long_name(name.trim()), value.trim().to_owned());
            }
        }
        remains
    }

    fn keep(&mut self, name: &str, value: String) {
        let place = match name {
            n if n.eq_ignore_ascii_case("Via") => return self.vias.push(value),
            n if n.eq_ignore_ascii_case("From") => &mut self.from,
            n if n.eq_ignore_ascii_case("To") => &mut self.to,
            n if n.eq_ignore_ascii_case("Call-ID") => &mut self.call_id,
            n if n.eq_ignore_ascii_case("CSeq") => &mut self.cseq,
            _ => return,
        };
        place.get_or_insert(value);
    }
}

fn clean(value: &str) -> String {
    let kept = value.chars().filter(|c| !c.is_control());
    kept.collect::<String>().trim().to_owned()
}

/// Whether the request can be told apart as an ACK, which nobody answers.
pub(super) fn is_ack(head: &[u8]) -> bool {
    head.starts_with(b"ACK ")
}

/// The refusal of a request and where it goes, or `None` where no Via could carry it (RFC 3261 section 8.2.6).
pub(super) fn refuse(head: &[u8], fault: Fault, origin: Origin) -> Option<(Vec<u8>, SocketAddr)> {
    let remains = Remains::of(head);
    let (first, rest) = split_first(remains.vias.first()?);
    let (via, to) = stamp(first, origin)?;
    let mut text = format!("SIP/2.0 {} {}\r\nVia: {via}", fault.status, fault.why);
    if let Some(rest) = rest {
        let _ = write!(text, ", {rest}");
    }
    text.push_str("\r\n");
    for via in remains.vias.iter().skip(1) {
        let _ = write!(text, "Via: {via}\r\n");
    }
    if let Some(from) = &remains.from {
        let _ = write!(text, "From: {from}\r\n");
    }
    if let Some(line) = &remains.to {
        let tagged = grammar::Address::parse(line).is_ok_and(|a| matches!(a.tag(), Ok(Some(_))));
        let tag = if tagged { String::new() } else { tag(&remains) };
        let _ = write!(text, "To: {line}{tag}\r\n");
    }
    if let Some(call_id) = &remains.call_id {
        let _ = write!(text, "Call-ID: {call_id}\r\n");
    }
    if let Some(cseq) = &remains.cseq {
        let _ = write!(text, "CSeq: {cseq}\r\n");
    }
    text.push_str("Content-Length: 0\r\n\r\n");
    Some((text.into_bytes(), to))
}

/// The same request gets the same tag, as a stateless server must see to (RFC 3261 section 8.2.7).
fn tag(remains: &Remains) -> String {
    static KEY: LazyLock<RandomState> = LazyLock::new(RandomState::new);
    let of = (
        remains.vias.first(),
        &remains.from,
        &remains.call_id,
        &remains.cseq,
    );
    format!(";tag={:016x}", KEY.hash_one(of))
}

fn split_first(value: &str) -> (&str, Option<&str>) {
    match grammar::cut(value, b',') {
        Ok(parts) => {
            let first = parts.first().copied().unwrap_or_default();
            let rest = value.split_once(',').filter(|_| parts.len() > 1);
            (first, rest.map(|(_, rest)| rest.trim()))
        }
        Err(_) => (value, None),
    }
}

/// Fills in `received` and `rport`; a Via with broken parameters keeps only its front.
fn stamp(value: &str, origin: Origin) -> Option<(String, SocketAddr)> {
    let front = value.split([';', ',']).next().unwrap_or_default();
    // A request of another SIP version is answered too, with 505.
    let (version, sent) = front.rsplit_once('/')?;
    let versioned = version.split_once('/').is_some_and(|(name, number)| {
        name.trim().eq_ignore_ascii_case("SIP") && grammar::is_token(number.trim())
    });
    if !versioned {
        return None;
    }
    let ours = format!("SIP/2.0/{sent}");
    let via = Via::parse(value).or_else(|_| Via::parse(&ours)).ok()?;
    let to = reply_address(&via, origin);
    let source = origin.source;
    let mut written = String::new();
    via.write_as_sent(&mut written);
    if version
        .split_once('/')
        .is_none_or(|(_, number)| number.trim() != "2.0")
    {
        written = front.trim().to_owned();
    }
    if via.wants_rport() {
        written = written.replacen(";rport", &format!(";rport={}", source.port()), 1);
    }
    if via.host.trim_matches(['[', ']']).parse() != Ok(source.ip()) || via.wants_rport() {
        let _ = write!(written, ";received={}", source.ip());
    }
    Some((written, to))
}

/// Where answers to a request go. On UDP that is the port it came from when the sender asked for it (RFC 3581) or sits
/// behind a NAT, and the port in its Via otherwise (RFC 3261 section 18.2.2).
pub(super) fn reply_address(via: &Via<'_>, origin: Origin) -> SocketAddr {
    let mut to = origin.source;
    let direct = via.host.trim_matches(['[', ']']).parse() == Ok(to.ip());
    if origin.wire == Wire::Udp && direct && !via.wants_rport() {
        to.set_port(via.port.unwrap_or(5060));
    }
    to
}
