use std::borrow::Cow;
use std::net::SocketAddr;

use rsipstack::sip::{Method, Uri, typed};

use super::fault::Fault;
use super::grammar::{self, Address, Via, is_token};
use super::head::{Field, Head};
use super::refusal;
use super::validate::Origin;

/// A message while it is checked and put straight.
pub(super) struct Draft<'a> {
    head: Head<'a>,
    changed: bool,
}

impl<'a> Draft<'a> {
    pub fn new(head: Head<'a>) -> Self {
        let changed = !head.fields.iter().all(|field| field.plain);
        Draft { head, changed }
    }

    /// Whether the message may go on as it came.
    pub fn is_unchanged(&self) -> bool {
        !self.changed
    }

    /// See [`Head::content_length`].
    pub fn content_length(&self) -> Result<Option<usize>, Fault> {
        self.head.content_length()
    }

    /// Checks a request; gives its request line, owned where it had to be put straight.
    pub fn check_request(
        &mut self,
        origin: Origin,
        reply_to: &mut SocketAddr,
    ) -> Result<Cow<'a, str>, Fault> {
        let (method, uri, line) = request_line(self.head.start)?;
        let top = self.straighten_top_via(true)?;
        *reply_to = top_reply_address(&top, origin)?;
        self.check_single_headers()?;
        self.check_cseq(Some(method))?;
        self.check_max_forwards()?;
        self.straighten_party("From")?;
        self.straighten_party("To")?;
        self.straighten_contacts(method)?;
        self.straighten_identities();
        check_request_uri(uri)?;
        if !is_known(method) {
            return Err(Fault {
                status: 501,
                why: "Method not implemented",
            });
        }
        self.check_with_rsipstack(&top, true)?;
        Ok(line)
    }

    /// Checks a response.
    pub fn check_response(&mut self) -> Result<(), Fault> {
        status_line(self.head.start)?;
        let top = self.straighten_top_via(false)?;
        // RFC 3261 section 8.1.3.3: nobody sends us the response of somebody else's request.
        let values = self
            .head
            .all("Via")
            .map(|v| grammar::cut(v, b',').map_or(2, |p| p.len()));
        if values.sum::<usize>() > 1 {
            return Err(Fault::bad("More than one Via in a response"));
        }
        self.check_single_headers()?;
        self.check_cseq(None)?;
        self.straighten_party("From")?;
        self.straighten_party("To")?;
        self.straighten_contacts("")?;
        self.straighten_identities();
        self.check_with_rsipstack(&top, false)
    }

    fn replace(&mut self, at: usize, value: String) {
        if let Some(field) = self.head.fields.get_mut(at)
            && field.value != value
        {
            field.value = Cow::Owned(value);
            self.changed = true;
        }
    }

    fn position(&self, name: &str) -> Option<usize> {
        let named = |field: &Field<'_>| field.name.eq_ignore_ascii_case(name);
        self.head.fields.iter().position(named)
    }

    /// Puts the topmost Via straight and gives it back. In a request, whatever only a receiver may say is taken out:
    /// rsipstack would send the answer to a `received` that the sender has written.
    fn straighten_top_via(&mut self, request: bool) -> Result<String, Fault> {
        let at = self.position("Via").ok_or(Fault::bad("Via is missing"))?;
        let value = self.head.fields.get(at).map(|f| f.value.as_ref());
        let value = value.unwrap_or_default();
        let parts = grammar::cut(value, b',').map_err(Fault::bad)?;
        let (first, rest) = parts.split_first().ok_or(Fault::bad("Via is empty"))?;
        let via = Via::parse(first).map_err(Fault::bad)?;
        let mut top = String::with_capacity(value.len());
        if request {
            via.write_as_sent(&mut top);
        } else {
            top.push_str(first);
        }
        if rest.iter().any(|via| via.is_empty()) {
            return Err(Fault::bad("Empty Via"));
        }
        let mut whole = top.clone();
        for via in rest {
            whole.push_str(", ");
            whole.push_str(via);
        }
        self.replace(at, whole);
        Ok(top)
    }

    fn check_single_headers(&mut self) -> Result<(), Fault> {
        let call_id = self.head.at_most_one("Call-ID", "Call-ID given twice")?;
        let call_id = call_id.ok_or(Fault::bad("Call-ID is missing"))?;
        let stray = |b: u8| b <= b' ' || b == 0x7f;
        if call_id.is_empty() || call_id.bytes().any(stray) {
            return Err(Fault::bad("Malformed Call-ID"));
        }
        self.head
            .at_most_one("Content-Type", "Content-Type given twice")?;
        Ok(())
    }

    fn check_cseq(&mut self, method: Option<&str>) -> Result<(), Fault> {
        let value = self.head.at_most_one("CSeq", "CSeq given twice")?;
        let value = value.ok_or(Fault::bad("CSeq is missing"))?;
        let (number, name) = value
            .split_once([' ', '\t'])
            .ok_or(Fault::bad("Malformed CSeq"))?;
        let name = name.trim();
        if !number.bytes().all(|b| b.is_ascii_digit()) || !is_token(name) {
            return Err(Fault::bad("Malformed CSeq"));
        }
        let number = number.parse().ok().filter(|n: &u32| *n < 1 << 31);
        let number = number.ok_or(Fault::bad("CSeq number too large"))?;
        match method {
            Some(method) if method != name => {
                return Err(Fault::bad("CSeq names another method than the request"));
            }
            None if !is_known(name) => return Err(Fault::bad("CSeq names an unknown method")),
            _ => {}
        }
        let straight = format!("{number} {name}");
        if let Some(at) = self.position("CSeq") {
            self.replace(at, straight);
        }
        Ok(())
    }

    fn check_max_forwards(&mut self) -> Result<(), Fault> {
        let value = self
            .head
            .at_most_one("Max-Forwards", "Max-Forwards given twice")?;
        let Some(value) = value else {
            return Ok(());
        };
        let digits = !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit());
        let number = value.parse::<u32>().ok().filter(|n| digits && *n <= 255);
        let number = number.ok_or(Fault::bad("Max-Forwards is not a number up to 255"))?;
        if let Some(at) = self.position("Max-Forwards") {
            self.replace(at, number.to_string());
        }
        Ok(())
    }

    fn straighten_party(&mut self, name: &'static str) -> Result<(), Fault> {
        let (twice, missing, untagged) = match name {
            "From" => (
                "From given twice",
                "From is missing",
                Some("From has no tag"),
            ),
            _ => ("To given twice", "To is missing", None),
        };
        let value = self.head.at_most_one(name, twice)?;
        let value = value.ok_or(Fault::bad(missing))?;
        let address = Address::parse(value).map_err(Fault::bad)?;
        let tag = address.tag().map_err(Fault::bad)?;
        if let (None, Some(untagged)) = (tag, untagged) {
            return Err(Fault::bad(untagged));
        }
        let mut straight = String::with_capacity(value.len() + 2);
        address.write(&mut straight);
        if let Some(at) = self.position(name) {
            self.replace(at, straight);
        }
        Ok(())
    }

    fn straighten_contacts(&mut self, method: &str) -> Result<(), Fault> {
        for at in 0..self.head.fields.len() {
            let Some(field) = self.head.fields.get(at) else {
                continue;
            };
            let all = field.value == "*" && method == "REGISTER";
            if field.name.eq_ignore_ascii_case("Contact") && !all {
                let straight = straighten_list(&field.value).map_err(Fault::bad)?;
                self.replace(at, straight);
            }
        }
        Ok(())
    }

    /// Other headers that hold addresses are put straight where they can be, and left alone where they cannot: a call
    /// does not fail for them. A Date that is none is taken out.
    fn straighten_identities(&mut self) {
        const NAMES: [&str; 5] = [
            "P-Asserted-Identity",
            "P-Preferred-Identity",
            "Remote-Party-ID",
            "Record-Route",
            "Route",
        ];
        for at in 0..self.head.fields.len() {
            let Some(field) = self.head.fields.get(at) else {
                continue;
            };
            if NAMES
                .iter()
                .any(|name| field.name.eq_ignore_ascii_case(name))
                && let Ok(straight) = straighten_list(&field.value)
            {
                self.replace(at, straight);
            }
        }
        let before = self.head.fields.len();
        let good =
            |f: &Field<'_>| !f.name.eq_ignore_ascii_case("Date") || f.value.ends_with(" GMT");
        self.head.fields.retain(good);
        self.changed |= self.head.fields.len() != before;
    }

    /// What rsipstack will read of it later without being able to answer for a failure.
    fn check_with_rsipstack(&self, top: &str, request: bool) -> Result<(), Fault> {
        typed::Via::parse(top).map_err(|_| Fault::bad("Unknown transport in Via"))?;
        let from = self.head.all("From").next().unwrap_or_default();
        typed::From::parse(from).map_err(|_| Fault::bad("Malformed From"))?;
        let to = self.head.all("To").next().unwrap_or_default();
        typed::To::parse(to).map_err(|_| Fault::bad("Malformed To"))?;
        if request {
            let uri = self.head.start.split(' ').nth(1).unwrap_or_default();
            let uri = grammar::escape_user(uri);
            Uri::try_from(uri.as_ref()).map_err(|_| Fault::bad("Malformed Request-URI"))?;
        }
        Ok(())
    }

    /// The message with its one right Content-Length. `start` is the request line; a status line stays as it is.
    pub fn write(&self, start: Option<&str>, body: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(1024 + body.len());
        out.extend_from_slice(start.unwrap_or(self.head.start).as_bytes());
        out.extend_from_slice(b"\r\n");
        for field in &self.head.fields {
            if !field.name.eq_ignore_ascii_case("Content-Length") {
                out.extend_from_slice(field.name.as_bytes());
                out.extend_from_slice(b": ");
                out.extend_from_slice(field.value.as_bytes());
                out.extend_from_slice(b"\r\n");
            }
        }
        let length = format!("Content-Length: {}\r\n\r\n", body.len());
        out.extend_from_slice(length.as_bytes());
        out.extend_from_slice(body);
        out
    }
}

