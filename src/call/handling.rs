//! A caller with a handler, carried out: hold, transfers, a colleague consulted, supervisors.

mod joining;

use crate::flow::Utterance;
use crate::queue::{self, CLINICIAN, Place, Wanted};
use crate::sip::leg::Cause;
use crate::transfer::{Action, Conversation, Event, Notice, Settings, Supervision, Target};

use super::announce::{TRANSFER_CONNECTING, TRANSFER_FAILED};
use super::case::{Case, Gone};
use super::colleague::Colleague;
use super::desks::{Answer, Desk, Knock, Order};
use super::offers::{Offers, Taken};
use super::outliving::At;
use super::outside::Rung;
use super::parties::{Happening, PartyId, Referral};
use super::promise::OrderedCallback;
use super::service_line::RungService;

/// How a caller's time with a handler has ended.
pub(super) enum Handled {
    /// The handler's side is over.
    Over(Taken, Cause),
    /// Somebody else has the caller.
    Given(Taken),
    /// A service of the directory has the caller, and the handler has gone.
    Service(RungService),
    /// The caller is to book a callback.
    Callback,
    /// A machine has answered, where somebody is to be called back.
    Voicemail(Taken),
    /// The hunt for a control room begins; the handler keeps them company where they are still there.
    Emergency(Option<Taken>),
    /// They wait again, before all others.
    Return,
}

/// A caller has gone while they were with a handler, or were being handed on.
pub(super) struct CallerGone {
    /// Who had them; nobody, once they wait for somebody else and the handler has gone.
    pub(super) taken: Option<Taken>,
    /// The handler is still there.
    pub(super) with_handler: bool,
    /// They wait in the queue for somebody else.
    pub(super) queued: bool,
    pub(super) cause: Cause,
}

/// A supervisor who takes part.
struct Supervisor {
    party: PartyId,
    how: Supervision,
}

/// Everything under way between a caller and a handler.
struct Handling {
    conversation: Conversation,
    taken: Option<Taken>,
    handler: PartyId,
    desk: Desk,
    held: bool,
    /// Why the handler's side has ended.
    cause: Option<Cause>,
    /// A clinician is being sought in the queue.
    queued: bool,
    /// Whoever came of it.
    found: Option<Taken>,
    /// Somebody is being rung by name.
    sought: Option<Colleague>,
    /// A service of the directory is being rung.
    rung: Option<RungService>,
    /// What has just been ordered at the desk, until it is seen to.
    ordered: Option<Order>,
    /// The handler's own call to somebody they consult, and that somebody.
    consulting: Option<(PartyId, Colleague)>,
    supervisors: Vec<Supervisor>,
}

impl Handling {
    fn left_by_caller(&mut self, cause: Cause) -> CallerGone {
        CallerGone {
            taken: self.taken.take(),
            with_handler: self.cause.is_none(),
            queued: self.queued,
            cause,
        }
    }
}

impl Case {
    /// Lets the caller and a handler talk, and does what the handler wants with the caller meanwhile. The
    /// caller's own end is an error, as everywhere, with whether the handler was still there: nobody is left
    /// in the call then.
    pub(super) async fn with_handler(
        &mut self,
        offers: &mut Offers,
        taken: Taken,
        held: bool,
    ) -> Result<Handled, (Gone, bool)> {
        self.converse(offers, taken, held).await.map_err(|gone| {
            // First of all, so that a handler's phone is free before the handler is.
            self.parties.hang_up_all();
            // Before the handler is let go: it is not the handler who broke it off.
            offers.leave();
            (Gone(gone.cause), gone.with_handler)
        })
    }

    /// The same, but that the handler is still there when the caller has gone. Where the handler holds the
    /// call already, the caller goes on hearing music.
    pub(super) async fn converse(
        &mut self,
        offers: &mut Offers,
        taken: Taken,
        held: bool,
    ) -> Result<Handled, CallerGone> {
        let seek = self.plan.settings.queue.seek.get();
        let mut handling = Handling {
            conversation: Conversation::new(Settings {
                seek,
                is_ours: self.display.is_some(),
            }),
            handler: taken.phone,
            desk: self.service.desks.open(taken.handler(), self.about()),
            taken: Some(taken),
            held: false,
            cause: None,
            queued: false,
            found: None,
            sought: None,
            rung: None,
            ordered: None,
            consulting: None,
            supervisors: Vec::new(),
        };
        self.join(handling.handler);
        if held {
            handling.conversation = handling.conversation.holding();
            self.hold(&mut handling);
        }
        let turn = Box::pin(self.until_turned(offers, &mut handling)).await;
        self.clear(&mut handling);
        turn
    }

