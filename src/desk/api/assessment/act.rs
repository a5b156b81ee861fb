use axum::extract::State;
use axum::http::StatusCode;
use axum::{Extension, Json};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::call::{Answer, Ordered};
use crate::callback::{Deadline, Disposition};
use crate::clinical::{Gender, Patient};
use crate::identity::Reference;
use crate::pathway::{Assessment, Case, Event, Order};
use crate::transfer::Command;

use super::super::body::{Body, Named};
use super::super::people::Person;
use super::super::refusal::{Problem, Refusal};
use super::super::routes::Api;
use super::held::{Held, away, by};
use super::view::AssessmentView;

/// What a request about an assessment is answered with.
pub(super) type Shown = Result<Json<AssessmentView>, Refusal>;

/// So often what has come of something in a call is written down again where somebody else was first.
const TRIES: usize = 5;

/// How an assessment is begun.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::desk::api) struct Begin {
    /// The id of the pathway.
    pathway: String,
    /// The patient's age in full years.
    #[schema(maximum = 130)]
    years: u8,
    /// The patient's gender, where it is known.
    #[schema(value_type = Option<String>, example = "female")]
    gender: Option<Gender>,
    /// In which language it is asked; English where nothing is said.
    language: Option<String>,
    /// Whether it is about the caller with whom whoever begins it talks now.
    #[serde(default)]
    in_call: bool,
}

/// An answer to the question that is open.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::desk::api) struct Answered {
    /// The question's name.
    question: String,
    /// The answer's number.
    answer: usize,
}

/// Begins an assessment.
#[utoipa::path(post, path = "/assessments", tag = "assessments", request_body = Begin, responses(
    (status = 201, body = AssessmentView),
    (status = 404, description = "There is no such pathway.", body = Problem, content_type = "application/problem+json"),
))]
pub(in crate::desk::api) async fn begin(
    State(api): State<Api>,
    Extension(person): Extension<Person>,
    Body(begin): Body<Begin>,
) -> Result<(StatusCode, Json<AssessmentView>), Refusal> {
    let now = api.source.now();
    let pathways = api.source.pathways();
    let pathway = pathways.get(&begin.pathway);
    let pathway = pathway.ok_or_else(|| Refusal::missing("there is no such pathway"))?;
    let about = match begin.in_call {
        true => {
            let about = api.source.talks_with(&person.name);
            Some(about.ok_or_else(|| Refusal::not_now("you are in no call at this server"))?)
        }
        false => None,
    };
    let spoken = about.as_ref().map(|about| about.language.as_str());
    let spoken = spoken.filter(|spoken| pathway.languages().any(|offered| offered == *spoken));
    let language = begin.language.as_deref().or(spoken);
    let patient = Patient {
        years: begin.years,
        gender: begin.gender,
    };
    let language = language.unwrap_or(crate::flow::ENGLISH);
    let assessment = Assessment::begin(pathway.clone(), patient, language, now, by(&person))
        .map_err(|refused| Refusal::wrong(refused.to_string()))?;
    api.shelf.keep(pathway);
    let millis = u64::try_from(now.as_millisecond()).unwrap_or_default();
    let mut held = Held {
        id: Reference::new(millis, rand::random()),
        revision: 0,
        call: about.as_ref().map(|about| about.reference),
        region: about.map(|about| about.region),
        owner: person.name.clone(),
        assessment,
        case: Case::new(now),
        searched: None,
        referring: None,
    };
    held.save(&api).await?;
    let view = AssessmentView::of(&held, &api.source.codes());
    Ok((StatusCode::CREATED, Json(view)))
}

/// Answers the question that is open. Where a life is in danger and the caller is on the line, the hunt for a control
/// room begins at once.
#[utoipa::path(post, path = "/assessments/{id}/answers", tag = "assessments", params(("id" = String, Path)),
    request_body = Answered, responses((status = 200, body = AssessmentView)))]
