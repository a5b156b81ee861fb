//! Reads a pathway file: what each line says, and what is wrong with it.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use toml::Spanned;

use crate::audit::Hash;
use crate::clinical::{
    AgeGroup, CodeError, Codes, DiscriminatorCode, DispositionCode, Gender, SymptomGroupCode,
};
use crate::diagnostic::{Problem, Source};
use crate::flow::ENGLISH;

use super::check;
use super::file::{AdviceRow, AnswerRow, File, QuestionRow, TextRow, Words};
use super::model::Pathway;
use super::question::{Answer, Question, Way};
use super::text::Text;

/// The most questions that a pathway may have.
const MOST_QUESTIONS: usize = 100;
/// The most answers to one question: each has a digit.
const MOST_ANSWERS: usize = 9;
/// The most advice texts in a pathway, and the most discriminators and advice texts that one answer may add.
const MOST_ADVICE: usize = 50;
const MOST_ADDED: usize = 8;
/// The longest text, name and version, in characters.
const LONGEST_TEXT: usize = 600;
const LONGEST_NAME: usize = 80;
const LONGEST_VERSION: usize = 32;

impl Pathway {
    /// Reads a pathway from a text; `id` is the stem of its file. All problems come back at once, each with its
    /// place, from the top down.
    pub fn read(id: &str, source: &Source, codes: &Codes) -> Result<Pathway, Vec<Problem>> {
        let file: File = source.toml().map_err(|problem| vec![problem])?;
        let mut reader = Reader {
            source,
            codes,
            languages: BTreeSet::new(),
            problems: Vec::new(),
        };
        let read = reader.pathway(id, file);
        let mut problems = reader.problems;
        problems.sort_by_key(|problem| (problem.line, problem.column));
        read.filter(|_| problems.is_empty()).ok_or(problems)
    }
}

