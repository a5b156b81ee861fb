//! Putting a caller through to a service of the directory.

use std::sync::Arc;

use jiff::Timestamp;

use crate::directory::{Query, SearchRecord, Service};
use crate::flow::{ENGLISH, Priority, ServiceNeed};
use crate::identity::Reference;
use crate::pathway::CameOf;
use crate::queue::Wanted;
use crate::routing::closest_postcode;
use crate::store::{ReferralRow, SearchRow};
use crate::transfer::ServiceLine;

use super::announce::{DIRECTORY_BACK, DIRECTORY_CONNECTING};
use super::case::{Case, Gone};
use super::desks::{About, Answer, Reply};
use super::outliving::At;
use super::outside::{Outside, RungLine};
use super::parties::PartyId;
use super::passage::Part;
use super::plan::Plan;

/// A service that is being rung for a caller, or has answered.
pub(super) struct RungService {
    /// Its id.
    pub(super) service: String,
    /// Its side of the call.
    pub(super) line: RungLine,
    /// Whoever has ordered it hears of what comes of it; where this is dropped, that it came to nothing.
    reply: Option<Reply>,
}

impl RungService {
    /// The caller is with it: whoever has ordered it hears so.
    pub(super) fn is_joined(&mut self) {
        if let Some(reply) = self.reply.take() {
            reply.send(Answer::Done);
        }
    }
}

impl Plan {
    /// The prompt with a service's name; that with the name of its type, where its own was not recorded.
    pub(super) fn name_of(&self, service: &Service) -> String {
        let name = format!("service-{}", service.id);
        match self.prompts.has(ENGLISH, &name) {
            true => name,
            false => format!("service-type-{}", service.kind),
        }
    }

    /// The trunk by which a service is rung.
    fn trunk_of<'s>(&'s self, service: &'s Service) -> &'s str {
        let usual = self.settings.directory.trunk.get_ref();
        service.trunk.as_ref().unwrap_or(usual)
    }

    /// How a service of the directory is rung, and what a caller is told on the way: its name where that was recorded,
    /// else what type it is of.
    pub fn line_of(&self, service: &Service) -> ServiceLine {
        let name = self.name_of(service);
        ServiceLine {
            service: service.id.to_string(),
            trunk: self.trunk_of(service).to_owned(),
            number: service.phone.clone(),
            ring: self.settings.directory.ring.get(),
            announced: vec![DIRECTORY_CONNECTING.to_owned(), name],
        }
    }
}

impl Case {
    /// The caller, as a desk sees them.
    pub(super) fn about(&self) -> About {
        About {
            reference: self.log.reference(),
            region: self.region.region.to_string(),
            outward: self.whereabouts.keyed.clone(),
            language: self.language.clone(),
        }
    }

    /// Rings a service, and tells the caller so. None where it cannot be dialled.
    pub(super) fn ring_service(
        &mut self,
        to: &ServiceLine,
        reply: Option<Reply>,
    ) -> Option<RungService> {
        let announced: Vec<&str> = to.announced.iter().map(String::as_str).collect();
        let line = self.ring_outside(&Outside {
            trunk: &to.trunk,
            number: to.number.e164(),
            name: &format!("service {}", to.service),
            announced: &announced,
        })?;
        let dialled = format!("{} is dialled by {}", to.service, to.trunk);
        self.log.happened("directory", dialled);
        Some(RungService {
            service: to.service.clone(),
            line,
            reply,
        })
    }

