use std::collections::BTreeSet;
use std::ops::Range;

use jiff::civil::Date;

use crate::clinical::{
    AgeGroup, Codes, DiscriminatorCode, DispositionCode, Gender, Kind, SymptomGroupCode,
};
use crate::diagnostic::{Problem, Source};
use crate::identity::Number;
use crate::routing::{RegionId, outward};

use super::capacity::Colour;
use super::id::{ServiceId, is_id};
use super::place::{OutwardPlaces, letters};
use super::position::Position;
use super::row::{ALL, CatchmentRow, List, ReferralRow, Row, Text};
use super::service::{Catchment, Method, Referral, Service, Status, Takes};
use super::types::ServiceTypes;

/// The longest name of a service or surgery, and the longest text on referring, in characters.
const LONGEST_NAME: usize = 200;
const LONGEST_TEXT: usize = 2_000;
/// The farthest that a catchment reaches, in kilometres.
const FARTHEST: i64 = 200;
/// A service farther than this from the middle of its outward code has a wrong postcode or a wrong position.
const ASTRAY_METRES: u32 = 60_000;

/// What services are held against when they are read.
#[derive(Clone, Copy, Debug)]
pub struct Known<'k> {
    /// The codes that there are.
    pub codes: &'k Codes,
    /// The types that there are.
    pub types: &'k ServiceTypes,
    /// The regions that there are.
    pub regions: &'k [RegionId],
    /// Where outward codes are.
    pub places: &'k OutwardPlaces,
}

/// Reads the services of one text, and notes what is wrong with them.
pub(super) struct Reader<'r> {
    pub(super) known: Known<'r>,
    pub(super) source: &'r Source,
    pub(super) problems: Vec<Problem>,
}

