use thiserror::Error;

use super::uri::Parts;

/// More contacts than this in one request no phone sends.
const MOST: usize = 32;

/// Why Contact headers cannot be used: answer 400.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ContactError {
    /// Not a list of addresses.
    #[error("Contact is malformed")]
    Malformed,
    /// A URI that is not `sip:` or `sips:`.
    #[error("a contact is no SIP URI")]
    NotSip,
    /// `*` beside other contacts (RFC 3261 section 10.3, step 6).
    #[error("Contact: * must stand alone")]
    WildcardNotAlone,
    /// Far too many contacts.
    #[error("too many contacts")]
    TooMany,
}

/// One contact of a REGISTER.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contact {
    /// The URI, as it was written.
    pub uri: String,
    /// Its own `expires`, in seconds; a malformed one counts as none.
    pub expires: Option<u32>,
    /// Preference in thousandths, 0 to 1000; 1000 where none is given.
    pub q: u16,
    /// The phone's own name for itself, `+sip.instance` with `reg-id` (RFC 5626).
    pub instance: Option<String>,
}

/// What the Contact headers of a REGISTER ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Contacts {
    /// No contact: the current bindings are asked for.
    Query,
    /// `*`: all bindings.
    All,
    /// Bindings to add, refresh or remove.
    List(Vec<Contact>),
}

impl Contacts {
    /// Reads the values of all Contact headers, each possibly a list.
    pub fn read(values: &[&str]) -> Result<Self, ContactError> {
        let mut contacts = Vec::new();
        let mut wildcard = false;
        for value in values {
            for one in split(value, ',')? {
                match one.trim() {
                    "" => return Err(ContactError::Malformed),
                    "*" if wildcard => return Err(ContactError::WildcardNotAlone),
                    "*" => wildcard = true,
                    _ if contacts.len() == MOST => return Err(ContactError::TooMany),
                    one => contacts.push(Contact::read(one)?),
                }
            }
        }
        match (wildcard, contacts.is_empty()) {
            (true, true) => Ok(Contacts::All),
            (true, false) => Err(ContactError::WildcardNotAlone),
            (false, true) => Ok(Contacts::Query),
            (false, false) => Ok(Contacts::List(contacts)),
        }
    }
}

impl Contact {
    fn read(text: &str) -> Result<Self, ContactError> {
        let pieces = split(text, ';')?;
        let (address, params) = pieces.split_first().ok_or(ContactError::Malformed)?;
        // Without angle brackets, parameters belong to the header (RFC 3261 section 20.10).
        let uri = match unquoted_find(address, '<') {
            None => address.trim(),
            Some(open) => {
                let rest = address.get(open + 1..).unwrap_or_default();
                let (uri, after) = rest.split_once('>').ok_or(ContactError::Malformed)?;
                if !after.trim().is_empty() {
                    return Err(ContactError::Malformed);
                }
                uri.trim()
            }
        };
        if Parts::read(uri).is_none() {
            return Err(ContactError::NotSip);
        }
        let param = |name: &str| {
            let mut pairs = params.iter().filter_map(|p| p.split_once('='));
            let found = pairs.find(|(known, _)| known.trim().eq_ignore_ascii_case(name));
            found.map(|(_, value)| value.trim())
        };
        let instance = param("+sip.instance").map(|instance| {
            let id = param("reg-id").unwrap_or_default();
            format!("{instance};{id}")
        });
        Ok(Contact {
            uri: uri.to_owned(),
            expires: param("expires").and_then(seconds),
            q: param("q").and_then(preference).unwrap_or(1_000),
            instance,
        })
    }
}

/// Delta-seconds: digits; more than fits is as much as fits.
fn seconds(text: &str) -> Option<u32> {
    let digits = !text.is_empty() && text.len() <= 20 && text.bytes().all(|b| b.is_ascii_digit());
    digits.then(|| text.parse().unwrap_or(u32::MAX))
}

/// A qvalue, `0`, `0.7` or `1.000`, in thousandths.
fn preference(text: &str) -> Option<u16> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    if part.len() > 3 || !part.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let part: u16 = format!("{part:0<3}").parse().ok()?;
    match (whole, part) {
        ("0" | "", part) => Some(part),
        ("1", 0) => Some(1_000),
        _ => None,
    }
}

