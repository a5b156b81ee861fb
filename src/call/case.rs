//! One caller, from the INVITE to the end of the call; or one whom we ring ourselves.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use crate::flow::{Destination, Priority, Utterance};
use crate::identity::{
    Caller, CallerNumber, CarriedLocation, Dialled, IdentityHeaders, LocationError, Number,
    Reference,
};
use crate::live::Key;
use crate::queue::Wanted;
use crate::routing::{Keyed, Region, RegionDecision};
use crate::sip::leg::Cause;
use crate::sip::{Incoming, Invitation, Line};
use crate::store::TimelineEntry;

use super::again::Again;
use super::clock::Clock;
use super::desks::Reply;
use super::emergency::Whereabouts;
use super::log::Log;
use super::outliving::{At, CallState, Entry, Kept};
use super::outreach::Whom;
use super::parties::{Happening, Parties, PartyId};
use super::passage::{Abandonment, Passage};
use super::plan::Plan;
use super::promise::OrderedCallback;
use super::service::Service;
use super::voice::Voice;

/// The caller has gone, and with them everything that was to be done.
pub(super) struct Gone(pub(super) Cause);

/// A caller who is being looked after.
pub(super) struct Case {
    pub(super) service: Arc<Service>,
    pub(super) plan: Arc<Plan>,
    pub(super) log: Log,
    pub(super) clock: Clock,
    pub(super) parties: Parties,
    pub(super) caller: PartyId,
    pub(super) who: Caller,
    pub(super) dialled: Dialled,
    pub(super) location: Option<CarriedLocation>,
    /// What a control room is told of where they are.
    pub(super) whereabouts: Whereabouts,
    pub(super) region: RegionDecision,
    /// To whose share the call counts, once the caller has chosen.
    pub(super) provider: Option<String>,
    pub(super) language: String,
    /// What the caller has chosen, in the words of the flow.
    pub(super) chosen: Option<String>,
    pub(super) passage: Passage,
    /// What handlers' displays say, where that was settled in an earlier call.
    pub(super) display: Option<String>,
    /// The book of callbacks has this caller already: the call is what it promised.
    pub(super) is_promised: bool,
    /// What is known of their earlier calls.
    pub(super) again: Again,
    /// A control room has the caller, or had them last.
    pub(super) with_control_room: bool,
    /// It is a control room that rings back, and nobody knows for whom.
    pub(super) rings_back: bool,
    /// They are being put through to 999.
    pub(super) urgent: Arc<AtomicBool>,
    /// The last thing said, by which its end is recognised.
    pub(super) said: u64,
    /// Where the caller is in the call, for another process to go on from.
    pub(super) at: At,
    /// That has changed since it was kept.
    pub(super) is_news: bool,
    /// How urgent a callback is that comes of what the caller is asked now.
    pub(super) urgency: Priority,
    /// How a callback is promised that a handler has ordered at their desk.
    pub(super) ordered: Option<OrderedCallback>,
    /// A handler has ordered the hunt for a control room at their desk, and hears when one has the caller.
    pub(super) hunt_ordered: Option<Reply>,
    /// Where the call came from.
    pub(super) trunk: String,
    /// The call in the journal; none where there is no journal.
    pub(super) kept: Option<Kept>,
    /// Kept for as long as the call is: its place among the trunk's calls.
    _line: Option<Line>,
}

