use serde::{Deserialize, Serialize};

use super::number::{Number, NumberError};

/// A number as a network gives it, or why there is none. Withheld and unavailable are two things:
/// the first is the caller's wish, the second is the network's lack.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CallerNumber {
    /// A number.
    Known(Number),
    /// The caller does not want it shown.
    Withheld,
    /// The network has none.
    Unavailable,
    /// The network put something there that is nobody's number.
    Invalid,
}

impl CallerNumber {
    /// The number, where it is known.
    pub fn known(&self) -> Option<&Number> {
        match self {
            CallerNumber::Known(number) => Some(number),
            _ => None,
        }
    }

    /// One word for the timeline.
    pub fn word(&self) -> &'static str {
        match self {
            CallerNumber::Known(_) => "known",
            CallerNumber::Withheld => "withheld",
            CallerNumber::Unavailable => "unavailable",
            CallerNumber::Invalid => "invalid",
        }
    }
}

/// The header values that say who calls.
#[derive(Clone, Copy, Debug)]
pub struct IdentityHeaders<'a> {
    /// P-Asserted-Identity values, in order (RFC 3325).
    pub asserted: &'a [String],
    /// From.
    pub from: &'a str,
    /// Privacy (RFC 3323).
    pub privacy: Option<&'a str>,
}

/// Who calls.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Caller {
    /// What the network says, from a trunk that is believed.
    pub network: CallerNumber,
    /// What the caller shows.
    pub presentation: CallerNumber,
    /// A text-relay assistant is on the line.
    pub text_relay: bool,
}

impl Caller {
    /// Reads the identity. P-Asserted-Identity counts only when the trunk is trusted. Privacy hides the
    /// presentation, not the network number: an emergency service is given that regardless.
    pub fn from_headers(headers: IdentityHeaders<'_>, trusted: bool, text_relay: bool) -> Self {
        let network = match headers.asserted {
            _ if !trusted => CallerNumber::Unavailable,
            [] => CallerNumber::Unavailable,
            values => asserted(values),
        };
        let presentation = if wants_privacy(headers.privacy) {
            CallerNumber::Withheld
        } else {
            shown(headers.from)
        };
        Caller {
            network,
            presentation,
            text_relay,
        }
    }

    /// A caller of whom nothing is known but this number.
    pub fn of(number: CallerNumber, text_relay: bool) -> Self {
        Caller {
            network: number.clone(),
            presentation: number,
            text_relay,
        }
    }

    /// The number to go by: the network's, else what the caller shows.
    pub fn best(&self) -> Option<&Number> {
        self.network.known().or(self.presentation.known())
    }

    /// Why there is no number, or that there is one.
    pub fn word(&self) -> &'static str {
        match (&self.network, &self.presentation) {
            (CallerNumber::Known(_), _) | (_, CallerNumber::Known(_)) => "known",
            (CallerNumber::Invalid, _) | (_, CallerNumber::Invalid) => "invalid",
            (CallerNumber::Unavailable, shown) => shown.word(),
            (network, _) => network.word(),
        }
    }
}

fn wants_privacy(privacy: Option<&str>) -> bool {
    privacy
        .unwrap_or_default()
        .split([';', ','])
        .any(|p| ["id", "user", "header", "full"].contains(&p.trim().to_ascii_lowercase().as_str()))
}

/// The first value with a number; several stand in one header or in several.
fn asserted(values: &[String]) -> CallerNumber {
    let mut worst = CallerNumber::Unavailable;
    for value in values.iter().flat_map(|v| split_values(v)) {
        match shown(value) {
            CallerNumber::Known(number) => return CallerNumber::Known(number),
            other => worst = other,
        }
    }
    worst
}

