use std::ops::Range;

use serde::Serialize;

use crate::clinical::{DiscriminatorCode, DispositionCode};

use super::text::Text;

/// A question of a pathway.
#[derive(Clone, Debug)]
pub(super) struct Question {
    /// It asks for an immediate danger.
    pub(super) life_threatening: bool,
    pub(super) ask: Text,
    /// What the handler may explain.
    pub(super) help: Option<Text>,
    pub(super) answers: Vec<Answer>,
    pub(super) span: Range<usize>,
}

/// An answer, and where it leads.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    pub(super) text: Text,
    pub(super) way: Way,
    pub(super) discriminators: Vec<DiscriminatorCode>,
    /// Names of what the patient is told at the end.
    pub(super) advice: Vec<String>,
    /// Where the way on is written.
    pub(super) span: Range<usize>,
}

/// Where an answer leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Way {
    Next(String),
    Disposition(DispositionCode),
}

/// A question as it is asked, in one language.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Asked {
    /// Its name in the pathway: an answer names it, so that none is taken for an answer to another question.
    pub question: String,
    /// Whether it asks for an immediate danger.
    pub life_threatening: bool,
    /// The question.
    pub text: String,
    /// What the handler may explain.
    pub help: Option<String>,
    /// What can be answered, in order.
    pub answers: Vec<Choice>,
}

/// An answer that can be given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Choice {
    /// Its number, counted from 1.
    pub number: usize,
    /// Its words.
    pub text: String,
}

impl Question {
    /// The answer of a number counted from 1; none where there is no such one.
    pub(super) fn answer(&self, number: usize) -> Option<&Answer> {
        self.answers.get(number.checked_sub(1)?)
    }

    pub(super) fn asked(&self, name: &str, language: &str) -> Asked {
        let answers = self.answers.iter().enumerate();
        let answers = answers.map(|(n, answer)| Choice {
            number: n + 1,
            text: answer.text.within(language).to_owned(),
        });
        Asked {
            question: name.to_owned(),
            life_threatening: self.life_threatening,
            text: self.ask.within(language).to_owned(),
            help: self.help.as_ref().map(|h| h.within(language).to_owned()),
            answers: answers.collect(),
        }
    }
}
