use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::directory::Query;
use crate::identity::Reference;
use crate::pathway::{Assessment, By, CameOf, Case, Event, Order, Record};
use crate::settings::DeskRole;
use crate::store::{AssessmentRow, ReferralRow, Saved, StoreError};

use super::super::people::Person;
use super::super::refusal::Refusal;
use super::super::routes::Api;

/// How a search was made last, so that whoever is chosen can be held against it. Of the postcode only the first half
/// is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Searched {
    pub(super) outward: String,
    pub(super) surgery: Option<String>,
    pub(super) km: u8,
}

/// A referral of which it is not yet told what has come of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Referring {
    pub(super) id: Reference,
    pub(super) at: Timestamp,
    pub(super) service: String,
    pub(super) by: String,
}

/// All that is stored of an assessment beside its columns.
#[derive(Serialize, Deserialize)]
struct Stored {
    assessment: Record,
    case: Case,
    searched: Option<Searched>,
    referring: Option<Referring>,
}

/// An assessment that is being worked on.
pub(super) struct Held {
    pub(super) id: Reference,
    pub(super) revision: u32,
    pub(super) call: Option<Reference>,
    pub(super) region: Option<String>,
    pub(super) owner: String,
    pub(super) assessment: Assessment,
    pub(super) case: Case,
    pub(super) searched: Option<Searched>,
    pub(super) referring: Option<Referring>,
}

/// Who does something, for the record.
pub(super) fn by(person: &Person) -> By {
    match person.role {
        DeskRole::Clinician => By::clinician(&person.name),
        _ => By::handler(&person.name),
    }
}

/// A store that does not answer.
pub(in crate::desk::api) fn away(error: StoreError) -> Refusal {
    tracing::error!(%error, "the desk cannot reach the store");
    Refusal::store_away()
}

impl Held {
    /// Reads one.
    pub(super) async fn load(api: &Api, id: Reference) -> Result<Self, Refusal> {
        let found = api.source.store().assessment(id).await.map_err(away)?;
        let (row, revision) =
            found.ok_or_else(|| Refusal::missing("there is no such assessment"))?;
        Held::read(api, row, revision)
    }

    pub(super) fn read(api: &Api, row: AssessmentRow, revision: u32) -> Result<Self, Refusal> {
        let damaged = || Refusal::not_now("what is stored of the assessment cannot be read");
        let stored: Stored = serde_json::from_str(&row.record).map_err(|error| {
            tracing::error!(id = %row.id, %error, "a stored assessment cannot be read");
            damaged()
        })?;
        let pathways = api.source.pathways();
        let pathway = api.shelf.find(&stored.assessment, &pathways);
        let pathway = pathway.ok_or_else(|| {
            let gone = format!("there is no pathway `{}` any more", row.pathway);
            Refusal::not_now(gone)
        })?;
        let assessment = Assessment::resume(stored.assessment, pathway)
            .map_err(|error| Refusal::not_now(error.to_string()))?;
        Ok(Held {
            id: row.id,
            revision,
            call: row.call,
            region: row.region,
            owner: row.owner,
            assessment,
            case: stored.case,
            searched: stored.searched,
            referring: stored.referring,
        })
    }

    /// Stores it as it is now.
    pub(super) async fn save(&mut self, api: &Api) -> Result<(), Refusal> {
        let row = self.row()?;
        let next = self.revision.saturating_add(1);
        match api.source.store().save_assessment(&row, next).await {
            Ok(Saved::Stored) => {
                self.revision = next;
                Ok(())
            }
            Ok(Saved::Overtaken) => Err(Refusal::overtaken()),
            Err(error) => Err(away(error)),
        }
    }

    /// Tells the case what has happened.
    pub(super) fn on(
        &mut self,
        api: &Api,
        at: Timestamp,
        person: &Person,
        event: Event,
    ) -> Result<(), Refusal> {
        let codes = api.source.codes();
        let taken = self.case.on(at, &by(person), event, &codes);
        taken.map_err(|not_now| Refusal::not_now(not_now.to_string()))
    }

    /// From now on what the assessment came to stands.
    pub(super) fn stands(&mut self, at: Timestamp, person: &Person) {
        // It stands already where it is refused.
        let _ = self.assessment.act_on(at, by(person));
    }

    /// What the directory is asked; none where nothing is looked for.
    pub(super) fn query(&self, searched: &Searched, postcode: String) -> Option<Query> {
        let need = self.case.need()?;
        let Some(Order::Search {
            symptom_group,
            discriminators,
            ..
        }) = self.case.search_order()
        else {
            return None;
        };
        Some(Query {
            case: self.id.to_string(),
            postcode,
            patient: self.assessment.record().patient,
            surgery: searched.surgery.clone(),
            disposition: need.disposition.clone(),
            symptom_group,
            discriminators,
            km: searched.km,
        })
    }

    /// A referral as it is stored, with what has come of it, where that is known.
    pub(super) fn referral(
        &self,
        referring: Referring,
        ended: Option<(CameOf, Timestamp)>,
    ) -> ReferralRow {
        ReferralRow {
            id: referring.id,
            at: referring.at,
            service: referring.service,
            call: self.call,
            assessment: Some(self.id),
            by: referring.by,
            outcome: ended.map(|(came_of, _)| came_of.word().to_owned()),
            ended_at: ended.map(|(_, at)| at),
        }
    }

    fn row(&self) -> Result<AssessmentRow, Refusal> {
        let stored = Stored {
            assessment: self.assessment.record().clone(),
            case: self.case.clone(),
            searched: self.searched.clone(),
            referring: self.referring.clone(),
        };
        let record = serde_json::to_string(&stored)
            .map_err(|_| Refusal::not_now("the assessment cannot be stored"))?;
        let (need, closed) = (self.case.need(), self.case.closed());
        let waits_for = self.case.order().map(|order| match order {
            Order::Validate { .. } => DeskRole::Clinician,
            _ => DeskRole::Handler,
        });
        let service = closed.and_then(|closed| closed.outcome.service());
        Ok(AssessmentRow {
            id: self.id,
            call: self.call,
            region: self.region.clone(),
            owner: self.owner.clone(),
            pathway: self.assessment.record().pathway.pathway.clone(),
            opened_at: self.case.opened(),
            waits_for: waits_for.map(|role| role.word().to_owned()),
            disposition: need.map(|need| need.disposition.to_string()),
            kind: need.map(|need| need.kind.word().to_owned()),
            decided_at: need.map(|need| need.decided),
            outcome: closed.map(|closed| closed.outcome.word().to_owned()),
            closed_by: closed.map(|closed| {
                let role = match closed.clinician_decided {
                    true => DeskRole::Clinician,
                    false => DeskRole::Handler,
                };
                role.word().to_owned()
            }),
            service: service.map(str::to_owned),
            closed_at: closed.map(|closed| closed.at),
            record,
        })
    }
}
