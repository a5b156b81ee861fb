use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::clinical::{Codes, DispositionCode, Kind, SymptomGroupCode};
use crate::queue::CLINICIAN;

use super::by::By;
use super::end::End;
use super::event::{CameOf, Event};
use super::need::{Need, later};
use super::order::Order;
use super::outcome::{Closed, Outcome};
use super::refusal::NotNow;

/// After so many events only what closes a case, or brings it to 999, is taken.
const MOST_EVENTS: usize = 256;
/// After so many services have been tried in vain, no more are looked for.
const MOST_TRIED: usize = 20;
/// The longest reason, and the longest name of a service or of a method, in characters.
const LONGEST_WHY: usize = 500;
const LONGEST_NAME: usize = 100;

/// Where a case stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "state")]
pub enum State {
    /// The assessment is under way.
    Assessing,
    /// It waits for a clinician.
    WithClinician {
        /// Somebody wanted it there, or nothing else was left; otherwise the disposition asks for it.
        handed_over: bool,
        /// Since when.
        since: Timestamp,
    },
    /// It goes to 999. Nothing leads out of this but a control room that has the caller.
    Emergency {
        /// For what.
        disposition: Option<DispositionCode>,
        /// Whether a clinician has confirmed the ambulance.
        confirmed: bool,
    },
    /// A service is looked for.
    Searching,
    /// Services have been found.
    Choosing {
        /// How many.
        offered: usize,
    },
    /// The patient is being referred.
    Referring {
        /// To which service.
        service: String,
        /// How.
        method: String,
    },
    /// A callback is to be promised.
    Promising,
    /// Advice is to be given.
    Advising,
    /// It is closed.
    Closed(Closed),
}

/// Something that has happened in a case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// When.
    pub at: Timestamp,
    /// Who did it.
    pub by: By,
    /// What.
    pub event: Event,
}

/// A patient's case, from the assessment's beginning until help is arranged. What it holds is its record: it is
/// kept as it is, and goes on from there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Case {
    opened: Timestamp,
    state: State,
    end: Option<End>,
    need: Option<Need>,
    /// Where a clinician said so instead of the assessment.
    symptom_group: Option<SymptomGroupCode>,
    struck_out: Vec<String>,
    log: Vec<Entry>,
}

impl Case {
    /// A case whose assessment begins.
    pub fn new(at: Timestamp) -> Self {
        Case {
            opened: at,
            state: State::Assessing,
            end: None,
            need: None,
            symptom_group: None,
            struck_out: Vec::new(),
            log: Vec::new(),
        }
    }

    /// Takes what has happened, and by whom. A time before the last event counts as that event's. What is refused
    /// changes nothing; otherwise [`Case::order`] says what to do next.
    pub fn on(
        &mut self,
        at: Timestamp,
        by: &By,
        event: Event,
        codes: &Codes,
    ) -> Result<(), NotNow> {
        let at = at.max(self.last());
        let mut next = self.clone();
        next.take(at, by, &event, codes)?;
        let leads_out = matches!(next.state, State::Closed(_) | State::Emergency { .. });
        if self.log.len() >= MOST_EVENTS && !leads_out {
            return Err(NotNow::TooLong);
        }
        next.log.push(Entry {
            at,
            by: by.clone(),
            event,
        });
        *self = next;
        Ok(())
    }

    /// What is to be done; none once it is closed.
    pub fn order(&self) -> Option<Order> {
        let disposition = self.need.as_ref().map(|need| need.disposition.clone());
        match &self.state {
            State::Assessing => Some(Order::Assess),
            State::WithClinician { handed_over, since } => {
                Some(self.validate(*handed_over, *since))
            }
            State::Emergency {
                disposition,
                confirmed,
            } => Some(Order::Emergency {
                disposition: disposition.clone(),
                confirmed: *confirmed,
            }),
            State::Searching => self.search_order(),
            State::Choosing { offered } => Some(Order::Choose { offered: *offered }),
            State::Referring { service, method } => Some(Order::Refer {
                service: service.clone(),
                method: method.clone(),
            }),
            State::Promising => self.need.as_ref().map(|need| Order::Callback {
                disposition: need.disposition.clone(),
                deadline: need.deadline(),
                skill: need.skill.clone().unwrap_or_else(|| CLINICIAN.to_owned()),
            }),
            State::Advising => disposition.map(|_| Order::Advise {
                advice: (self.end.as_ref()).map_or_else(Vec::new, |end| end.advice.clone()),
            }),
            State::Closed(_) => None,
        }
    }

