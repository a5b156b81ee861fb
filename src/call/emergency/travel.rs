//! What goes along with a call to a control room besides the caller's number: where they are, and how
//! urgent it is.

use serde::{Deserialize, Serialize};

use crate::identity::of_postcode;
use crate::routing::closest_postcode;
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
        let keyed = whereabouts.keyed.as_deref();
        let (postcode, source) = closest_postcode(keyed, whereabouts.registered.as_deref())?;
        let number = self
            .who
            .best()
            .map(|number| format!("tel:{}", number.e164()));
        let entity = number.as_deref().unwrap_or(NOBODY);
        Some(of_postcode(postcode, source, entity, self.clock.now()))
    }
}
