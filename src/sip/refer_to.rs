//! The Refer-To header (RFC 3515): whom a phone wants its peer to be connected with.

use std::fmt;

use rsipstack::sip::Request;

use super::escape::decoded;
use super::message;
use super::replaces::Replaces;

/// Longer than any Refer-To that is sent in earnest.
const LONGEST: usize = 2_048;
/// Longer than any user part that is dialled in earnest.
const LONGEST_USER: usize = 128;

/// The target of a transfer.
#[derive(Clone, PartialEq, Eq)]
pub struct ReferTo {
    /// The user part of its URI, with escapes resolved and without a password: an account, a number or
    /// a code. Empty where the URI names a host alone.
    pub user: String,
    /// The host, as it was written: an address or a name.
    pub host: String,
    /// The port, where there is one.
    pub port: Option<u16>,
}

impl fmt::Debug for ReferTo {
    /// Leaves out who it is.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReferTo")
            .field("host", &self.host)
            .finish_non_exhaustive()
    }
}

impl ReferTo {
    /// Reads the header's value, and the Replaces in its URI (RFC 5589 section 7.3). Other headers in the
    /// URI are not followed (RFC 3261 section 19.1.5). The error is the status of a refusal: 400 for
    /// what cannot be read, 416 for a URI that is no SIP URI, 603 where anything but an INVITE is wanted.
    pub fn parse(value: &str) -> Result<(Self, Option<Replaces>), u16> {
        if value.len() > LONGEST {
            return Err(400);
        }
        let uri = uri_in(value).ok_or(400_u16)?;
        let (scheme, rest) = uri.split_once(':').ok_or(400_u16)?;
        if !["sip", "sips"]
            .iter()
            .any(|s| s.eq_ignore_ascii_case(scheme))
        {
            return Err(416);
        }
        if !rest.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(400);
        }
        // No `@` stands in a user part, while a careless phone leaves one in a header of the URI.
        let (user, rest) = rest.split_once('@').unwrap_or(("", rest));
        let (place, headers) = rest.split_once('?').unwrap_or((rest, ""));
        let mut pieces = place.split(';');
        let (host, port) = pieces.next().and_then(host_port).ok_or(400_u16)?;
        let methods = pieces.filter_map(|piece| value_of(piece, "method"));
        if methods
            .into_iter()
            .any(|method| decoded(method) != "INVITE")
        {
            return Err(603);
        }
        let user = decoded(user.split(':').next().unwrap_or_default());
        if user.len() > LONGEST_USER || user.contains(|c: char| c.is_control() || c == '\u{fffd}') {
            return Err(400);
        }
        let host = host.to_owned();
        Ok((ReferTo { user, host, port }, replaces_in(headers)?))
    }

    /// Reads the header of a REFER, which must have exactly one (RFC 3515 section 2.4.2).
    pub(super) fn of(request: &Request) -> Result<(Self, Option<Replaces>), u16> {
        match message::values(request, "Refer-To").as_slice() {
            [value] => Self::parse(value),
            _ => Err(400),
        }
    }
}

/// The URI of a `name-addr` or `addr-spec`. Without brackets what follows a semicolon belongs to the
/// header (RFC 3261 section 20), but not where headers of the URI came first: there phones without
/// brackets mean the URI.
fn uri_in(value: &str) -> Option<&str> {
    let value = value.trim();
    let Some(name_end) = opening_bracket(value) else {
        let after_user = value.find('@').unwrap_or(0);
        let end = value.get(after_user..)?.find([';', '?']);
        let end = end.map(|end| after_user + end);
        return match end.filter(|end| value.as_bytes().get(*end) == Some(&b';')) {
            Some(end) => value.get(..end).map(str::trim_end),
            None => Some(value),
        };
    };
    let (uri, after) = value.get(name_end + 1..)?.split_once('>')?;
    let after = after.trim_start();
    (after.is_empty() || after.starts_with(';')).then(|| uri.trim())
}

/// Where the first `<` outside quotes stands.
fn opening_bracket(value: &str) -> Option<usize> {
    let (mut quoted, mut escaped) = (false, false);
    value.bytes().position(|byte| {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            _ => return byte == b'<' && !quoted,
        }
        false
    })
}

fn host_port(place: &str) -> Option<(&str, Option<u16>)> {
    let end = match place.strip_prefix('[') {
        Some(address) => address.find(']')? + 2,
        None => place.find(':').unwrap_or(place.len()),
    };
    let (host, rest) = place.split_at_checked(end)?;
    let port = match rest.strip_prefix(':') {
        Some(port) => Some(port.parse().ok()?),
        None if rest.is_empty() => None,
        None => return None,
    };
    let plain = |b: u8| b.is_ascii_alphanumeric() || b".-_[]:".contains(&b);
    (!host.is_empty() && host.bytes().all(plain)).then_some((host, port))
}

fn value_of<'a>(piece: &'a str, name: &str) -> Option<&'a str> {
    let (known, value) = piece.split_once('=')?;
    known.eq_ignore_ascii_case(name).then_some(value)
}