fn straighten_list(value: &str) -> Result<String, grammar::Wrong> {
    let mut straight = String::with_capacity(value.len() + 2);
    for part in grammar::cut(value, b',')? {
        if part.is_empty() {
            return Err("Empty address");
        }
        let address = Address::parse(part)?;
        if !straight.is_empty() {
            straight.push_str(", ");
        }
        address.write(&mut straight);
    }
    Ok(straight)
}

fn top_reply_address(top: &str, origin: Origin) -> Result<SocketAddr, Fault> {
    let via = Via::parse(top).map_err(Fault::bad)?;
    Ok(refusal::reply_address(&via, origin))
}

/// Method names are case-sensitive; rsipstack would take `invite` for an INVITE.
fn is_known(method: &str) -> bool {
    Method::try_from(method).is_ok_and(|known| known.to_string() == method)
}

/// Method, Request-URI and the line put straight.
fn request_line(line: &str) -> Result<(&str, &str, Cow<'_, str>), Fault> {
    let mut parts = line.split(' ');
    let (method, uri, version) = match (parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some(method), Some(uri), Some(version), None) => (method, uri, version),
        _ => return Err(Fault::bad("Malformed request line")),
    };
    if !is_token(method) || uri.is_empty() {
        return Err(Fault::bad("Malformed request line"));
    }
    let number = version
        .get(..4)
        .filter(|name| name.eq_ignore_ascii_case("SIP/"));
    let number = number.and_then(|_| version.get(4..));
    match number {
        Some("2.0") => {}
        Some(other) if other.starts_with(|c: char| c.is_ascii_digit()) => {
            return Err(Fault {
                status: 505,
                why: "Version not supported",
            });
        }
        _ => return Err(Fault::bad("Malformed request line")),
    }
    let straight = grammar::escape_user(uri);
    let line = if version == "SIP/2.0" && matches!(straight, Cow::Borrowed(_)) {
        Cow::Borrowed(line)
    } else {
        Cow::Owned(format!("{method} {straight} SIP/2.0"))
    };
    Ok((method, uri, line))
}

fn check_request_uri(uri: &str) -> Result<(), Fault> {
    let scheme = grammar::scheme(uri).ok_or(Fault::bad("Malformed Request-URI"))?;
    let ours = ["sip", "sips", "tel"];
    if !ours.iter().any(|known| scheme.eq_ignore_ascii_case(known)) {
        return Err(Fault {
            status: 416,
            why: "Unsupported URI scheme",
        });
    }
    grammar::check_uri(uri).map_err(Fault::bad)?;
    let after_user = uri.split_once('@').map_or(uri, |(_, after)| after);
    if after_user.contains('?') {
        return Err(Fault::bad("Headers in the Request-URI"));
    }
    Ok(())
}

fn status_line(line: &str) -> Result<(), Fault> {
    let rest = line.strip_prefix("SIP/2.0 ");
    let rest = rest.ok_or(Fault::bad("Malformed status line"))?;
    let code = rest.split(' ').next().unwrap_or_default();
    let good = code.len() == 3 && code.bytes().all(|b| b.is_ascii_digit());
    if !good || !(b'1'..=b'6').contains(&code.as_bytes().first().copied().unwrap_or(0)) {
        return Err(Fault::bad("Malformed status code"));
    }
    Ok(())
}
