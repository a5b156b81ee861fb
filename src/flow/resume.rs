//! A run that another process has begun.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::model::Flow;
use super::run::{Action, Facts, Mode, Run, Why};

/// How far a caller has come in a flow.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    step: String,
    mode: Mode,
    language: String,
    silent_rounds: u32,
    wrong_keys: u32,
    wrong_numbers: u32,
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
        } = standing;
        Run {
            step,
            mode,
            language,
            silent_rounds,
            wrong_keys,
            wrong_numbers,
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

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use proptest::prelude::*;

    use super::super::{Destination, Event, Key};
    use super::*;
    use crate::diagnostic::Source;
    use crate::identity::Number;

    const SHIPPED: &str = include_str!("../../routing/flows/111.toml");

    fn shipped() -> Arc<Flow> {
        Arc::new(Flow::parse(Source::new("111.toml", SHIPPED)).unwrap_or_else(|p| panic!("{p:?}")))
    }

    fn facts() -> Facts {
        Facts {
            dialled: "111".into(),
            region_known: false,
            regions: vec![(Key::new('1').unwrap(), "south".into())],
            number: Number::parse("01632960001").ok(),
            ..Facts::default()
        }
    }

    fn begun(flow: &Arc<Flow>) -> Run {
        Run::new(Arc::clone(flow), facts())
    }

    fn left(actions: &[Action]) -> Option<&Destination> {
        actions.iter().find_map(|action| match action {
            Action::Leave { destination, .. } => Some(destination),
            _ => None,
        })
    }

    /// Presses keys; where the run has not been left after so many of them, it is taken up elsewhere.
    fn drive(flow: &Arc<Flow>, keys: &str, taken_up_after: Option<usize>) -> Option<Destination> {
        let now = Timestamp::UNIX_EPOCH;
        let mut run = begun(flow);
        let mut actions = run.on(now, Event::Start);
        for (n, key) in keys.chars().enumerate() {
            if taken_up_after == Some(n) && !run.is_over() {
                let standing = serde_json::to_string(&run.standing()).unwrap();
                let known = run.facts.clone();
                run = Run::resumed(
                    Arc::clone(flow),
                    known,
                    serde_json::from_str(&standing).unwrap(),
                );
                let said = run.on(now, Event::Resumed);
                assert!(matches!(said[..], [Action::Say { .. }]), "{said:?}");
            }
            actions.extend(run.on(now, Event::Key(Key::new(key).unwrap())));
        }
        left(&actions).cloned()
    }

    #[test]
    fn a_step_that_is_there_no_more_leads_to_a_person() {
        let flow = shipped();
        let mut run = begun(&flow);
        run.on(Timestamp::UNIX_EPOCH, Event::Start);
        let standing = Standing {
            step: "closed".into(),
            ..run.standing()
        };
        let mut run = Run::resumed(flow, facts(), standing);
        let actions = run.on(Timestamp::UNIX_EPOCH, Event::Resumed);
        assert!(matches!(
            left(&actions),
            Some(Destination::HandlerQueue { .. })
        ));
    }

    proptest! {
        #[test]
        fn taken_up_anywhere_it_leads_where_it_would_have_led(
            keys in "[1-49*#]{1,6}", after in 0_usize..6
        ) {
            let flow = shipped();
            prop_assert_eq!(drive(&flow, &keys, Some(after)), drive(&flow, &keys, None));
        }
    }
}
