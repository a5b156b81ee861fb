//! How a pathway is written: `routing/pathways/*.toml`.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

/// A text by languages, as `{ en-GB = "…", cy-GB = "…" }`.
pub(super) type TextRow = Spanned<BTreeMap<Spanned<String>, Spanned<String>>>;
/// Words, each with its place, and the place of all.
pub(super) type Words = Spanned<Vec<Spanned<String>>>;

/// A whole file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct File {
    pub(super) name: TextRow,
    pub(super) version: Spanned<String>,
    #[serde(default)]
    pub(super) sample: bool,
    pub(super) symptom_group: Spanned<String>,
    /// Left out: all.
    pub(super) ages: Option<Words>,
    /// Left out: both.
    pub(super) genders: Option<Words>,
    pub(super) languages: Words,
    pub(super) first: Spanned<String>,
    #[serde(default)]
    pub(super) question: BTreeMap<Spanned<String>, QuestionRow>,
    #[serde(default)]
    pub(super) advice: BTreeMap<Spanned<String>, AdviceRow>,
}

/// `[question.NAME]`
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct QuestionRow {
    #[serde(default)]
    pub(super) life_threatening: bool,
    pub(super) ask: TextRow,
    pub(super) help: Option<TextRow>,
    #[serde(default)]
    pub(super) answer: Vec<Spanned<AnswerRow>>,
}

/// `[[question.NAME.answer]]`
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct AnswerRow {
    pub(super) text: TextRow,
    pub(super) next: Option<Spanned<String>>,
    pub(super) disposition: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) discriminators: Vec<Spanned<String>>,
    #[serde(default)]
    pub(super) advice: Vec<Spanned<String>>,
}

/// `[advice.NAME]`
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct AdviceRow {
    pub(super) text: TextRow,
}