/// Splits at a separator outside quotes and angle brackets.
fn split(text: &str, separator: char) -> Result<Vec<&str>, ContactError> {
    let mut pieces = Vec::new();
    let mut start = 0;
    let (mut quoted, mut escaped, mut bracket) = (false, false, false);
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' if !bracket => quoted = !quoted,
            _ if quoted => {}
            '<' if bracket => return Err(ContactError::Malformed),
            '<' => bracket = true,
            '>' => bracket = false,
            c if c == separator && !bracket => {
                pieces.push(&text[start..at]);
                start = at + c.len_utf8();
            }
            _ => {}
        }
    }
    if quoted || bracket {
        return Err(ContactError::Malformed);
    }
    pieces.push(&text[start..]);
    Ok(pieces)
}

/// Where a character first stands outside quotes.
fn unquoted_find(text: &str, wanted: char) -> Option<usize> {
    let (mut quoted, mut escaped) = (false, false);
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            c if c == wanted && !quoted => return Some(at),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(values: &[&str]) -> Vec<Contact> {
        match Contacts::read(values).unwrap() {
            Contacts::List(contacts) => contacts,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn several_contacts_in_one_or_more_headers_are_read() {
        let contacts = list(&[
            "\"Desk, <one>\" <sip:1001@192.0.2.1:5062;transport=tcp>;expires=60;q=0.5, \
             sip:1001@192.0.2.2;expires=0",
            "<sip:1001@[2001:db8::1]>;+sip.instance=\"<urn:uuid:0>\";reg-id=1",
        ]);
        assert_eq!(contacts.len(), 3);
        assert_eq!(contacts[0].uri, "sip:1001@192.0.2.1:5062;transport=tcp");
        assert_eq!((contacts[0].expires, contacts[0].q), (Some(60), 500));
        assert_eq!(contacts[1].uri, "sip:1001@192.0.2.2");
        assert_eq!((contacts[1].expires, contacts[1].q), (Some(0), 1_000));
        assert_eq!(contacts[2].instance.as_deref(), Some("\"<urn:uuid:0>\";1"));
    }

    #[test]
    fn a_wildcard_stands_alone() {
        assert_eq!(Contacts::read(&[" * "]), Ok(Contacts::All));
        assert_eq!(Contacts::read(&[]), Ok(Contacts::Query));
        let error = Err(ContactError::WildcardNotAlone);
        assert_eq!(Contacts::read(&["*", "<sip:1001@192.0.2.1>"]), error);
        assert_eq!(Contacts::read(&["*, *"]), error);
    }

    #[test]
    fn what_is_no_contact_is_refused() {
        for value in [
            "",
            "<sip:a@b",
            "\"a <sip:a@b>",
            "<sip:a@b> x",
            "<sip:a@b>,,<sip:c@d>",
        ] {
            assert_eq!(
                Contacts::read(&[value]),
                Err(ContactError::Malformed),
                "{value}"
            );
        }
        for value in ["<tel:+441632960001>", "1001", "<>", "<sip:a\u{e9}@b>"] {
            assert_eq!(
                Contacts::read(&[value]),
                Err(ContactError::NotSip),
                "{value}"
            );
        }
        let many = vec!["<sip:a@b>"; MOST + 1];
        assert_eq!(Contacts::read(&many), Err(ContactError::TooMany));
    }

    #[test]
    fn malformed_times_and_preferences_count_as_none() {
        for (text, wanted) in [
            ("60", Some(60)),
            ("99999999999", Some(u32::MAX)),
            ("-1", None),
        ] {
            let contacts = list(&[&format!("<sip:a@b>;expires={text}")]);
            assert_eq!(contacts[0].expires, wanted, "{text}");
        }
        for (text, wanted) in [
            ("0", 0),
            ("0.25", 250),
            ("1.0", 1_000),
            ("1.1", 1_000),
            ("x", 1_000),
        ] {
            assert_eq!(
                list(&[&format!("<sip:a@b>;q={text}")])[0].q,
                wanted,
                "{text}"
            );
        }
    }

    proptest::proptest! {
        #[test]
        fn no_header_makes_it_panic(value in "[<>\",;*=\\\\a-cé:@. ]{0,40}") {
            let _ = Contacts::read(&[&value, "<sip:a@b>"]);
        }
    }
}