    /// Where it stands.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// When it was opened.
    pub fn opened(&self) -> Timestamp {
        self.opened
    }

    /// What the assessment came to; none while it is under way.
    pub fn end(&self) -> Option<&End> {
        self.end.as_ref()
    }

    /// What is needed, as it was decided last.
    pub fn need(&self) -> Option<&Need> {
        self.need.as_ref()
    }

    /// How it was closed; none while it is open.
    pub fn closed(&self) -> Option<&Closed> {
        match &self.state {
            State::Closed(closed) => Some(closed),
            _ => None,
        }
    }

    /// Services that have been tried in vain.
    pub fn struck_out(&self) -> &[String] {
        &self.struck_out
    }

    /// All that has happened, in order.
    pub fn log(&self) -> &[Entry] {
        &self.log
    }

    /// Whether the handler may go back into the assessment: nothing has been done with what it came to.
    pub fn may_reopen(&self, by: &By) -> Result<(), NotNow> {
        let is_handed_over = match &self.state {
            State::Emergency { .. } => return Err(NotNow::OnItsWay),
            State::Closed(_) => return Err(NotNow::Closed),
            State::Assessing | State::Referring { .. } => return Err(self.out_of_turn()),
            State::WithClinician { handed_over, .. } => *handed_over,
            _ => false,
        };
        let by_clinician = self.need.as_ref().is_some_and(|need| need.by.clinician);
        match (is_handed_over || by_clinician) && !by.clinician {
            true => Err(NotNow::ClinicianOnly),
            false => Ok(()),
        }
    }

    fn last(&self) -> Timestamp {
        self.log.last().map_or(self.opened, |entry| entry.at)
    }

    fn out_of_turn(&self) -> NotNow {
        let now = self.order().map_or(String::new(), |order| order.words());
        NotNow::OutOfTurn { now }
    }

    fn take(&mut self, at: Timestamp, by: &By, event: &Event, codes: &Codes) -> Result<(), NotNow> {
        match (&self.state, event) {
            (State::Closed(_), _) => return Err(NotNow::Closed),
            (State::Emergency { .. }, Event::TakenBy999) => {
                self.close_emergency(at, by);
                return Ok(());
            }
            (State::Emergency { .. }, _) => return Err(NotNow::OnItsWay),
            _ => {}
        }
        match event {
            Event::Decided { end } => self.decided(at, by, end, codes),
            Event::Reopened => self.reopened(by),
            Event::Danger => {
                self.emergency(None, false);
                Ok(())
            }
            Event::HandedOver => {
                self.hand_to_clinician(at, true);
                Ok(())
            }
            Event::Confirmed => self.confirmed(at, by),
            Event::Changed {
                to,
                why,
                symptom_group,
            } => {
                written("the reason", why, LONGEST_WHY)?;
                self.changed(at, by, to, symptom_group.as_ref(), codes)
            }
            Event::Found { offered } => self.found(at, *offered),
            Event::Chosen { service, method } => self.chosen(service, method),
            Event::Referred { came_of } => self.referred(at, by, *came_of),
            Event::Promised { reference } => {
                let need = self.doing(&State::Promising)?;
                let disposition = need.disposition.clone();
                let reference = *reference;
                self.close(
                    at,
                    by,
                    Outcome::Callback {
                        disposition,
                        reference,
                    },
                );
                Ok(())
            }
            Event::Given => {
                let disposition = self.doing(&State::Advising)?.disposition.clone();
                self.close(at, by, Outcome::Advice { disposition });
                Ok(())
            }
            Event::TakenBy999 => Err(self.out_of_turn()),
            Event::Abandoned { why } => {
                written("the reason", why, LONGEST_WHY)?;
                only_clinician(by)?;
                self.close(at, by, Outcome::Abandoned { why: why.clone() });
                Ok(())
            }
        }
    }

    /// What is needed, where the case stands there.
    fn doing(&self, state: &State) -> Result<&Need, NotNow> {
        let need = self.need.as_ref().filter(|_| self.state == *state);
        need.ok_or_else(|| self.out_of_turn())
    }

