//! The directory at the desk: services, searches, capacity.

use std::collections::BTreeSet;
use std::time::Duration;

use axum::extract::State;
use axum::{Extension, Json};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::clinical::{
    CodeError, DiscriminatorCode, DispositionCode, Gender, Patient, SymptomGroupCode,
};
use crate::directory::{
    Capacities, CapacityError, CapacitySetting, Colour, Found, NearMiss, Offer, Query, Service,
    ServiceId,
};
use crate::settings::DeskRole;

use super::assessment::refer::search_row;
use super::body::{Asking, Body, Word};
use super::people::Person;
use super::refusal::{Problem, Refusal};
use super::routes::Api;

/// A service of the directory.
#[derive(Serialize, ToSchema)]
pub(super) struct ServiceView {
    id: String,
    name: String,
    #[serde(rename = "type")]
    kind: String,
    region: String,
    provider: String,
    phone: String,
    postcode: String,
    /// `phone`, `electronic` or `attends`.
    method: &'static str,
    /// What whoever refers should know.
    referral: String,
    ranking: u8,
    /// `active`, `closed` or `commissioning`.
    status: &'static str,
    /// The last day on which the entry counts as verified.
    verify_by: String,
    /// Its capacity now.
    capacity: CapacityView,
}

/// Whether a service has room.
#[derive(Serialize, ToSchema)]
pub(super) struct CapacityView {
    /// `green`, `amber` or `red`; red is not offered to anybody.
    colour: &'static str,
    /// Since when, where it was set.
    since: Option<String>,
    /// When it is green again by itself.
    until: Option<String>,
    /// Who has set it.
    by: Option<String>,
}

/// What a search has come to.
#[derive(Serialize, ToSchema)]
pub(super) struct FoundView {
    at: String,
    /// Up to when a service has to be open.
    until: String,
    /// What is not known of where the patient is.
    doubts: Vec<String>,
    /// The best two of each type.
    offered: Vec<OfferView>,
    /// The others that would do.
    more: Vec<OfferView>,
    /// The nearest emergency departments, whatever was asked for.
    catch_all: Vec<OfferView>,
    /// Those that fail one criterion alone.
    near_misses: Vec<MissView>,
}

/// A service that would do.
#[derive(Serialize, ToSchema)]
pub(super) struct OfferView {
    service: String,
    name: String,
    #[serde(rename = "type")]
    kind: String,
    type_name: String,
    phone: String,
    method: &'static str,
    referral: String,
    km: f64,
    /// Whether the patient's place is not quite known, and the distance with it.
    is_ambiguous: bool,
    capacity: &'static str,
    /// In words, such as "open until 18:30".
    opening: String,
    /// Whether its entry should have been verified again.
    is_overdue: bool,
}

/// A service that fails one criterion alone.
#[derive(Serialize, ToSchema)]
pub(super) struct MissView {
    service: String,
    name: String,
    km: f64,
    criterion: &'static str,
    words: String,
}

impl FoundView {
    /// What was found, without those that have been tried in vain.
    pub(super) fn of(found: &Found<'_>, struck_out: &[String]) -> Self {
        let offers = |offers: &[Offer<'_>]| {
            let left = offers
                .iter()
                .filter(|offer| !struck_out.iter().any(|id| id == offer.service.id.as_str()));
            left.map(OfferView::of).collect()
        };
        FoundView {
            at: found.at().to_string(),
            until: found.until().to_string(),
            doubts: found.place().doubts(),
            offered: offers(&found.offered),
            more: offers(&found.more),
            catch_all: offers(&found.catch_all),
            near_misses: found.near_misses.iter().map(MissView::of).collect(),
        }
    }

    /// How many services there are to choose from.
    pub(super) fn count(&self) -> usize {
        let all = self.offered.iter().chain(&self.more).chain(&self.catch_all);
        let ids: BTreeSet<&str> = all.map(|offer| offer.service.as_str()).collect();
        ids.len()
    }
}

