//! The parts of RFC 3261 section 25 that a message stands or falls with: tokens, addresses, URIs, Via.

use std::borrow::Cow;
use std::fmt::Write as _;

/// What is wrong with a value; becomes the reason phrase of the refusal.
pub(super) type Wrong = &'static str;

/// Whether `text` is a `token`.
pub(super) fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(is_token_byte)
}

fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-.!%*_+`'~".contains(&byte)
}

fn is_space(c: char) -> bool {
    c == ' ' || c == '\t'
}

fn trim(text: &str) -> &str {
    text.trim_matches(is_space)
}

/// Cuts at every `separator` that stands outside quotes and angle brackets. Quotes and brackets that do not
/// close are an error.
pub(super) fn cut(text: &str, separator: u8) -> Result<Vec<&str>, Wrong> {
    let mut parts = Vec::new();
    let (mut from, mut quoted, mut escaped, mut bracketed) = (0, false, false, false);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            _ if quoted => {}
            b'<' if bracketed => return Err("Angle bracket inside angle brackets"),
            b'<' => bracketed = true,
            b'>' if !bracketed => return Err("Angle bracket closed but not opened"),
            b'>' => bracketed = false,
            _ if byte == separator && !bracketed => {
                parts.push(trim(text.get(from..at).unwrap_or_default()));
                from = at + 1;
            }
            _ => {}
        }
    }
    if quoted {
        return Err("Quoted string is not closed");
    }
    if bracketed {
        return Err("Angle bracket is not closed");
    }
    parts.push(trim(text.get(from..).unwrap_or_default()));
    Ok(parts)
}

/// Parameters after a value, `;name=value`, as they were written but without the spaces between.
#[derive(Debug, Default)]
pub(super) struct Params<'a>(Vec<(&'a str, Option<&'a str>)>);

impl<'a> Params<'a> {
    fn parse(parts: &[&'a str]) -> Result<Self, Wrong> {
        let mut params = Vec::with_capacity(parts.len());
        for part in parts {
            let (name, value) = match part.split_once('=') {
                Some((name, value)) => (trim(name), Some(trim(value))),
                None => (*part, None),
            };
            if name.is_empty() {
                return Err("Empty parameter");
            }
            if !is_token(name) || value.is_some_and(|v| !is_param_value(v)) {
                return Err("Malformed parameter");
            }
            params.push((name, value));
        }
        Ok(Params(params))
    }

    /// The value of a parameter; an error where it stands twice.
    pub fn get(&self, name: &str) -> Result<Option<Option<&'a str>>, Wrong> {
        let mut found = self.0.iter().filter(|(n, _)| n.eq_ignore_ascii_case(name));
        let first = found.next().map(|(_, value)| *value);
        match found.next() {
            None => Ok(first),
            Some(_) => Err("Parameter given twice"),
        }
    }

    fn write(&self, into: &mut String) {
        for (name, value) in &self.0 {
            let _ = match value {
                Some(value) => write!(into, ";{name}={value}"),
                None => write!(into, ";{name}"),
            };
        }
    }
}

/// Token, host or quoted string; wider than the grammar by what is met in practice and cannot be misread.
fn is_param_value(value: &str) -> bool {
    if let Some(inner) = value.strip_prefix('"') {
        let Some(inner) = inner.strip_suffix('"') else {
            return false;
        };
        // `cut` has seen every quote close; a lone one in the middle means text after the string.
        let mut escaped = false;
        return inner.bytes().all(|b| {
            let lone = b == b'"' && !escaped;
            escaped = b == b'\\' && !escaped;
            !lone
        }) && !escaped;
    }
    !value.is_empty()
        && !value
            .bytes()
            .any(|b| b.is_ascii_whitespace() || b.is_ascii_control() || b"\"<>;,".contains(&b))
}

/// A `name-addr` or `addr-spec` with its parameters: From, To, one Contact.
#[derive(Debug)]
pub(super) struct Address<'a> {
    name: &'a str,
    uri: &'a str,
    params: Params<'a>,
}

impl<'a> Address<'a> {
    pub fn parse(value: &'a str) -> Result<Self, Wrong> {
        let parts = cut(value, b';')?;
        let (first, rest) = parts.split_first().ok_or("Empty address")?;
        let params = Params::parse(rest)?;
        let (name, uri, bracketed) = match first.strip_suffix('>') {
            Some(inner) => {
                let at = opening_bracket(inner).ok_or("Malformed address")?;
                let (name, uri) = inner.split_at(at);
                (trim(name), uri.get(1..).unwrap_or_default(), true)
            }
            None => ("", *first, false),
        };
        check_display_name(name)?;
        if !bracketed && uri.contains([',', '?', '"']) {
            return Err("URI must stand in angle brackets");
        }
        check_uri(uri)?;
        Ok(Address { name, uri, params })
    }

    /// The tag, if there is one.
    pub fn tag(&self) -> Result<Option<&'a str>, Wrong> {
        match self.params.get("tag")? {
            Some(Some(tag)) if is_token(tag) => Ok(Some(tag)),
            Some(_) => Err("Malformed tag"),
            None => Ok(None),
        }
    }

    /// One unambiguous form: brackets, no stray spaces, no angle bracket inside the display name (a careless
    /// reader would take what stands in it for the address).
    pub fn write(&self, into: &mut String) {
        if self.name.starts_with('"') {
            into.extend(self.name.chars().map(|c| match c {
                '<' => '(',
                '>' => ')',
                other => other,
            }));
            into.push(' ');
        } else if !self.name.is_empty() {
            into.push_str(self.name);
            into.push(' ');
        }
        into.push('<');
        into.push_str(&escape_user(self.uri));
        into.push('>');
        self.params.write(into);
    }
}

fn opening_bracket(text: &str) -> Option<usize> {
    let (mut quoted, mut escaped) = (false, false);
    text.bytes().position(|byte| {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            _ => return byte == b'<' && !quoted,
        }
        false
    })
}

/// A quoted string, or words. Words may hold more than tokens (accents, the brackets of a number), but nothing
/// that could be read in two ways.
fn check_display_name(name: &str) -> Result<(), Wrong> {
    if let Some(rest) = name.strip_prefix('"') {
        let mut escaped = false;
        let end = rest.bytes().position(|b| {
            let closes = b == b'"' && !escaped;
            escaped = b == b'\\' && !escaped;
            closes
        });
        return match end {
            Some(end) if end + 1 == rest.len() => Ok(()),
            _ => Err("Malformed display name"),
        };
    }
    if name.contains(['"', ',', ';', ':', '\\', '<', '>']) {
        return Err("Display name needs quotes");
    }
    Ok(())
}

/// The scheme of a URI, as written.
pub(super) fn scheme(uri: &str) -> Option<&str> {
    let (scheme, _) = uri.split_once(':')?;
    let mut bytes = scheme.bytes();
    let good = bytes.next().is_some_and(|b| b.is_ascii_alphabetic())
        && bytes.all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b));
    good.then_some(scheme)
}

fn is_sip(scheme: &str) -> bool {
    scheme.eq_ignore_ascii_case("sip") || scheme.eq_ignore_ascii_case("sips")
}

/// Checks an absolute URI; `sip` and `sips` closely, others only for what may not stand in any.
pub(super) fn check_uri(uri: &str) -> Result<(), Wrong> {
    let found = scheme(uri).ok_or("URI without a scheme")?;
    let rest = uri.get(found.len() + 1..).unwrap_or_default();
    let stray = |b: u8| b <= b' ' || b == 0x7f || b"<>\"".contains(&b);
    if rest.is_empty() || rest.bytes().any(stray) {
        return Err("Malformed URI");
    }
    if !is_sip(found) {
        return Ok(());
    }
    let bytes = rest.as_bytes();
    let broken = |(at, byte): (usize, &u8)| {
        let hex = |n: usize| bytes.get(at + n).is_some_and(u8::is_ascii_hexdigit);
        *byte == b'%' && !(hex(1) && hex(2))
    };
    if bytes.iter().enumerate().any(broken) {
        return Err("Malformed escape in a URI");
    }
    let after_user = match rest.split_once('@') {
        Some((user, after)) => {
            if user.is_empty() || after.contains('@') {
                return Err("Malformed user in a URI");
            }
            after
        }
        None => rest,
    };
    let end = after_user.find([';', '?']).unwrap_or(after_user.len());
    let (place, extra) = after_user.split_at(end);
    let _ = host_port(place)?;
    let params = extra.split('?').next().unwrap_or_default();
    if params.split(';').skip(1).any(str::is_empty) {
        return Err("Empty parameter in a URI");
    }
    Ok(())
}

/// `host[:port]`; spaces around the colon are no longer there.
pub(super) fn host_port(place: &str) -> Result<(&str, Option<u16>), Wrong> {
    let (host, port) = if let Some(inner) = place.strip_prefix('[') {
        let (address, after) = inner.split_once(']').ok_or("Malformed IPv6 address")?;
        if address.parse::<std::net::Ipv6Addr>().is_err() {
            return Err("Malformed IPv6 address");
        }
        let host = place.get(..address.len() + 2).unwrap_or_default();
        match after.strip_prefix(':') {
            Some(port) => (host, Some(port)),
            None if after.is_empty() => (host, None),
            None => return Err("Malformed IPv6 address"),
        }
    } else {
        match place.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (place, None),
        }
    };
    let good = |b: u8| b.is_ascii_alphanumeric() || b"-._".contains(&b);
    if host.is_empty() || (!host.starts_with('[') && !host.bytes().all(good)) {
        return Err("Malformed host");
    }
    match port {
        None => Ok((host, None)),
        Some(port) => Ok((host, Some(port_number(port)?))),
    }
}

/// Escapes `;` and `?` in the user part, where RFC 3261 allows them and rsipstack takes them for the end of it.
pub(super) fn escape_user(uri: &str) -> Cow<'_, str> {
    let Some((before, after)) = uri.split_once('@') else {
        return Cow::Borrowed(uri);
    };
    if !before.contains([';', '?']) || !scheme(uri).is_some_and(is_sip) {
        return Cow::Borrowed(uri);
    }
    let user = before.replace(';', "%3B").replace('?', "%3F");
    Cow::Owned(format!("{user}@{after}"))
}

/// One Via value.
#[derive(Debug)]
pub(super) struct Via<'a> {
    transport: &'a str,
    pub host: &'a str,
    pub port: Option<u16>,
    params: Params<'a>,
}

impl<'a> Via<'a> {
    pub fn parse(value: &'a str) -> Result<Self, Wrong> {
        let parts = cut(value, b';')?;
        let (first, rest) = parts.split_first().ok_or("Empty Via")?;
        let mut slashes = first.splitn(3, '/').map(trim);
        let (name, version) = (slashes.next(), slashes.next());
        if !name.is_some_and(|n| n.eq_ignore_ascii_case("SIP")) || version != Some("2.0") {
            return Err("Via is not SIP/2.0");
        }
        let sent = slashes.next().ok_or("Malformed Via")?;
        let (transport, place) = sent.split_once(is_space).ok_or("Malformed Via")?;
        if !is_token(transport) {
            return Err("Malformed Via");
        }
        let (host, port) = match trim(place).rsplit_once(':') {
            // A space may stand on either side of the colon.
            Some((host, port)) if !port.contains(']') => {
                let (host, _) = host_port(trim(host))?;
                let port = port_number(trim(port))?;
                (host, Some(port))
            }
            _ => host_port(trim(place))?,
        };
        Ok(Via {
            transport,
            host,
            port,
            params: Params::parse(rest)?,
        })
    }

    /// Whether the sender asked for RFC 3581 treatment.
    pub fn wants_rport(&self) -> bool {
        matches!(self.params.get("rport"), Ok(Some(_)) | Err(_))
    }

    /// The canonical form without what only a receiver may say: `received`, the value of `rport`, and a
    /// `transport` that would overrule the one in front.
    pub fn write_as_sent(&self, into: &mut String) {
        let _ = write!(into, "SIP/2.0/{} {}", self.transport, self.host);
        if let Some(port) = self.port {
            let _ = write!(into, ":{port}");
        }
        for (name, value) in &self.params.0 {
            if name.eq_ignore_ascii_case("received") || name.eq_ignore_ascii_case("transport") {
                continue;
            }
            let _ = match value {
                Some(value) if !name.eq_ignore_ascii_case("rport") => {
                    write!(into, ";{name}={value}")
                }
                _ => write!(into, ";{name}"),
            };
        }
    }
}

fn port_number(port: &str) -> Result<u16, Wrong> {
    let digits = !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit());
    let number = port.parse().ok().filter(|n| digits && *n > 0);
    number.ok_or("Malformed port")
}
