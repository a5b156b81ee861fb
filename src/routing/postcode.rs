use std::collections::HashMap;

use crate::diagnostic::{Problem, Source};
use crate::identity::PostcodeSource;

use super::region::RegionId;

/// What a postcode or a position says about the region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// What was matched, such as `BN` or `KT9`.
    pub(super) matched: String,
    /// One region, or several where the place straddles a border: then the caller is asked.
    pub(super) regions: Vec<RegionId>,
}

#[derive(Clone, Debug)]
struct Entry {
    regions: Vec<RegionId>,
    centre: Option<(f64, f64)>,
}

/// Postcode areas (`BN`) and, where an area straddles regions, outward codes (`KT9`).
#[derive(Clone, Debug, Default)]
pub struct Postcodes(HashMap<String, Entry>);

#[derive(serde::Deserialize)]
struct Row {
    postcode: String,
    regions: String,
    latitude: Option<f64>,
    longitude: Option<f64>,
}

/// Farther than this from any centre, a position says nothing.
const FARTHEST_KM: f64 = 80.0;
/// A position almost as near to another region's centre lies in either.
const ALMOST: f64 = 1.6;

impl Postcodes {
    /// Reads `postcodes.csv`: `postcode,regions,latitude,longitude`; several regions are divided by `|`.
    pub fn read(source: &Source, known: &[RegionId]) -> (Self, Vec<Problem>) {
        let (mut postcodes, mut problems) = (Postcodes::default(), Vec::new());
        let mut reader = csv::Reader::from_reader(source.text().as_bytes());
        let mut line = 1;
        for row in reader.deserialize::<Row>() {
            line += 1;
            let row = match row {
                Ok(row) => row,
                Err(error) => {
                    problems.push(source.problem_on_line(line, error.to_string()));
                    continue;
                }
            };
            let regions: Vec<RegionId> = row.regions.split('|').map(RegionId::new).collect();
            for region in regions.iter().filter(|r| !known.contains(r)) {
                let message = format!("there is no region `{region}`");
                problems.push(source.problem_on_line(line, message));
            }
            let centre = row.latitude.zip(row.longitude);
            let entry = Entry { regions, centre };
            if postcodes.0.insert(row.postcode.clone(), entry).is_some() {
                let message = format!("postcode {} stands twice", row.postcode);
                problems.push(source.problem_on_line(line, message));
            }
        }
        (postcodes, problems)
    }

    /// The place of a postcode, whole or outward part only, in any spelling.
    pub(super) fn of(&self, postcode: &str) -> Option<Place> {
        let outward = outward(postcode)?;
        let letters = outward.find(|c: char| c.is_ascii_digit())?;
        // Central London districts such as EC1A belong with EC1.
        let district = outward.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        [outward.as_str(), district, &outward[..letters]]
            .into_iter()
            .find_map(|key| {
                let entry = self.0.get(key)?;
                Some(Place {
                    matched: key.to_owned(),
                    regions: entry.regions.clone(),
                })
            })
    }

    /// The regions of a postcode: several where it straddles a border, none where it is not known.
    pub fn regions(&self, postcode: &str) -> Vec<RegionId> {
        self.of(postcode)
            .map_or_else(Vec::new, |place| place.regions)
    }

    /// The place of a position: the nearest centre's region, and any other region whose nearest centre
    /// is almost as near.
    pub(super) fn at(&self, position: (f64, f64)) -> Option<Place> {
        let mut near: Vec<(f64, &String, &Entry)> = self
            .0
            .iter()
            .filter_map(|(code, entry)| Some((distance(position, entry.centre?), code, entry)))
            .filter(|(km, ..)| *km <= FARTHEST_KM)
            .collect();
        near.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(b.1)));
        let (nearest, code, _) = near.first()?;
        let mut regions: Vec<RegionId> = Vec::new();
        for (_, _, entry) in near.iter().take_while(|(km, ..)| *km <= nearest * ALMOST) {
            for region in &entry.regions {
                if !regions.contains(region) {
                    regions.push(region.clone());
                }
            }
        }
        Some(Place {
            matched: (*code).clone(),
            regions,
        })
    }
}

