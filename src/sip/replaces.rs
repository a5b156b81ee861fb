//! The Replaces header (RFC 3891): the dialog whose place a call is to take.

use rsipstack::sip::Request;

use super::error::SipError;
use super::message;

/// Longer than any Call-ID or tag that is sent in earnest.
const LONGEST: usize = 256;

/// Names a dialog as whoever receives the header knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replaces {
    /// The dialog's Call-ID.
    pub call_id: String,
    /// The receiver's own tag.
    pub to_tag: String,
    /// The tag of whom the receiver talks to in that dialog.
    pub from_tag: String,
    /// The dialog is to be replaced only while it has not been answered.
    pub early_only: bool,
}

impl Replaces {
    /// Reads the header's value. Call-ID and both tags must be there, once each; parameters that are
    /// not known are passed over (RFC 3891 section 6.1). None where it is malformed or overlong.
    pub fn parse(value: &str) -> Option<Self> {
        let mut parts = value.split(';').map(str::trim);
        let call_id = parts.next().filter(|id| is_text(id))?.to_owned();
        let (mut to_tag, mut from_tag, mut early_only) = (None, None, false);
        for part in parts {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            let place = match name.trim().to_ascii_lowercase().as_str() {
                "to-tag" => &mut to_tag,
                "from-tag" => &mut from_tag,
                "early-only" => {
                    early_only = true;
                    continue;
                }
                _ => continue,
            };
            let tag = Some(value.trim()).filter(|tag| is_text(tag))?;
            if place.replace(tag.to_owned()).is_some() {
                return None;
            }
        }
        Some(Replaces {
            call_id,
            to_tag: to_tag?,
            from_tag: from_tag?,
            early_only,
        })
    }

    /// Reads the header of a request, where it has one. Several of them, and one that is malformed, are
    /// an error (RFC 3891 section 3).
    pub(super) fn of(request: &Request) -> Result<Option<Self>, SipError> {
        match message::values(request, "Replaces").as_slice() {
            [] => Ok(None),
            [value] => {
                let replaces = Self::parse(value).ok_or(SipError::Malformed("Replaces"))?;
                Ok(Some(replaces))
            }
            _ => Err(SipError::Malformed("more than one Replaces")),
        }
    }
}

/// Whether it may be a Call-ID or a tag: not empty, and nothing that ends one.
fn is_text(text: &str) -> bool {
    let fits = (1..=LONGEST).contains(&text.len());
    fits && text
        .bytes()
        .all(|b| b.is_ascii_graphic() && !b"<>;,".contains(&b))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn written(replaces: &Replaces) -> String {
        let Replaces {
            call_id,
            to_tag,
            from_tag,
            early_only,
        } = replaces;
        let early = if *early_only { ";early-only" } else { "" };
        format!("{call_id};to-tag={to_tag};from-tag={from_tag}{early}")
    }

    #[test]
    fn what_phones_send_is_read() {
        let read = Replaces::parse("98732@sip.example.com;from-tag=r33th4x0r ; TO-TAG=ff87ff");
        let read = read.unwrap();
        assert_eq!(read.call_id, "98732@sip.example.com");
        assert_eq!((&*read.to_tag, &*read.from_tag), ("ff87ff", "r33th4x0r"));
        assert!(!read.early_only);
        let early = Replaces::parse("a;to-tag=1;from-tag=2;early-only;x=y");
        assert!(early.unwrap().early_only);
    }

    #[test]
    fn what_names_no_dialog_is_malformed() {
        let long = format!("{};to-tag=1;from-tag=2", "a".repeat(LONGEST + 1));
        for value in [
            "",
            "a",
            ";to-tag=1;from-tag=2",
            "a;to-tag=1",
            "a;to-tag=;from-tag=2",
            "a;to-tag;from-tag=2",
            "a;to-tag=1;from-tag=2;to-tag=1",
            "a b;to-tag=1;from-tag=2",
            "a;to-tag=1,b;from-tag=2",
            &long,
        ] {
            assert_eq!(Replaces::parse(value), None, "{value}");
        }
    }

    proptest! {
        #[test]
        fn nothing_makes_it_panic(value in "\\PC{0,60}|[a;=to\\-tagfrm ]{0,60}") {
            let _ = Replaces::parse(&value);
        }

        #[test]
        fn what_is_written_is_read_again(
            call_id in "[!-+.-:=?-~-]{1,40}",
            to_tag in "[a-zA-Z0-9.%*_+`'~-]{1,40}",
            from_tag in "[a-zA-Z0-9.%*_+`'~-]{1,40}",
            early_only: bool,
        ) {
            let replaces = Replaces { call_id, to_tag, from_tag, early_only };
            prop_assert_eq!(Replaces::parse(&written(&replaces)), Some(replaces));
        }
    }
}
