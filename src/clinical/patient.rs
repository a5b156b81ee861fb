use serde::{Deserialize, Serialize};

/// The age groups by which services are chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AgeGroup {
    /// Under one year.
    Infant,
    /// From one to four years.
    Toddler,
    /// From five to fifteen years.
    Child,
    /// From sixteen to sixty-four years.
    Adult,
    /// From sixty-five years on.
    Older,
}

impl AgeGroup {
    /// All of them, the youngest first.
    pub const ALL: [AgeGroup; 5] = [
        AgeGroup::Infant,
        AgeGroup::Toddler,
        AgeGroup::Child,
        AgeGroup::Adult,
        AgeGroup::Older,
    ];

    /// The group of an age in full years.
    pub fn of_years(years: u8) -> Self {
        match years {
            0 => AgeGroup::Infant,
            1..=4 => AgeGroup::Toddler,
            5..=15 => AgeGroup::Child,
            16..=64 => AgeGroup::Adult,
            65.. => AgeGroup::Older,
        }
    }

    /// As it stands in tables.
    pub fn word(self) -> &'static str {
        match self {
            AgeGroup::Infant => "infant",
            AgeGroup::Toddler => "toddler",
            AgeGroup::Child => "child",
            AgeGroup::Adult => "adult",
            AgeGroup::Older => "older",
        }
    }

    /// The group of a word; none for any other text.
    pub fn from_word(word: &str) -> Option<Self> {
        AgeGroup::ALL.into_iter().find(|group| group.word() == word)
    }
}

/// The patient's gender, where a service asks for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Gender {
    /// Female.
    Female,
    /// Male.
    Male,
}

impl Gender {
    /// As it stands in tables.
    pub fn word(self) -> &'static str {
        match self {
            Gender::Female => "female",
            Gender::Male => "male",
        }
    }

    /// The gender of a word; none for any other text.
    pub fn from_word(word: &str) -> Option<Self> {
        [Gender::Female, Gender::Male]
            .into_iter()
            .find(|gender| gender.word() == word)
    }
}

/// Who is ill: what pathways and services ask about them, and no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Patient {
    /// The age in full years.
    pub years: u8,
    /// None where it is not known: then only services fit that take both.
    pub gender: Option<Gender>,
}

impl Patient {
    /// The patient's age group.
    pub fn age_group(self) -> AgeGroup {
        AgeGroup::of_years(self.years)
    }
}
