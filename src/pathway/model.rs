use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use crate::audit::Hash;
use crate::clinical::{AgeGroup, DispositionCode, Gender, Patient, SymptomGroupCode};
use crate::diagnostic::Source;

use super::question::{Question, Way};
use super::stamp::Stamp;
use super::text::Text;

/// A pathway that has been read and found sound: every path through it ends in a disposition.
#[derive(Clone, Debug)]
pub struct Pathway {
    pub(super) id: String,
    pub(super) name: Text,
    pub(super) version: String,
    pub(super) sample: bool,
    pub(super) symptom_group: SymptomGroupCode,
    pub(super) ages: BTreeSet<AgeGroup>,
    pub(super) genders: BTreeSet<Gender>,
    pub(super) languages: BTreeSet<String>,
    pub(super) first: String,
    pub(super) questions: BTreeMap<String, Question>,
    pub(super) advice: BTreeMap<String, Text>,
    pub(super) content: Hash,
    pub(super) source: Source,
}

impl Pathway {
    /// The stem of its file.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Its name in a language; in English where that is not offered.
    pub fn name(&self, language: &str) -> &str {
        self.name.within(language)
    }

    /// Its version, as its owners call it.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Whether it is a sample, which is not for clinical use.
    pub fn is_sample(&self) -> bool {
        self.sample
    }

    /// What the matter is.
    pub fn symptom_group(&self) -> &SymptomGroupCode {
        &self.symptom_group
    }

    /// For whom it is, by age.
    pub fn ages(&self) -> impl Iterator<Item = AgeGroup> {
        self.ages.iter().copied()
    }

    /// For whom it is, by gender.
    pub fn genders(&self) -> impl Iterator<Item = Gender> {
        self.genders.iter().copied()
    }

    /// In which languages it can be walked; English is always among them.
    pub fn languages(&self) -> impl Iterator<Item = &str> {
        self.languages.iter().map(String::as_str)
    }

    /// How many questions it has.
    pub fn questions(&self) -> usize {
        self.questions.len()
    }

    /// Which pathway this is, to the last letter.
    pub fn stamp(&self) -> Stamp {
        Stamp {
            pathway: self.id.clone(),
            version: self.version.clone(),
            content: self.content,
            sample: self.sample,
        }
    }

    /// The file, for problems with their place.
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// Whether it is for this patient. One whose gender is not known fits where either does.
    pub fn is_for(&self, patient: Patient) -> bool {
        let gender_fits = match patient.gender {
            Some(gender) => self.genders.contains(&gender),
            None => self.genders.len() == 2,
        };
        gender_fits && self.ages.contains(&patient.age_group())
    }

    /// The dispositions that answers lead to, each with the place where it is written.
    pub fn ends(&self) -> impl Iterator<Item = (&DispositionCode, Range<usize>)> {
        let answers = self.questions.values().flat_map(|q| &q.answers);
        answers.filter_map(|answer| match &answer.way {
            Way::Disposition(code) => Some((code, answer.span.clone())),
            Way::Next(_) => None,
        })
    }
}