/// The outward part of a postcode in any spelling: all but the last three characters of a whole one, or what there
/// is. None where it is no postcode.
pub fn outward(postcode: &str) -> Option<String> {
    let plain: String = postcode
        .chars()
        .filter(|c| !c.is_whitespace())
        .map(|c| c.to_ascii_uppercase())
        .collect();
    if !plain.is_ascii() || !(2..=7).contains(&plain.len()) {
        return None;
    }
    let whole = plain.len() >= 5 && plain.as_bytes()[plain.len() - 3].is_ascii_digit();
    let end = if whole { plain.len() - 3 } else { plain.len() };
    let outward = &plain[..end];
    let sound =
        (2..=4).contains(&outward.len()) && outward.starts_with(|c: char| c.is_ascii_alphabetic());
    sound.then(|| outward.to_owned())
}

/// The postcode that tells most of where a caller is: what they have keyed (its first half), unless the whole of it
/// is held for their number.
pub fn closest_postcode<'p>(
    keyed: Option<&'p str>,
    registered: Option<&'p str>,
) -> Option<(&'p str, PostcodeSource)> {
    let registered = registered.map(|code| (code, PostcodeSource::Registered));
    let Some(keyed) = keyed else {
        return registered;
    };
    let whole = registered.filter(|(code, _)| outward(code).as_deref() == Some(keyed));
    whole.or(Some((keyed, PostcodeSource::Keyed)))
}

/// Kilometres between two positions, by the haversine formula on a sphere.
fn distance(a: (f64, f64), b: (f64, f64)) -> f64 {
    let (lat_a, lat_b) = (a.0.to_radians(), b.0.to_radians());
    let half_lat = (lat_b - lat_a) / 2.0;
    let half_lon = (b.1 - a.1).to_radians() / 2.0;
    let chord = half_lat.sin().powi(2) + lat_a.cos() * lat_b.cos() * half_lon.sin().powi(2);
    2.0 * 6371.0 * chord.sqrt().min(1.0).asin()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn postcodes() -> Postcodes {
        let text = "postcode,regions,latitude,longitude\nBN,south,50.87,-0.1\n\
                    KT,south|london,51.36,-0.35\nKT9,london,,\nEC,london,51.52,-0.09\n";
        let known = [RegionId::new("south"), RegionId::new("london")];
        let (postcodes, problems) = Postcodes::read(&Source::new("p.csv", text), &known);
        assert!(problems.is_empty());
        postcodes
    }

    fn regions(place: Option<Place>) -> Vec<String> {
        let place = place.unwrap();
        place.regions.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn any_spelling_and_the_narrowest_match() {
        let postcodes = postcodes();
        for text in ["BN1 1AA", "bn11aa", "BN1", " bn 21 4ab "] {
            assert_eq!(regions(postcodes.of(text)), ["south"], "{text}");
        }
        assert_eq!(regions(postcodes.of("KT9 1AA")), ["london"]);
        assert_eq!(regions(postcodes.of("EC1A 1BB")), ["london"]);
        assert_eq!(postcodes.of("ZZ9 9ZZ"), None);
        assert_eq!(postcodes.of("1"), None);
    }

    #[test]
    fn a_straddling_area_has_several_answers() {
        assert_eq!(regions(postcodes().of("KT1 1AA")), ["south", "london"]);
    }

    #[test]
    fn a_position_between_two_regions_has_several_answers() {
        let postcodes = postcodes();
        assert_eq!(regions(postcodes.at((50.83, -0.14))), ["south"]);
        assert_eq!(postcodes.at((51.44, -0.2)).unwrap().regions.len(), 2);
        assert_eq!(postcodes.at((57.0, -4.0)), None);
    }

    #[test]
    fn what_is_keyed_counts_before_what_is_held_and_the_whole_before_its_half() {
        use PostcodeSource::{Keyed, Registered};
        let held = Some("NE1 4LP");
        assert_eq!(closest_postcode(None, None), None);
        assert_eq!(closest_postcode(None, held), Some(("NE1 4LP", Registered)));
        assert_eq!(closest_postcode(Some("BN1"), None), Some(("BN1", Keyed)));
        assert_eq!(closest_postcode(Some("BN1"), held), Some(("BN1", Keyed)));
        let whole = closest_postcode(Some("NE1"), held);
        assert_eq!(whole, Some(("NE1 4LP", Registered)));
    }

    proptest! {
        #[test]
        fn no_text_panics(text in ".{0,12}") {
            let _ = postcodes().of(&text);
        }
    }
}
