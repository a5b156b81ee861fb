use serde::{Deserialize, Serialize};

/// What was dialled: the service, and whether a text-relay assistant is on the line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dialled {
    /// `111`, `*5`, …: matched exactly, never by a part of it.
    pub service: String,
    /// Dialled through 18001, so the caller is slow and must meet no timeout.
    pub text_relay: bool,
}

impl Dialled {
    /// Reads the user part of a Request-URI. `%2A` is the star that some phones escape; parameters after
    /// a semicolon are ignored.
    pub fn parse(user: &str) -> Self {
        let user = user.split(';').next().unwrap_or_default();
        let user = user.replace("%2A", "*").replace("%2a", "*");
        match user.strip_prefix("18001") {
            Some(service) if !service.is_empty() => Dialled {
                service: service.to_owned(),
                text_relay: true,
            },
            _ => Dialled {
                service: user,
                text_relay: false,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_relay_prefix_is_taken_off() {
        let relay = Dialled::parse("18001111");
        assert_eq!((relay.service.as_str(), relay.text_relay), ("111", true));
        let plain = Dialled::parse("111");
        assert_eq!((plain.service.as_str(), plain.text_relay), ("111", false));
        assert_eq!(Dialled::parse("18001").service, "18001");
    }

    #[test]
    fn an_escaped_star_is_a_star() {
        assert_eq!(Dialled::parse("%2A5").service, "*5");
        assert_eq!(Dialled::parse("*6;phone-context=x").service, "*6");
    }
}
