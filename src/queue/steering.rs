//! What follows from a code that a handler has dialled.

use std::collections::BTreeSet;
use std::time::Duration;

use super::code::Code;
use super::event::Event;
use super::handler::{HandlerId, Reason, State};
use super::machine::Queue;

/// What has come of a code, for the handler to be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Steered {
    /// They are ready; in a call, as soon as it is over.
    Ready,
    /// They are not ready; in a call, as soon as it is over.
    NotReady,
    /// They have written down what was said.
    WrapUpEnded,
    /// They have more time for it.
    WrapUpExtended,
    /// They are at work.
    SignedIn,
    /// They are not, or no phone of theirs is registered.
    SignedOut,
    /// It cannot be now. Everything stays as it was.
    NotNow,
}

impl Queue {
    /// What comes of a code, and what is to be told to the queue for it. `extend` is how much time one code
    /// gives after a call.
    pub fn steered(
        &self,
        handler: &HandlerId,
        code: &Code,
        extend: Duration,
    ) -> (Steered, Option<Event>) {
        let Some(state) = self.state_of(handler) else {
            return (Steered::SignedOut, None);
        };
        let handler = handler.clone();
        let wraps_up = matches!(state, State::WrapUp { .. });
        let (steered, event) = match code {
            Code::Ready => (Steered::Ready, Event::Ready { handler }),
            Code::NotReady(reason) => {
                let reason = Reason::Chosen(*reason);
                (Steered::NotReady, Event::NotReady { handler, reason })
            }
            Code::EndWrapUp if wraps_up => (Steered::WrapUpEnded, Event::Ready { handler }),
            Code::ExtendWrapUp if wraps_up => {
                let by = extend;
                (Steered::WrapUpExtended, Event::Extended { handler, by })
            }
            Code::SignIn => (Steered::SignedIn, Event::SignsOn { handler }),
            Code::SignOut => {
                let reason = Reason::SignedOut;
                (Steered::SignedOut, Event::NotReady { handler, reason })
            }
            Code::EndWrapUp
            | Code::ExtendWrapUp
            | Code::Listen(_)
            | Code::Whisper(_)
            | Code::Barge(_)
            | Code::TakeOver(_) => return (Steered::NotNow, None),
        };
        (steered, Some(event))
    }

    /// The providers whose callers wait while nobody is at work for them: their own handlers have gone or are
    /// not ready, and there are none who take everybody's callers. Costs a step for every kind of caller and of handler.
    pub fn deserted(&self) -> BTreeSet<String> {
        let lines = self.callers.lines();
        let wanted = lines
            .iter()
            .filter_map(|(_, line)| line.needs.wanted().provider.as_ref());
        let wanted: BTreeSet<&String> = wanted.collect();
        let is_served = |provider: &String| {
            let mut profiles = self.pool.profiles();
            profiles.any(|(number, profile)| {
                self.pool.staffed(number) > 0
                    && profile.provider.as_ref().is_none_or(|own| own == provider)
            })
        };
        let deserted = wanted.into_iter().filter(|provider| !is_served(provider));
        deserted.cloned().collect()
    }
}

#[cfg(test)]
mod tests;
