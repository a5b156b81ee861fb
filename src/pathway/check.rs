//! Finds pathways that would lead a handler round, ask of a danger too late, or end where they must not.

use std::collections::{BTreeMap, BTreeSet};

use crate::clinical::{Codes, DispositionCode, Kind};
use crate::diagnostic::{Problem, Source};

use super::question::{Answer, Question, Way};

type Questions = BTreeMap<String, Question>;

/// What is wrong with the ways through. Questions that nobody reaches are told of where nothing else is wrong:
/// a name that was misspelt would make many of them.
pub(super) fn check(
    source: &Source,
    codes: &Codes,
    first: &str,
    questions: &Questions,
    is_whole: bool,
) -> Vec<Problem> {
    let checker = Checker {
        source,
        codes,
        questions,
    };
    let mut problems = checker.loops();
    problems.extend(checker.dangers_asked_too_late(first));
    problems.extend(checker.dangers_without_consequence());
    problems.extend(checker.ends());
    if is_whole && problems.is_empty() {
        problems.extend(checker.unreached(first));
    }
    problems
}

struct Checker<'a> {
    source: &'a Source,
    codes: &'a Codes,
    questions: &'a Questions,
}

impl<'a> Checker<'a> {
    /// Every answer with its question.
    fn answers(&self) -> impl Iterator<Item = (&'a str, &'a Question, &'a Answer)> {
        let questions = self.questions.iter();
        questions.flat_map(|(name, q)| q.answers.iter().map(move |a| (name.as_str(), q, a)))
    }

    /// Answers that lead back to a question by which one came.
    fn loops(&self) -> Vec<Problem> {
        let (mut done, mut problems) = (BTreeSet::new(), Vec::new());
        for name in self.questions.keys() {
            self.follow(name, &mut Vec::new(), &mut done, &mut problems);
        }
        problems
    }

    fn follow(
        &self,
        name: &'a str,
        trail: &mut Vec<&'a str>,
        done: &mut BTreeSet<&'a str>,
        problems: &mut Vec<Problem>,
    ) {
        let Some(question) = self.questions.get(name).filter(|_| done.insert(name)) else {
            return;
        };
        trail.push(name);
        for answer in &question.answers {
            let Way::Next(next) = &answer.way else {
                continue;
            };
            match trail.iter().position(|before| before == next) {
                Some(at) => {
                    let round = trail.iter().copied().skip(at).chain([next.as_str()]);
                    let round: Vec<&str> = round.collect();
                    let message = format!(
                        "question `{next}` can be reached from itself: {}",
                        round.join(" → ")
                    );
                    let problem = self.source.problem(answer.span.clone(), message);
                    problems.push(problem.help(
                        "a pathway only goes on: lead to another question or to a disposition",
                    ));
                }
                None => self.follow(next, trail, done, problems),
            }
        }
        trail.pop();
    }

    /// Questions that ask for an immediate danger, after one that does not.
    fn dangers_asked_too_late(&self, first: &str) -> Vec<Problem> {
        let mut problems = Vec::new();
        if let Some(question) = self.questions.get(first)
            && !question.life_threatening
        {
            let message =
                format!("the first question, `{first}`, asks for no immediate danger to life");
            let problem = self.source.problem(question.span.clone(), message);
            problems.push(
                problem.help("begin with a question that does: `life-threatening = true` in it"),
            );
        }
        for (name, question, answer) in self.answers() {
            let Way::Next(next) = &answer.way else {
                continue;
            };
            let is_danger = self.questions.get(next).is_some_and(|q| q.life_threatening);
            if is_danger && !question.life_threatening {
                let message = format!(
                    "question `{next}` asks for an immediate danger, and comes after `{name}`, which does not"
                );
                let problem = self.source.problem(answer.span.clone(), message);
                problems.push(problem.help(format!("ask `{next}` before `{name}`")));
            }
        }
        problems
    }

    /// Questions that are said to ask for an immediate danger, though no answer leads to help at once.
    fn dangers_without_consequence(&self) -> Vec<Problem> {
        let dangers = self.questions.iter().filter(|(_, q)| q.life_threatening);
        let idle = dangers.filter(|(name, _)| !self.leads_to_999(name, &mut BTreeSet::new()));
        let idle = idle.map(|(name, question)| {
            let message = format!(
                "question `{name}` asks for an immediate danger, and no answer leads to a life-threatening disposition"
            );
            let problem = self.source.problem(question.span.clone(), message);
            problem.help("lead one there, or leave `life-threatening` out")
        });
        idle.collect()
    }

    /// By questions alone that ask for a danger.
    fn leads_to_999(&self, name: &'a str, seen: &mut BTreeSet<&'a str>) -> bool {
        let question = self.questions.get(name).filter(|q| q.life_threatening);
        let Some(question) = question.filter(|_| seen.insert(name)) else {
            return false;
        };
        question.answers.iter().any(|answer| match &answer.way {
            Way::Next(next) => self.leads_to_999(next, seen),
            Way::Disposition(code) => self.kind(code) == Some(Kind::LifeThreatening),
        })
    }

    fn kind(&self, code: &DispositionCode) -> Option<Kind> {
        self.codes.disposition(code).map(|d| d.kind)
    }

    /// Dispositions that a pathway cannot come to: what only a clinician gives, and advice without any.
    fn ends(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        for (_, _, answer) in self.answers() {
            let Way::Disposition(code) = &answer.way else {
                continue;
            };
            let mut wrong = |message, help: String| {
                let problem = self.source.problem(answer.span.clone(), message);
                problems.push(problem.help(help));
            };
            let before: Vec<&str> = (self.codes.dispositions())
                .filter(|d| d.validated_as.as_ref() == Some(code))
                .map(|d| d.code.as_str())
                .collect();
            if !before.is_empty() {
                let message = format!("only a clinician gives {code}, who has confirmed another");
                wrong(message, format!("lead to {}", before.join(", ")));
            }
            if self.kind(code) == Some(Kind::Advice) && answer.advice.is_empty() {
                let message = format!("{code} is advice, and the answer gives none");
                wrong(message, "name some: `advice = [\"…\"]`".to_owned());
            }
        }
        problems
    }

    fn unreached(&self, first: &'a str) -> Vec<Problem> {
        let (mut open, mut reached) = (vec![first], BTreeSet::new());
        while let Some(name) = open.pop() {
            let Some(question) = self.questions.get(name).filter(|_| reached.insert(name)) else {
                continue;
            };
            open.extend(question.answers.iter().filter_map(|a| match &a.way {
                Way::Next(next) => Some(next.as_str()),
                Way::Disposition(_) => None,
            }));
        }
        let lost = self.questions.iter();
        let lost = lost.filter(|(name, _)| !reached.contains(name.as_str()));
        let lost = lost.map(|(name, question)| {
            let message = format!("no answer leads to question `{name}`");
            let problem = self.source.problem(question.span.clone(), message);
            problem.help(format!(
                "lead to it by `next = \"{name}\"`, or leave it out"
            ))
        });
        lost.collect()
    }
}
