//! Every path through a pathway: counted without walking, and walked one by one.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::clinical::DispositionCode;

use super::Pathway;
use super::end::Step;
use super::question::Way;

/// One way through a pathway.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Path {
    /// Questions and the answers to them.
    pub steps: Vec<Step>,
    /// Where it ends.
    pub disposition: DispositionCode,
}

impl Pathway {
    /// How many paths end in each disposition; past the largest number it stays there. The work grows with the
    /// answers, not with the paths.
    pub fn dispositions(&self) -> BTreeMap<DispositionCode, u64> {
        let mut ways: BTreeMap<&str, u64> = BTreeMap::from([(self.first.as_str(), 1)]);
        let mut ends: BTreeMap<DispositionCode, u64> = BTreeMap::new();
        for name in self.in_order() {
            let here = ways.get(name).copied().unwrap_or_default();
            let answers = self.questions.get(name).map(|q| &q.answers);
            for answer in answers.into_iter().flatten() {
                let there = match &answer.way {
                    Way::Next(next) => ways.entry(next).or_default(),
                    Way::Disposition(code) => ends.entry(code.clone()).or_default(),
                };
                *there = there.saturating_add(here);
            }
        }
        ends
    }

    /// How many paths there are; past the largest number it stays there.
    pub fn count_paths(&self) -> u64 {
        let ends = self.dispositions();
        ends.values().fold(0, |sum, n| sum.saturating_add(*n))
    }

    /// All paths, one after the other. There may be more than anybody wants: take as many as are of use.
    pub fn paths(&self) -> Paths<'_> {
        Paths {
            pathway: self,
            stack: vec![(&self.first, 0)],
        }
    }

    /// Questions that can be reached, each before those that it leads to.
    fn in_order(&self) -> Vec<&str> {
        let mut order = Vec::new();
        self.visit(&self.first, &mut BTreeSet::new(), &mut order);
        order.reverse();
        order
    }

    fn visit<'a>(&'a self, name: &'a str, seen: &mut BTreeSet<&'a str>, order: &mut Vec<&'a str>) {
        let Some(question) = self.questions.get(name).filter(|_| seen.insert(name)) else {
            return;
        };
        for answer in &question.answers {
            if let Way::Next(next) = &answer.way {
                self.visit(next, seen, order);
            }
        }
        order.push(name);
    }
}

/// All paths of a pathway, one after the other.
#[derive(Clone, Debug)]
pub struct Paths<'a> {
    pathway: &'a Pathway,
    /// Questions, and the number of the answer that was given last; 0 before any.
    stack: Vec<(&'a str, usize)>,
}

impl Iterator for Paths<'_> {
    type Item = Path;

    fn next(&mut self) -> Option<Path> {
        loop {
            let (name, given) = self.stack.last_mut()?;
            *given += 1;
            let question = self.pathway.questions.get(*name);
            let answer = question.and_then(|question| question.answer(*given));
            match answer.map(|answer| &answer.way) {
                None => {
                    self.stack.pop();
                }
                Some(Way::Next(next)) => self.stack.push((next, 0)),
                Some(Way::Disposition(code)) => {
                    let steps = self.stack.iter().map(|(question, answer)| Step {
                        question: (*question).to_owned(),
                        answer: *answer,
                    });
                    return Some(Path {
                        steps: steps.collect(),
                        disposition: code.clone(),
                    });
                }
            }
        }
    }
}
