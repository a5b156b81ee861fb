//! A run that another process has begun.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::model::Flow;
use super::run::{Action, Facts, Mode, Run, Why};

/// How far a caller has come in a flow.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    pub(super) step: String,
    pub(super) mode: Mode,
    pub(super) language: String,
    pub(super) silent_rounds: u32,
    pub(super) wrong_keys: u32,
    pub(super) wrong_numbers: u32,
    #[serde(default)]
    pub(super) introduced: bool,
}

impl Run {
    /// How far the caller has come.
    pub fn standing(&self) -> Standing {
        Standing {
            step: self.step.clone(),
            mode: self.mode.clone(),
            language: self.language.clone(),
            silent_rounds: self.silent_rounds,
            wrong_keys: self.wrong_keys,
            wrong_numbers: self.wrong_numbers,
            introduced: self.introduced,
        }
    }

    /// A run that has come so far, and waits for [`Event::Resumed`](super::Event::Resumed). The flow may be
    /// another one by now; the facts are those of the same caller.
    pub fn resumed(flow: Arc<Flow>, facts: Facts, standing: Standing) -> Self {
        let Standing {
            step,
            mode,
            language,
            silent_rounds,
            wrong_keys,
            wrong_numbers,
            introduced,
        } = standing;
        Run {
            step,
            mode,
            language,
            silent_rounds,
            wrong_keys,
            wrong_numbers,
            introduced,
            ..Run::new(flow, facts)
        }
    }

    /// Says again what the caller was told or asked. Where that is not in the flow any more, a person is.
    pub(super) fn resume(&mut self, actions: &mut Vec<Action>) {
        // What they have been promised is looked up anew.
        if let Mode::Asked | Mode::Promised(..) = self.mode {
            self.mode = Mode::Step;
        }
        match self.mode {
            Mode::NumberOnly => self.start(actions),
            Mode::Step if self.step.is_empty() => self.start(actions),
            Mode::Step if self.current().is_none() => self.fall_back(Why::NoEntry, actions),
            _ => self.ask_again(actions),
        }
    }
}
