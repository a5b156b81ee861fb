use std::collections::{BTreeMap, HashMap};

use jiff::civil::Date;
use serde::Deserialize;
use toml::Spanned;

use crate::diagnostic::{Problem, Source};
use crate::identity::Number;

use super::hours::BankHolidays;
use super::postcode::outward;
use super::region::RegionId;

/// Who registered a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RegisteredKind {
    /// A care home: its callers speak to a clinician where that fits.
    CareHome,
    /// A health professional.
    HealthProfessional,
}

/// A number whose callers are known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registered {
    /// Where it belongs.
    pub region: RegionId,
    /// Whose it is.
    pub kind: RegisteredKind,
    /// The postcode of the place, for a control room; a number may be used elsewhere.
    pub postcode: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct File {
    default_region: Spanned<String>,
    operator: Spanned<String>,
    region_keys: BTreeMap<Spanned<String>, Spanned<String>>,
    postcode_key: Option<Spanned<String>>,
    #[serde(default)]
    bank_holidays: Vec<Date>,
    #[serde(default)]
    registered: Vec<RegisteredRow>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RegisteredRow {
    number: Spanned<String>,
    region: Spanned<String>,
    kind: RegisteredKind,
    postcode: Option<Spanned<String>>,
}

/// `routing/national.toml`.
#[derive(Clone, Debug)]
pub(super) struct National {
    pub(super) default_region: RegionId,
    pub(super) operator: Spanned<String>,
    pub(super) region_keys: Vec<(char, RegionId)>,
    pub(super) postcode_key: Option<char>,
    pub(super) bank_holidays: BankHolidays,
    pub(super) registered: HashMap<Number, Registered>,
}

impl National {
    pub(super) fn read(source: &Source, known: &[RegionId]) -> Result<Self, Vec<Problem>> {
        let file: File = source.toml().map_err(|problem| vec![problem])?;
        let mut problems = Vec::new();
        let mut region = |name: &Spanned<String>| {
            let id = RegionId::new(name.get_ref());
            if !known.contains(&id) {
                let names: Vec<&str> = known.iter().map(RegionId::as_str).collect();
                let problem = source.problem(name.span(), format!("there is no region `{id}`"));
                problems.push(problem.help(format!("regions are: {}", names.join(", "))));
            }
            id
        };
        let default_region = region(&file.default_region);
        let keys: Vec<(Spanned<String>, RegionId)> = file
            .region_keys
            .into_iter()
            .map(|(key, name)| (key, region(&name)))
            .collect();
        let rows: Vec<(Spanned<String>, Option<Spanned<String>>, Registered)> = file
            .registered
            .into_iter()
            .map(|row| {
                let region = region(&row.region);
                let kind = row.kind;
                let registered = Registered {
                    region,
                    kind,
                    postcode: row.postcode.as_ref().map(|p| p.get_ref().clone()),
                };
                (row.number, row.postcode, registered)
            })
            .collect();
        let mut region_keys = Vec::new();
        for (key, region) in keys {
            match key.get_ref().as_bytes() {
                [digit @ b'0'..=b'9'] => region_keys.push((char::from(*digit), region)),
                _ => problems.push(source.problem(key.span(), "a region's key is one digit")),
            }
        }
        let postcode_key = file.postcode_key.and_then(|key| {
            let digit = match key.get_ref().as_bytes() {
                [digit @ b'0'..=b'9'] => char::from(*digit),
                _ => {
                    problems
                        .push(source.problem(key.span(), "the key for a postcode is one digit"));
                    return None;
                }
            };
            if let Some((_, region)) = region_keys.iter().find(|(key, _)| *key == digit) {
                let message = format!("{digit} is the key of {region} already");
                problems.push(source.problem(key.span(), message));
            }
            Some(digit)
        });
        let mut registered = HashMap::new();
        for (text, postcode, row) in rows {
            let postcode = postcode.filter(|p| outward(p.get_ref()).is_none());
            if let Some(postcode) = postcode {
                problems.push(source.problem(postcode.span(), "this is no postcode"));
            }
            match Number::parse(text.get_ref()) {
                Ok(number) => {
                    if registered.insert(number, row).is_some() {
                        problems.push(source.problem(text.span(), "this number stands twice"));
                    }
                }
                Err(error) => problems.push(source.problem(text.span(), error.to_string())),
            }
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        Ok(National {
            default_region,
            operator: file.operator,
            region_keys,
            postcode_key,
            bank_holidays: file.bank_holidays.into_iter().collect(),
            registered,
        })
    }
}
