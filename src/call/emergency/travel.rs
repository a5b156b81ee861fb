//! What goes along with a call to a control room besides the caller's number: where they are, and how
//! urgent it is.

use serde::{Deserialize, Serialize};

use crate::identity::{PostcodeSource, of_postcode};
use crate::routing::outward;
use crate::settings::Trunk;
use crate::sip::Part;
use crate::sip::leg::Extras;

use super::super::case::Case;

/// Ambulance by its service URN (RFC 5031, section 4.2).
const AMBULANCE: &str = "urn:service:sos.ambulance";
/// Of whom a location is, where their number is not known.
const NOBODY: &str = "pres:unavailable@anonymous.invalid";

/// Where a caller is, for those who are asked to help them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::call) struct Whereabouts {
    /// The document that came with the call, as it came.
    pub(in crate::call) document: Option<String>,
    /// Where the location can be asked for, as the network says it.
    pub(in crate::call) references: Vec<String>,
    /// The first half of the postcode that the caller has keyed.
    pub(in crate::call) keyed: Option<String>,
    /// The postcode that is held for the caller's number.
    pub(in crate::call) registered: Option<String>,
}

impl Whereabouts {
    /// The postcode that tells most: what has been keyed counts, unless the whole of it is held for the number.
    fn postcode(&self) -> Option<(&str, PostcodeSource)> {
        let registered = self.registered.as_deref();
        let registered = registered.map(|code| (code, PostcodeSource::Registered));
        let Some(keyed) = self.keyed.as_deref() else {
            return registered;
        };
        let whole = registered.filter(|(code, _)| outward(code).as_deref() == Some(keyed));
        whole.or(Some((keyed, PostcodeSource::Keyed)))
    }
}

impl Case {
    /// What goes along to a trunk's control rooms. A location that the network gave is passed on as it came;
    /// one is made of a postcode where there is no other; where nothing is known, nothing is made up.
    pub(super) fn luggage(&self, trunk: Option<&Trunk>) -> Extras {
        let mut headers = Vec::new();
        let priority = trunk.map(|trunk| trunk.resource_priority.as_str());
        if let Some(priority) = priority.filter(|priority| !priority.is_empty()) {
            headers.push(("Resource-Priority".to_owned(), priority.to_owned()));
        }
        let (document, mut locations) = (self.location_document(), Vec::new());
        let id = format!("{}@ivr111.invalid", self.log.reference());
        if document.is_some() {
            locations.push(format!("<cid:{id}>"));
        }
        locations.extend(self.whereabouts.references.iter().cloned());
        if !locations.is_empty() {
            headers.push(("Geolocation".to_owned(), locations.join(", ")));
            headers.push(("Geolocation-Routing".to_owned(), "no".to_owned()));
        }
        let urn = trunk.is_some_and(|trunk| trunk.emergency_urn);
        Extras {
            uri: urn.then(|| AMBULANCE.to_owned()),
            headers,
            part: document.map(|document| Part {
                content_type: "application/pidf+xml".to_owned(),
                content_id: Some(id),
                body: document.into_bytes(),
            }),
        }
    }

    fn location_document(&self) -> Option<String> {
        let whereabouts = &self.whereabouts;
        if whereabouts.document.is_some() {
            return whereabouts.document.clone();
        }
        if !whereabouts.references.is_empty() {
            return None;
        }
        let (postcode, source) = whereabouts.postcode()?;
        let number = self
            .who
            .best()
            .map(|number| format!("tel:{}", number.e164()));
        let entity = number.as_deref().unwrap_or(NOBODY);
        Some(of_postcode(postcode, source, entity, self.clock.now()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(keyed: Option<&str>, registered: Option<&str>) -> Option<(String, PostcodeSource)> {
        let whereabouts = Whereabouts {
            keyed: keyed.map(str::to_owned),
            registered: registered.map(str::to_owned),
            ..Whereabouts::default()
        };
        let postcode = whereabouts.postcode();
        postcode.map(|(code, source)| (code.to_owned(), source))
    }

    #[test]
    fn what_is_keyed_counts_before_what_is_held_and_the_whole_before_its_half() {
        use PostcodeSource::{Keyed, Registered};
        let is = |code: &str, source| Some((code.to_owned(), source));
        assert_eq!(known(None, None), None);
        assert_eq!(known(None, Some("NE1 4LP")), is("NE1 4LP", Registered));
        assert_eq!(known(Some("BN1"), None), is("BN1", Keyed));
        assert_eq!(known(Some("BN1"), Some("NE1 4LP")), is("BN1", Keyed));
        assert_eq!(
            known(Some("NE1"), Some("NE1 4LP")),
            is("NE1 4LP", Registered)
        );
    }
}
