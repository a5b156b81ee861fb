//! A location document of our own making, for callers of whom the network says nothing and of whom a
//! postcode is known.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Where a postcode comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PostcodeSource {
    /// The caller has keyed it: its first half.
    Keyed,
    /// It is held for the caller's number.
    Registered,
}

impl PostcodeSource {
    /// What the reader of the document is told of it.
    fn note(self) -> &'static str {
        match self {
            PostcodeSource::Keyed => {
                "Not from the network: the caller has keyed this first half of a postcode. It has not been verified."
            }
            PostcodeSource::Registered => {
                "Not from the network: this postcode is held for the caller's number. The patient may be elsewhere."
            }
        }
    }
}

/// A PIDF-LO document (RFC 4119) with the civic address (RFC 5139) that a postcode in Great Britain is. Its
/// method is `Manual`, and a note-well says where it comes from, so that nobody takes it for a location that
/// was measured. `entity` is the URI of whom it is about.
pub fn of_postcode(postcode: &str, source: PostcodeSource, entity: &str, now: Timestamp) -> String {
    let (postcode, entity, note) = (escaped(postcode), escaped(entity), escaped(source.note()));
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n\
         <presence xmlns=\"urn:ietf:params:xml:ns:pidf\" \
         xmlns:gp=\"urn:ietf:params:xml:ns:pidf:geopriv10\" \
         xmlns:gbp=\"urn:ietf:params:xml:ns:pidf:geopriv10:basicPolicy\" \
         xmlns:ca=\"urn:ietf:params:xml:ns:pidf:geopriv10:civicAddr\" entity=\"{entity}\">\r\n\
         <tuple id=\"postcode\"><status><gp:geopriv>\
         <gp:location-info><ca:civicAddress><ca:country>GB</ca:country><ca:PC>{postcode}</ca:PC>\
         </ca:civicAddress></gp:location-info>\
         <gp:usage-rules><gbp:retransmission-allowed>true</gbp:retransmission-allowed>\
         <gbp:note-well>{note}</gbp:note-well></gp:usage-rules>\
         <gp:method>Manual</gp:method></gp:geopriv></status>\
         <timestamp>{now:.0}</timestamp></tuple></presence>\r\n"
    )
}

/// Text as it may stand in XML, between tags and in attributes. What no XML may hold is left out.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars().filter(|c| !c.is_control()) {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            c if c == '\u{FFFE}' || c == '\u{FFFF}' => {}
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::CarriedLocation;
    use super::*;

    fn made(postcode: &str, entity: &str) -> String {
        of_postcode(
            postcode,
            PostcodeSource::Keyed,
            entity,
            Timestamp::UNIX_EPOCH,
        )
    }

    #[test]
    fn a_postcode_is_read_back_as_what_somebody_keyed() {
        let document = made("BN1 1AA", "tel:+441632960001");
        let read = CarriedLocation::parse(&document).unwrap();
        assert_eq!(read.postcode.as_deref(), Some("BN1 1AA"));
        assert_eq!(read.method.as_deref(), Some("Manual"));
        assert_eq!(read.point, None);
        assert!(document.contains("the caller has keyed this first half of a postcode"));
        assert!(document.contains("<timestamp>1970-01-01T00:00:00Z</timestamp>"));
    }

    proptest! {
        #[test]
        fn whatever_is_keyed_makes_a_sound_document(postcode in "[^\\p{Cc}\\s]{1,12}", entity in ".{0,40}") {
            let document = made(&postcode, &entity);
            let read = CarriedLocation::parse(&document).unwrap();
            prop_assert_eq!(read.postcode, Some(postcode.replace(['\u{FFFE}', '\u{FFFF}'], "")).filter(|p| !p.is_empty()));
        }
    }
}