impl Reader<'_> {
    fn wrong(&mut self, span: Range<usize>, message: impl Into<String>) {
        self.problems.push(self.source.problem(span, message));
    }

    fn helped(&mut self, span: Range<usize>, message: impl Into<String>, help: impl Into<String>) {
        let problem = self.source.problem(span, message);
        self.problems.push(problem.help(help));
    }

    /// What a text stands for; noted as a problem where it stands for nothing.
    fn word<T>(&mut self, text: &Text, read: impl Fn(&str) -> Option<T>, help: &str) -> Option<T> {
        let found = read(text.get_ref());
        if found.is_none() {
            let message = format!("`{}` is none of those known", short(text.get_ref()));
            self.helped(text.span(), message, help);
        }
        found
    }

    /// A text of some length without control characters.
    fn said(&mut self, text: &Text, longest: usize) -> String {
        let value = text.get_ref();
        if value.trim().is_empty() || value.trim() != value {
            self.wrong(text.span(), "this is empty, or has spaces about it");
        }
        if value.chars().count() > longest {
            self.wrong(
                text.span(),
                format!("this is longer than {longest} characters"),
            );
        }
        if value.chars().any(char::is_control) {
            self.wrong(text.span(), "this has control characters in it");
        }
        value.clone()
    }

    /// A name for programs.
    fn name(&mut self, text: &Text) -> String {
        if !is_id(text.get_ref()) {
            let message = format!("`{}` is no name", short(text.get_ref()));
            self.helped(
                text.span(),
                message,
                "small letters, digits and hyphens, at most 64",
            );
        }
        text.get_ref().clone()
    }

    /// An organisation's code.
    fn ods(&mut self, text: &Text) -> String {
        let code = text.get_ref();
        let sound = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit();
        if !(3..=12).contains(&code.len()) || !code.bytes().all(sound) {
            let message = format!("`{}` is no organisation's code", short(code));
            self.helped(
                text.span(),
                message,
                "3 to 12 capital letters and digits, such as G81001",
            );
        }
        code.clone()
    }

    /// A list that may not be empty and in which nothing stands twice.
    fn items<T: Ord>(
        &mut self,
        list: &List,
        mut read: impl FnMut(&mut Self, &Text) -> Option<T>,
    ) -> BTreeSet<T> {
        if list.get_ref().is_empty() {
            self.wrong(list.span(), "this list is empty, and nobody would ever fit");
        }
        let mut items = BTreeSet::new();
        for text in list.get_ref() {
            if let Some(item) = read(self, text)
                && !items.insert(item)
            {
                self.wrong(text.span(), format!("`{}` stands twice", text.get_ref()));
            }
        }
        items
    }

    /// A list of codes, or `*` alone.
    fn takes<C: Ord>(
        &mut self,
        list: &List,
        read: impl Fn(&Self, &str) -> Result<C, String>,
    ) -> Takes<C> {
        if let [only] = list.get_ref().as_slice()
            && only.get_ref() == ALL
        {
            return Takes::All;
        }
        Takes::Only(
            self.items(list, |reader, text| match read(reader, text.get_ref()) {
                Ok(code) => Some(code),
                Err(message) => {
                    reader.wrong(text.span(), message);
                    None
                }
            }),
        )
    }

    fn region(&mut self, text: &Text) -> RegionId {
        let id = RegionId::new(text.get_ref());
        let regions = self.known.regions;
        if !regions.contains(&id) {
            let names: Vec<&str> = regions.iter().map(RegionId::as_str).collect();
            let help = format!("regions are: {}", names.join(", "));
            self.helped(
                text.span(),
                format!("there is no region `{}`", short(id.as_str())),
                help,
            );
        }
        id
    }

    fn position(&mut self, row: &Row) -> Option<Position> {
        let outward = outward(row.postcode.get_ref());
        if outward.as_deref().and_then(letters).is_none() {
            self.wrong(row.postcode.span(), "this is no postcode");
            return None;
        }
        let middle = outward.and_then(|code| self.known.places.of(&code));
        let (latitude, longitude) = match (&row.latitude, &row.longitude) {
            (Some(latitude), Some(longitude)) => (latitude, longitude),
            (None, None) => {
                if middle.is_none() {
                    let help = "write its latitude and longitude";
                    self.helped(
                        row.postcode.span(),
                        "nothing tells where this postcode is",
                        help,
                    );
                }
                return None;
            }
            (Some(one), None) | (None, Some(one)) => {
                self.wrong(
                    one.span(),
                    "latitude and longitude go together: write both or neither",
                );
                return None;
            }
        };
        let position = Position::new(*latitude.get_ref(), *longitude.get_ref());
        match position {
            None => self.wrong(latitude.span(), "this position is not in the UK"),
            Some(position) => {
                let astray = middle.map(|middle| middle.metres_to(position));
                if let Some(metres) = astray.filter(|metres| *metres > ASTRAY_METRES) {
                    let km = metres / 1000;
                    let message = format!("this position is {km} km from the postcode's");
                    self.wrong(latitude.span(), message);
                }
            }
        }
        position
    }

    fn catchment(&mut self, row: Option<&CatchmentRow>) -> Catchment {
        let Some(row) = row else {
            return Catchment::default();
        };
        let regions = row.regions.as_ref();
        let regions =
            regions.map(|list| self.items(list, |reader, text| Some(reader.region(text))));
        let codes = row.outward.as_ref();
        let codes = codes.map(|list| {
            self.items(list, |reader, text| {
                let code = text.get_ref();
                let is_area =
                    (1..=2).contains(&code.len()) && code.bytes().all(|b| b.is_ascii_uppercase());
                let is_code =
                    outward(code).is_some_and(|sound| sound == *code) && letters(code).is_some();
                if !is_area && !is_code {
                    let message =
                        format!("`{}` is no postcode area and no outward code", short(code));
                    reader.helped(text.span(), message, "write BN, BN1 or EC1A");
                }
                Some(code.clone())
            })
        });
        let km = row.km.as_ref().and_then(|km| {
            let value = *km.get_ref();
            let sound = (1..=FARTHEST).contains(&value);
            if !sound {
                self.wrong(km.span(), format!("a catchment reaches 1 to {FARTHEST} km"));
            }
            u16::try_from(value).ok().filter(|_| sound)
        });
        Catchment {
            regions: regions.unwrap_or_default(),
            outward: codes.unwrap_or_default(),
            km,
        }
    }

    fn referral(&mut self, row: &ReferralRow) -> Referral {
        let help = "write phone, electronic or attends";
        let method = self.word(&row.method, Method::from_word, help);
        let text = row.text.as_ref().filter(|text| !text.get_ref().is_empty());
        Referral {
            method: method.unwrap_or(Method::Phone),
            text: text.map_or_else(String::new, |text| self.said(text, LONGEST_TEXT)),
        }
    }

    fn codes(&mut self, row: &Row) -> Coded {
        Coded {
            symptom_groups: self.takes(&row.symptom_groups, |reader, text| {
                let code: SymptomGroupCode = checked(text)?;
                let known = reader.known.codes.symptom_group(&code);
                known.ok_or_else(|| format!("there is no symptom group `{code}`"))?;
                Ok(code)
            }),
            discriminators: match row.discriminators.get_ref().is_empty() {
                true => Takes::Only(BTreeSet::new()),
                false => self.takes(&row.discriminators, |reader, text| {
                    let code: DiscriminatorCode = checked(text)?;
                    let known = reader.known.codes.discriminator(&code);
                    known.ok_or_else(|| format!("there is no discriminator `{code}`"))?;
                    Ok(code)
                }),
            },
            dispositions: self.takes(&row.dispositions, |reader, text| {
                let code: DispositionCode = checked(text)?;
                let known = reader.known.codes.disposition(&code);
                let known = known.ok_or_else(|| format!("there is no disposition `{code}`"))?;
                match known.kind {
                    Kind::LifeThreatening => Err(format!(
                        "{code} is life-threatening: it goes to 999 and to no service"
                    )),
                    _ => Ok(code),
                }
            }),
        }
    }

    fn ages(&mut self, list: Option<&List>) -> BTreeSet<AgeGroup> {
        let help = "write infant, toddler, child, adult or older";
        match list {
            None => AgeGroup::ALL.into_iter().collect(),
            Some(list) => self.items(list, |reader, text| {
                reader.word(text, AgeGroup::from_word, help)
            }),
        }
    }

    fn surgeries(&mut self, row: &Row) -> Option<BTreeSet<String>> {
        let list = row.surgeries.as_ref()?;
        Some(self.items(list, |reader, text| Some(reader.ods(text))))
    }

    fn words(&mut self, row: &Row) -> (Option<Gender>, Colour, Status) {
        let gender = row.gender.as_ref().and_then(|gender| {
            let help = "write female or male, or leave it out";
            self.word(gender, Gender::from_word, help)
        });
        let capacity = row.capacity.as_ref();
        let help = "write green, amber or red";
        let capacity = capacity.and_then(|colour| self.word(colour, Colour::from_word, help));
        let status = row.status.as_ref();
        let help = "write active, closed or commissioning";
        let status = status.and_then(|status| self.word(status, Status::from_word, help));
        (
            gender,
            capacity.unwrap_or_default(),
            status.unwrap_or_default(),
        )
    }

    /// A service from a row; none, and at least one problem more, where anything is wrong with it.
    pub(super) fn service(&mut self, row: &Row) -> Option<Service> {
        let before = self.problems.len();
        let id = ServiceId::new(row.id.get_ref());
        let id = id.map_err(|error| self.wrong(row.id.span(), error.to_string()));
        if self.known.types.get(row.kind.get_ref()).is_none() {
            let types: Vec<&str> = self.known.types.iter().map(|(id, _)| id).collect();
            let message = format!("there is no type `{}`", short(row.kind.get_ref()));
            let help = format!("types.toml has: {}", types.join(", "));
            self.helped(row.kind.span(), message, help);
        }
        let phone = Number::parse(row.phone.get_ref());
        let phone = phone.map_err(|error| self.wrong(row.phone.span(), error.to_string()));
        let verify_by: Option<Date> =
            self.word(&row.verify_by, |text| text.parse().ok(), "write 2027-03-31");
        let ranking = u8::try_from(*row.ranking.get_ref()).ok();
        let ranking = ranking.filter(|ranking| (1..=10).contains(ranking));
        if ranking.is_none() {
            self.wrong(row.ranking.span(), "a ranking is 1 to 10; 1 comes first");
        }
        let position = self.position(row);
        let coded = self.codes(row);
        let (name, ods) = (self.said(&row.name, LONGEST_NAME), self.ods(&row.ods));
        let trunk = row
            .trunk
            .as_ref()
            .map(|trunk| self.said(trunk, ServiceId::LONGEST));
        let (region, provider) = (self.region(&row.region), self.name(&row.provider));
        let (ages, surgeries) = (self.ages(row.ages.as_ref()), self.surgeries(row));
        let (gender, capacity, status) = self.words(row);
        let catchment = self.catchment(row.catchment.as_ref());
        let referral = self.referral(&row.referral);
        let service = Service {
            id: id.ok()?,
            name,
            kind: row.kind.get_ref().clone(),
            region,
            provider,
            ods,
            phone: phone.ok()?,
            trunk,
            postcode: row.postcode.get_ref().clone(),
            position,
            symptom_groups: coded.symptom_groups,
            discriminators: coded.discriminators,
            dispositions: coded.dispositions,
            ages,
            gender,
            surgeries,
            hours: row.hours.get_ref().clone(),
            capacity,
            ranking: ranking?,
            status,
            verify_by: verify_by?,
            catchment,
            referral,
        };
        (self.problems.len() == before).then_some(service)
    }
}

/// The three kinds of codes of a service.
struct Coded {
    symptom_groups: Takes<SymptomGroupCode>,
    discriminators: Takes<DiscriminatorCode>,
    dispositions: Takes<DispositionCode>,
}

fn checked<C: std::str::FromStr<Err: ToString>>(text: &str) -> Result<C, String> {
    text.parse().map_err(|error: C::Err| error.to_string())
}

/// As much of a text as a message shows.
fn short(text: &str) -> String {
    text.chars().take(64).collect()
}
