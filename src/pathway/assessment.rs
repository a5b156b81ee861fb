use std::sync::Arc;

use jiff::Timestamp;

use crate::clinical::{AgeGroup, Gender, Patient};

use super::advice::Advice;
use super::by::By;
use super::end::{End, Step};
use super::model::Pathway;
use super::question::{Answer, Asked, Question, Way};
use super::record::{Act, Deed, Record};
use super::refusal::{Refused, Unresumable};

/// After so many deeds no answer is taken back any more. Answers are always taken: they come to an end.
const MOST_DEEDS: usize = 1_000;

/// A patient's way through a pathway. It goes on and back, and what was ever said stays in its record.
#[derive(Clone, Debug)]
pub struct Assessment {
    pathway: Arc<Pathway>,
    record: Record,
    /// The answers that stand.
    steps: Vec<Step>,
    /// The question that is open; none at the end.
    open: Option<String>,
    end: Option<End>,
    acted_on: bool,
}

impl Assessment {
    /// Begins one. A patient for whom the pathway is not, and a language that it does not offer, are refused.
    pub fn begin(
        pathway: Arc<Pathway>,
        patient: Patient,
        language: &str,
        at: Timestamp,
        by: By,
    ) -> Result<Self, Refused> {
        if !pathway.is_for(patient) {
            return Err(Refused::NotForPatient {
                pathway: pathway.id().to_owned(),
                whom: whom(&pathway),
            });
        }
        if !pathway.languages().any(|offered| offered == language) {
            return Err(Refused::NotInLanguage {
                pathway: pathway.id().to_owned(),
                language: language.chars().take(32).collect(),
                offered: pathway.languages().collect::<Vec<_>>().join(", "),
            });
        }
        let record = Record {
            pathway: pathway.stamp(),
            patient,
            language: language.to_owned(),
            begun: at,
            begun_by: by,
            deeds: Vec::new(),
        };
        Ok(Assessment {
            open: Some(pathway.first.clone()),
            pathway,
            record,
            steps: Vec::new(),
            end: None,
            acted_on: false,
        })
    }

    /// Goes on with one from its record: all that was done is done again, and must come out the same.
    pub fn resume(record: Record, pathway: Arc<Pathway>) -> Result<Self, Unresumable> {
        is_same(&record, &pathway)?;
        let damaged = |deed, why: String| Unresumable::Damaged { deed, why };
        let by = record.begun_by.clone();
        let begun = Assessment::begin(pathway, record.patient, &record.language, record.begun, by);
        let mut assessment = begun.map_err(|refused| damaged(0, refused.to_string()))?;
        for (n, deed) in record.deeds.into_iter().enumerate() {
            let again = assessment.again(&deed);
            again.map_err(|why| damaged(n + 1, why))?;
        }
        Ok(assessment)
    }

    /// The pathway.
    pub fn pathway(&self) -> &Arc<Pathway> {
        &self.pathway
    }

    /// All that has been asked, answered and taken back: what has to be kept.
    pub fn record(&self) -> &Record {
        &self.record
    }

    /// The question that is open; none at the end.
    pub fn question(&self) -> Option<Asked> {
        let name = self.open.as_deref()?;
        let question = self.pathway.questions.get(name)?;
        Some(question.asked(name, &self.record.language))
    }

    /// The answers that stand, in order.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// What it has come to; none while a question is open.
    pub fn ended(&self) -> Option<&End> {
        self.end.as_ref()
    }

    /// Answers the open question: `question` is its name, `number` the answer's, counted from 1. A time before the
    /// last deed counts as that deed's.
    pub fn answer(
        &mut self,
        at: Timestamp,
        by: By,
        question: &str,
        number: usize,
    ) -> Result<(), Refused> {
        let (asked, given) = self.given(question, number)?;
        let language = &self.record.language;
        let act = Act::Answered {
            question: question.to_owned(),
            asked: asked.ask.within(language).to_owned(),
            answer: number,
            said: given.text.within(language).to_owned(),
        };
        let way = given.way.clone();
        self.steps.push(Step {
            question: question.to_owned(),
            answer: number,
        });
        match way {
            Way::Next(next) => self.open = Some(next),
            Way::Disposition(code) => {
                self.open = None;
                self.end = Some(self.come_to(code));
            }
        }
        self.keep(at, by, act);
        Ok(())
    }

