use std::borrow::Cow;

use super::fault::Fault;
use super::grammar::is_token;
use super::limits::Limits;

/// One header: its long name, its value on one line, and whether the wire said just that.
#[derive(Clone, Debug)]
pub(super) struct Field<'a> {
    pub name: &'a str,
    pub value: Cow<'a, str>,
    /// False when the wire had a compact name, a fold, or space before the colon.
    pub plain: bool,
}

/// Start line and headers of a message.
#[derive(Clone, Debug)]
pub(super) struct Head<'a> {
    pub start: &'a str,
    pub fields: Vec<Field<'a>>,
}

impl<'a> Head<'a> {
    /// Reads everything before the empty line. `bytes` ends with the last header, with or without its line end.
    pub fn parse(bytes: &'a [u8], limits: &Limits) -> Result<Self, Fault> {
        if bytes.len() > limits.head {
            return Err(Fault::too_large("Headers too long"));
        }
        let text =
            std::str::from_utf8(bytes).map_err(|_| Fault::bad("Header is not valid UTF-8"))?;
        let mut lines = text.strip_suffix("\r\n").unwrap_or(text).split("\r\n");
        let start = lines.next().unwrap_or_default();
        if start.len() > limits.start_line {
            return Err(Fault::too_large("Start line too long"));
        }
        if start.bytes().any(|b| b.is_ascii_control()) {
            return Err(Fault::bad("Control character in the start line"));
        }
        let mut fields: Vec<Field<'a>> = Vec::with_capacity(16);
        let mut length = 0;
        for line in lines {
            if line.contains(['\r', '\n']) {
                return Err(Fault::bad("Line end other than CRLF"));
            }
            if line.starts_with([' ', '\t']) {
                let Some(last) = fields.last_mut() else {
                    return Err(Fault::bad("Start line is folded"));
                };
                length += line.len() + 2;
                last.unfold(line);
            } else {
                length = line.len() + 2;
                fields.push(Field::parse(line)?);
            }
            if fields.last().is_some_and(|f| length > f.limit(limits)) {
                return Err(Fault::too_large("Header too long"));
            }
            if fields.len() > limits.headers {
                return Err(Fault::too_large("Too many headers"));
            }
        }
        if fields.iter().any(|field| has_loose_control(&field.value)) {
            return Err(Fault::bad("Control character in a header"));
        }
        Ok(Head { start, fields })
    }

    /// The values of every header of that name, in order.
    pub fn all<'s>(&'s self, name: &'static str) -> impl Iterator<Item = &'s str> {
        let named = move |f: &&Field<'_>| f.name.eq_ignore_ascii_case(name);
        self.fields.iter().filter(named).map(|f| f.value.as_ref())
    }

    /// The value of a header that may stand at most once.
    pub fn at_most_one(
        &self,
        name: &'static str,
        twice: &'static str,
    ) -> Result<Option<&str>, Fault> {
        let mut values = self.all(name);
        let first = values.next();
        match values.next() {
            None => Ok(first),
            Some(_) => Err(Fault::bad(twice)),
        }
    }

    /// The one Content-Length, or none. Two are refused even where they agree: whoever reads the message
    /// next may take the other one.
    pub fn content_length(&self) -> Result<Option<usize>, Fault> {
        let Some(value) = self.at_most_one("Content-Length", "Content-Length given twice")? else {
            return Ok(None);
        };
        if value.is_empty() || value.len() > 9 || !value.bytes().all(|b| b.is_ascii_digit()) {
            return Err(Fault::bad("Content-Length is not a number of bytes"));
        }
        let number = value.parse();
        number.map_or(Err(Fault::bad("Content-Length is not a number")), |n| {
            Ok(Some(n))
        })
    }
}

impl<'a> Field<'a> {
    fn parse(line: &'a str) -> Result<Self, Fault> {
        let (name, value) = line
            .split_once(':')
            .ok_or(Fault::bad("Header without a colon"))?;
        let bare = name.trim_end_matches([' ', '\t']);
        if !is_token(bare) {
            return Err(Fault::bad("Header name is not a token"));
        }
        let long = long_name(bare);
        Ok(Field {
            name: long,
            value: Cow::Borrowed(value.trim_matches([' ', '\t'])),
            plain: long.len() == name.len(),
        })
    }

    fn unfold(&mut self, line: &str) {
        let more = line.trim_matches([' ', '\t']);
        let value = self.value.to_mut();
        if !value.is_empty() && !more.is_empty() {
            value.push(' ');
        }
        value.push_str(more);
        self.plain = false;
    }

    fn limit(&self, limits: &Limits) -> usize {
        if self.name.eq_ignore_ascii_case("Identity") {
            limits.identity_header
        } else {
            limits.header
        }
    }
}

/// Control characters are legal only as a quoted-pair inside a quoted string (RFC 3261 section 25.1).
fn has_loose_control(value: &str) -> bool {
    if !value.bytes().any(|b| b.is_ascii_control() && b != b'\t') {
        return false;
    }
    let mut quoted = false;
    let mut escaped = false;
    for byte in value.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'\t' => {}
            _ if byte.is_ascii_control() => return true,
            _ => {}
        }
    }
    false
}

/// The long form of a compact header name; any other name unchanged.
pub(super) fn long_name(name: &str) -> &str {
    let [letter] = name.as_bytes() else {
        return name;
    };
    match letter.to_ascii_lowercase() {
        b'a' => "Accept-Contact",
        b'b' => "Referred-By",
        b'c' => "Content-Type",
        b'd' => "Request-Disposition",
        b'e' => "Content-Encoding",
        b'f' => "From",
        b'i' => "Call-ID",
        b'j' => "Reject-Contact",
        b'k' => "Supported",
        b'l' => "Content-Length",
        b'm' => "Contact",
        b'n' => "Identity-Info",
        b'o' => "Event",
        b'r' => "Refer-To",
        b's' => "Subject",
        b't' => "To",
        b'u' => "Allow-Events",
        b'v' => "Via",
        b'x' => "Session-Expires",
        b'y' => "Identity",
        _ => name,
    }
}
