use roxmltree::{Document, Node, ParsingOptions};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Where the caller is, as the network says it in the call (RFC 6442).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CarriedLocation {
    /// Degrees, WGS 84.
    pub point: Option<(f64, f64)>,
    /// Metres within which the caller is.
    pub radius: Option<f64>,
    /// The postcode of a civic address.
    pub postcode: Option<String>,
    /// How it was found, such as `Cell` or `GPS` (RFC 4119's method).
    pub method: Option<String>,
}

/// Why a location document cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum LocationError {
    /// More than a location needs.
    #[error("the location document is larger than {LARGEST} bytes")]
    TooLarge,
    /// Not XML, or with a document type, which nobody needs here.
    #[error("the location document is not XML that can be read")]
    NotXml,
    /// No place in it.
    #[error("the location document holds neither a position nor a postcode")]
    NoPlace,
}

const LARGEST: usize = 16 * 1024;

impl CarriedLocation {
    /// Reads a PIDF-LO document (RFC 4119, shapes of RFC 5491). The first tuple with a place counts
    /// (RFC 5491 section 3.4, rule 8).
    pub fn parse(xml: &str) -> Result<Self, LocationError> {
        if xml.len() > LARGEST {
            return Err(LocationError::TooLarge);
        }
        let options = ParsingOptions {
            nodes_limit: 2_000,
            ..ParsingOptions::default()
        };
        let document =
            Document::parse_with_options(xml, options).map_err(|_| LocationError::NotXml)?;
        document
            .descendants()
            .filter(|node| node.tag_name().name() == "geopriv")
            .find_map(place)
            .ok_or(LocationError::NoPlace)
    }
}

fn text<'a>(within: Node<'a, 'a>, name: &str) -> Option<&'a str> {
    let node = within.descendants().find(|n| n.tag_name().name() == name)?;
    node.text().map(str::trim).filter(|t| !t.is_empty())
}

fn place(geopriv: Node<'_, '_>) -> Option<CarriedLocation> {
    let point = text(geopriv, "pos").and_then(position);
    let postcode = text(geopriv, "PC").map(str::to_owned);
    if point.is_none() && postcode.is_none() {
        return None;
    }
    Some(CarriedLocation {
        point,
        radius: text(geopriv, "radius").and_then(|r| r.parse().ok()),
        postcode,
        method: text(geopriv, "method").map(str::to_owned),
    })
}

/// `latitude longitude`, and a height that nobody asks for.
fn position(text: &str) -> Option<(f64, f64)> {
    let mut numbers = text.split_whitespace().map(str::parse::<f64>);
    let (latitude, longitude) = (numbers.next()?.ok()?, numbers.next()?.ok()?);
    let sound = latitude.abs() <= 90.0 && longitude.abs() <= 180.0;
    sound.then_some((latitude, longitude))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn document(inside: &str) -> String {
        format!(
            "<presence xmlns=\"urn:ietf:params:xml:ns:pidf\" \
             xmlns:gp=\"urn:ietf:params:xml:ns:pidf:geopriv10\" \
             xmlns:gml=\"http://www.opengis.net/gml\" xmlns:gs=\"http://www.opengis.net/pidflo/1.0\" \
             xmlns:ca=\"urn:ietf:params:xml:ns:pidf:geopriv10:civicAddr\">\
             <tuple id=\"a\"><status><gp:geopriv><gp:location-info>{inside}</gp:location-info>\
             <gp:method>Cell</gp:method></gp:geopriv></status></tuple></presence>"
        )
    }

    #[test]
    fn a_circle_gives_its_middle_and_radius() {
        let circle = "<gs:Circle><gml:pos>50.82 -0.14</gml:pos>\
                      <gs:radius uom=\"urn:ogc:def:uom:EPSG::9001\">250</gs:radius></gs:Circle>";
        let location = CarriedLocation::parse(&document(circle)).unwrap();
        assert_eq!(location.point, Some((50.82, -0.14)));
        assert_eq!(location.radius, Some(250.0));
        assert_eq!(location.method.as_deref(), Some("Cell"));
    }

    #[test]
    fn a_civic_address_gives_its_postcode() {
        let civic =
            "<ca:civicAddress><ca:country>GB</ca:country><ca:PC>BN1 1AA</ca:PC></ca:civicAddress>";
        let location = CarriedLocation::parse(&document(civic)).unwrap();
        assert_eq!(location.postcode.as_deref(), Some("BN1 1AA"));
    }

    #[test]
    fn what_cannot_be_used_says_why() {
        assert_eq!(CarriedLocation::parse("no"), Err(LocationError::NotXml));
        assert_eq!(
            CarriedLocation::parse(&document("")),
            Err(LocationError::NoPlace)
        );
        let far = document("<gml:pos>500 0</gml:pos>");
        assert_eq!(CarriedLocation::parse(&far), Err(LocationError::NoPlace));
        let large = " ".repeat(LARGEST + 1);
        assert_eq!(CarriedLocation::parse(&large), Err(LocationError::TooLarge));
        let entities = "<!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>";
        assert_eq!(CarriedLocation::parse(entities), Err(LocationError::NotXml));
    }

    proptest! {
        #[test]
        fn no_text_panics(text in ".{0,200}") {
            let _ = CarriedLocation::parse(&text);
        }
    }
}