    /// Lets go whoever took part besides the caller and the handler.
    fn clear(&mut self, handling: &mut Handling) {
        for supervisor in handling.supervisors.drain(..) {
            self.parties.hang_up(supervisor.party);
        }
        if let Some((own, colleague)) = handling.consulting.take() {
            self.parties.hang_up(own);
            colleague.stop(&mut self.parties);
        }
        if let Some(sought) = handling.sought.take() {
            sought.stop(&mut self.parties);
        }
        if let Some(rung) = handling.rung.take() {
            self.parties.hang_up(rung.line.party);
        }
    }

    async fn until_turned(
        &mut self,
        offers: &mut Offers,
        handling: &mut Handling,
    ) -> Result<Handled, CallerGone> {
        let clock = self.clock;
        let shown = self.shown_to_handler("");
        loop {
            self.keep_talk(handling);
            let event = tokio::select! {
                biased;
                action = offers.next() => match action {
                    queue::Action::Busy { handler, .. } => self.had_elsewhere(handling, &handler),
                    action => {
                        let (parties, service) = (&mut self.parties, &*self.service);
                        let caller = Some(self.caller);
                        let taken = offers.carry_out(action, parties, service, caller, &*shown);
                        taken.map(|taken| {
                            handling.found = Some(taken);
                            Event::Found
                        })
                    }
                },
                happening = self.parties.next() => match happening {
                    Happening::Ended(id, cause) if id == self.caller => {
                        return Err(handling.left_by_caller(cause));
                    }
                    happening => self.happened(offers, handling, happening),
                },
                knock = handling.desk.next() => match knock {
                    Knock::Visit(visit) => self.visited(offers, handling, visit),
                    Knock::Order(order) => {
                        let event = order.event();
                        handling.ordered = Some(order);
                        Some(event)
                    }
                },
                () = clock.at(handling.conversation.deadline()) => Some(Event::Tick),
            };
            let mut events = event;
            // Whoever answers when nobody is looked for any more is let go.
            if handling.found.is_some()
                && !handling.conversation.is_seeking()
                && !matches!(events, Some(Event::TakenOver))
            {
                self.let_late_one_go(offers, handling);
            }
            while let Some(event) = events.take() {
                for action in handling.conversation.on(self.clock.now(), event) {
                    match self.turn(offers, handling, action) {
                        Done::Goes(event) => events = events.or(event),
                        Done::Turned(turn) => return Ok(turn),
                    }
                }
            }
            if let Some(order) = handling.ordered.take() {
                order.reply.send(Answer::Done);
            }
        }
    }

    /// Keeps what has changed: where the handler has gone, the caller waits for somebody else.
    fn keep_talk(&mut self, handling: &Handling) {
        let mut at = self.at.clone();
        let has_gone = handling.cause.is_some();
        match &mut at {
            At::Talking { place, .. } if has_gone => {
                place.returned = true;
                at = At::Waiting(place.clone());
            }
            At::CalledBack(_) if has_gone => at = At::Ours,
            At::Talking { held, .. } => *held = handling.held,
            At::CalledBack(talk) => talk.held = handling.held,
            _ => {}
        }
        self.comes_to(at);
        self.keep();
    }

    fn let_late_one_go(&mut self, offers: &Offers, handling: &mut Handling) {
        if let Some(late) = handling.found.take() {
            self.parties.hang_up(late.phone);
            offers.handed(handling.desk.handler());
        }
    }

