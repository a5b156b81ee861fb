use std::collections::BTreeMap;
use std::ops::Range;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::diagnostic::Source;

use super::destination::{Priority, ServiceNeed};
use super::key::Key;

/// A flow that has been read and found sound.
#[derive(Clone, Debug)]
pub struct Flow {
    pub(super) entry: BTreeMap<String, String>,
    pub(super) steps: BTreeMap<String, Step>,
    pub(super) fallback_skill: String,
    pub(super) timing: Timing,
    pub(super) source: Source,
}

/// How long callers have, and how often they are asked.
#[derive(Clone, Copy, Debug)]
pub(super) struct Timing {
    /// For a key, after the prompt's end.
    pub(super) wait: Duration,
    /// How often a prompt is said again when no key comes.
    pub(super) repeats: u32,
    /// So many wrong keys lead to a person.
    pub(super) wrong: u32,
    /// Between digits of a number or of a postcode.
    pub(super) digit: Duration,
    /// How soon a prompt is said again to a text-relay caller, who has no timeout.
    pub(super) relay: Duration,
}

/// A step of the flow.
#[derive(Clone, Debug)]
pub(super) struct Step {
    pub(super) say: Vec<String>,
    /// What choosing this step means, for the handler's display and the timeline.
    pub(super) label: Option<String>,
    pub(super) language: Option<String>,
    pub(super) kind: Kind,
    pub(super) span: Range<usize>,
}

/// What happens when a step's prompts have been said.
#[derive(Clone, Debug)]
pub(super) enum Kind {
    Menu(BTreeMap<Key, String>),
    Next(String),
    /// The caller is asked for a postcode, and goes on to a step with it or without.
    Postcode(String),
    Leave(Ending),
}

/// Where a step leads, before the caller's region and number are known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Ending {
    Queue { skill: String, priority: Priority },
    Clinicians { priority: Priority },
    Callback { disposition: Option<String> },
    CrisisLine { skill: String },
    Service { need: ServiceNeed, skill: String },
    Capacity,
    Emergency,
}

impl Ending {
    /// Whether the caller is asked for a region that is not known.
    pub(super) fn needs_region(&self) -> bool {
        matches!(
            self,
            Ending::Queue { .. }
                | Ending::Callback { .. }
                | Ending::CrisisLine { .. }
                | Ending::Service { .. }
        )
    }
}

impl Flow {
    /// The dialled numbers that the flow knows.
    pub fn entries(&self) -> impl Iterator<Item = &str> {
        self.entry.keys().map(String::as_str)
    }

    /// Every recording that the flow may ask for.
    pub fn recordings(&self) -> impl Iterator<Item = (&str, Range<usize>)> {
        let steps = self.steps.values();
        steps.flat_map(|step| {
            step.say
                .iter()
                .map(|name| (name.as_str(), step.span.clone()))
        })
    }

    /// The languages that the flow may change to, with the step that does.
    pub fn languages(&self) -> impl Iterator<Item = (&str, Range<usize>)> {
        let steps = self.steps.values();
        steps.filter_map(|step| Some((step.language.as_deref()?, step.span.clone())))
    }

    /// The dispositions of the callbacks that the flow leads to, with the step that does.
    pub fn dispositions(&self) -> impl Iterator<Item = (&str, Range<usize>)> {
        let steps = self.steps.values();
        steps.filter_map(|step| match &step.kind {
            Kind::Leave(Ending::Callback {
                disposition: Some(code),
            }) => Some((code.as_str(), step.span.clone())),
            _ => None,
        })
    }

    /// What the flow looks for in the directory, with the step that does.
    pub fn service_needs(&self) -> impl Iterator<Item = (&ServiceNeed, Range<usize>)> {
        let steps = self.steps.values();
        steps.filter_map(|step| match &step.kind {
            Kind::Leave(Ending::Service { need, .. }) => Some((need, step.span.clone())),
            _ => None,
        })
    }

    /// The skills that the flow asks for, with the step that does; `clinician` is that of whoever
    /// rings back where no disposition says who does.
    pub fn skills<'a>(
        &'a self,
        clinician: &'a str,
    ) -> impl Iterator<Item = (&'a str, Range<usize>)> {
        self.steps
            .values()
            .filter_map(move |step| match &step.kind {
                Kind::Leave(
                    Ending::Queue { skill, .. }
                    | Ending::CrisisLine { skill }
                    | Ending::Service { skill, .. },
                ) => Some((skill.as_str(), step.span.clone())),
                Kind::Leave(Ending::Callback { disposition: None } | Ending::Clinicians { .. }) => {
                    Some((clinician, step.span.clone()))
                }
                _ => None,
            })
    }

    /// The dialled numbers whose callers go to clinicians without being asked anything.
    pub fn clinician_lines(&self) -> Vec<&str> {
        let lines = self.entry.keys().filter(|number| {
            let ending = self.ending_of(number);
            matches!(ending, Some(Ending::Clinicians { .. }))
        });
        lines.map(String::as_str).collect()
    }

    /// Whether those who dial a number are professionals and not patients: without being asked anything they go to
    /// clinicians, or set the capacity of their service.
    pub fn is_for_professionals(&self, dialled: &str) -> bool {
        let ending = self.ending_of(dialled);
        matches!(ending, Some(Ending::Clinicians { .. } | Ending::Capacity))
    }

    /// Where a dialled number leads without a key; none where it leads to a menu, or nowhere.
    fn ending_of(&self, dialled: &str) -> Option<&Ending> {
        match self.without_a_key(self.entry.get(dialled)?)? {
            Kind::Leave(ending) => Some(ending),
            _ => None,
        }
    }

    /// The key that leads from one step to another; none where none does.
    pub fn key_to(&self, step: &str, to: &str) -> Option<Key> {
        let Some(Kind::Menu(keys)) = self.steps.get(step).map(|step| &step.kind) else {
            return None;
        };
        let found = keys.iter().find(|(_, leads)| *leads == to);
        found.map(|(key, _)| *key)
    }

    /// Whether any step asks for a postcode.
    pub fn asks_postcode(&self) -> bool {
        let mut steps = self.steps.values();
        steps.any(|step| matches!(step.kind, Kind::Postcode(_)))
    }

    /// What follows a step's announcements: all that comes without a key. None where they lead round.
    pub(super) fn without_a_key(&self, name: &str) -> Option<&Kind> {
        let mut kind = &self.steps.get(name)?.kind;
        for _ in 0..=self.steps.len() {
            match kind {
                Kind::Next(next) => kind = &self.steps.get(next)?.kind,
                kind => return Some(kind),
            }
        }
        None
    }

    /// The skill of those who take whoever has not chosen.
    pub fn fallback_skill(&self) -> &str {
        &self.fallback_skill
    }

    /// The file, for problems with their place.
    pub fn source(&self) -> &Source {
        &self.source
    }
}