    fn decided(&mut self, at: Timestamp, by: &By, end: &End, codes: &Codes) -> Result<(), NotNow> {
        let waits = match &self.state {
            State::Assessing => false,
            State::WithClinician { .. } if self.end.is_none() && self.need.is_none() => true,
            _ => return Err(self.out_of_turn()),
        };
        let need = known(&end.disposition, codes, at, by)?;
        self.end = Some(end.clone());
        // Handed over in the middle: only a danger to life goes on without the clinician.
        if waits && !by.clinician && need.kind != Kind::LifeThreatening {
            self.need = Some(need);
            return Ok(());
        }
        self.settle(at, need);
        Ok(())
    }

    /// Goes where what is needed leads.
    fn settle(&mut self, at: Timestamp, need: Need) {
        let code = need.disposition.clone();
        let waits = need.confirmed.is_some();
        let (kind, by_clinician) = (need.kind, need.by.clinician);
        self.need = Some(need);
        match kind {
            Kind::LifeThreatening => self.emergency(Some(code), false),
            _ if waits => self.hand_to_clinician(at, false),
            Kind::Ambulance => self.emergency(Some(code), by_clinician),
            Kind::Callback => self.state = State::Promising,
            Kind::Advice => self.state = State::Advising,
            Kind::EmergencyDepartment
            | Kind::TreatmentCentre
            | Kind::PrimaryCare
            | Kind::Pharmacy
            | Kind::Dental
            | Kind::MentalHealth => self.state = State::Searching,
        }
    }

    fn emergency(&mut self, disposition: Option<DispositionCode>, confirmed: bool) {
        self.state = State::Emergency {
            disposition,
            confirmed,
        };
    }

    fn hand_to_clinician(&mut self, at: Timestamp, handed_over: bool) {
        // Who is waiting there already keeps the place.
        let (since, before) = match &self.state {
            State::WithClinician { since, handed_over } => (*since, *handed_over),
            _ => (at, false),
        };
        self.state = State::WithClinician {
            handed_over: handed_over || before,
            since,
        };
    }

    fn validate(&self, handed_over: bool, since: Timestamp) -> Order {
        let need = self.need.as_ref();
        let asked = need.filter(|_| !handed_over);
        let skill = asked.and_then(|need| need.skill.clone());
        let within = asked.map_or(Duration::ZERO, Need::time_to_confirm);
        Order::Validate {
            disposition: need.map(|need| need.disposition.clone()),
            skill: skill.unwrap_or_else(|| CLINICIAN.to_owned()),
            within,
            deadline: later(since, within),
        }
    }

    fn reopened(&mut self, by: &By) -> Result<(), NotNow> {
        self.may_reopen(by)?;
        (self.end, self.need, self.symptom_group) = (None, None, None);
        self.struck_out.clear();
        self.state = State::Assessing;
        Ok(())
    }

    fn confirmed(&mut self, at: Timestamp, by: &By) -> Result<(), NotNow> {
        only_clinician(by)?;
        let is_there = matches!(self.state, State::WithClinician { .. });
        let need = self.need.clone().filter(|_| is_there);
        let need = need.ok_or_else(|| self.out_of_turn())?;
        let need = need.confirmed_by(at, by);
        self.is_searchable(&need)?;
        self.settle(at, need);
        Ok(())
    }

    fn changed(
        &mut self,
        at: Timestamp,
        by: &By,
        to: &DispositionCode,
        symptom_group: Option<&SymptomGroupCode>,
        codes: &Codes,
    ) -> Result<(), NotNow> {
        only_clinician(by)?;
        let need = known(to, codes, at, by)?.confirmed_by(at, by);
        if let Some(group) = symptom_group {
            if codes.symptom_group(group).is_none() {
                return Err(NotNow::UnknownSymptomGroup(group.to_string()));
            }
            self.symptom_group = Some(group.clone());
        }
        self.is_searchable(&need)?;
        self.struck_out.clear();
        self.settle(at, need);
        Ok(())
    }

    /// What the matter is, where anybody has said so.
    fn matter(&self) -> Option<&SymptomGroupCode> {
        let assessed = self.end.as_ref().map(|end| &end.symptom_group);
        self.symptom_group.as_ref().or(assessed)
    }

