//! Callers with a handler, and what the handler does with them.

use crate::callback::{self, By};
use crate::flow::Key;
use crate::queue::{CLINICIAN, Event, Place, Wanted};
use crate::transfer::{self, Action, Conversation, Target};

use super::draws::For;
use super::moment::later;
use super::world::{CallId, Next, Stage, World};

impl World<'_> {
    /// Somebody has answered a caller who is on the line.
    pub(super) fn call_connected(&mut self, call: CallId, member: usize) {
        match self.calls.get(call).map(|caller| &caller.stage) {
            Some(Stage::Waiting(_) | Stage::Confirming(..) | Stage::HearingKept) => {
                self.talks_with(call, member);
            }
            Some(Stage::Talking { .. }) => self.found(call, member),
            Some(Stage::Emergency(_)) => self.has_company(call, member),
            _ => {
                // They have gone in the moment of answering.
                if let Some(caller) = self.calls.get(call) {
                    let ticket = caller.reference;
                    self.tell(Event::Left { ticket });
                }
                self.lets_go(member, false);
            }
        }
    }

    fn talks_with(&mut self, call: CallId, member: usize) {
        let now = self.now;
        let settings = transfer::Settings {
            seek: self.service.settings.queue.seek.get(),
            is_ours: false,
        };
        self.comes_to(
            call,
            Stage::Talking {
                member,
                conversation: Box::new(Conversation::new(settings)),
            },
        );
        let Some(caller) = self.calls.get_mut(call) else {
            return;
        };
        caller.course.handled_at.get_or_insert(now);
        caller.talks += 1;
        caller.talks_since = now;
        let person = &caller.person;
        let talk = match caller.talks {
            1 => self.people.talk(person),
            _ => {
                let talk = self.people.scenario.rung.talk;
                talk.draw(person.draws.two(For::SecondTalk, 0))
            }
        };
        let next = Next::TalkOver(call, caller.serial);
        self.agenda.plan(later(now, talk), next);
    }

    /// The conversation has come to its end, or to something else.
    pub(super) fn talk_over(&mut self, call: CallId) {
        let Some(caller) = self.calls.get(call) else {
            return;
        };
        let then = self.people.then(&caller.person);
        let part = caller.person.draws.get(For::Then, 0);
        let key = match caller.talks {
            1 if part < then.emergency => Some('9'),
            1 if part < then.emergency + then.clinician => Some('1'),
            1 if part < then.emergency + then.clinician + then.callback => Some('2'),
            _ => None,
        };
        match key {
            Some(key) => self.commands(call, key),
            None => self.parts(call),
        }
    }

    /// The two part. The caller is the first to go, so that it is no handler who broke it off.
    fn parts(&mut self, call: CallId) {
        let Some(caller) = self.calls.get(call) else {
            return;
        };
        let ticket = caller.reference;
        let Stage::Talking { member, .. } = caller.stage else {
            return;
        };
        let spoken_to = caller.open.filter(|_| caller.speaks_now);
        let spoken_to = spoken_to.filter(|_| self.staff.is_clinician(member));
        let since = caller.talks_since;
        self.tell(Event::Left { ticket });
        self.lets_go(member, false);
        self.ends(call);
        // Who has talked with a clinician is not called back for the same.
        if let Some(reference) = spoken_to {
            let by = By::Clinician(self.staff.account(member));
            self.tell_book(callback::Event::SpokenTo(reference, by, since));
        }
    }

    /// The handler presses a star and a key.
    fn commands(&mut self, call: CallId, key: char) {
        for key in ['*', key].into_iter().filter_map(Key::new) {
            self.converse(call, transfer::Event::Key(key));
        }
    }

    fn converse(&mut self, call: CallId, event: transfer::Event) {
        let now = self.now;
        let Some(caller) = self.calls.get_mut(call) else {
            return;
        };
        let Stage::Talking {
            member,
            conversation,
        } = &mut caller.stage
        else {
            return;
        };
        let member = *member;
        let actions = conversation.on(now, event);
        if let Some(at) = conversation.deadline() {
            self.agenda.plan(at.max(now), Next::Due(call));
        }
        for action in actions {
            match action {
                Action::Seek(Target::Clinicians) => self.seeks_clinician(call),
                Action::StopSeeking => {
                    let ticket = self.calls[call].reference;
                    if let Some(handler) = self.staff.id(member) {
                        self.tell(Event::Resumed { handler, ticket });
                    }
                }
                Action::Tell(transfer::Notice::Failed) => {
                    // Nobody was to be had: a clinician calls back.
                    return self.commands(call, '2');
                }
                Action::Callback => {
                    let ticket = self.calls[call].reference;
                    self.tell(Event::Left { ticket });
                    self.lets_go(member, false);
                    self.calls[call].urgency = self.calls[call].wanted.priority;
                    return self.confirms(call, None);
                }
                Action::Emergency => return self.goes_to_emergency(call, Some(member)),
                Action::Hold
                | Action::Join
                | Action::Seek(_)
                | Action::Give
                | Action::GiveToConsulted
                | Action::Voicemail
                | Action::Return
                | Action::Decline
                | Action::End
                | Action::Accept(_)
                | Action::Refuse(..)
                | Action::Progress(..)
                | Action::Tell(_) => {}
            }
        }
    }

    fn seeks_clinician(&mut self, call: CallId) {
        let Some(caller) = self.calls.get(call) else {
            return;
        };
        let wanted = Wanted::by_skill(CLINICIAN, CLINICIAN, caller.wanted.priority);
        let region = caller.region.region.as_str();
        let wanted = wanted.for_caller(region, caller.provider.as_deref(), &caller.language);
        self.tell(Event::Joined {
            ticket: caller.reference,
            wanted,
            place: Place::Top,
        });
    }

    /// The clinician is there who was sought: they have the caller, and the handler goes.
    fn found(&mut self, call: CallId, clinician: usize) {
        let Some(Stage::Talking { member, .. }) = self.calls.get(call).map(|caller| &caller.stage)
        else {
            return;
        };
        let handler = *member;
        self.converse(call, transfer::Event::Found);
        self.talks_with(call, clinician);
        self.lets_go(handler, false);
    }

    pub(super) fn transfer_due(&mut self, call: CallId) {
        let stage = self.calls.get(call).map(|caller| &caller.stage);
        if let Some(Stage::Talking { conversation, .. }) = stage
            && conversation.deadline().is_some_and(|at| at <= self.now)
        {
            self.converse(call, transfer::Event::Tick);
        }
    }
}
