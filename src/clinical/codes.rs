use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use serde::Deserialize;
use toml::Spanned;

use crate::diagnostic::{Problem, Source};

use super::code::{DiscriminatorCode, DispositionCode, SymptomGroupCode};
use super::disposition::{Disposition, Kind};

/// The longest time that a disposition may allow, in minutes: four weeks.
const LONGEST: u32 = 4 * 7 * 24 * 60;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct File {
    #[serde(default)]
    disposition: BTreeMap<Spanned<String>, DispositionTable>,
    #[serde(default)]
    symptom_group: BTreeMap<Spanned<String>, String>,
    #[serde(default)]
    discriminator: BTreeMap<Spanned<String>, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct DispositionTable {
    meaning: String,
    /// Within so many minutes; at once is 0.
    minutes: Spanned<u32>,
    kind: Kind,
    skill: Option<String>,
    validated_as: Option<Spanned<String>>,
}

/// All codes that there are: `routing/clinical.toml`.
#[derive(Clone, Debug, Default)]
pub struct Codes {
    dispositions: BTreeMap<DispositionCode, Disposition>,
    symptom_groups: BTreeMap<SymptomGroupCode, String>,
    discriminators: BTreeMap<DiscriminatorCode, String>,
}

impl Codes {
    /// Reads the file of a routing folder; without the file there are no codes. What is wrong comes back all at once,
    /// each with its place.
    pub fn load(routing: &Path) -> Result<Self, Vec<Problem>> {
        let file = routing.join("clinical.toml");
        if !file.exists() {
            return Ok(Codes::default());
        }
        let source = Source::read(&file);
        Codes::read(&source.map_err(|problem| vec![problem])?)
    }

    /// Reads the text of such a file.
    pub fn read(source: &Source) -> Result<Self, Vec<Problem>> {
        let file: File = source.toml().map_err(|problem| vec![problem])?;
        let mut problems = Vec::new();
        let codes = Codes {
            symptom_groups: named(
                source,
                file.symptom_group,
                SymptomGroupCode::new,
                &mut problems,
            ),
            discriminators: named(
                source,
                file.discriminator,
                DiscriminatorCode::new,
                &mut problems,
            ),
            dispositions: dispositions(source, file.disposition, &mut problems),
        };
        match problems.is_empty() {
            true => Ok(codes),
            false => Err(problems),
        }
    }

    /// The disposition of a code; none where it is not known.
    pub fn disposition(&self, code: &DispositionCode) -> Option<&Disposition> {
        self.dispositions.get(code)
    }

    /// All dispositions by their codes.
    pub fn dispositions(&self) -> impl Iterator<Item = &Disposition> {
        self.dispositions.values()
    }

    /// What a symptom group means; none where it is not known.
    pub fn symptom_group(&self, code: &SymptomGroupCode) -> Option<&str> {
        self.symptom_groups.get(code).map(String::as_str)
    }

    /// All symptom groups by their codes, and what they mean.
    pub fn symptom_groups(&self) -> impl Iterator<Item = (&SymptomGroupCode, &str)> {
        let groups = self.symptom_groups.iter();
        groups.map(|(code, meaning)| (code, meaning.as_str()))
    }

    /// What a discriminator means; none where it is not known.
    pub fn discriminator(&self, code: &DiscriminatorCode) -> Option<&str> {
        self.discriminators.get(code).map(String::as_str)
    }

    /// All discriminators by their codes, and what they mean.
    pub fn discriminators(&self) -> impl Iterator<Item = (&DiscriminatorCode, &str)> {
        let discriminators = self.discriminators.iter();
        discriminators.map(|(code, meaning)| (code, meaning.as_str()))
    }
}

/// Reads codes that have a meaning and nothing else.
fn named<C: Ord>(
    source: &Source,
    table: BTreeMap<Spanned<String>, String>,
    code: impl Fn(&str) -> Result<C, super::CodeError>,
    problems: &mut Vec<Problem>,
) -> BTreeMap<C, String> {
    let mut codes = BTreeMap::new();
    for (name, meaning) in table {
        match code(name.get_ref()) {
            Ok(code) => {
                codes.insert(code, meaning);
            }
            Err(error) => problems.push(source.problem(name.span(), error.to_string())),
        }
    }
    codes
}

fn dispositions(
    source: &Source,
    table: BTreeMap<Spanned<String>, DispositionTable>,
    problems: &mut Vec<Problem>,
) -> BTreeMap<DispositionCode, Disposition> {
    let mut dispositions = BTreeMap::new();
    let mut confirmed = Vec::new();
    for (name, row) in table {
        let code = match DispositionCode::new(name.get_ref()) {
            Ok(code) => code,
            Err(error) => {
                problems.push(source.problem(name.span(), error.to_string()));
                continue;
            }
        };
        let mut wrong = |span, message: String| problems.push(source.problem(span, message));
        let minutes = *row.minutes.get_ref();
        if minutes > LONGEST {
            let message = format!("{code} allows {minutes} minutes, and {LONGEST} are the most");
            wrong(row.minutes.span(), message);
        }
        let validated_as = row.validated_as.and_then(|as_code| {
            let read = DispositionCode::new(as_code.get_ref());
            let read = read.map_err(|error| wrong(as_code.span(), error.to_string()));
            confirmed.extend(read.clone().map(|code| (as_code.span(), code)));
            read.ok()
        });
        match row.kind {
            Kind::LifeThreatening if validated_as.is_some() => {
                let message = format!("{code} is life-threatening: it never waits to be validated");
                wrong(name.span(), message);
            }
            Kind::LifeThreatening if minutes > 0 => {
                let message = format!("{code} is life-threatening: write `minutes = 0`");
                wrong(row.minutes.span(), message);
            }
            Kind::Callback if row.skill.is_none() => {
                let message = format!("{code} is a callback, and nothing says whose: add `skill`");
                wrong(name.span(), message);
            }
            _ => {}
        }
        let disposition = Disposition {
            code: code.clone(),
            meaning: row.meaning,
            within: Duration::from_secs(u64::from(minutes) * 60),
            kind: row.kind,
            skill: row.skill,
            validated_as,
        };
        dispositions.insert(code, disposition);
    }
    for (span, code) in confirmed {
        if !dispositions.contains_key(&code) {
            problems.push(source.problem(span, format!("there is no disposition `{code}`")));
        }
    }
    dispositions
}