    /// What a happening means to the conversation.
    fn happened(
        &mut self,
        offers: &mut Offers,
        handling: &mut Handling,
        happening: Happening,
    ) -> Option<Event> {
        if offers.happened(&happening) {
            return None;
        }
        if let Some(sought) = &mut handling.sought
            && let Some(there) = sought.happened(&mut self.parties, &happening)
        {
            if !there {
                handling.sought = None;
            }
            return Some(if there { Event::Found } else { Event::NotFound });
        }
        if let Some(rung) = &mut handling.rung
            && let Some(rung) = self.rung(&mut rung.line, &happening)
        {
            return match rung {
                Rung::Answered => Some(Event::Found),
                Rung::NotAnswered => {
                    handling.rung = None;
                    Some(Event::NotFound)
                }
                Rung::Nothing => None,
            };
        }
        match happening {
            Happening::Key(id, key) if id == handling.handler => Some(Event::Key(key)),
            Happening::Referred(id, referral) => self.referred(handling, id, referral),
            Happening::Ended(id, cause) if id == handling.handler => {
                handling.cause = Some(cause);
                if handling.queued {
                    // The caller waits already, and the handler has nothing more to do with them.
                    handling.taken = None;
                }
                if handling.conversation.is_seeking() {
                    self.passage.unserved();
                }
                Some(Event::HandlerGone)
            }
            happening => {
                let consulted = self.consultation(handling, &happening);
                if consulted.is_some() {
                    return consulted;
                }
                if let Happening::Ended(id, _) = happening {
                    let before = handling.supervisors.len();
                    handling
                        .supervisors
                        .retain(|supervisor| supervisor.party != id);
                    if handling.supervisors.len() != before {
                        self.rejoin(handling);
                    }
                } else if handling.supervisors.is_empty() && !handling.held {
                    self.on_hold(handling.handler, &happening);
                }
                None
            }
        }
    }

    fn referred(
        &mut self,
        handling: &mut Handling,
        from: PartyId,
        referral: Referral,
    ) -> Option<Event> {
        let own_call = handling.consulting.as_ref().map(|(own, _)| *own);
        let id = self.parties.remember(from, &referral);
        if from != handling.handler && Some(from) != own_call {
            self.parties.refuse(id, 403);
            return None;
        }
        let Some(replaces) = referral.replaces else {
            let target = self.plan.transfer_target(&referral.user);
            return Some(Event::Referred { id, target });
        };
        // One of the handler's two calls is to take the place of the other.
        let other = if from == handling.handler {
            own_call
        } else {
            Some(handling.handler)
        };
        let named = self.service.wire().leg_of(&replaces).ok();
        match named.is_some() && named == other {
            true => Some(Event::ReferredToConsulted { id }),
            false => {
                self.parties.refuse(id, 481);
                None
            }
        }
    }

    fn tell(&self, whom: PartyId, prompt: &str) {
        self.parties.play(whom, self.plan.said(prompt));
    }

    /// Does one thing that the conversation says. Gives what has come of it at once, or how it has ended.
    fn turn(&mut self, offers: &mut Offers, handling: &mut Handling, action: Action) -> Done {
        match action {
            Action::Hold => self.hold(handling),
            Action::Join => {
                handling.held = false;
                self.parties.silence(self.caller);
                self.rejoin(handling);
            }
            Action::Seek(target) => return Done::Goes(self.seek(offers, handling, target)),
            Action::StopSeeking => self.stop_seeking(offers, handling),
            Action::Give => return self.give(offers, handling),
            Action::GiveToConsulted => {
                handling.sought = handling.consulting.take().map(|(own, colleague)| {
                    self.parties.hang_up(own);
                    colleague
                });
                return self.give(offers, handling);
            }
            Action::Callback => {
                // Before the handler is let go: it is not the handler who broke it off.
                offers.steps_aside();
                self.let_go(handling);
                self.ordered = handling.ordered.take().and_then(OrderedCallback::of);
                return Done::Turned(Handled::Callback);
            }
            Action::Voicemail => {
                if let Some(taken) = handling.taken.take() {
                    return Done::Turned(Handled::Voicemail(taken));
                }
            }
            Action::Emergency => {
                self.hunt_ordered = handling.ordered.take().map(|order| order.reply);
                let company = handling.taken.take().filter(|_| handling.cause.is_none());
                return Done::Turned(Handled::Emergency(company));
            }
            Action::Return => {
                offers.wait_at(Place::Top);
                self.let_go(handling);
                return Done::Turned(Handled::Return);
            }
            Action::End => {
                if let (Some(taken), Some(cause)) = (handling.taken.take(), handling.cause.take()) {
                    return Done::Turned(Handled::Over(taken, cause));
                }
            }
            Action::Accept(id) => self.parties.accept(id),
            Action::Refuse(id, status) => self.parties.refuse(id, status),
            Action::Progress(id, status) => self.parties.progress(id, status),
            Action::Decline => {
                if let Some(order) = handling.ordered.take() {
                    order.reply.send(Answer::NotNow);
                }
            }
            Action::Tell(Notice::Connecting) => self.tell(handling.handler, TRANSFER_CONNECTING),
            Action::Tell(Notice::Failed) => self.tell(handling.handler, TRANSFER_FAILED),
        }
        Done::Goes(None)
    }

