use std::net::{IpAddr, SocketAddr};

use super::super::escape::decoded;

/// Parameters that make two URIs different when only one of them has it (RFC 3261 section 19.1.4).
const TELLING: [&str; 5] = ["transport", "user", "ttl", "method", "maddr"];

/// The parts of a SIP URI that decide whether two are the same.
#[derive(Debug)]
pub struct Parts<'a> {
    scheme: &'a str,
    user: Option<&'a str>,
    host: &'a str,
    port: Option<u16>,
    params: Vec<(&'a str, &'a str)>,
    headers: Option<&'a str>,
}

impl<'a> Parts<'a> {
    /// Reads a `sip:` or `sips:` URI; none for any other, or a malformed one.
    pub fn read(uri: &'a str) -> Option<Self> {
        let plain = |c: char| c.is_ascii_graphic() && !matches!(c, '<' | '>' | '"');
        if uri.len() > 1_024 || !uri.chars().all(plain) {
            return None;
        }
        let (scheme, rest) = uri.split_once(':')?;
        if !scheme.eq_ignore_ascii_case("sip") && !scheme.eq_ignore_ascii_case("sips") {
            return None;
        }
        // A user part may hold `;` and `?`, so it goes first.
        let (user, rest) = match rest.rsplit_once('@') {
            Some((user, rest)) if !user.is_empty() => (Some(user), rest),
            Some(_) => return None,
            None => (None, rest),
        };
        let (rest, headers) = match rest.split_once('?') {
            Some((rest, headers)) => (rest, Some(headers)),
            None => (rest, None),
        };
        let mut pieces = rest.split(';');
        let (host, port) = host_port(pieces.next()?)?;
        let params = pieces.map(|p| p.split_once('=').unwrap_or((p, "")));
        Some(Parts {
            scheme,
            user,
            host,
            port,
            params: params.collect(),
            headers,
        })
    }

    /// A parameter's value.
    pub fn param(&self, name: &str) -> Option<&'a str> {
        let mut params = self.params.iter();
        let found = params.find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| *value)
    }

    /// Whether it is a `sips:` URI.
    pub fn is_secure(&self) -> bool {
        self.scheme.eq_ignore_ascii_case("sips")
    }

    /// The address that it names; none where the host is a name. Without a port it is 5060.
    pub fn address(&self) -> Option<SocketAddr> {
        let bare = self.host.trim_start_matches('[').trim_end_matches(']');
        let ip: IpAddr = bare.parse().ok()?;
        Some(SocketAddr::new(ip, self.port.unwrap_or(5060)))
    }

    /// Whether both lead to the same place, by RFC 3261 section 19.1.4.
    pub fn same(&self, other: &Parts) -> bool {
        self.scheme.eq_ignore_ascii_case(other.scheme)
            && self.user.map(decoded) == other.user.map(decoded)
            && self.host.eq_ignore_ascii_case(other.host)
            && self.port == other.port
            && self.headers.map(decoded) == other.headers.map(decoded)
            && self.params_fit(other)
            && other.params_fit(self)
    }

    fn params_fit(&self, other: &Parts) -> bool {
        self.params.iter().all(|(name, value)| {
            let tells = TELLING.iter().any(|t| name.eq_ignore_ascii_case(t));
            match other.param(name) {
                Some(theirs) => decoded(theirs).eq_ignore_ascii_case(&decoded(value)),
                None => !tells,
            }
        })
    }
}

fn host_port(text: &str) -> Option<(&str, Option<u16>)> {
    let colon = match text.strip_prefix('[') {
        Some(_) => match text.split_once(']')? {
            (_, "") => None,
            (host, _) => Some(host.len() + 1),
        },
        None => text.find(':'),
    };
    let (host, port) = match colon {
        Some(at) => {
            let port = text.get(at..)?.strip_prefix(':')?;
            (text.get(..at)?, Some(port.parse().ok()?))
        }
        None => (text, None),
    };
    (!host.is_empty()).then_some((host, port))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same(left: &str, right: &str) -> bool {
        Parts::read(left)
            .unwrap()
            .same(&Parts::read(right).unwrap())
    }

    #[test]
    fn uris_are_compared_as_the_rfc_says() {
        for (left, right) in [
            (
                "sip:%31001@phone.example;transport=TCP",
                "sip:1001@PHONE.example;Transport=tcp",
            ),
            ("sip:1001@phone.example", "sip:1001@phone.example;ob"),
            ("sip:1001@[::1]:5062;a=1;b", "sip:1001@[::1]:5062;b;c=3"),
        ] {
            assert!(same(left, right) && same(right, left), "{left} {right}");
        }
        for (left, right) in [
            ("sip:ALICE@phone.example", "sip:alice@phone.example"),
            ("sip:1001@phone.example", "sip:1001@phone.example:5060"),
            (
                "sip:1001@phone.example",
                "sip:1001@phone.example;transport=udp",
            ),
            ("sip:1001@phone.example", "sips:1001@phone.example"),
            ("sip:1001@phone.example;a=1", "sip:1001@phone.example;a=2"),
            ("sip:1001@phone.example", "sip:phone.example"),
            ("sip:1001@phone.example?a=b", "sip:1001@phone.example"),
        ] {
            assert!(!same(left, right) && !same(right, left), "{left} {right}");
        }
    }

    #[test]
    fn an_address_is_found_where_one_is_written() {
        let address = |uri| Parts::read(uri).unwrap().address().map(|a| a.to_string());
        assert_eq!(
            address("sip:a;b?c@192.0.2.1"),
            Some("192.0.2.1:5060".into())
        );
        assert_eq!(
            address("sip:[2001:db8::1]:9;lr"),
            Some("[2001:db8::1]:9".into())
        );
        assert_eq!(address("sip:1001@phone.example:5062"), None);
    }

    #[test]
    fn what_is_no_sip_uri_is_refused() {
        for uri in [
            "",
            "sip:",
            "tel:+441632960001",
            "sip:@a",
            "sip:a@b:70000",
            "sip:a@b:",
            "sip:a b@c",
            "sip:[::1",
            "sip:[::1]x",
        ] {
            assert!(Parts::read(uri).is_none(), "{uri}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_uri_makes_it_panic(uri in "sip:[a-c0-9%@:;=?\\[\\]é]{0,30}") {
            if let Some(parts) = Parts::read(&uri) {
                proptest::prop_assert!(parts.same(&parts));
                let _ = parts.address();
            }
        }
    }
}
