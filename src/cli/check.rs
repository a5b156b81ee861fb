//! `ivr111 check`

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use crate::call::Plan;
use crate::diagnostic::Problem;
use crate::flow::Path;
use crate::settings::Settings;
use crate::steady;

use super::args::Check;
use super::{Outcome, output, sign_off};

#[derive(Serialize)]
struct Report {
    problems: Vec<Found>,
    warnings: Vec<String>,
    paths: Vec<Walked>,
}

#[derive(Serialize)]
struct Found {
    file: String,
    line: usize,
    column: usize,
    message: String,
    help: Option<String>,
}

#[derive(Serialize)]
struct Walked {
    dialled: String,
    caller: String,
    keys: Vec<String>,
    destination: &'static str,
    why: &'static str,
}

pub(super) fn run(arguments: &Check) -> Outcome {
    let checked = Plan::load(&arguments.config.config).and_then(|plan| {
        let passwords = plan.settings.passwords(|name| std::env::var(name).ok());
        let paths = plan.paths();
        match (passwords, paths) {
            (Ok(_), Ok(paths)) => Ok((plan, paths)),
            (passwords, paths) => {
                let problems = passwords.err().into_iter().chain(paths.err());
                Err(problems.collect())
            }
        }
    });
    let checked = match (checked, signed(&arguments.config.config)) {
        (checked, signed) if signed.is_empty() => checked,
        (checked, signed) => Err(checked.err().into_iter().flatten().chain(signed).collect()),
    };
    match checked {
        Ok((plan, paths)) => sound(arguments, &plan, &paths),
        Err(problems) => wrong(arguments, &problems),
    }
}

/// What is wrong with what was signed. Settings that cannot be read are told of elsewhere.
fn signed(config: &std::path::Path) -> Vec<Problem> {
    match Settings::load(config) {
        Ok(settings) => sign_off::problems(&settings, config, steady::now()),
        Err(_) => Vec::new(),
    }
}

fn wrong(arguments: &Check, problems: &[Problem]) -> Outcome {
    if arguments.json {
        let report = Report {
            problems: problems.iter().map(found).collect(),
            warnings: vec![],
            paths: vec![],
        };
        if output::json(&report) == Outcome::Failed {
            return Outcome::Failed;
        }
    } else {
        output::problems(problems);
        eprintln!("{} problems", problems.len());
    }
    Outcome::Wrong
}

fn found(problem: &Problem) -> Found {
    Found {
        file: problem.file.display().to_string(),
        line: problem.line,
        column: problem.column,
        message: problem.message.clone(),
        help: problem.help.clone(),
    }
}

/// What is not wrong and yet wants to be seen to: entries of the directory that nobody has verified in time.
fn warnings(plan: &Plan, now: Timestamp) -> Vec<String> {
    let overdue = plan.directory.overdue(now);
    overdue
        .map(|service| {
            let (id, by, who) = (&service.id, service.verify_by, &service.provider);
            format!("{id} should have been verified by {by}: ask {who}")
        })
        .collect()
}

fn sound(arguments: &Check, plan: &Plan, paths: &[Path]) -> Outcome {
    let walked = paths.iter().map(|path| Walked {
        dialled: path.dialled.clone(),
        caller: path.caller.clone(),
        keys: path.keys.clone(),
        destination: path.destination.word(),
        why: path.why.words(),
    });
    let warnings = warnings(plan, Timestamp::now());
    if arguments.json {
        return output::json(&Report {
            problems: vec![],
            warnings,
            paths: walked.collect(),
        });
    }
    if arguments.paths {
        let rows: Vec<Vec<String>> = walked
            .map(|path| {
                let keys = path.keys.join(" ");
                let end = path.destination.to_owned();
                vec![path.dialled, path.caller, keys, end, path.why.to_owned()]
            })
            .collect();
        output::table(&["dialled", "caller", "keys", "ends at", "why"], &rows);
    }
    for warning in &warnings {
        output::line(format!("warning: {warning}"));
    }
    let mut ends: BTreeMap<&str, usize> = BTreeMap::new();
    for path in paths {
        *ends.entry(path.destination.word()).or_default() += 1;
    }
    let ends: Vec<String> = ends
        .iter()
        .map(|(end, n)| format!("{n} at {end}"))
        .collect();
    output::line(format!(
        "Sound: {} regions, {} area codes, {} services, {} prompts. All {} paths that a caller can key end: {}. \
         {} pathways: all {} paths through them end in a disposition.",
        plan.tables.regions().count(),
        plan.tables.area_codes(),
        plan.directory.len(),
        plan.prompts.script().names().count(),
        paths.len(),
        ends.join(", "),
        plan.pathways.len(),
        plan.pathways.count_paths()
    ));
    Outcome::Good
}