fn replaces_in(headers: &str) -> Result<Option<Replaces>, u16> {
    let mut found = headers.split('&').filter_map(|h| value_of(h, "Replaces"));
    match (found.next(), found.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => Replaces::parse(&decoded(value)).map(Some).ok_or(400),
        (Some(_), Some(_)) => Err(400),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn target(value: &str) -> (String, String, Option<u16>) {
        let (to, _) = ReferTo::parse(value).unwrap();
        (to.user, to.host, to.port)
    }

    fn refused(value: &str) -> u16 {
        ReferTo::parse(value).unwrap_err()
    }

    #[test]
    fn both_forms_of_an_address_are_read() {
        let at = |user: &str, host: &str, port| (user.to_owned(), host.to_owned(), port);
        for (value, expected) in [
            // As Debian's baresip writes it.
            (
                "sip:1002@127.0.0.1:5060",
                at("1002", "127.0.0.1", Some(5060)),
            ),
            ("<sip:1002@127.0.0.1>", at("1002", "127.0.0.1", None)),
            (
                "\"Dr <Grey>, \\\"GP\\\"\" <sips:2002:secret@[2001:db8::1]:5061;transport=tls>;x=y",
                at("2002", "[2001:db8::1]", Some(5061)),
            ),
            (
                "sip:%2A72%23@ivr111.example;x=y",
                at("*72#", "ivr111.example", None),
            ),
            (
                "<sip:*72;a?b@ivr111.example;method=INVITE>",
                at("*72;a?b", "ivr111.example", None),
            ),
            ("<SIP:ivr111.example>", at("", "ivr111.example", None)),
        ] {
            assert_eq!(target(value), expected, "{value}");
        }
    }

    #[test]
    fn what_cannot_be_followed_is_refused_with_the_right_status() {
        for (value, status) in [
            ("", 400),
            ("1002", 400),
            ("<sip:1002@127.0.0.1", 400),
            ("<sip:1002@127.0.0.1> garbage", 400),
            ("<sip:>", 400),
            ("<sip:1002@>", 400),
            ("<sip:1002@127.0.0.1:99999>", 400),
            ("<sip:1002@[::1>", 400),
            ("<sip:10 02@127.0.0.1>", 400),
            ("<sip:%00@127.0.0.1>", 400),
            ("<sip:%FF@127.0.0.1>", 400),
            ("<sip:1002@h?Replaces=a>", 400),
            ("<tel:+441632960001>", 416),
            ("<https://ivr111.example/>", 416),
            ("<sip:1002@h;method=BYE>", 603),
            ("<sip:1002@h;method=INVITE;method=MESSAGE>", 603),
        ] {
            assert_eq!(refused(value), status, "{value}");
        }
        assert_eq!(refused(&format!("<sip:1@{}>", "h".repeat(LONGEST))), 400);
        let twice = "Replaces=a%3Bto-tag%3D1%3Bfrom-tag%3D2";
        assert_eq!(refused(&format!("<sip:1002@h?{twice}&{twice}>")), 400);
    }

    #[test]
    fn the_dialog_to_be_replaced_is_found_in_the_uri() {
        for value in [
            // RFC 5589 section 7.3, an attended transfer.
            "<sips:482n4z24kdg@chicago.example.com;gr=8594958?Replaces=090459243588173445%3B\
             to-tag%3D9m2n3wq%3Bfrom-tag%3D763231>",
            // As baresip writes it from 1.1 on.
            "<sip:1002@127.0.0.1?Replaces=090459243588173445%3Bto-tag%3D9m2n3wq%3Bfrom-tag%3D763231>",
            // Without brackets, among other headers, and with nothing escaped.
            "sip:1002@127.0.0.1?Require=replaces&replaces=090459243588173445;to-tag=9m2n3wq;from-tag=763231",
        ] {
            let (_, replaces) = ReferTo::parse(value).unwrap();
            let replaces = replaces.unwrap();
            assert_eq!(replaces.call_id, "090459243588173445");
            assert_eq!(replaces.to_tag, "9m2n3wq");
            assert_eq!(replaces.from_tag, "763231");
        }
        let unescaped = "<sip:1002@127.0.0.1?Replaces=a@127.0.0.1%3Bto-tag%3D1%3Bfrom-tag%3D2>";
        let (to, replaces) = ReferTo::parse(unescaped).unwrap();
        assert_eq!(to.user, "1002");
        assert_eq!(replaces.unwrap().call_id, "a@127.0.0.1");
    }

    #[test]
    fn who_it_is_stands_in_no_log() {
        let (to, _) = ReferTo::parse("<sip:07700900123@127.0.0.1>").unwrap();
        assert!(!format!("{to:?}").contains("07700900123"));
    }

    /// Escapes everything but letters and digits.
    fn escaped(text: &str) -> String {
        let byte = |b: u8| match b {
            b if b.is_ascii_alphanumeric() => char::from(b).to_string(),
            b => format!("%{b:02X}"),
        };
        text.bytes().map(byte).collect()
    }

    proptest! {
        #[test]
        fn nothing_makes_it_panic(value in "\\PC{0,60}|[<>\"]?sip:[a-c0-9%@:;=?&<>\\[\\]é]{0,40}>?") {
            let _ = ReferTo::parse(&value);
        }

        #[test]
        fn what_is_written_is_read_again(
            user in "[a-z0-9*#é ;?:@]{1,20}",
            host in "[a-z0-9.-]{1,20}",
            port: Option<u16>,
            call_id in "[a-z0-9@.=&?]{1,30}",
            tags in ("[a-z0-9.%]{1,20}", "[a-z0-9.%]{1,20}"),
            bracketed: bool,
        ) {
            let to = ReferTo { user, host, port };
            let port = port.map_or(String::new(), |port| format!(":{port}"));
            let replaces = format!("{call_id};to-tag={};from-tag={}", tags.0, tags.1);
            let uri = format!("sip:{}@{}{port}?Replaces={}", escaped(&to.user), to.host, escaped(&replaces));
            let value = if bracketed { format!("<{uri}>") } else { uri };
            let replaces = Replaces::parse(&replaces);
            prop_assert!(replaces.is_some());
            prop_assert_eq!(ReferTo::parse(&value), Ok((to, replaces)));
        }
    }
}
