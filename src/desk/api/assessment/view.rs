use serde::Serialize;
use utoipa::ToSchema;

use crate::clinical::Codes;
use crate::pathway::{Act, Asked, Order};

use super::held::Held;

/// An assessment as the desk sees it.
#[derive(Serialize, ToSchema)]
pub(in crate::desk::api) struct AssessmentView {
    /// Its reference.
    id: String,
    /// How often it has been changed; it is read again where somebody else was first.
    revision: u32,
    /// The call in which it is made.
    call: Option<String>,
    region: Option<String>,
    /// Whoever began it.
    owner: String,
    opened_at: String,
    pathway: String,
    version: String,
    /// A sample is not for clinical use.
    is_sample: bool,
    language: String,
    years: u8,
    gender: Option<&'static str>,
    /// The question that is open; none at the end.
    question: Option<QuestionView>,
    /// What has been asked and answered, those that were taken back among them.
    history: Vec<DeedView>,
    /// What it has come to.
    need: Option<NeedView>,
    /// What the patient is told.
    advice: Vec<AdviceView>,
    /// What is to be done next; none once it is closed.
    next: Option<NextView>,
    /// How it was closed.
    closed: Option<ClosedView>,
}

/// A question, and what can be answered.
#[derive(Serialize, ToSchema)]
pub(in crate::desk::api) struct QuestionView {
    /// Its name: the answer names it.
    name: String,
    /// Whether it asks for an immediate danger.
    life_threatening: bool,
    text: String,
    /// What may be explained.
    help: Option<String>,
    answers: Vec<ChoiceView>,
}

/// An answer that can be given.
#[derive(Serialize, ToSchema)]
pub(in crate::desk::api) struct ChoiceView {
    number: usize,
    text: String,
}

/// Something that was done.
#[derive(Serialize, ToSchema)]
pub(in crate::desk::api) struct DeedView {
    at: String,
    by: String,
    /// `answered`, `taken-back` or `acted-on`.
    what: &'static str,
    question: Option<String>,
    asked: Option<String>,
    answer: Option<usize>,
    said: Option<String>,
}

/// What is needed.
#[derive(Serialize, ToSchema)]
pub(in crate::desk::api) struct NeedView {
    /// The disposition's code, a text.
    disposition: String,
    meaning: Option<String>,
    kind: &'static str,
    /// By when help is due.
    due_at: String,
    decided_at: String,
    decided_by: String,
    symptom_group: Option<String>,
    discriminators: Vec<String>,
}

/// What the patient is told.
#[derive(Serialize, ToSchema)]
pub(in crate::desk::api) struct AdviceView {
    name: String,
    text: String,
}

/// What is to be done next.
#[derive(Serialize, ToSchema)]
pub(in crate::desk::api) struct NextView {
    /// `assess`, `emergency`, `validate`, `search`, `choose`, `refer`, `callback` or `advise`.
    order: &'static str,
    words: String,
    /// By when, where there is a time for it.
    due_at: Option<String>,
    /// The service to which the patient is being referred.
    service: Option<String>,
}

/// How it was closed.
#[derive(Serialize, ToSchema)]
pub(in crate::desk::api) struct ClosedView {
    outcome: &'static str,
    at: String,
    by: String,
    /// Whether a clinician decided what it came to.
    clinician_decided: bool,
    service: Option<String>,
}

impl AssessmentView {
    pub(super) fn of(held: &Held, codes: &Codes) -> Self {
        let (assessment, case) = (&held.assessment, &held.case);
        let record = assessment.record();
        let end = case.end();
        AssessmentView {
            id: held.id.to_string(),
            revision: held.revision,
            call: held.call.map(|call| call.to_string()),
            region: held.region.clone(),
            owner: held.owner.clone(),
            opened_at: case.opened().to_string(),
            pathway: record.pathway.pathway.clone(),
            version: record.pathway.version.clone(),
            is_sample: record.pathway.sample,
            language: record.language.clone(),
            years: record.patient.years,
            gender: record.patient.gender.map(|gender| gender.word()),
            question: assessment.question().map(QuestionView::of),
            history: history(held),
            need: need(held, codes),
            advice: end.map_or_else(Vec::new, |end| {
                let advice = end.advice.iter();
                let view = |one: &crate::pathway::Advice| AdviceView {
                    name: one.name.clone(),
                    text: one.text.clone(),
                };
                advice.map(view).collect()
            }),
            next: case.order().map(|order| NextView::of(&order)),
            closed: case.closed().map(|closed| ClosedView {
                outcome: closed.outcome.word(),
                at: closed.at.to_string(),
                by: closed.by.account.to_string(),
                clinician_decided: closed.clinician_decided,
                service: closed.outcome.service().map(str::to_owned),
            }),
        }
    }
}

impl QuestionView {
    fn of(asked: Asked) -> Self {
        let answers = asked.answers.into_iter().map(|choice| ChoiceView {
            number: choice.number,
            text: choice.text,
        });
        QuestionView {
            name: asked.question,
            life_threatening: asked.life_threatening,
            text: asked.text,
            help: asked.help,
            answers: answers.collect(),
        }
    }
}

impl NextView {
    fn of(order: &Order) -> Self {
        let (word, due_at, service) = match order {
            Order::Assess => ("assess", None, None),
            Order::Emergency { .. } => ("emergency", None, None),
            Order::Validate { deadline, .. } => ("validate", Some(deadline.to_string()), None),
            Order::Search { .. } => ("search", None, None),
            Order::Choose { .. } => ("choose", None, None),
            Order::Refer { service, .. } => ("refer", None, Some(service.clone())),
            Order::Callback { deadline, .. } => ("callback", Some(deadline.to_string()), None),
            Order::Advise { .. } => ("advise", None, None),
        };
        NextView {
            order: word,
            words: order.words(),
            due_at,
            service,
        }
    }
}

fn history(held: &Held) -> Vec<DeedView> {
    let deeds = held.assessment.record().deeds.iter();
    let view = deeds.map(|deed| {
        let nothing = DeedView {
            at: deed.at.to_string(),
            by: deed.by.account.to_string(),
            what: "acted-on",
            question: None,
            asked: None,
            answer: None,
            said: None,
        };
        match &deed.act {
            Act::Answered {
                question,
                asked,
                answer,
                said,
            } => DeedView {
                what: "answered",
                question: Some(question.clone()),
                asked: Some(asked.clone()),
                answer: Some(*answer),
                said: Some(said.clone()),
                ..nothing
            },
            Act::TakenBack { question } => DeedView {
                what: "taken-back",
                question: Some(question.clone()),
                ..nothing
            },
            Act::ActedOn => nothing,
        }
    });
    view.collect()
}

fn need(held: &Held, codes: &Codes) -> Option<NeedView> {
    let need = held.case.need()?;
    let (symptom_group, discriminators) = match held.case.search_order() {
        Some(Order::Search {
            symptom_group,
            discriminators,
            ..
        }) => (Some(symptom_group.to_string()), discriminators),
        _ => (None, Vec::new()),
    };
    let meaning = codes.disposition(&need.disposition);
    Some(NeedView {
        disposition: need.disposition.to_string(),
        meaning: meaning.map(|disposition| disposition.meaning.clone()),
        kind: need.kind.word(),
        due_at: need.deadline().to_string(),
        decided_at: need.decided.to_string(),
        decided_by: need.by.account.to_string(),
        symptom_group,
        discriminators: discriminators.iter().map(ToString::to_string).collect(),
    })
}
