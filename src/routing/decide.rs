use serde::{Deserialize, Serialize};

use crate::identity::{Caller, CarriedLocation, NumberKind};

use super::postcode::Place;
use super::region::RegionId;
use super::tables::Tables;

/// What a caller has keyed about where they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Keyed {
    /// A region from the menu.
    Region(RegionId),
    /// A postcode, or its outward part.
    Postcode(String),
}

/// The rule that found the region; the order is that in which they are asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Rule {
    /// The number is registered.
    Registered,
    /// The network says where the caller is (RFC 6442).
    CarriedLocation,
    /// The area code of a geographic number.
    AreaCode,
    /// The caller said so.
    Keyed,
    /// It was found in the call in which the caller was promised this one.
    EarlierCall,
    /// Nothing is known.
    NationalDefault,
}

impl Rule {
    /// One word for the timeline.
    pub fn word(self) -> &'static str {
        match self {
            Rule::Registered => "registered-number",
            Rule::CarriedLocation => "carried-location",
            Rule::AreaCode => "area-code",
            Rule::Keyed => "keyed",
            Rule::EarlierCall => "earlier-call",
            Rule::NationalDefault => "national-default",
        }
    }
}

/// A caller's region, and how it was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegionDecision {
    /// The region. With [`Rule::NationalDefault`] it is the national one, and the caller is asked where
    /// the destination depends on it.
    pub region: RegionId,
    /// The rule that decided.
    pub rule: Rule,
    /// A sentence for engineers. It names areas, not numbers.
    pub why: String,
    /// Where a place straddled a border, the regions it may be in.
    pub candidates: Vec<RegionId>,
}

impl RegionDecision {
    /// The region of somebody whom we call ourselves, as an earlier call of theirs has found it.
    pub fn of_earlier_call(region: &str) -> Self {
        RegionDecision {
            region: RegionId::new(region),
            rule: Rule::EarlierCall,
            why: "it was found in an earlier call".to_owned(),
            candidates: Vec::new(),
        }
    }

    /// Whether nothing tells against a region that an earlier call has found.
    pub fn agrees_with(&self, region: &str) -> bool {
        match self.is_known() {
            true => self.region.as_str() == region,
            false => {
                let mut candidates = self.candidates.iter();
                self.candidates.is_empty() || candidates.any(|one| one.as_str() == region)
            }
        }
    }

    /// Whether anything but the default decided.
    pub fn is_known(&self) -> bool {
        self.rule != Rule::NationalDefault
    }
}

/// One rule's answer.
enum Answer {
    Found(RegionId, String),
    Ambiguous(Vec<RegionId>, String),
    Nothing(String),
}

impl Tables {
    /// Finds a caller's region: registered number, carried location, area code, key, national default.
    pub fn region_of(
        &self,
        caller: &Caller,
        location: Option<&CarriedLocation>,
        keyed: Option<&Keyed>,
    ) -> RegionDecision {
        let rules = [
            (Rule::Registered, self.by_registration(caller)),
            (Rule::CarriedLocation, self.by_location(location)),
            (Rule::AreaCode, self.by_area_code(caller)),
            (Rule::Keyed, self.by_key(keyed)),
        ];
        let (mut reasons, mut candidates) = (Vec::new(), Vec::new());
        for (rule, answer) in rules {
            match answer {
                Answer::Found(region, why) => {
                    return RegionDecision {
                        region,
                        rule,
                        why,
                        candidates,
                    };
                }
                Answer::Ambiguous(regions, why) => {
                    candidates.extend(regions);
                    reasons.push(why);
                }
                Answer::Nothing(why) => reasons.push(why),
            }
        }
        RegionDecision {
            region: self.national.default_region.clone(),
            rule: Rule::NationalDefault,
            why: reasons.join("; "),
            candidates,
        }
    }

    /// The region of somebody who calls about the same need as in an earlier call: as this call tells, and where it
    /// tells nothing, as that one has found. None where the two contradict each other.
    pub fn region_again(&self, now: &RegionDecision, earlier: &str) -> Option<RegionDecision> {
        if !now.agrees_with(earlier) {
            return None;
        }
        let is_nowhere = self.national.default_region.as_str() == earlier;
        Some(match now.is_known() || is_nowhere {
            true => now.clone(),
            false => RegionDecision::of_earlier_call(earlier),
        })
    }