    fn hold(&mut self, handling: &mut Handling) {
        handling.held = true;
        self.parties.part(self.caller);
        self.parties
            .play(self.caller, self.plan.hold_music(&self.language));
    }

    fn seek(
        &mut self,
        offers: &mut Offers,
        handling: &mut Handling,
        target: Target,
    ) -> Option<Event> {
        match target {
            Target::Clinicians => {
                let priority = offers.ticket().wanted().priority;
                let wanted = Wanted::by_skill(CLINICIAN, CLINICIAN, priority);
                handling.queued = true;
                offers.wait_for(self.wanted_here(wanted), Place::Top);
                None
            }
            Target::Account(whom) => {
                handling.sought = Colleague::ring(self, offers, &whom);
                handling.sought.is_none().then_some(Event::NotFound)
            }
            Target::Service(line) => {
                let reply = handling.ordered.take().map(|order| order.reply);
                handling.rung = self.ring_service(&line, reply);
                handling.rung.is_none().then_some(Event::NotFound)
            }
            // Not sought by name: the hunt does that.
            Target::Emergency => Some(Event::NotFound),
        }
    }

    fn stop_seeking(&mut self, offers: &mut Offers, handling: &mut Handling) {
        // Where the handler has gone, whoever rings for the caller may do for what comes next.
        if std::mem::take(&mut handling.queued) && handling.cause.is_none() {
            offers.stop(&mut self.parties);
            offers.resume(handling.desk.handler());
        }
        if let Some(sought) = handling.sought.take() {
            sought.stop(&mut self.parties);
        }
        if let Some(rung) = handling.rung.take() {
            self.parties.hang_up(rung.line.party);
        }
    }

    /// Whoever was found has the caller.
    fn give(&mut self, offers: &mut Offers, handling: &mut Handling) -> Done {
        if let Some(mut rung) = handling.rung.take() {
            // Before the handler is let go: it is not the handler who broke it off.
            offers.steps_aside();
            self.let_go(handling);
            rung.is_joined();
            return Done::Turned(Handled::Service(rung));
        }
        let by_name = handling.sought.take().and_then(Colleague::take);
        let Some(taken) = handling.found.take().or(by_name) else {
            // They have gone in the moment of answering.
            offers.wait_at(Place::Top);
            self.let_go(handling);
            return Done::Turned(Handled::Return);
        };
        offers.handed(taken.handler());
        self.let_go(handling);
        Done::Turned(Handled::Given(taken))
    }

    /// Lets the handler go.
    fn let_go(&mut self, handling: &mut Handling) {
        self.parties.hang_up(handling.handler);
        handling.taken = None;
    }
}

/// What has come of an action.
enum Done {
    /// The conversation goes on, with what has happened at once.
    Goes(Option<Event>),
    Turned(Handled),
}

impl super::plan::Plan {
    /// Whom a phone means that refers a caller to somebody.
    fn transfer_target(&self, user: &str) -> Option<Target> {
        let accounts: Vec<&str> = self
            .settings
            .account
            .iter()
            .map(|a| a.user.get_ref().as_str())
            .collect();
        let numbers = self.flow.clinician_lines();
        Target::parse(user, &accounts, &numbers)
    }

    /// A prompt for one of our own people, said once.
    fn said(&self, prompt: &str) -> crate::media::Playlist {
        self.playlist(crate::flow::ENGLISH, &[Utterance::prompt(prompt)], 0)
    }
}