pub(in crate::desk::api) async fn answer(
    State(api): State<Api>,
    Extension(person): Extension<Person>,
    Named(id): Named,
    Body(answered): Body<Answered>,
) -> Shown {
    let mut held = Held::load(&api, id).await?;
    let now = api.source.now();
    let Answered { question, answer } = answered;
    let taken = held.assessment.answer(now, by(&person), &question, answer);
    taken.map_err(|refused| Refusal::not_now(refused.to_string()))?;
    if let Some(end) = held.assessment.ended().cloned() {
        let end = Box::new(end);
        held.on(&api, now, &person, Event::Decided { end })?;
    }
    held.save(&api).await?;
    hunts(&api, &held, &person);
    shown(&api, &held)
}

/// Takes the last answer back, as long as nothing has been done with what it came to.
#[utoipa::path(post, path = "/assessments/{id}/back", tag = "assessments", params(("id" = String, Path)),
    responses((status = 200, body = AssessmentView)))]
pub(in crate::desk::api) async fn back(
    State(api): State<Api>,
    Extension(person): Extension<Person>,
    Named(id): Named,
) -> Shown {
    let mut held = Held::load(&api, id).await?;
    let now = api.source.now();
    if held.assessment.ended().is_some() {
        held.on(&api, now, &person, Event::Reopened)?;
        held.searched = None;
    }
    let taken = held.assessment.back(now, by(&person));
    taken.map_err(|refused| Refusal::not_now(refused.to_string()))?;
    held.save(&api).await?;
    shown(&api, &held)
}

/// A life is in danger now, whatever was decided: 999 at once.
#[utoipa::path(post, path = "/assessments/{id}/danger", tag = "assessments", params(("id" = String, Path)),
    responses((status = 200, body = AssessmentView)))]
pub(in crate::desk::api) async fn danger(
    State(api): State<Api>,
    Extension(person): Extension<Person>,
    Named(id): Named,
) -> Shown {
    let held = told(&api, &person, id, Event::Danger).await?;
    hunts(&api, &held, &person);
    shown(&api, &held)
}

/// Hands the case to a clinician.
#[utoipa::path(post, path = "/assessments/{id}/hand-over", tag = "assessments", params(("id" = String, Path)),
    responses((status = 200, body = AssessmentView)))]
pub(in crate::desk::api) async fn hand_over(
    State(api): State<Api>,
    Extension(person): Extension<Person>,
    Named(id): Named,
) -> Shown {
    shown(&api, &told(&api, &person, id, Event::HandedOver).await?)
}

/// A control room has the caller.
#[utoipa::path(post, path = "/assessments/{id}/taken-by-999", tag = "assessments", params(("id" = String, Path)),
    responses((status = 200, body = AssessmentView)))]
pub(in crate::desk::api) async fn taken_by_999(
    State(api): State<Api>,
    Extension(person): Extension<Person>,
    Named(id): Named,
) -> Shown {
    shown(&api, &told(&api, &person, id, Event::TakenBy999).await?)
}

/// The advice has been given.
#[utoipa::path(post, path = "/assessments/{id}/advised", tag = "assessments", params(("id" = String, Path)),
    responses((status = 200, body = AssessmentView)))]
pub(in crate::desk::api) async fn advised(
    State(api): State<Api>,
    Extension(person): Extension<Person>,
    Named(id): Named,
) -> Shown {
    shown(&api, &told(&api, &person, id, Event::Given).await?)
}

/// Has the caller confirm a number and promises the callback, in the call in which whoever asks talks with them.
/// Answers when it is promised, or when it came to nothing.
#[utoipa::path(post, path = "/assessments/{id}/callback", tag = "assessments", params(("id" = String, Path)),
    responses((status = 200, body = AssessmentView)))]