struct Reader<'a> {
    source: &'a Source,
    codes: &'a Codes,
    languages: BTreeSet<String>,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    fn wrong(&mut self, span: Range<usize>, message: impl Into<String>, help: impl Into<String>) {
        let problem = self.source.problem(span, message);
        self.problems.push(problem.help(help));
    }

    fn pathway(&mut self, id: &str, file: File) -> Option<Pathway> {
        self.id(id);
        self.languages(&file.languages);
        let name = self.text("the name", &file.name, LONGEST_NAME);
        self.version(&file.version);
        let symptom_group = self.symptom_group(&file.symptom_group);
        let words = AgeGroup::ALL.map(AgeGroup::word);
        let ages = self.words(file.ages.as_ref(), "age group", AgeGroup::from_word, &words);
        let words = [Gender::Female, Gender::Male].map(Gender::word);
        let genders = self.words(file.genders.as_ref(), "gender", Gender::from_word, &words);
        let advice = self.advice(file.advice, &file.question);
        let questions = self.questions(&file.first, file.question, &advice);
        let found = check::check(
            self.source,
            self.codes,
            file.first.get_ref(),
            &questions,
            self.problems.is_empty(),
        );
        self.problems.extend(found);
        Some(Pathway {
            id: id.to_owned(),
            name,
            version: file.version.into_inner(),
            sample: file.sample,
            symptom_group: symptom_group?,
            ages,
            genders,
            languages: self.languages.clone(),
            first: file.first.into_inner(),
            questions,
            advice,
            content: Hash::of(self.source.text().as_bytes()),
            source: self.source.clone(),
        })
    }

    fn id(&mut self, id: &str) {
        let is_plain = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-');
        if id.is_empty() || id.len() > LONGEST_NAME || !id.bytes().all(is_plain) {
            let message = format!("`{id}` is no name for a pathway");
            let help = "name the file by small letters, digits and hyphens, as chest-pain.toml";
            self.wrong(0..0, message, help);
        }
    }

    fn version(&mut self, version: &Spanned<String>) {
        let text = version.get_ref().trim();
        if text.is_empty() {
            let help = "write one, as \"2026.1\": assessments are kept by it";
            self.wrong(version.span(), "the version is empty", help);
        } else if text.chars().count() > LONGEST_VERSION || text.chars().any(char::is_control) {
            let message = format!("this is no version of at most {LONGEST_VERSION} characters");
            self.wrong(version.span(), message, "write it as \"2026.1\"");
        }
    }

    fn languages(&mut self, languages: &Words) {
        for language in languages.get_ref() {
            let written = language.get_ref();
            let is_language = matches!(
                written.as_bytes(),
                [b'a'..=b'z', b'a'..=b'z', b'-', b'A'..=b'Z', b'A'..=b'Z']
            );
            if is_language {
                self.languages.insert(written.clone());
            } else {
                let message = format!("`{written}` is no language");
                self.wrong(language.span(), message, "write it as en-GB or cy-GB");
            }
        }
        if !self.languages.contains(ENGLISH) {
            let message = format!("{ENGLISH} is not among the languages");
            let help = "everybody who answers reads it: add it, and the texts";
            self.wrong(languages.span(), message, help);
        }
    }

    /// A text in each language that is offered, and in no other.
    fn text(&mut self, what: &str, row: &TextRow, longest: usize) -> Text {
        for language in self.languages.clone() {
            if !row.get_ref().keys().any(|l| *l.get_ref() == language) {
                let message = format!("{what} has no text in {language}");
                let help = format!("add `{language} = \"…\"`");
                self.wrong(row.span(), message, help);
            }
        }
        let mut texts = BTreeMap::new();
        for (language, text) in row.get_ref() {
            let (name, words) = (language.get_ref(), text.get_ref());
            let length = words.chars().count();
            if !self.languages.contains(name) {
                let message = format!("{what} has a text in {name}, which is not offered");
                let help = "add it to `languages`, or leave the text out";
                self.wrong(language.span(), message, help);
            } else if words.trim().is_empty() {
                let message = format!("{what} is blank in {name}");
                self.wrong(text.span(), message, "write what is to be said");
            } else if length > longest {
                let message =
                    format!("{what} has {length} characters in {name}, and {longest} are the most");
                self.wrong(text.span(), message, "say it shorter");
            } else if words.chars().any(char::is_control) {
                let message = format!("{what} has a line break or another control character");
                self.wrong(text.span(), message, "write it in one line");
            }
            texts.insert(name.clone(), words.clone());
        }
        Text(texts)
    }

    /// Words that stand for things; left out, they stand for all.
    fn words<T: Ord>(
        &mut self,
        written: Option<&Words>,
        what: &str,
        read: impl Fn(&str) -> Option<T>,
        every: &[&str],
    ) -> BTreeSet<T> {
        let Some(words) = written else {
            return every.iter().filter_map(|word| read(word)).collect();
        };
        let all = format!("there are {}", every.join(", "));
        if words.get_ref().is_empty() {
            let message = format!("the pathway is for no {what} at all");
            let help = format!("leave it out for all; {all}");
            self.wrong(words.span(), message, help);
        }
        let mut found = BTreeSet::new();
        for word in words.get_ref() {
            match read(word.get_ref()) {
                Some(thing) => {
                    found.insert(thing);
                }
                None => {
                    let message = format!("there is no {what} `{}`", word.get_ref());
                    self.wrong(word.span(), message, all.clone());
                }
            }
        }
        found
    }

    /// A code that stands in `clinical.toml`.
    fn code<C: std::fmt::Display>(
        &mut self,
        written: &Spanned<String>,
        what: &str,
        read: impl Fn(&str) -> Result<C, CodeError>,
        all: Vec<String>,
        is_known: impl Fn(&C) -> bool,
    ) -> Option<C> {
        match read(written.get_ref()) {
            Err(error) => {
                let help = format!("there are {}", all.join(", "));
                self.wrong(written.span(), error.to_string(), help);
                None
            }
            Ok(code) if !is_known(&code) => {
                let message = format!("there is no {what} `{code}`");
                let help = did_you_mean(written.get_ref(), all.iter().map(String::as_str));
                self.wrong(written.span(), message, help);
                None
            }
            Ok(code) => Some(code),
        }
    }

    fn symptom_group(&mut self, written: &Spanned<String>) -> Option<SymptomGroupCode> {
        let codes = self.codes;
        let all = codes.symptom_groups().map(|(c, _)| c.to_string()).collect();
        let is_known = |code: &SymptomGroupCode| codes.symptom_group(code).is_some();
        self.code(
            written,
            "symptom group",
            SymptomGroupCode::new,
            all,
            is_known,
        )
    }

    fn disposition(&mut self, written: &Spanned<String>) -> Option<DispositionCode> {
        let codes = self.codes;
        let all = codes.dispositions().map(|d| d.code.to_string()).collect();
        let is_known = |code: &DispositionCode| codes.disposition(code).is_some();
        self.code(written, "disposition", DispositionCode::new, all, is_known)
    }

    fn discriminators(&mut self, written: &[Spanned<String>]) -> Vec<DiscriminatorCode> {
        let codes = self.codes;
        let mut found = Vec::new();
        for code in written {
            let all = codes.discriminators().map(|(c, _)| c.to_string()).collect();
            let is_known = |code: &DiscriminatorCode| codes.discriminator(code).is_some();
            found.extend(self.code(code, "discriminator", DiscriminatorCode::new, all, is_known));
        }
        found
    }

    /// The advice texts; one that no answer gives is a problem.
    fn advice(
        &mut self,
        rows: BTreeMap<Spanned<String>, AdviceRow>,
        questions: &BTreeMap<Spanned<String>, QuestionRow>,
    ) -> BTreeMap<String, Text> {
        let answers = questions.values().flat_map(|q| &q.answer);
        let given = answers.flat_map(|answer| &answer.get_ref().advice);
        let given: BTreeSet<&String> = given.map(Spanned::get_ref).collect();
        if let Some(name) = rows.keys().nth(MOST_ADVICE) {
            let message = format!(
                "{} advice texts, and {MOST_ADVICE} are the most",
                rows.len()
            );
            self.wrong(name.span(), message, "make two pathways of it");
        }
        let mut advice = BTreeMap::new();
        for (name, row) in rows {
            let what = format!("advice `{}`", name.get_ref());
            let text = self.text(&what, &row.text, LONGEST_TEXT);
            if !given.contains(name.get_ref()) {
                let message = format!("no answer gives {what}");
                let help = "name it in an answer's `advice`, or leave it out";
                self.wrong(name.span(), message, help);
            }
            advice.insert(name.into_inner(), text);
        }
        advice
    }

    fn questions(
        &mut self,
        first: &Spanned<String>,
        rows: BTreeMap<Spanned<String>, QuestionRow>,
        advice: &BTreeMap<String, Text>,
    ) -> BTreeMap<String, Question> {
        let names: Vec<String> = rows.keys().map(|k| k.get_ref().clone()).collect();
        self.is_question(first, &names);
        if let Some(name) = rows.keys().nth(MOST_QUESTIONS) {
            let message = format!(
                "{} questions, and {MOST_QUESTIONS} are the most",
                names.len()
            );
            self.wrong(name.span(), message, "make two pathways of it");
        }
        let mut questions = BTreeMap::new();
        for (name, row) in rows {
            let (span, name) = (name.span(), name.into_inner());
            let question = self.question(&name, span, row, &names, advice);
            questions.insert(name, question);
        }
        questions
    }

    fn is_question(&mut self, written: &Spanned<String>, names: &[String]) -> bool {
        let is_one = names.contains(written.get_ref());
        if !is_one {
            let message = format!("there is no question `{}`", written.get_ref());
            let help = did_you_mean(written.get_ref(), names.iter().map(String::as_str));
            self.wrong(written.span(), message, help);
        }
        is_one
    }

    fn question(
        &mut self,
        name: &str,
        span: Range<usize>,
        row: QuestionRow,
        names: &[String],
        advice: &BTreeMap<String, Text>,
    ) -> Question {
        let what = format!("question `{name}`");
        let ask = self.text(&what, &row.ask, LONGEST_TEXT);
        let help = row.help.as_ref();
        let help = help.map(|help| self.text(&format!("the help of {what}"), help, LONGEST_TEXT));
        let count = row.answer.len();
        if count < 2 {
            let message = format!("{what} has {count} answers: there is nothing to choose");
            let help = format!("write at least two [[question.{name}.answer]]");
            self.wrong(span.clone(), message, help);
        }
        if count > MOST_ANSWERS {
            let message = format!("{what} has {count} answers, and {MOST_ANSWERS} are the most");
            self.wrong(span.clone(), message, "ask two questions instead");
        }
        let mut texts: Vec<Text> = Vec::new();
        let mut answers = Vec::new();
        for (n, row) in row.answer.into_iter().enumerate() {
            let what = format!("answer {} to `{name}`", n + 1);
            let text = self.text(&what, &row.get_ref().text, LONGEST_TEXT);
            let same = |other: &Text| text.same_in(other, &self.languages).map(str::to_owned);
            if let Some(language) = texts.iter().find_map(same) {
                let message = format!("{what} says the same as another one in {language}");
                let help = "nobody can tell them apart: say what is different";
                self.wrong(row.get_ref().text.span(), message, help);
            }
            texts.push(text.clone());
            answers.extend(self.answer(&what, text, row, names, advice));
        }
        Question {
            life_threatening: row.life_threatening,
            ask,
            help,
            answers,
            span,
        }
    }

    /// None where it leads nowhere: that has been told then.
    fn answer(
        &mut self,
        what: &str,
        text: Text,
        row: Spanned<AnswerRow>,
        names: &[String],
        advice: &BTreeMap<String, Text>,
    ) -> Option<Answer> {
        let (span, row) = (row.span(), row.into_inner());
        for (added, list) in [
            ("discriminators", &row.discriminators),
            ("advice", &row.advice),
        ] {
            if let Some(first) = list.first().filter(|_| list.len() > MOST_ADDED) {
                let message = format!("{what} adds {}, and {MOST_ADDED} are the most", list.len());
                self.wrong(first.span(), message, format!("leave out some `{added}`"));
            }
        }
        for name in row
            .advice
            .iter()
            .filter(|n| !advice.contains_key(n.get_ref()))
        {
            let message = format!("there is no advice `{}`", name.get_ref());
            let help = did_you_mean(name.get_ref(), advice.keys().map(String::as_str));
            self.wrong(name.span(), message, help);
        }
        let discriminators = self.discriminators(&row.discriminators);
        let (way, at) = match (&row.next, &row.disposition) {
            (Some(next), None) => {
                let is_one = self.is_question(next, names);
                let way = is_one.then(|| Way::Next(next.get_ref().clone()));
                (way, next.span())
            }
            (None, Some(code)) => (self.disposition(code).map(Way::Disposition), code.span()),
            (None, None) => {
                let help = "add `next = \"…\"` or `disposition = \"Dx…\"`";
                self.wrong(span, format!("{what} has no way on"), help);
                return None;
            }
            (Some(_), Some(code)) => {
                let message = format!("{what} leads to a question and to a disposition");
                self.wrong(code.span(), message, "leave out `next` or `disposition`");
                return None;
            }
        };
        Some(Answer {
            text,
            way: way?,
            discriminators,
            advice: row.advice.into_iter().map(Spanned::into_inner).collect(),
            span: at,
        })
    }
}

/// The nearest of the names that there are.
fn did_you_mean<'a>(written: &str, known: impl Iterator<Item = &'a str>) -> String {
    let near = known.min_by_key(|name| strsim::damerau_levenshtein(name, written));
    near.map_or("there are none".to_owned(), |near| {
        format!("did you mean `{near}`?")
    })
}
