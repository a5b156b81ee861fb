use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use serde::Deserialize;
use toml::Spanned;

/// `[alert]`
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct AlertSettings {
    /// Where alerts are posted as JSON.
    pub webhook: Option<Spanned<Webhook>>,
}

/// An address that takes POSTs: `https://` or `http://`, a host, perhaps a port, perhaps a path. It may hold
/// a secret in its path, and is not shown.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Webhook {
    secure: bool,
    host: String,
    port: u16,
    /// Host and port as they were written.
    authority: String,
    path: String,
}

impl Webhook {
    /// Whether TLS is spoken.
    pub fn is_secure(&self) -> bool {
        self.secure
    }

    /// The host, an IPv6 address without its brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Host and port as they were written.
    pub fn authority(&self) -> &str {
        &self.authority
    }

    /// The path with its query, `/` where there is none.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Whether it is on this machine.
    pub fn is_loopback(&self) -> bool {
        let address = self.host.parse::<IpAddr>();
        self.host == "localhost" || address.is_ok_and(|ip| ip.is_loopback())
    }
}

impl fmt::Debug for Webhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Webhook({})", self.authority)
    }
}

impl TryFrom<String> for Webhook {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl FromStr for Webhook {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (secure, rest) = match (text.strip_prefix("https://"), text.strip_prefix("http://")) {
            (Some(rest), _) => (true, rest),
            (_, Some(rest)) => (false, rest),
            _ => return Err("a webhook begins with https:// or http://"),
        };
        let is_plain = |c: char| c.is_ascii_graphic() && !matches!(c, '#' | '"' | '<' | '>' | '\\');
        if !rest.chars().all(is_plain) {
            return Err("a webhook has no spaces, fragments or signs outside ASCII");
        }
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(end);
        let path = match path.starts_with('/') {
            true => path.to_owned(),
            false => format!("/{path}"),
        };
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
            _ => (authority, None),
        };
        let default = if secure { 443 } else { 80 };
        let port = port.map_or(Ok(default), str::parse);
        let host = host.trim_start_matches('[').trim_end_matches(']');
        match port {
            Ok(port) if port > 0 && !host.is_empty() && !authority.contains('@') => Ok(Webhook {
                secure,
                host: host.to_owned(),
                port,
                authority: authority.to_owned(),
                path,
            }),
            _ => Err("a webhook has a host, and a port that is a number if any"),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_address_is_taken_apart() {
        let hook: Webhook = "https://alerts.example.net/in/secret?x=1".parse().unwrap();
        assert_eq!((hook.host(), hook.port()), ("alerts.example.net", 443));
        assert_eq!(hook.path(), "/in/secret?x=1");
        assert!(hook.is_secure() && !hook.is_loopback());
        let here: Webhook = "http://[::1]:8080".parse().unwrap();
        assert_eq!((here.host(), here.port()), ("::1", 8080));
        assert_eq!((here.path(), here.authority()), ("/", "[::1]:8080"));
        assert!(here.is_loopback());
        assert!(!format!("{hook:?}").contains("secret"));
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in [
            "ftp://a",
            "https://",
            "https://a b",
            "https://u@a",
            "http://a:x",
            "http://a:0",
            "http://a/#b",
        ] {
            assert!(text.parse::<Webhook>().is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "(https?://)?.{0,60}") {
            let _ = text.parse::<Webhook>();
        }
    }
}
