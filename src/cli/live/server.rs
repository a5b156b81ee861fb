use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::str::FromStr;

/// Where a server answers by HTTP: a host, or an address, and a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server(String);

impl Server {
    /// One that listens at an address; at every address is here.
    pub(super) fn at(listens: SocketAddr) -> Self {
        let ip = match listens.ip() {
            IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
            ip => ip,
        };
        Server(SocketAddr::new(ip, listens.port()).to_string())
    }

    /// The host and the port, as `127.0.0.1:8111` and `[::1]:8111`.
    pub(super) fn authority(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "http://{}", self.0)
    }
}

impl FromStr for Server {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const WRONG: &str = "a server is written as http://127.0.0.1:8111";
        let rest = text.strip_prefix("http://").ok_or(WRONG)?;
        let authority = rest.strip_suffix('/').unwrap_or(rest);
        let is_plain = |c: char| c.is_ascii_alphanumeric() || ".-_:[]".contains(c);
        if !authority.chars().all(is_plain) {
            return Err(WRONG);
        }
        let (host, port) = authority.rsplit_once(':').ok_or(WRONG)?;
        let has_port = port.parse::<u16>().is_ok_and(|port| port > 0);
        match has_port && !host.is_empty() && (!host.contains(':') || host.ends_with(']')) {
            true => Ok(Server(authority.to_owned())),
            false => Err(WRONG),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_a_host_and_a_port() {
        for (text, authority) in [
            ("http://127.0.0.1:8111", "127.0.0.1:8111"),
            ("http://127.0.0.1:8111/", "127.0.0.1:8111"),
            ("http://[::1]:8111", "[::1]:8111"),
            ("http://leeds-2.example.net:80", "leeds-2.example.net:80"),
        ] {
            let server: Server = text.parse().unwrap();
            assert_eq!(server.authority(), authority);
        }
        for wrong in [
            "127.0.0.1:8111",
            "https://127.0.0.1:8111",
            "http://127.0.0.1",
            "http://127.0.0.1:0",
            "http://:8111",
            "http://::1:8111",
            "http://a:8111/api",
            "http://a@b:8111",
            "http://a b:8111",
            "http://a\r\n:8111",
        ] {
            assert!(wrong.parse::<Server>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_server_that_listens_everywhere_is_asked_here() {
        for (listens, authority) in [
            ("0.0.0.0:8111", "127.0.0.1:8111"),
            ("[::]:8111", "[::1]:8111"),
            ("192.0.2.7:80", "192.0.2.7:80"),
        ] {
            assert_eq!(Server::at(listens.parse().unwrap()).authority(), authority);
        }
    }
}
