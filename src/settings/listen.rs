use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;
use std::str::FromStr;

use serde::Deserialize;

/// How SIP is carried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Transport {
    /// Datagrams.
    Udp,
    /// A stream.
    Tcp,
}

/// A transport and an address: `udp:127.0.0.1:5060`; without the transport it is UDP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(try_from = "String")]
pub struct Peer {
    /// UDP or TCP.
    pub transport: Transport,
    /// Address and port.
    pub address: SocketAddr,
}

impl FromStr for Peer {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (transport, address) = match text.split_once(':') {
            Some(("udp", rest)) => (Transport::Udp, rest),
            Some(("tcp", rest)) => (Transport::Tcp, rest),
            _ => (Transport::Udp, text),
        };
        let address = address.parse().map_err(|_| {
            format!("`{text}` is no address; write it as udp:127.0.0.1:5060 or tcp:[::1]:5060")
        })?;
        Ok(Peer { transport, address })
    }
}

impl TryFrom<String> for Peer {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let transport = match self.transport {
            Transport::Udp => "udp",
            Transport::Tcp => "tcp",
        };
        write!(f, "{transport}:{}", self.address)
    }
}

/// Whom a trunk's calls may come from: a network (`10.1.0.0/16`), an address, or an address with a
/// port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Source {
    address: IpAddr,
    prefix: u8,
    port: Option<u16>,
}

impl Source {
    /// Whether a request from `source` belongs here.
    pub fn contains(&self, source: SocketAddr) -> bool {
        let port = self.port.is_none_or(|port| port == source.port());
        port && match (self.address, source.ip().to_canonical()) {
            (IpAddr::V4(ours), IpAddr::V4(theirs)) => {
                let mask = mask(u32::MAX.into(), 32, self.prefix) as u32;
                ours.to_bits() & mask == theirs.to_bits() & mask
            }
            (IpAddr::V6(ours), IpAddr::V6(theirs)) => {
                let mask = mask(u128::MAX, 128, self.prefix);
                ours.to_bits() & mask == theirs.to_bits() & mask
            }
            _ => false,
        }
    }

    /// How narrow it is: the narrowest match wins, one with a port before one without.
    pub fn narrowness(&self) -> (bool, u8) {
        (self.port.is_some(), self.prefix)
    }

    /// Whether it admits only this machine.
    pub fn is_loopback(&self) -> bool {
        let least = if self.address.is_ipv4() { 8 } else { 128 };
        self.address.is_loopback() && self.prefix >= least
    }
}

fn mask(all: u128, bits: u32, prefix: u8) -> u128 {
    let host = bits - u32::from(prefix);
    all.checked_shl(host).unwrap_or(0) & all
}

impl FromStr for Source {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong =
            || format!("`{text}` is no source; write it as 10.1.0.0/16, 10.1.2.3 or 10.1.2.3:5060");
        if let Ok(socket) = text.parse::<SocketAddr>() {
            return Ok(Source {
                address: socket.ip(),
                prefix: if socket.is_ipv4() { 32 } else { 128 },
                port: Some(socket.port()),
            });
        }
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix.parse::<u8>().map_err(|_| wrong())?)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| wrong())?;
        let bits = if address.is_ipv4() { 32 } else { 128 };
        let prefix = prefix.unwrap_or(bits);
        if prefix > bits {
            return Err(wrong());
        }
        Ok(Source {
            address,
            prefix,
            port: None,
        })
    }
}

impl TryFrom<String> for Source {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.port {
            Some(port) => write!(f, "{}", SocketAddr::new(self.address, port)),
            None => write!(f, "{}/{}", self.address, self.prefix),
        }
    }
}

/// Ports `first-last`, both included.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct PortRange(pub RangeInclusive<u16>);

impl TryFrom<String> for PortRange {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let wrong = || format!("`{text}` is no range of ports; write it as 20000-29999");
        let (first, last) = text.split_once('-').ok_or_else(wrong)?;
        let first: u16 = first.trim().parse().map_err(|_| wrong())?;
        let last: u16 = last.trim().parse().map_err(|_| wrong())?;
        if first < 1024 || last <= first {
            return Err(wrong());
        }
        Ok(PortRange(first..=last))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peer_without_a_transport_is_udp() {
        let peer: Peer = "127.0.0.1:5980".parse().unwrap();
        assert_eq!(peer.transport, Transport::Udp);
        assert_eq!(
            "tcp:[::1]:5060".parse::<Peer>().unwrap().to_string(),
            "tcp:[::1]:5060"
        );
        assert!("carrier.example:5060".parse::<Peer>().is_err());
    }

    #[test]
    fn a_source_matches_by_network_and_port() {
        let network: Source = "127.0.0.0/8".parse().unwrap();
        assert!(network.contains("127.9.9.9:1".parse().unwrap()));
        assert!(!network.contains("128.0.0.1:1".parse().unwrap()));
        assert!(network.is_loopback());
        let port: Source = "10.0.0.1:5060".parse().unwrap();
        assert!(port.contains("10.0.0.1:5060".parse().unwrap()));
        assert!(!port.contains("10.0.0.1:5061".parse().unwrap()));
        assert!(port.narrowness() > network.narrowness());
        let all: Source = "0.0.0.0/0".parse().unwrap();
        assert!(all.contains("192.0.2.1:5".parse().unwrap()) && !all.is_loopback());
        assert!("10.0.0.1/33".parse::<Source>().is_err());
    }

    #[test]
    fn a_range_has_two_ends_in_order() {
        assert_eq!(
            PortRange::try_from("20000-29999".to_owned()).unwrap().0,
            20000..=29999
        );
        for text in ["20000", "9-10", "3000-2000", "a-b"] {
            assert!(PortRange::try_from(text.to_owned()).is_err(), "{text}");
        }
    }
}