    fn is_searchable(&self, need: &Need) -> Result<(), NotNow> {
        match need.kind.asks_directory() && self.matter().is_none() {
            true => Err(NotNow::SymptomGroupWanted(need.disposition.to_string())),
            false => Ok(()),
        }
    }

    /// What the directory is asked for this case, whether it is time for that or not; none where it is not asked.
    pub fn search_order(&self) -> Option<Order> {
        let end = self.end.as_ref();
        Some(Order::Search {
            disposition: self.need.as_ref()?.disposition.clone(),
            symptom_group: self.matter()?.clone(),
            discriminators: end.map_or_else(Vec::new, |end| end.discriminators.clone()),
            struck_out: self.struck_out.clone(),
        })
    }

    fn found(&mut self, at: Timestamp, offered: usize) -> Result<(), NotNow> {
        match self.state {
            State::Searching | State::Choosing { .. } if offered > 0 => {
                self.state = State::Choosing { offered };
                Ok(())
            }
            State::Searching | State::Choosing { .. } => {
                self.nothing_found(at);
                Ok(())
            }
            _ => Err(self.out_of_turn()),
        }
    }

    /// Nobody is left without a way on: somebody rings back, or a clinician takes it at once.
    fn nothing_found(&mut self, at: Timestamp) {
        match self.need.as_ref().and_then(|need| need.skill.as_ref()) {
            Some(_) => self.state = State::Promising,
            None => self.hand_to_clinician(at, true),
        }
    }

    fn chosen(&mut self, service: &str, method: &str) -> Result<(), NotNow> {
        if !matches!(self.state, State::Choosing { .. }) {
            return Err(self.out_of_turn());
        }
        written("the service", service, LONGEST_NAME)?;
        written("the method", method, LONGEST_NAME)?;
        if self.struck_out.iter().any(|tried| tried == service) {
            return Err(NotNow::StruckOut(service.to_owned()));
        }
        self.state = State::Referring {
            service: service.to_owned(),
            method: method.to_owned(),
        };
        Ok(())
    }

    fn referred(&mut self, at: Timestamp, by: &By, came_of: CameOf) -> Result<(), NotNow> {
        let (State::Referring { service, method }, Some(need)) = (self.state.clone(), &self.need)
        else {
            return Err(self.out_of_turn());
        };
        if came_of.is_good() {
            let outcome = Outcome::Referred {
                disposition: need.disposition.clone(),
                kind: need.kind,
                service,
                method,
                patient_told: came_of == CameOf::PatientTold,
            };
            self.close(at, by, outcome);
            return Ok(());
        }
        self.struck_out.push(service);
        match self.struck_out.len() < MOST_TRIED {
            true => self.state = State::Searching,
            false => self.nothing_found(at),
        }
        Ok(())
    }

    fn close_emergency(&mut self, at: Timestamp, by: &By) {
        let State::Emergency {
            disposition,
            confirmed,
        } = self.state.clone()
        else {
            return;
        };
        let outcome = match disposition {
            Some(disposition) if confirmed => Outcome::ValidatedEmergency { disposition },
            disposition => Outcome::Emergency { disposition },
        };
        self.close(at, by, outcome);
    }

    fn close(&mut self, at: Timestamp, by: &By, outcome: Outcome) {
        let by_clinician = self.need.as_ref().is_some_and(|need| need.by.clinician);
        let clinician_decided = match &outcome {
            Outcome::Abandoned { .. } => true,
            // A danger that came up beside the assessment was nobody's decision.
            Outcome::Emergency { disposition: None } => false,
            _ => by_clinician,
        };
        self.state = State::Closed(Closed {
            outcome,
            at,
            by: by.clone(),
            clinician_decided,
        });
    }
}

fn known(code: &DispositionCode, codes: &Codes, at: Timestamp, by: &By) -> Result<Need, NotNow> {
    let need = Need::of(code, codes, at, by);
    need.ok_or_else(|| NotNow::UnknownDisposition(code.to_string()))
}

fn only_clinician(by: &By) -> Result<(), NotNow> {
    match by.clinician {
        true => Ok(()),
        false => Err(NotNow::ClinicianOnly),
    }
}

fn written(what: &'static str, text: &str, most: usize) -> Result<(), NotNow> {
    match text.trim().is_empty() || text.chars().count() > most {
        true => Err(NotNow::Text { what, most }),
        false => Ok(()),
    }
}