pub(in crate::desk::api) async fn callback(
    State(api): State<Api>,
    Extension(person): Extension<Person>,
    Named(id): Named,
) -> Shown {
    let held = Held::load(&api, id).await?;
    let Some(Order::Callback {
        deadline, skill, ..
    }) = held.case.order()
    else {
        return Err(Refusal::not_now("no callback is to be promised now"));
    };
    let call = in_call(&held)?;
    let within = deadline.duration_since(api.source.now());
    let within = std::time::Duration::try_from(within).unwrap_or_default();
    let disposition = Disposition {
        deadline: match within.is_zero() {
            true => Deadline::Immediate,
            false => Deadline::Within(within),
        },
        skill,
    };
    let ordered = Ordered::Callback(disposition);
    let promised = Event::Promised { reference: call };
    carried_out(&api, &person, (id, call), ordered, move |answer| {
        (answer == Answer::Done).then_some(promised)
    })
    .await
}

/// The call of an assessment.
pub(super) fn in_call(held: &Held) -> Result<Reference, Refusal> {
    let none = || Refusal::not_now("the assessment belongs to no call");
    held.call.ok_or_else(none)
}

/// Has an order carried out in a call, and writes down what came of it, whether whoever asked is still there or not.
pub(super) async fn carried_out(
    api: &Api,
    person: &Person,
    (id, call): (Reference, Reference),
    ordered: Ordered,
    means: impl FnOnce(Answer) -> Option<Event> + Send + 'static,
) -> Shown {
    let (api, person) = (api.clone(), person.clone());
    let done = tokio::spawn(async move {
        let answer = api.source.order(&person.name, call, ordered).await;
        let answer =
            answer.ok_or_else(|| Refusal::not_now("you are not in that call at this server"))?;
        if answer == Answer::NotNow {
            return Err(Refusal::not_now("something else is under way in the call"));
        }
        let held = match means(answer) {
            Some(event) => told(&api, &person, id, event).await?,
            None => Held::load(&api, id).await?,
        };
        shown(&api, &held)
    });
    let done = done.await;
    done.unwrap_or_else(|_| Err(Refusal::not_now("it has been broken off")))
}

/// Writes down what has happened in a case, and what has come of a referral; again where somebody else was first.
pub(super) async fn told(
    api: &Api,
    person: &Person,
    id: Reference,
    event: Event,
) -> Result<Held, Refusal> {
    let mut tries = 0;
    loop {
        tries += 1;
        let mut held = Held::load(api, id).await?;
        let now = api.source.now();
        held.on(api, now, person, event.clone())?;
        held.stands(now, person);
        if let Event::Referred { came_of } = event
            && let Some(referring) = held.referring.take()
        {
            // Before the case is closed by it, so that neither is lost without whoever tells it hearing so.
            let referral = held.referral(referring, Some((came_of, now)));
            api.source.store().referred(&referral).await.map_err(away)?;
        }
        match held.save(api).await {
            Ok(()) => return Ok(held),
            Err(refusal) if tries >= TRIES || !refusal.is_overtaken() => return Err(refusal),
            Err(_) => {}
        }
    }
}

/// Where a life is in danger, the hunt for a control room begins in the caller's call, and it is written down when
/// one has them.
pub(super) fn hunts(api: &Api, held: &Held, person: &Person) {
    let is_danger = matches!(held.case.order(), Some(Order::Emergency { .. }));
    let Some(call) = held.call.filter(|_| is_danger) else {
        return;
    };
    let (api, person, id) = (api.clone(), person.clone(), held.id);
    tokio::spawn(async move {
        let ordered = Ordered::Command(Command::Emergency);
        let answer = api.source.order(&person.name, call, ordered).await;
        if answer != Some(Answer::Done) {
            return;
        }
        if let Err(refusal) = told(&api, &person, id, Event::TakenBy999).await {
            tracing::error!(%id, ?refusal, "that 999 has the caller is not written down");
        }
    });
}

/// An assessment as it is answered.
pub(super) fn shown(api: &Api, held: &Held) -> Shown {
    Ok(Json(AssessmentView::of(held, &api.source.codes())))
}
