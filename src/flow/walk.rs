//! Walks every path that a caller can key, to prove that each ends.

use std::collections::HashSet;
use std::sync::Arc;

use jiff::Timestamp;

use crate::identity::Number;

use super::again::{Before, Promised};
use super::destination::{Destination, Priority};
use super::key::Key;
use super::model::Flow;
use super::outward::OutwardCode;
use super::places::Places;
use super::run::{Action, Event, Facts, Mode, Run, Why};

/// One way through the flow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path {
    /// The number dialled.
    pub dialled: String,
    /// What was known about the caller, in a few words.
    pub caller: String,
    /// Keys in order; `-` is silence, `(hears)` hearing out what is said, up to where a key is waited for.
    pub keys: Vec<String>,
    /// Where it ends.
    pub destination: Destination,
    /// Why there.
    pub why: Why,
}

/// A number that nobody has (Ofcom keeps it for drama), for the paths on which one is keyed.
const DRAMA: &str = "01632960001";
/// What a caller has been promised who rings again.
const PROMISED: Before = Before::Promised(Promised::Callback {
    deadline: Timestamp::UNIX_EPOCH,
    priority: Priority::Ordinary,
});
/// All is heard out, up to where a key is waited for: what is said before the menu has keys of its own.
const HEARS: &str = "(hears)";
/// Longer than any sound path; a path that gets here does not end.
const LONGEST: usize = 60;

/// Every path, by every entry and every kind of caller. The error is a path that does not end.
pub fn walk(flow: &Arc<Flow>, places: &Arc<Places>) -> Result<Vec<Path>, Vec<String>> {
    let mut paths = Vec::new();
    for dialled in flow.entry.keys() {
        for (region_known, has_number, is_promised) in [
            (true, true, false),
            (true, false, false),
            (false, true, false),
            (false, false, false),
            (true, true, true),
            (false, true, true),
        ] {
            let facts = Facts {
                dialled: dialled.clone(),
                text_relay: false,
                region_known,
                region_keyed: false,
                places: Arc::clone(places),
                number: has_number.then(|| Number::parse(DRAMA).ok()).flatten(),
                number_refused: false,
                before: if is_promised {
                    PROMISED
                } else {
                    Before::Nothing
                },
            };
            let caller = match (region_known, has_number) {
                (true, _) if is_promised => "promised a call back, region known",
                (false, _) if is_promised => "promised a call back, region not known",
                (true, true) => "region and number known",
                (true, false) => "number withheld, region known",
                (false, true) => "region not known",
                (false, false) => "nothing known",
            };
            let mut walker = Walker {
                dialled,
                caller,
                seen: HashSet::new(),
                paths: &mut paths,
            };
            let mut run = Run::new(Arc::clone(flow), facts);
            let actions = run.on(Timestamp::UNIX_EPOCH, Event::Start);
            walker.follow(run, &actions, &mut Vec::new())?;
        }
    }
    Ok(paths)
}

struct Walker<'a> {
    dialled: &'a str,
    caller: &'a str,
    seen: HashSet<String>,
    paths: &'a mut Vec<Path>,
}

impl Walker<'_> {
    fn follow(
        &mut self,
        run: Run,
        actions: &[Action],
        keys: &mut Vec<String>,
    ) -> Result<(), Vec<String>> {
        for action in actions {
            if let Action::Leave { destination, why } = action {
                self.paths.push(Path {
                    dialled: self.dialled.to_owned(),
                    caller: self.caller.to_owned(),
                    keys: keys.clone(),
                    destination: destination.clone(),
                    why: *why,
                });
                return Ok(());
            }
        }
        if keys.len() > LONGEST {
            return Err(keys.clone());
        }
        if !self.seen.insert(state(&run)) {
            return Ok(());
        }
        for input in inputs(&run) {
            let mut next = run.clone();
            let actions = give(&mut next, &input);
            keys.push(input);
            self.follow(next, &actions, keys)?;
            keys.pop();
        }
        Ok(())
    }
}

/// All on which the rest of the run depends.
fn state(run: &Run) -> String {
    let mode = match &run.mode {
        Mode::Confirm(..) => "confirm".to_owned(),
        Mode::Number(_) => "number".to_owned(),
        Mode::WhichPostcode(codes, then) => {
            let tell: Vec<bool> = codes.iter().map(OutwardCode::tells_region).collect();
            format!("which {tell:?} {then:?}")
        }
        mode => format!("{mode:?}"),
    };
    format!(
        "{} {mode} {} {} {} {} {} {} {:?}",
        run.step,
        run.language,
        run.silent_rounds,
        run.wrong_keys,
        run.wrong_numbers,
        run.facts.region_known,
        run.facts.region_keyed,
        run.facts.before
    )
}

/// Every key, silence, and in place of a number's or a postcode's digits whole good ones and a whole bad one.
fn inputs(run: &Run) -> Vec<String> {
    let mut inputs = vec!["-".to_owned()];
    if matches!(run.mode, Mode::Number(_)) {
        inputs.push(format!("{DRAMA}#"));
        inputs.push("0#".to_owned());
        return inputs;
    }
    if matches!(run.mode, Mode::Postcode(..)) {
        let codes = &run.facts.places.outward_codes;
        let one = codes.iter().find(|code| code.tells_region());
        let several = codes.iter().find(|code| !code.tells_region());
        inputs.extend([one, several].into_iter().flatten().map(OutwardCode::keys));
        for input in inputs.iter_mut().skip(1) {
            input.push('#');
        }
        inputs.push("0#".to_owned());
        return inputs;
    }
    if run.mode == Mode::Step && matches!(run.facts.before, Before::Promised(_)) {
        inputs.push(HEARS.to_owned());
    }
    inputs.extend(Key::all().map(|key| key.char().to_string()));
    inputs
}

/// Gives a run what a caller does: keys, or `-` for silence. Time passes as the run asks for it.
pub fn give(run: &mut Run, input: &str) -> Vec<Action> {
    let mut actions = Vec::new();
    if input == HEARS {
        // No further than there are announcements, should they follow each other in a circle.
        for _ in 0..LONGEST {
            if run.speaking {
                actions.extend(run.on(Timestamp::UNIX_EPOCH, Event::SaidAll));
            }
        }
        return actions;
    }
    if input == "-" {
        // Announcements that follow each other are heard out, up to where a key is waited for.
        for _ in 0..LONGEST {
            let now = run.deadline().unwrap_or(Timestamp::UNIX_EPOCH);
            let event = if run.speaking {
                Event::SaidAll
            } else {
                Event::Tick
            };
            let waited = event == Event::Tick;
            actions.extend(run.on(now, event));
            if waited || run.is_over() {
                break;
            }
        }
        return actions;
    }
    for key in input.chars().filter_map(Key::new) {
        actions.extend(run.on(Timestamp::UNIX_EPOCH, Event::Key(key)));
    }
    actions
}