impl Case {
    /// Answers the call. One whose session cannot be agreed on has been refused when there is none.
    pub(super) fn open(
        service: Arc<Service>,
        plan: Arc<Plan>,
        incoming: Incoming,
        dialled: Dialled,
    ) -> Option<Self> {
        let clock = Clock::start();
        let milliseconds = u64::try_from(clock.now().as_millisecond()).unwrap_or_default();
        let reference = Reference::new(milliseconds, rand::random());
        let log = Log::new(service.timeline.clone(), reference, clock);
        let who = who_calls(&incoming.invitation, &dialled);
        log.record(TimelineEntry::Arrived {
            trunk: incoming.invitation.origin.name().to_owned(),
            dialled: dialled.service.clone(),
            number: who.best().map(|number| number.e164().to_owned()),
            identity: who.word(),
        });
        log.happened("call-id", &incoming.invitation.call_id);
        let (location, document) = carried_location(&incoming.invitation, &log);
        let region = plan.tables.region_of(&who, location.as_ref(), None);
        let whereabouts = Whereabouts {
            document,
            references: incoming.invitation.geolocation.clone(),
            keyed: None,
            registered: registered(&plan, who.best()),
        };
        let Incoming {
            invitation,
            leg,
            line,
            events,
        } = incoming;
        let answered = Parties::answer(
            (service.wire().clone(), service.engine.clone()),
            log.clone(),
            leg,
            &invitation,
            &Voice::of_trunk(&plan.settings, invitation.origin.name(), None),
            events,
        );
        let (parties, caller) = match answered {
            Ok(answered) => answered,
            Err(status) => {
                let why = format!("refused with {status}");
                log.record(TimelineEntry::Ended { why, cut_off: true });
                return None;
            }
        };
        log.record(TimelineEntry::Answered);
        let case = Case {
            at: At::Beginning,
            is_news: true,
            urgency: Priority::Ordinary,
            ordered: None,
            hunt_ordered: None,
            trunk: invitation.origin.name().to_owned(),
            kept: service.kept(reference),
            service,
            plan,
            log,
            clock,
            parties,
            caller,
            who,
            dialled,
            location,
            whereabouts,
            region,
            provider: None,
            language: crate::flow::ENGLISH.to_owned(),
            chosen: None,
            passage: Passage::begin(clock.now()),
            display: None,
            is_promised: false,
            again: Again::default(),
            with_control_room: false,
            rings_back: false,
            urgent: Arc::default(),
            said: 0,
            _line: Some(line),
        };
        case.record_region(None);
        Some(case)
    }

    /// Somebody whom we ring ourselves, and who is not on the line yet. `log` is that of the call in which
    /// that was promised.
    pub(super) fn of_ours(service: Arc<Service>, log: Log, whom: Whom) -> Self {
        let kept_ours = service.kept_ours();
        let clock = Clock::start();
        let edges = (service.wire().clone(), service.engine.clone());
        let display = Some(whom.shown());
        let plan = service.plan.load_full();
        Case {
            whereabouts: Whereabouts {
                keyed: whom.postcode,
                registered: registered(&plan, Some(&whom.number)),
                ..Whereabouts::default()
            },
            plan,
            parties: Parties::new(edges, log.clone()),
            service,
            log,
            clock,
            caller: PartyId::nobody(),
            who: Caller::of(CallerNumber::Known(whom.number), whom.text_relay),
            dialled: Dialled {
                service: String::new(),
                text_relay: whom.text_relay,
            },
            location: None,
            region: RegionDecision::of_earlier_call(&whom.region),
            provider: whom.provider,
            language: whom.language,
            chosen: None,
            passage: Passage::begin(clock.now()),
            display,
            is_promised: whom.is_promised,
            again: Again::default(),
            with_control_room: false,
            rings_back: false,
            urgent: Arc::default(),
            said: 0,
            at: At::Ours,
            is_news: true,
            urgency: Priority::Ordinary,
            ordered: None,
            hunt_ordered: None,
            trunk: String::new(),
            kept: kept_ours,
            _line: None,
        }
    }

    /// The same for a control room that rings back, of which nobody knows for whom: it goes to a handler,
    /// before all others.
    pub(super) fn of_control_room(mut self, display: &str) -> Self {
        self.rings_back = true;
        self.display = Some(display.to_owned());
        self
    }

    /// A caller whose call another process has begun.
    pub(super) fn taken_up(
        service: &Arc<Service>,
        log: Log,
        parties: Parties,
        caller: PartyId,
        (key, state): (Key, CallState),
    ) -> Self {
        let clock = Clock::start();
        Case {
            plan: service.plan.load_full(),
            kept: service.kept_as(key),
            _line: service.lines.line(&state.trunk),
            service: Arc::clone(service),
            log,
            clock,
            parties,
            caller,
            who: state.who,
            dialled: state.dialled,
            location: state.location,
            region: state.region,
            provider: state.provider,
            language: state.language,
            chosen: state.chosen,
            passage: Passage::begin(clock.now()),
            display: state.display,
            is_promised: matches!(&state.at, At::CalledBack(talk) if talk.whom.is_promised),
            whereabouts: state.whereabouts,
            again: Again::default(),
            with_control_room: false,
            rings_back: state.rings_back,
            urgent: Arc::default(),
            said: 0,
            is_news: true,
            urgency: state.at.urgency().unwrap_or_default(),
            ordered: None,
            hunt_ordered: None,
            trunk: state.trunk,
            at: state.at,
        }
    }