    fn by_registration(&self, caller: &Caller) -> Answer {
        let registered = caller.best().and_then(|number| self.registered(number));
        match registered {
            Some(row) => Answer::Found(row.region.clone(), "the number is registered there".into()),
            None => Answer::Nothing("the number is not registered".into()),
        }
    }

    fn by_location(&self, location: Option<&CarriedLocation>) -> Answer {
        let Some(location) = location else {
            return Answer::Nothing("no location came with the call".into());
        };
        let by_postcode = location
            .postcode
            .as_ref()
            .and_then(|p| self.postcodes.of(p));
        let place = by_postcode.or_else(|| self.postcodes.at(location.point?));
        answer(place, "the location that came with the call")
    }

    fn by_area_code(&self, caller: &Caller) -> Answer {
        let Some(number) = caller.best() else {
            return Answer::Nothing(format!("the caller's number is {}", caller.word()));
        };
        if let Some(area) = self.areas.of(number) {
            let why = format!("area code {} ({})", area.code, area.name);
            return Answer::Found(area.region.clone(), why);
        }
        Answer::Nothing(match number.kind() {
            NumberKind::Mobile => "a mobile number tells no place".into(),
            NumberKind::Geographic => "its area code is not in areas.csv".into(),
            _ => "the number has no area code".into(),
        })
    }

    fn by_key(&self, keyed: Option<&Keyed>) -> Answer {
        match keyed {
            None => Answer::Nothing("the caller has keyed no region".into()),
            Some(Keyed::Region(region)) if self.has_region(region) => {
                Answer::Found(region.clone(), "the caller keyed it".into())
            }
            Some(Keyed::Region(_)) => Answer::Nothing("the keyed region does not exist".into()),
            Some(Keyed::Postcode(postcode)) => answer(
                self.postcodes.of(postcode),
                "the postcode that the caller keyed",
            ),
        }
    }
}