    /// Takes the last answer back that stands, and opens its question again; from the end, too, as long as nothing
    /// has been done with it.
    pub fn back(&mut self, at: Timestamp, by: By) -> Result<(), Refused> {
        if self.acted_on {
            return Err(Refused::ActedOn);
        }
        if self.record.deeds.len() >= MOST_DEEDS {
            return Err(Refused::TooLong);
        }
        let step = self.steps.pop().ok_or(Refused::NothingToTakeBack)?;
        let question = step.question;
        self.end = None;
        self.open = Some(question.clone());
        self.keep(at, by, Act::TakenBack { question });
        Ok(())
    }

    /// Something is done with the end: from now on it stands.
    pub fn act_on(&mut self, at: Timestamp, by: By) -> Result<(), Refused> {
        if self.end.is_none() {
            return Err(Refused::NotEnded);
        }
        if self.acted_on {
            return Err(Refused::ActedOn);
        }
        self.acted_on = true;
        self.keep(at, by, Act::ActedOn);
        Ok(())
    }

    /// The question and the answer that are meant.
    fn given(&self, question: &str, number: usize) -> Result<(&Question, &Answer), Refused> {
        let open = self.open.as_deref().ok_or(Refused::Ended)?;
        let asked = self.pathway.questions.get(open).ok_or(Refused::Ended)?;
        if open != question {
            return Err(Refused::NotAsked {
                given: question.chars().take(80).collect(),
                open: open.to_owned(),
            });
        }
        let answer = asked.answer(number).ok_or(Refused::NoSuchAnswer {
            question: open.to_owned(),
            number,
            most: asked.answers.len(),
        });
        answer.map(|answer| (asked, answer))
    }

    fn keep(&mut self, at: Timestamp, by: By, act: Act) {
        let last = self.record.deeds.last().map(|deed| deed.at);
        let at = at.max(last.unwrap_or(self.record.begun));
        self.record.deeds.push(Deed { at, by, act });
    }

    /// Does what a record tells of; the error is why it cannot have been so.
    fn again(&mut self, deed: &Deed) -> Result<(), String> {
        let (at, by) = (deed.at, deed.by.clone());
        let done = match &deed.act {
            Act::Answered {
                question, answer, ..
            } => self.answer(at, by, question, *answer),
            Act::TakenBack { .. } => self.back(at, by),
            Act::ActedOn => self.act_on(at, by),
        };
        done.map_err(|refused| refused.to_string())?;
        match self.record.deeds.last() {
            Some(same) if same == deed => Ok(()),
            _ => Err("it comes out otherwise".to_owned()),
        }
    }

    /// What the answers that stand come to.
    fn come_to(&self, disposition: crate::clinical::DispositionCode) -> End {
        let (mut discriminators, mut advice) = (Vec::new(), Vec::<Advice>::new());
        for step in &self.steps {
            let question = self.pathway.questions.get(&step.question);
            let Some(answer) = question.and_then(|q| q.answer(step.answer)) else {
                continue;
            };
            for code in &answer.discriminators {
                if !discriminators.contains(code) {
                    discriminators.push(code.clone());
                }
            }
            for name in &answer.advice {
                let text = self.pathway.advice.get(name);
                if let Some(text) = text.filter(|_| !advice.iter().any(|a| a.name == *name)) {
                    advice.push(Advice {
                        name: name.clone(),
                        text: text.within(&self.record.language).to_owned(),
                    });
                }
            }
        }
        End {
            pathway: self.record.pathway.clone(),
            disposition,
            symptom_group: self.pathway.symptom_group().clone(),
            discriminators,
            advice,
            path: self.steps.clone(),
        }
    }
}

/// For whom a pathway is, in words.
fn whom(pathway: &Pathway) -> String {
    let ages = pathway.ages().map(AgeGroup::word).collect::<Vec<_>>();
    let genders = pathway.genders().map(Gender::word).collect::<Vec<_>>();
    match genders.as_slice() {
        [only] => format!("{}, {only} alone", ages.join(", ")),
        _ => ages.join(", "),
    }
}

fn is_same(record: &Record, pathway: &Pathway) -> Result<(), Unresumable> {
    let (then, now) = (&record.pathway, pathway.stamp());
    if then.pathway != now.pathway {
        return Err(Unresumable::OtherPathway {
            made_with: then.pathway.clone(),
            given: now.pathway,
        });
    }
    if then.version != now.version {
        return Err(Unresumable::OtherVersion {
            pathway: now.pathway,
            made_with: then.version.clone(),
            given: now.version,
        });
    }
    if then.content != now.content {
        return Err(Unresumable::OtherContent {
            pathway: now.pathway,
            version: now.version,
            made_with: then.content.to_string(),
            given: now.content.to_string(),
        });
    }
    Ok(())
}
