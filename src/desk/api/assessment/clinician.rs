use axum::Extension;
use axum::extract::State;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::clinical::{DispositionCode, SymptomGroupCode};
use crate::pathway::Event;

use super::super::body::{Body, Named};
use super::super::people::Person;
use super::super::refusal::Refusal;
use super::super::routes::Api;
use super::act::{Shown, hunts, shown, told};
use super::view::AssessmentView;

/// What a clinician decides instead.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::desk::api) struct Change {
    /// The disposition's code.
    #[schema(example = "Dx05")]
    to: String,
    /// Why, in a sentence without names and numbers.
    #[schema(max_length = 500, min_length = 1)]
    why: String,
    /// What the matter is, where it is something else than the assessment had.
    #[schema(example = "SG1011")]
    symptom_group: Option<String>,
}

/// Why it is closed though nothing was arranged.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::desk::api) struct Abandon {
    /// In a sentence without names and numbers.
    #[schema(max_length = 500, min_length = 1)]
    why: String,
}

/// Confirms what a handler has come to.
#[utoipa::path(post, path = "/assessments/{id}/confirm", tag = "assessments", params(("id" = String, Path)),
    responses((status = 200, body = AssessmentView)))]
pub(in crate::desk::api) async fn confirm(
    State(api): State<Api>,
    Extension(person): Extension<Person>,
    Named(id): Named,
) -> Shown {
    let held = told(&api, &person, id, Event::Confirmed).await?;
    hunts(&api, &held, &person);
    shown(&api, &held)
}

/// Decides otherwise.
#[utoipa::path(post, path = "/assessments/{id}/change", tag = "assessments", params(("id" = String, Path)),
    request_body = Change, responses((status = 200, body = AssessmentView)))]
pub(in crate::desk::api) async fn change(
    State(api): State<Api>,
    Extension(person): Extension<Person>,
    Named(id): Named,
    Body(change): Body<Change>,
) -> Shown {
    let wrong = |error: crate::clinical::CodeError| Refusal::wrong(error.to_string());
    let to = DispositionCode::new(&change.to).map_err(wrong)?;
    let group = change.symptom_group.as_deref().map(SymptomGroupCode::new);
    let symptom_group = group.transpose().map_err(wrong)?;
    let event = Event::Changed {
        to,
        why: change.why,
        symptom_group,
    };
    let held = told(&api, &person, id, event).await?;
    hunts(&api, &held, &person);
    shown(&api, &held)
}

/// Closes a case in which nothing was arranged.
#[utoipa::path(post, path = "/assessments/{id}/abandon", tag = "assessments", params(("id" = String, Path)),
    request_body = Abandon, responses((status = 200, body = AssessmentView)))]
pub(in crate::desk::api) async fn abandon(
    State(api): State<Api>,
    Extension(person): Extension<Person>,
    Named(id): Named,
    Body(Abandon { why }): Body<Abandon>,
) -> Shown {
    let event = Event::Abandoned { why };
    shown(&api, &told(&api, &person, id, event).await?)
}