impl OfferView {
    fn of(offer: &Offer<'_>) -> Self {
        let service = offer.service;
        OfferView {
            service: service.id.to_string(),
            name: service.name.clone(),
            kind: service.kind.clone(),
            type_name: offer.type_name().to_owned(),
            phone: service.phone.e164().to_owned(),
            method: service.referral.method.word(),
            referral: service.referral.text.clone(),
            km: offer.distance.km,
            is_ambiguous: offer.distance.is_ambiguous,
            capacity: offer.capacity.word(),
            opening: offer.opening_words(),
            is_overdue: offer.is_overdue,
        }
    }
}

impl MissView {
    fn of(miss: &NearMiss<'_>) -> Self {
        MissView {
            service: miss.service.id.to_string(),
            name: miss.service.name.clone(),
            km: miss.distance.km,
            criterion: miss.criterion.word(),
            words: miss.words(),
        }
    }
}

impl ServiceView {
    fn of(service: &Service, capacities: &Capacities, now: jiff::Timestamp) -> Self {
        let set = capacities.in_force(&service.id, now);
        ServiceView {
            id: service.id.to_string(),
            name: service.name.clone(),
            kind: service.kind.clone(),
            region: service.region.to_string(),
            provider: service.provider.clone(),
            phone: service.phone.e164().to_owned(),
            postcode: service.postcode.clone(),
            method: service.referral.method.word(),
            referral: service.referral.text.clone(),
            ranking: service.ranking,
            status: service.status.word(),
            verify_by: service.verify_by.to_string(),
            capacity: CapacityView {
                colour: capacities.of(&service.id, service.capacity, now).word(),
                since: set.map(|set| set.since.to_string()),
                until: set.and_then(|set| set.until).map(|until| until.to_string()),
                by: set.map(|set| set.by.clone()),
            },
        }
    }
}

/// Which services are listed.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct Which {
    /// Those of a region.
    region: Option<String>,
    /// Those of a type.
    #[serde(rename = "type")]
    kind: Option<String>,
    /// Those of a provider.
    provider: Option<String>,
}

/// The services of the directory.
#[utoipa::path(get, path = "/directory/services", tag = "directory", params(Which), responses((status = 200, body = [ServiceView])))]
pub(super) async fn services(
    State(api): State<Api>,
    Asking(which): Asking<Which>,
) -> Json<Vec<ServiceView>> {
    let (directory, capacities) = (api.source.directory(), api.source.capacities());
    let now = api.source.now();
    let fits = |wanted: &Option<String>, is: &str| wanted.as_deref().is_none_or(|w| w == is);
    let services = directory.services().iter().filter(|service| {
        fits(&which.region, service.region.as_str())
            && fits(&which.kind, &service.kind)
            && fits(&which.provider, &service.provider)
    });
    let views = services.map(|service| ServiceView::of(service, &capacities, now));
    Json(views.collect())
}

/// A service.
#[utoipa::path(get, path = "/directory/services/{id}", tag = "directory", params(("id" = String, Path)), responses(
    (status = 200, body = ServiceView),
    (status = 404, description = "There is no such service.", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn service(
    State(api): State<Api>,
    Word(id): Word,
) -> Result<Json<ServiceView>, Refusal> {
    let directory = api.source.directory();
    let service = directory.service(&id);
    let service = service.ok_or_else(|| Refusal::missing("there is no such service"))?;
    let view = ServiceView::of(service, &api.source.capacities(), api.source.now());
    Ok(Json(view))
}

/// What is looked for, and for whom.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    /// A postcode, or its first half.
    #[schema(example = "BN1")]
    postcode: String,
    /// The patient's age in full years.
    #[schema(maximum = 130)]
    years: u8,
    #[schema(value_type = Option<String>, example = "female")]
    gender: Option<Gender>,
    /// The code of the patient's GP surgery.
    surgery: Option<String>,
    #[schema(example = "Dx05")]
    disposition: String,
    #[schema(example = "SG1011")]
    symptom_group: String,
    #[serde(default)]
    #[schema(max_items = 32)]
    discriminators: Vec<String>,
    /// In kilometres; 60 where nothing is said.
    #[schema(minimum = 1, maximum = 99)]
    km: Option<u8>,
}