    /// Puts the caller through to the best open service that fits; they wait for a handler with `skill` where there is
    /// none, or where it does not answer.
    pub(super) async fn service_for(
        &mut self,
        need: &ServiceNeed,
        skill: &str,
    ) -> Result<&'static str, Gone> {
        self.passage.enter(self.clock.now(), Part::Directory);
        let fallback = self.plan.flow.fallback_skill();
        let wanted = Wanted::by_skill(skill, fallback, Priority::Ordinary);
        let Some(line) = self.best_service(need) else {
            self.log.happened("directory", "no service was found");
            return self.wait_for_handler(wanted, &[]).await;
        };
        self.comes_to(At::Service {
            service: line.service.clone(),
            wanted: wanted.clone(),
            answered: None,
        });
        self.refers(&line.service, None);
        if let Some(mut rung) = self.ring_service(&line, None)
            && self.is_answered(&mut rung.line, line.ring).await?
        {
            let since = self.clock.now();
            let talk = self.with_service(rung, wanted.clone(), since);
            let talked = Box::pin(talk).await;
            // Who hangs up has talked with it.
            let is_taken = !matches!(talked, Ok(None));
            self.refers(&line.service, Some(CameOf::of_call(is_taken)));
            if let Some(why) = talked? {
                return Ok(why);
            }
        } else {
            self.refers(&line.service, Some(CameOf::of_call(false)));
        }
        self.wait_for_handler(wanted, &[DIRECTORY_BACK]).await
    }

    /// How the best service is rung that fits whoever is ill, of whom no more is known than the place: it is there for
    /// everybody, and is referred to by ringing it. What the search has missed is kept.
    fn best_service(&mut self, need: &ServiceNeed) -> Option<ServiceLine> {
        let held = &self.whereabouts;
        let (postcode, _) = closest_postcode(held.keyed.as_deref(), held.registered.as_deref())?;
        let query = Query::for_anybody(self.log.reference().to_string(), postcode, need);
        let capacities = self.service.capacities();
        let plan = Arc::clone(&self.plan);
        let found = plan
            .directory
            .search(&query, self.clock.now(), &capacities)
            .map_err(|error| tracing::warn!(%error, "the directory cannot be asked"));
        let found = found.ok()?;
        let best = found.for_anybody_by_phone().next();
        let line = best.map(|offer| plan.line_of(offer.service));
        if let Some(record) = SearchRecord::of(&found) {
            self.keep_search(&record);
        }
        line
    }

    /// Keeps what a search has missed, and makes nobody wait for that.
    fn keep_search(&self, record: &SearchRecord) {
        let whom = Some(self.log.reference());
        let Some(row) = SearchRow::of(self.new_reference(), whom, record) else {
            return;
        };
        let store = Arc::clone(&self.service.store);
        tokio::spawn(async move {
            if let Err(error) = store.searched(&row).await {
                tracing::warn!(%error, "a search of the directory is not kept");
            }
        });
    }

    /// Keeps to which service the menus have sent the caller, and what came of it once that is known: that is one
    /// referral in a call.
    fn refers(&self, service: &str, came_of: Option<CameOf>) {
        let now = self.clock.now();
        let row = ReferralRow {
            id: self.log.reference(),
            at: now,
            service: service.to_owned(),
            call: Some(self.log.reference()),
            assessment: None,
            by: "flow".to_owned(),
            outcome: came_of.map(|came_of| came_of.word().to_owned()),
            ended_at: came_of.map(|_| now),
        };
        let store = Arc::clone(&self.service.store);
        tokio::spawn(async move {
            if let Err(error) = store.referred(&row).await {
                tracing::warn!(%error, "a referral is not kept");
            }
        });
    }

    fn new_reference(&self) -> Reference {
        let millis = u64::try_from(self.clock.now().as_millisecond()).unwrap_or_default();
        Reference::new(millis, rand::random())
    }

    /// Talks with a service that has answered then. Gives how that ended; none where it was over before it was a
    /// conversation, so that the caller needs somebody else.
    pub(super) async fn with_service(
        &mut self,
        rung: RungService,
        wanted: Wanted,
        since: Timestamp,
    ) -> Result<Option<&'static str>, Gone> {
        let RungService { service, line, .. } = rung;
        self.comes_to(At::Service {
            service: service.clone(),
            wanted,
            answered: Some((line.party.number(), since)),
        });
        let why = self.talks_outside(line, since).await?;
        if why.is_none() {
            self.log
                .happened("directory", format!("{service} has not taken the caller"));
        }
        Ok(why)
    }

    /// The same for a call that another process has begun; whoever is not with the service waits for a handler.
    pub(super) async fn with_service_again(
        &mut self,
        service: &str,
        wanted: Wanted,
        answered: Option<(PartyId, Timestamp)>,
    ) -> Result<&'static str, Gone> {
        if let Some((party, since)) = answered {
            let listed = self.plan.directory.service(service);
            let trunk = listed.map(|listed| self.plan.trunk_of(listed));
            let rung = RungService {
                service: service.to_owned(),
                line: self.outside_again(trunk, party),
                reply: None,
            };
            let talk = self.with_service(rung, wanted.clone(), since);
            if let Some(why) = Box::pin(talk).await? {
                return Ok(why);
            }
        }
        Box::pin(self.wait_for_handler(wanted, &[DIRECTORY_BACK])).await
    }
}
