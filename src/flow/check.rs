//! Finds flows that would trap a caller.

use std::collections::BTreeSet;

use crate::diagnostic::Problem;

use super::model::{Ending, Flow, Kind};

/// Steps that can never be left, and steps that nobody reaches.
pub(super) fn check(flow: &Flow) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (name, step) in &flow.steps {
        if let Kind::Next(_) | Kind::Postcode(_) = step.kind
            && goes_round(flow, name)
        {
            let message =
                format!("step `{name}` leads round to itself without ever asking for a key");
            problems.push(flow.source.problem(step.span.clone(), message));
        } else if !reaches_an_end(flow, name) {
            let message = format!("step `{name}` loops: no key leads out of it to a destination");
            let problem = flow.source.problem(step.span.clone(), message);
            problems.push(problem.help("give a menu at least one key that leads on"));
        }
    }
    problems.extend(postcodes_before_999(flow));
    let reached = reachable(flow, flow.entry.values());
    for (name, step) in flow
        .steps
        .iter()
        .filter(|(name, _)| !reached.contains(name.as_str()))
    {
        let message = format!("no key and no entry leads to step `{name}`");
        problems.push(flow.source.problem(step.span.clone(), message));
    }
    problems
}

/// Steps that take keys for a postcode before 9, or whichever key it is, could ask for 999.
fn postcodes_before_999(flow: &Flow) -> Vec<Problem> {
    let mut open: Vec<&String> = flow.entry.values().collect();
    let (mut reached, mut problems) = (BTreeSet::new(), Vec::new());
    while let Some(name) = open.pop() {
        if !reached.insert(name) {
            continue;
        }
        let Some(step) = flow.steps.get(name) else {
            continue;
        };
        match &step.kind {
            Kind::Next(next) => open.push(next),
            Kind::Menu(keys) if !keys.values().any(|to| is_999(flow, to)) => {
                open.extend(keys.values());
            }
            Kind::Postcode(_) => {
                let message = format!(
                    "step `{name}` asks for a postcode before any menu with a key for 999: who needs it cannot say so"
                );
                let problem = flow.source.problem(step.span.clone(), message);
                problems.push(problem.help("let a menu with a key for 999 come first"));
            }
            Kind::Menu(_) | Kind::Leave(_) => {}
        }
    }
    problems
}

/// Whether a step leads to 999 without another key.
fn is_999(flow: &Flow, name: &str) -> bool {
    let kind = flow.without_a_key(name);
    matches!(kind, Some(Kind::Leave(Ending::Emergency)))
}

fn goes_round(flow: &Flow, start: &str) -> bool {
    let mut at = start;
    for _ in 0..=flow.steps.len() {
        match flow.steps.get(at).map(|step| &step.kind) {
            Some(Kind::Next(next) | Kind::Postcode(next)) if next == start => return true,
            Some(Kind::Next(next) | Kind::Postcode(next)) => at = next,
            _ => return false,
        }
    }
    false
}

fn reaches_an_end(flow: &Flow, start: &str) -> bool {
    let start = start.to_owned();
    reachable(flow, std::iter::once(&start))
        .iter()
        .filter_map(|name| flow.steps.get(name))
        .any(|step| matches!(step.kind, Kind::Leave(_)))
}

fn reachable<'a>(flow: &'a Flow, from: impl Iterator<Item = &'a String>) -> BTreeSet<String> {
    let mut open: Vec<&str> = from.map(String::as_str).collect();
    let mut reached = BTreeSet::new();
    while let Some(name) = open.pop() {
        if !reached.insert(name.to_owned()) {
            continue;
        }
        match flow.steps.get(name).map(|step| &step.kind) {
            Some(Kind::Menu(keys)) => open.extend(keys.values().map(String::as_str)),
            Some(Kind::Next(next) | Kind::Postcode(next)) => open.push(next),
            Some(Kind::Leave(_)) | None => {}
        }
    }
    reached
}
