use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::clinical::{Gender, Patient};
use crate::flow::ENGLISH;
use crate::settings::DeskRole;

use super::super::body::{Asking, Named};
use super::super::refusal::Refusal;
use super::super::routes::Api;
use super::act::{Shown, shown};
use super::held::{Held, away};

/// No more are listed at once.
const MOST: u32 = 500;

/// For whom pathways are listed.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(in crate::desk::api) struct ForWhom {
    /// The patient's age in full years; those for patients of any age where it is left out.
    #[param(maximum = 130)]
    years: Option<u8>,
    /// The patient's gender: `female` or `male`.
    #[param(value_type = Option<String>)]
    gender: Option<Gender>,
    /// In which language they are named.
    language: Option<String>,
}

/// A pathway that can be walked.
#[derive(Serialize, ToSchema)]
pub(in crate::desk::api) struct PathwayView {
    id: String,
    version: String,
    name: String,
    symptom_group: String,
    /// A sample is not for clinical use.
    is_sample: bool,
    languages: Vec<String>,
}

/// Which assessments are listed.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(in crate::desk::api) struct Which {
    /// Those that wait for a `handler` or a `clinician`; all that are open where it is left out.
    #[param(value_type = Option<String>)]
    waits_for: Option<DeskRole>,
}

/// An assessment that is open.
#[derive(Serialize, ToSchema)]
pub(in crate::desk::api) struct OpenView {
    id: String,
    call: Option<String>,
    region: Option<String>,
    owner: String,
    pathway: String,
    opened_at: String,
    waits_for: Option<String>,
    disposition: Option<String>,
    decided_at: Option<String>,
}

/// The pathways that are for a patient.
#[utoipa::path(get, path = "/pathways", tag = "assessments", params(ForWhom), responses((status = 200, body = [PathwayView])))]
pub(in crate::desk::api) async fn pathways(
    State(api): State<Api>,
    Asking(whom): Asking<ForWhom>,
) -> Json<Vec<PathwayView>> {
    let language = whom.language.as_deref().unwrap_or(ENGLISH);
    let pathways = api.source.pathways();
    let is_for = |pathway: &crate::pathway::Pathway| {
        whom.years.is_none_or(|years| {
            pathway.is_for(Patient {
                years,
                gender: whom.gender,
            })
        })
    };
    let fitting = pathways.iter().filter(|pathway| is_for(pathway));
    let views = fitting.map(|pathway| {
        let summary = pathway.summary(language);
        PathwayView {
            id: summary.stamp.pathway,
            version: summary.stamp.version,
            name: summary.name,
            symptom_group: summary.symptom_group,
            is_sample: summary.stamp.sample,
            languages: summary.languages,
        }
    });
    Json(views.collect())
}

/// The assessments that are open, the oldest first.
#[utoipa::path(get, path = "/assessments", tag = "assessments", params(Which), responses((status = 200, body = [OpenView])))]
pub(in crate::desk::api) async fn list(
    State(api): State<Api>,
    Asking(which): Asking<Which>,
) -> Result<Json<Vec<OpenView>>, Refusal> {
    let waits_for = which.waits_for.map(DeskRole::word);
    let open = api.source.store().open_assessments(waits_for, MOST).await;
    let views = open.map_err(away)?.into_iter().map(|row| OpenView {
        id: row.id.to_string(),
        call: row.call.map(|call| call.to_string()),
        region: row.region,
        owner: row.owner,
        pathway: row.pathway,
        opened_at: row.opened_at.to_string(),
        waits_for: row.waits_for,
        disposition: row.disposition,
        decided_at: row.decided_at.map(|at| at.to_string()),
    });
    Ok(Json(views.collect()))
}

/// An assessment.
#[utoipa::path(get, path = "/assessments/{id}", tag = "assessments", params(("id" = String, Path)),
    responses((status = 200, body = super::view::AssessmentView)))]
pub(in crate::desk::api) async fn one(State(api): State<Api>, Named(id): Named) -> Shown {
    shown(&api, &Held::load(&api, id).await?)
}
