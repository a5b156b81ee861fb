use axum::extract::State;
use axum::{Extension, Json};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::call::{Answer, Ordered};
use crate::directory::{Found, Query, SearchRecord};
use crate::identity::Reference;
use crate::pathway::{CameOf, Event};
use crate::store::SearchRow;

use super::super::body::{Body, Named};
use super::super::directory::FoundView;
use super::super::people::Person;
use super::super::refusal::Refusal;
use super::super::routes::Api;
use super::act::{Shown, carried_out, in_call, shown, told};
use super::held::{Held, Referring, Searched, away};
use super::view::AssessmentView;

/// Where the patient is, and how far they can go.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::desk::api) struct Search {
    /// A postcode, or its first half.
    #[schema(example = "BN1")]
    postcode: String,
    /// The code of the patient's GP surgery.
    surgery: Option<String>,
    /// In kilometres; 60 where nothing is said.
    #[schema(minimum = 1, maximum = 99)]
    km: Option<u8>,
}

/// What a search for an assessment has come to.
#[derive(Serialize, ToSchema)]
pub(in crate::desk::api) struct SearchView {
    assessment: AssessmentView,
    found: FoundView,
}

/// Which service the patient has chosen.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::desk::api) struct Refer {
    /// Its id.
    service: String,
    /// Whether the caller is put through to it now, in the call in which whoever asks talks with them.
    #[serde(default)]
    connect: bool,
}

/// What a referral has come to.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::desk::api) struct Referred {
    /// `accepted`, `patient-told`, `no-answer` or `declined`.
    #[schema(value_type = String, example = "accepted")]
    came_of: CameOf,
}

/// Searches the directory for what an assessment has come to.
#[utoipa::path(post, path = "/assessments/{id}/search", tag = "assessments", params(("id" = String, Path)),
    request_body = Search, responses((status = 200, body = SearchView)))]
pub(in crate::desk::api) async fn search(
    State(api): State<Api>,
    Extension(person): Extension<Person>,
    Named(id): Named,
    Body(asked): Body<Search>,
) -> Result<Json<SearchView>, Refusal> {
    let mut held = Held::load(&api, id).await?;
    let searched = Searched {
        outward: String::new(),
        surgery: asked.surgery,
        km: asked.km.unwrap_or(Query::USUAL_KM),
    };
    let nothing = || Refusal::not_now("the directory is not asked for this");
    let query = held.query(&searched, asked.postcode).ok_or_else(nothing)?;
    let (directory, capacities, now) = (
        api.source.directory(),
        api.source.capacities(),
        api.source.now(),
    );
    let found = directory
        .search(&query, now, &capacities)
        .map_err(|error| Refusal::wrong(error.to_string()))?;
    let struck_out = held.case.struck_out().to_vec();
    let view = FoundView::of(&found, &struck_out);
    let outward = found.place().outward.clone();
    let row = search_row(&found, Some(id), now);
    drop(found);
    held.searched = Some(Searched {
        outward,
        ..searched
    });
    let offered = view.count();
    held.on(&api, now, &person, Event::Found { offered })?;
    held.save(&api).await?;
    if let Some(row) = row {
        api.source.store().searched(&row).await.map_err(away)?;
    }
    Ok(Json(SearchView {
        assessment: AssessmentView::of(&held, &api.source.codes()),
        found: view,
    }))
}

/// What is kept of a search for the report on gaps.
pub(in crate::desk::api) fn search_row(
    found: &Found<'_>,
    for_whom: Option<Reference>,
    now: jiff::Timestamp,
) -> Option<SearchRow> {
    let record = SearchRecord::of(found)?;
    let millis = u64::try_from(now.as_millisecond()).unwrap_or_default();
    SearchRow::of(Reference::new(millis, rand::random()), for_whom, &record)
}

/// Refers the patient to a service that was found. With `connect`, the caller is put through and whoever asks hears
/// what came of it; otherwise what came of it is told afterwards.
#[utoipa::path(post, path = "/assessments/{id}/refer", tag = "assessments", params(("id" = String, Path)),
    request_body = Refer, responses((status = 200, body = AssessmentView)))]
pub(in crate::desk::api) async fn refer(
    State(api): State<Api>,
    Extension(person): Extension<Person>,
    Named(id): Named,
    Body(refer): Body<Refer>,
) -> Shown {
    let mut held = Held::load(&api, id).await?;
    let call = match refer.connect {
        true => {
            let call = in_call(&held)?;
            let talks = api.source.talks_with(&person.name);
            let talks = talks.filter(|about| about.reference == call);
            let not_there = || Refusal::not_now("you are not in that call at this server");
            Some(talks.map(|_| call).ok_or_else(not_there)?)
        }
        false => None,
    };
    let now = api.source.now();
    let directory = api.source.directory();
    let is_fit = is_fit(&api, &held, &refer.service, now)?;
    let service = directory.service(&refer.service);
    let service = service.filter(|_| is_fit).ok_or_else(|| {
        Refusal::not_now(
            "that service was not found for this patient, or not any more: search again",
        )
    })?;
    let method = service.referral.method.word().to_owned();
    let chosen = Event::Chosen {
        service: refer.service.clone(),
        method,
    };
    held.on(&api, now, &person, chosen)?;
    held.stands(now, &person);
    let millis = u64::try_from(now.as_millisecond()).unwrap_or_default();
    let referring = Referring {
        id: Reference::new(millis, rand::random()),
        at: now,
        service: refer.service,
        by: person.name.clone(),
    };
    held.referring = Some(referring.clone());
    held.save(&api).await?;
    let referral = held.referral(referring, None);
    api.source.store().referred(&referral).await.map_err(away)?;
    let Some(call) = call else {
        return shown(&api, &held);
    };
    let line = api.source.line_of(service);
    let ordered = Ordered::PutThrough(line);
    let asked = carried_out(&api, &person, (id, call), ordered, |answer| {
        let came_of = CameOf::of_call(answer == Answer::Done);
        Some(Event::Referred { came_of })
    });
    asked.await
}

/// Tells what a referral has come to.
#[utoipa::path(post, path = "/assessments/{id}/referred", tag = "assessments", params(("id" = String, Path)),
    request_body = Referred, responses((status = 200, body = AssessmentView)))]
pub(in crate::desk::api) async fn referred(
    State(api): State<Api>,
    Extension(person): Extension<Person>,
    Named(id): Named,
    Body(Referred { came_of }): Body<Referred>,
) -> Shown {
    shown(
        &api,
        &told(&api, &person, id, Event::Referred { came_of }).await?,
    )
}

/// Whether a service would be found now as it was searched for last.
fn is_fit(api: &Api, held: &Held, service: &str, now: jiff::Timestamp) -> Result<bool, Refusal> {
    let Some(searched) = &held.searched else {
        return Ok(false);
    };
    let Some(query) = held.query(searched, searched.outward.clone()) else {
        return Ok(false);
    };
    let (directory, capacities) = (api.source.directory(), api.source.capacities());
    let found = directory
        .search(&query, now, &capacities)
        .map_err(|error| Refusal::not_now(error.to_string()))?;
    let mut all = found
        .offered
        .iter()
        .chain(&found.more)
        .chain(&found.catch_all);
    Ok(all.any(|offer| offer.service.id.as_str() == service))
}