    /// Looks after the caller until the call is over.
    pub(super) async fn run(self: Box<Self>) {
        self.run_from(Entry::Beginning).await;
    }

    /// The same from where another process has got to. What is done on the way has its memory in a box while
    /// it lasts.
    pub(super) async fn run_from(mut self: Box<Self>, entry: Entry) {
        let service = Arc::clone(&self.service);
        let urgent = Arc::clone(&self.urgent);
        let (why, cut_off) = tokio::select! {
            why = self.lead(entry) => match why {
                Ok(why) => (why.to_owned(), false),
                Err(Gone(cause)) => {
                    self.record_abandonment();
                    (format!("caller: {}", cause.text), false)
                }
            },
            () = service.ends(&urgent) => ("the server stopped".to_owned(), true),
        };
        self.log.record(TimelineEntry::Ended { why, cut_off });
        Box::pin(self.parties.finish()).await;
    }

    async fn lead(&mut self, entry: Entry) -> Result<&'static str, Gone> {
        let mut name = self.log.reference().to_string();
        let begins = matches!(entry, Entry::Beginning);
        self.looks_up();
        if begins {
            self.hear().await?;
        } else {
            // What was recorded before has the reference alone.
            name.push_str(&format!("-{}", self.clock.now().as_millisecond()));
        }
        if self.rings_back {
            let wanted = Wanted::for_emergency(self.plan.flow.fallback_skill());
            return Box::pin(self.wait_for_handler(wanted, &[])).await;
        }
        if let Some(recorder) = &self.service.recorder {
            self.parties.record(self.caller, recorder, &name);
        }
        if !begins {
            return Box::pin(self.go_on(entry)).await;
        }
        let destination = Box::pin(self.menu()).await?;
        self.goes_to(&destination).await
    }

    /// Brings the caller to where the menus have led.
    pub(super) async fn goes_to(
        &mut self,
        destination: &Destination,
    ) -> Result<&'static str, Gone> {
        let fallback = self.plan.flow.fallback_skill().to_owned();
        match destination {
            Destination::Callback {
                number,
                disposition,
            } => Box::pin(self.promise(number.clone(), disposition.as_deref())).await,
            Destination::CrisisLine { skill } => Box::pin(self.crisis_line(skill)).await,
            Destination::Service { need, skill } => Box::pin(self.service_for(need, skill)).await,
            Destination::Capacity => Box::pin(self.capacity_line()).await,
            Destination::Kept => Box::pin(self.keep_promise()).await,
            Destination::Emergency => Box::pin(self.emergency(None)).await,
            Destination::HandlerQueue { .. } | Destination::ClinicianQueue { .. } => {
                match Wanted::at(destination, &fallback) {
                    Some(wanted) => Box::pin(self.wait_for_handler(wanted, &[])).await,
                    None => Ok("the flow led nowhere"),
                }
            }
        }
    }

    /// Waits until the caller can hear us.
    async fn hear(&mut self) -> Result<(), Gone> {
        let can_hear =
            |happening| matches!(happening, Happening::Ready(_) | Happening::Retrieved(_));
        while !can_hear(self.next().await?) {}
        Ok(())
    }

    /// What happens next; the caller's own end is an error, so that nothing goes on without them.
    pub(super) async fn next(&mut self) -> Result<Happening, Gone> {
        self.keep();
        match self.parties.next().await {
            Happening::Ended(id, cause) if id == self.caller => {
                // First of all, so that a handler's phone is free before the handler is.
                self.parties.hang_up_all();
                Err(Gone(cause))
            }
            happening => Ok(happening),
        }
    }

    /// Says something to the caller, in their language, in place of what they hear.
    pub(super) fn say(&mut self, utterances: &[Utterance]) {
        self.said += 1;
        let words: Vec<String> = utterances.iter().map(|u| format!("{u:?}")).collect();
        self.log.happened("prompt", words.join(", "));
        let playlist = self.plan.playlist(&self.language, utterances, self.said);
        self.parties.play(self.caller, playlist);
    }

    /// Whether a happening is the end of what was said last.
    pub(super) fn is_said(&self, happening: &Happening) -> bool {
        matches!(happening, Happening::Played(id, said) if *id == self.caller && *said == self.said)
    }

    /// A postcode that the caller has keyed: a control room is told of it, and the handler.
    pub(super) fn has_keyed_postcode(&mut self, postcode: &str) {
        self.log.happened("postcode", "keyed by the caller");
        self.whereabouts.keyed = Some(postcode.to_owned());
        self.has_keyed(&Keyed::Postcode(postcode.to_owned()));
    }

    /// Finds the region anew, by what the caller has keyed.
    pub(super) fn has_keyed(&mut self, keyed: &Keyed) {
        let location = self.location.as_ref();
        self.region = self.plan.tables.region_of(&self.who, location, Some(keyed));
        self.record_region(None);
    }

    /// Whom they wait for, as one of their region who speaks their language.
    pub(super) fn wanted_here(&self, wanted: Wanted) -> Wanted {
        let region = self.region.region.as_str();
        wanted.for_caller(region, self.provider.as_deref(), &self.language)
    }

    /// The tables of the caller's region.
    pub(super) fn region_table(&self) -> Option<&Region> {
        self.plan.tables.region(&self.region.region)
    }

    pub(super) fn record_region(&self, provider: Option<String>) {
        self.log.record(TimelineEntry::Region {
            region: self.region.region.to_string(),
            rule: self.region.rule.word(),
            provider,
            why: self.region.why.clone(),
        });
    }

    /// Writes down that the caller has hung up, where nothing had been done for them.
    fn record_abandonment(&self) {
        let Some(abandonment) = self.passage.abandoned(self.clock.now()) else {
            return;
        };
        let Abandonment {
            part,
            in_call,
            in_part,
        } = abandonment;
        self.log.record(TimelineEntry::Abandoned {
            part,
            in_call,
            in_part,
        });
        metrics::counter!("ivr111_abandoned_total", "part" => part).increment(1);
        metrics::histogram!("ivr111_abandoned_after_seconds", "part" => part).record(in_part);
    }

    /// What a handler's display says of this caller: the region and the choice.
    pub(super) fn display(&self) -> String {
        if let Some(display) = &self.display {
            return display.clone();
        }
        let region = self.region_table().map_or("111", |region| &region.name);
        let marks = self.marks();
        let mut display = match &self.chosen {
            Some(chosen) => format!("{marks}{region}: {chosen}"),
            None => format!("{marks}{region}"),
        };
        if let Some(postcode) = &self.whereabouts.keyed {
            display.push_str(&format!(", {postcode}"));
        }
        if self.who.text_relay {
            display.push_str(" (text relay)");
        }
        display
    }
}

/// The postcode that is held for a number.
fn registered(plan: &Plan, number: Option<&Number>) -> Option<String> {
    plan.tables.registered(number?)?.postcode.clone()
}

fn who_calls(invitation: &Invitation, dialled: &Dialled) -> Caller {
    let headers = IdentityHeaders {
        asserted: &invitation.asserted,
        from: &invitation.from,
        privacy: invitation.privacy.as_deref(),
    };
    Caller::from_headers(headers, invitation.origin.is_trusted(), dialled.text_relay)
}

/// A location that cannot be read is written down as such, and the call goes on without it. The document
/// itself is kept for a control room, which may find a place in it where we find none.
fn carried_location(
    invitation: &Invitation,
    log: &Log,
) -> (Option<CarriedLocation>, Option<String>) {
    let Some(document) = invitation.location.as_deref() else {
        return (None, None);
    };
    let read = CarriedLocation::parse(document);
    if let Err(error) = &read {
        log.happened("location", error.to_string());
    }
    let is_sound = !matches!(&read, Err(LocationError::TooLarge | LocationError::NotXml));
    (read.ok(), is_sound.then(|| document.to_owned()))
}