impl Asked {
    fn query(self) -> Result<Query, CodeError> {
        let discriminators = self.discriminators.iter();
        Ok(Query {
            case: String::new(),
            postcode: self.postcode,
            patient: Patient {
                years: self.years,
                gender: self.gender,
            },
            surgery: self.surgery,
            disposition: DispositionCode::new(&self.disposition)?,
            symptom_group: SymptomGroupCode::new(&self.symptom_group)?,
            discriminators: discriminators
                .map(|code| DiscriminatorCode::new(code))
                .collect::<Result<_, _>>()?,
            km: self.km.unwrap_or(Query::USUAL_KM),
        })
    }
}

/// Searches the directory outside an assessment. For commissioners and providers it is a trial, and nothing is kept of
/// it for the report on gaps.
#[utoipa::path(post, path = "/directory/search", tag = "directory", request_body = Asked, responses((status = 200, body = FoundView)))]
pub(super) async fn search(
    State(api): State<Api>,
    Extension(person): Extension<Person>,
    Body(asked): Body<Asked>,
) -> Result<Json<FoundView>, Refusal> {
    let query = asked
        .query()
        .map_err(|error| Refusal::wrong(error.to_string()))?;
    let (directory, capacities) = (api.source.directory(), api.source.capacities());
    let now = api.source.now();
    let (view, row) = {
        let found = directory
            .search(&query, now, &capacities)
            .map_err(|error| Refusal::wrong(error.to_string()))?;
        (FoundView::of(&found, &[]), search_row(&found, None, now))
    };
    let is_real = matches!(person.role, DeskRole::Handler | DeskRole::Clinician);
    if let Some(row) = row.filter(|_| is_real) {
        let stored = api.source.store().searched(&row).await;
        stored.map_err(super::assessment::away)?;
    }
    Ok(Json(view))
}

/// What a capacity is set to.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SetCapacity {
    /// `green`, `amber` or `red`.
    #[schema(value_type = String, example = "red")]
    colour: Colour,
    /// After so many minutes it is green again by itself: 15 to 7200, and none for green.
    #[schema(minimum = 15, maximum = 7200)]
    minutes: Option<u32>,
}

/// Sets the capacity of a service: a provider that of its own, a supervisor that of any.
#[utoipa::path(put, path = "/directory/services/{id}/capacity", tag = "directory", params(("id" = String, Path)),
    request_body = SetCapacity, responses(
    (status = 200, body = ServiceView),
    (status = 404, description = "There is no such service.", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn set_capacity(
    State(api): State<Api>,
    Extension(person): Extension<Person>,
    Word(id): Word,
    Body(set): Body<SetCapacity>,
) -> Result<Json<ServiceView>, Refusal> {
    let directory = api.source.directory();
    let service = directory.service(&id);
    let service = service.ok_or_else(|| Refusal::missing("there is no such service"))?;
    let is_theirs = person.provider.as_deref() == Some(service.provider.as_str());
    if person.role == DeskRole::Provider && !is_theirs {
        let why = format!("{id} is a service of {}", service.provider);
        return Err(Refusal::not_yours(why));
    }
    let now = api.source.now();
    let after = set.minutes.map(|m| Duration::from_secs(u64::from(m) * 60));
    let setting = setting(&service.id, &set, now, after, &person.name);
    let setting = setting.map_err(|error| Refusal::wrong(error.to_string()))?;
    let stored = api.source.set_capacity(setting).await;
    stored.map_err(super::assessment::away)?;
    let view = ServiceView::of(service, &api.source.capacities(), api.source.now());
    Ok(Json(view))
}

/// The setting, held against its limits.
fn setting(
    service: &ServiceId,
    set: &SetCapacity,
    now: jiff::Timestamp,
    after: Option<Duration>,
    by: &str,
) -> Result<CapacitySetting, CapacityError> {
    let mut alone = Capacities::default();
    alone.set(service, set.colour, now, after, by).cloned()
}