/// Splits at the commas that stand outside quotes and brackets.
fn split_values(text: &str) -> Vec<&str> {
    let (mut parts, mut start, mut quoted, mut angle) = (Vec::new(), 0, false, false);
    for (at, c) in text.char_indices() {
        match c {
            '"' => quoted = !quoted,
            '<' if !quoted => angle = true,
            '>' if !quoted => angle = false,
            ',' if !quoted && !angle => {
                parts.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}

fn shown(header: &str) -> CallerNumber {
    let Some((user, host)) = user_and_host(header) else {
        return CallerNumber::Unavailable;
    };
    let user = user.to_ascii_lowercase();
    if user == "anonymous" || host.to_ascii_lowercase().ends_with("anonymous.invalid") {
        return CallerNumber::Withheld;
    }
    if matches!(user.as_str(), "" | "unknown" | "unavailable") {
        return CallerNumber::Unavailable;
    }
    match Number::parse(&user) {
        Ok(number) => CallerNumber::Known(number),
        Err(NumberError::Empty) => CallerNumber::Unavailable,
        Err(NumberError::Malformed | NumberError::NetworkPlaceholder) => CallerNumber::Invalid,
    }
}

/// The user and host of the first sip:, sips: or tel: URI in a header value.
fn user_and_host(header: &str) -> Option<(&str, &str)> {
    let uri = match header.rfind('<') {
        Some(open) => header[open + 1..].split('>').next()?,
        None => header.split(';').next()?,
    };
    let (scheme, rest) = uri.trim().split_once(':')?;
    let rest = rest.split(['?', '>']).next()?;
    match scheme.trim().to_ascii_lowercase().as_str() {
        "tel" => Some((rest.split(';').next()?, "")),
        "sip" | "sips" => match rest.split_once('@') {
            Some((user, host)) => {
                let user = user.split([';', ':']).next()?;
                Some((user, host.split([';', ':']).next()?))
            }
            None => Some(("", rest.split([';', ':']).next()?)),
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(asserted: &[&str], from: &str, privacy: Option<&str>, trusted: bool) -> Caller {
        let asserted: Vec<String> = asserted.iter().map(|s| (*s).to_owned()).collect();
        let headers = IdentityHeaders {
            asserted: &asserted,
            from,
            privacy,
        };
        Caller::from_headers(headers, trusted, false)
    }

    const FROM: &str = "\"A, B\" <sip:+441632960002@127.0.0.2;user=phone>;tag=1";

    #[test]
    fn a_trusted_network_number_comes_before_what_is_shown() {
        let caller = read(&["<sip:+441632960001@x>"], FROM, None, true);
        assert_eq!(caller.best().unwrap().e164(), "+441632960001");
        let untrusted = read(&["<sip:+441632960001@x>"], FROM, None, false);
        assert_eq!(untrusted.best().unwrap().e164(), "+441632960002");
    }

    #[test]
    fn privacy_hides_what_is_shown_and_keeps_the_network_number() {
        let caller = read(
            &["tel:+441632960001;cpc=ordinary"],
            FROM,
            Some("id;critical"),
            true,
        );
        assert_eq!(caller.presentation, CallerNumber::Withheld);
        assert_eq!(caller.best().unwrap().e164(), "+441632960001");
        let hidden = read(&[], "<sip:anonymous@anonymous.invalid>;tag=1", None, true);
        assert_eq!((hidden.best(), hidden.word()), (None, "withheld"));
    }

    #[test]
    fn withheld_and_unavailable_are_two_things() {
        assert_eq!(
            read(&[], "<sip:unavailable@x>", None, true).word(),
            "unavailable"
        );
        assert_eq!(
            read(&[], "<sip:x.example>", None, true).word(),
            "unavailable"
        );
        assert_eq!(read(&[], "sip:Anonymous@x", None, true).word(), "withheld");
    }

    #[test]
    fn the_placeholder_and_nonsense_are_invalid() {
        assert_eq!(
            read(&["<sip:08979000001@x>"], "<sip:unknown@x>", None, true).word(),
            "invalid"
        );
        assert_eq!(read(&[], "<sip:bob@x>", None, true).word(), "invalid");
    }

    #[test]
    fn several_asserted_identities_are_looked_through() {
        let both = "\"x, y\" <sip:pbx@x>, <tel:01632960003>";
        let caller = read(&[both], "<sip:a@x>", None, true);
        assert_eq!(caller.best().unwrap().e164(), "+441632960003");
    }

    proptest! {
        #[test]
        fn no_header_panics(from in ".{0,60}", asserted in ".{0,60}", privacy in ".{0,10}") {
            let _ = read(&[&asserted], &from, Some(&privacy), true);
        }
    }
}