fn answer(place: Option<Place>, what: &str) -> Answer {
    match place {
        None => Answer::Nothing(format!("{what} is in no region")),
        Some(place) => match place.regions.as_slice() {
            // No more than the area: the district would tell where a caller is.
            [one] => {
                let area = place.matched.split(|c: char| c.is_ascii_digit()).next();
                let area = area.unwrap_or_default();
                Answer::Found(one.clone(), format!("{what} is in {area}"))
            }
            several => {
                let names: Vec<&str> = several.iter().map(RegionId::as_str).collect();
                let why = format!("{what} may be in {}", names.join(" or "));
                Answer::Ambiguous(several.to_vec(), why)
            }
        },
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::identity::{CallerNumber, Number};

    fn tables() -> Tables {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("routing");
        Tables::load(&folder).unwrap_or_else(|problems| panic!("{problems:?}"))
    }

    fn caller(number: &str) -> Caller {
        Caller::of(CallerNumber::Known(Number::parse(number).unwrap()), false)
    }

    fn located(postcode: &str) -> CarriedLocation {
        CarriedLocation {
            postcode: Some(postcode.into()),
            ..CarriedLocation::default()
        }
    }

    #[test]
    fn every_area_code_of_the_uk_is_there() {
        let tables = tables();
        assert_eq!(tables.area_codes(), 611);
        for (number, region) in [
            ("+441273555010", "kent-surrey-sussex"),
            ("0191 498 0001", "north-east"),
            ("0117 496 0001", "south-west"),
            ("020 7946 0001", "london"),
            ("01473 000000", "suffolk"),
            ("0131 496 0001", "national"),
            ("015394 00000", "national"),
        ] {
            let decision = tables.region_of(&caller(number), None, None);
            assert_eq!(
                (decision.region.as_str(), decision.rule),
                (region, Rule::AreaCode)
            );
        }
    }

    #[test]
    fn the_rules_are_asked_in_order() {
        let tables = tables();
        let keyed = Keyed::Region(RegionId::new("suffolk"));
        let brighton = located("BN1 1AA");
        let rule = |number: &str, location: Option<&CarriedLocation>| {
            let decision = tables.region_of(&caller(number), location, Some(&keyed));
            (decision.rule, decision.region.to_string())
        };
        let kss = "kent-surrey-sussex".to_owned();
        assert_eq!(
            rule("01632960111", Some(&brighton)),
            (Rule::Registered, "north-east".into())
        );
        assert_eq!(
            rule("01914980001", Some(&brighton)),
            (Rule::CarriedLocation, kss)
        );
        assert_eq!(
            rule("01914980001", None),
            (Rule::AreaCode, "north-east".into())
        );
        assert_eq!(rule("07700900001", None), (Rule::Keyed, "suffolk".into()));
        let nothing = tables.region_of(&caller("07700900001"), None, None);
        assert_eq!(
            (nothing.rule, nothing.region.as_str()),
            (Rule::NationalDefault, "national")
        );
        assert!(nothing.why.contains("a mobile number tells no place"));
    }

    #[test]
    fn a_straddling_postcode_is_asked_about() {
        let decision = tables().region_of(&caller("07700900001"), Some(&located("CR6 1AA")), None);
        assert_eq!(decision.rule, Rule::NationalDefault);
        assert_eq!(decision.candidates.len(), 2);
    }

    #[test]
    fn a_keyed_postcode_tells_the_region_where_nothing_else_does() {
        let tables = tables();
        let keyed = |number: &str, code: &str| {
            let keyed = Keyed::Postcode(code.to_owned());
            let decision = tables.region_of(&caller(number), None, Some(&keyed));
            (decision.rule, decision.region.to_string())
        };
        let by_code = |code: &str| keyed("07700900001", code);
        assert_eq!(by_code("BN1"), (Rule::Keyed, "kent-surrey-sussex".into()));
        assert_eq!(by_code("SW1A"), (Rule::Keyed, "london".into()));
        assert_eq!(by_code("CR6").0, Rule::NationalDefault);
        assert_eq!(keyed("01914980001", "BN1").0, Rule::AreaCode);
    }

    #[test]
    fn every_outward_code_that_can_be_keyed_is_found_by_its_keys() {
        use crate::flow::{OutwardCode, OutwardCodes};
        let tables = tables();
        let codes = tables.outward_codes();
        let codes: OutwardCodes = codes.map(|(c, one)| OutwardCode::new(c, one)).collect();
        assert_eq!(codes.iter().count(), 2_953);
        for code in codes.iter() {
            let place = tables.postcodes.of(code.as_str());
            assert!(place.is_some(), "{} is in no region", code.as_str());
            let spelt = codes.spelt(&code.keys());
            assert!(spelt.contains(code));
            // One key stands for each.
            assert!(spelt.len() <= 5, "{}", code.keys());
        }
    }

    #[test]
    fn an_earlier_region_stands_where_nothing_tells_against_it() {
        let tables = tables();
        let decided = |number: &str, code: Option<&str>| {
            let keyed = code.map(|code| Keyed::Postcode(code.to_owned()));
            tables.region_of(&caller(number), None, keyed.as_ref())
        };
        let nothing = decided("07700900001", None);
        assert!(nothing.agrees_with("london") && nothing.agrees_with("suffolk"));
        let border = decided("07700900001", Some("CR6"));
        assert!(border.agrees_with("london") && !border.agrees_with("suffolk"));
        let again = |now: &RegionDecision, earlier: &str| {
            let decided = tables.region_again(now, earlier)?;
            Some((decided.rule, decided.region.to_string()))
        };
        assert_eq!(
            again(&nothing, "london"),
            Some((Rule::EarlierCall, "london".into()))
        );
        assert_eq!(again(&border, "suffolk"), None);
        assert_eq!(
            again(&nothing, "national"),
            Some((Rule::NationalDefault, "national".into()))
        );
        for known in [
            decided("07700900001", Some("SW1A")),
            decided("02079460001", None),
        ] {
            assert!(known.agrees_with("london") && !known.agrees_with("suffolk"));
        }
    }

    #[test]
    fn an_invalid_number_is_never_mapped() {
        let invalid = Caller::of(CallerNumber::Invalid, false);
        let decision = tables().region_of(&invalid, None, None);
        assert!(!decision.is_known());
        assert!(
            decision.why.contains("number is invalid"),
            "{}",
            decision.why
        );
    }

    #[test]
    fn the_national_operator_is_the_last_resort_everywhere() {
        let tables = tables();
        let rooms = |id: &str| tables.control_rooms(&RegionId::new(id));
        assert_eq!(
            rooms("kent-surrey-sussex"),
            ["ambulance-secamb", "operator-999"]
        );
        assert_eq!(rooms("nowhere"), ["operator-999"]);
    }
}
