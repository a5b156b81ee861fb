//! What an assessment came to, printed.

use serde::Serialize;

use crate::clinical::Codes;
use crate::pathway::{Assessment, End, Order, Record, in_words};

use super::super::{Outcome, output};

/// What is said first: which pathway it is, and whether it may be used.
pub(super) fn heading(assessment: &Assessment, language: &str) -> String {
    let pathway = assessment.pathway();
    let title = format!("{}, version {}", pathway.name(language), pathway.version());
    match pathway.is_sample() {
        true => format!("{title}\nSAMPLE: NOT FOR CLINICAL USE"),
        false => title,
    }
}

/// The end of an assessment, with what its codes mean.
#[derive(Serialize)]
pub(super) struct Found<'a> {
    record: &'a Record,
    end: End,
    meaning: String,
    within: String,
    order: Option<Order>,
    #[serde(skip)]
    matter: String,
    #[serde(skip)]
    needs: Vec<String>,
}

impl<'a> Found<'a> {
    pub(super) fn new(
        assessment: &'a Assessment,
        end: End,
        order: Option<Order>,
        codes: &Codes,
    ) -> Self {
        let disposition = codes.disposition(&end.disposition);
        let matter = codes.symptom_group(&end.symptom_group).unwrap_or_default();
        let needs = end.discriminators.iter().map(|code| {
            let meaning = codes.discriminator(code).unwrap_or_default();
            format!("{code} {meaning}")
        });
        Found {
            record: assessment.record(),
            meaning: disposition.map_or(String::new(), |d| d.meaning.clone()),
            within: disposition.map_or(String::new(), |d| in_words(d.within)),
            order,
            matter: format!("{} {matter}", end.symptom_group),
            needs: needs.collect(),
            end,
        }
    }

    pub(super) fn print(&self) -> Outcome {
        let row = |name: &str, text: &str| output::line(format!("{name:<12} {text}"));
        output::line("");
        let disposition = format!("{} {}", self.end.disposition, self.meaning);
        row("disposition", &disposition);
        row("due", &self.within);
        row("matter", &self.matter);
        let list = |name: &str, texts: &mut dyn Iterator<Item = &str>| {
            for (n, text) in texts.enumerate() {
                row(if n == 0 { name } else { "" }, text);
            }
        };
        list("needs", &mut self.needs.iter().map(String::as_str));
        let advice = self.end.advice.iter();
        list("advice", &mut advice.map(|advice| advice.text.as_str()));
        let next = self.order.as_ref().map_or(String::new(), Order::words);
        row("then", &next);
        Outcome::Good
    }
}
