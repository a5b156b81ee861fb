use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;
use std::time::Duration;

use serde::Deserialize;
use toml::Spanned;

use crate::clinical::{DiscriminatorCode, DispositionCode, SymptomGroupCode};
use crate::diagnostic::{Problem, Source};

use super::check;
use super::destination::{Priority, ServiceNeed};
use super::key::Key;
use super::model::{Ending, Flow, Kind, Step, Timing};

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct File {
    entry: BTreeMap<String, Spanned<String>>,
    fallback: Fallback,
    #[serde(default)]
    timing: TimingTable,
    step: BTreeMap<Spanned<String>, Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Fallback {
    skill: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
struct TimingTable {
    wait: Spanned<f64>,
    repeats: Spanned<u32>,
    wrong: Spanned<u32>,
    digit: Spanned<f64>,
    relay: Spanned<f64>,
}

impl Default for TimingTable {
    fn default() -> Self {
        TimingTable {
            wait: Spanned::new(0..0, 7.0),
            repeats: Spanned::new(0..0, 1),
            wrong: Spanned::new(0..0, 3),
            digit: Spanned::new(0..0, 6.0),
            relay: Spanned::new(0..0, 60.0),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Row {
    #[serde(default)]
    say: Vec<String>,
    label: Option<String>,
    language: Option<String>,
    key: Option<BTreeMap<Spanned<String>, Spanned<String>>>,
    next: Option<Spanned<String>>,
    postcode: Option<Spanned<String>>,
    queue: Option<QueueRow>,
    clinicians: Option<CliniciansRow>,
    callback: Option<CallbackRow>,
    crisis_line: Option<CrisisRow>,
    directory: Option<DirectoryRow>,
    capacity: Option<bool>,
    emergency: Option<bool>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct QueueRow {
    skill: String,
    #[serde(default)]
    priority: Priority,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct CliniciansRow {
    #[serde(default)]
    priority: Priority,
}

/// `true`, or `{ disposition = "Dx80" }`.
#[derive(Deserialize)]
#[serde(
    untagged,
    deny_unknown_fields,
    expecting = "`true` or `{ disposition = \"Dx80\" }`"
)]
enum CallbackRow {
    Is(bool),
    With { disposition: String },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct DirectoryRow {
    disposition: DispositionCode,
    symptom_group: SymptomGroupCode,
    #[serde(default)]
    discriminators: Vec<DiscriminatorCode>,
    skill: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct CrisisRow {
    skill: String,
}

impl Flow {
    /// Reads a flow file. All problems come back at once, each with its place.
    pub fn load(path: &Path) -> Result<Flow, Vec<Problem>> {
        Flow::parse(Source::read(path).map_err(|problem| vec![problem])?)
    }

    /// Reads a flow from a text.
    pub fn parse(source: Source) -> Result<Flow, Vec<Problem>> {
        let file: File = source.toml().map_err(|problem| vec![problem])?;
        let mut problems = Vec::new();
        let timing = timing(&file.timing, &source, &mut problems);
        let names: Vec<String> = file.step.keys().map(|k| k.get_ref().clone()).collect();
        let mut target = |to: &Spanned<String>, problems: &mut Vec<Problem>| {
            if !names.contains(to.get_ref()) {
                problems.push(no_step(&source, to, &names));
            }
            to.get_ref().clone()
        };
        let entry = file
            .entry
            .into_iter()
            .map(|(dialled, to)| (dialled, target(&to, &mut problems)))
            .collect();
        let mut steps = BTreeMap::new();
        for (name, row) in file.step {
            let span = name.span();
            if let Some(kind) = kind(&row, &span, &source, &mut problems, &mut target) {
                let step = Step {
                    say: row.say,
                    label: row.label,
                    language: row.language,
                    kind,
                    span,
                };
                steps.insert(name.into_inner(), step);
            }
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        let flow = Flow {
            entry,
            steps,
            fallback_skill: file.fallback.skill,
            timing,
            source,
        };
        let problems = check::check(&flow);
        if problems.is_empty() {
            Ok(flow)
        } else {
            Err(problems)
        }
    }
}

fn no_step(source: &Source, to: &Spanned<String>, names: &[String]) -> Problem {
    let problem = source.problem(to.span(), format!("there is no step `{}`", to.get_ref()));
    let near = names
        .iter()
        .min_by_key(|name| strsim::damerau_levenshtein(name, to.get_ref()));
    match near {
        Some(near) => problem.help(format!("did you mean `{near}`?")),
        None => problem,
    }
}

fn timing(table: &TimingTable, source: &Source, problems: &mut Vec<Problem>) -> Timing {
    let mut seconds = |value: &Spanned<f64>, least: f64, most: f64| {
        let given = *value.get_ref();
        if !(least..=most).contains(&given) {
            let message = format!("{given} seconds; it must be {least} to {most}");
            problems.push(source.problem(value.span(), message));
            return Duration::from_secs(1);
        }
        Duration::from_secs_f64(given)
    };
    let (wait, digit) = (
        seconds(&table.wait, 1.0, 60.0),
        seconds(&table.digit, 1.0, 60.0),
    );
    let relay = seconds(&table.relay, 10.0, 600.0);
    let mut number = |value: &Spanned<u32>, least: u32| {
        let given = *value.get_ref();
        if !(least..=9).contains(&given) {
            let message = format!("{given} times; it must be {least} to 9");
            problems.push(source.problem(value.span(), message));
        }
        given
    };
    Timing {
        wait,
        repeats: number(&table.repeats, 0),
        wrong: number(&table.wrong, 1),
        digit,
        relay,
    }
}

type Target<'a> = dyn FnMut(&Spanned<String>, &mut Vec<Problem>) -> String + 'a;

/// A step does exactly one thing when its prompts have been said.
fn kind(
    row: &Row,
    span: &Range<usize>,
    source: &Source,
    problems: &mut Vec<Problem>,
    target: &mut Target<'_>,
) -> Option<Kind> {
    let mut kinds = Vec::new();
    if let Some(keys) = &row.key {
        kinds.push(Kind::Menu(menu(keys, source, problems, target)));
    }
    if let Some(next) = &row.next {
        kinds.push(Kind::Next(target(next, problems)));
    }
    if let Some(next) = &row.postcode {
        kinds.push(Kind::Postcode(target(next, problems)));
    }
    if let Some(queue) = &row.queue {
        kinds.push(Kind::Leave(Ending::Queue {
            skill: queue.skill.clone(),
            priority: queue.priority,
        }));
    }
    if let Some(clinicians) = &row.clinicians {
        let priority = clinicians.priority;
        kinds.push(Kind::Leave(Ending::Clinicians { priority }));
    }
    if let Some(crisis) = &row.crisis_line {
        let skill = crisis.skill.clone();
        kinds.push(Kind::Leave(Ending::CrisisLine { skill }));
    }
    if let Some(row) = &row.directory {
        let need = ServiceNeed {
            disposition: row.disposition.clone(),
            symptom_group: row.symptom_group.clone(),
            discriminators: row.discriminators.clone(),
        };
        let skill = row.skill.clone();
        kinds.push(Kind::Leave(Ending::Service { need, skill }));
    }
    match &row.callback {
        Some(CallbackRow::With { disposition }) => {
            let disposition = Some(disposition.clone());
            kinds.push(Kind::Leave(Ending::Callback { disposition }));
        }
        Some(CallbackRow::Is(true)) => {
            kinds.push(Kind::Leave(Ending::Callback { disposition: None }));
        }
        Some(CallbackRow::Is(false)) | None => {}
    }
    if row.capacity == Some(true) {
        kinds.push(Kind::Leave(Ending::Capacity));
    }
    if row.emergency == Some(true) {
        kinds.push(Kind::Leave(Ending::Emergency));
    }
    if kinds.len() != 1 {
        let message = format!("this step does {} things; it must do one", kinds.len());
        let help = "give it one of: key, next, postcode, queue, clinicians, callback, crisis-line, directory, capacity, emergency";
        problems.push(source.problem(span.clone(), message).help(help));
        return None;
    }
    kinds.pop()
}

fn menu(
    keys: &BTreeMap<Spanned<String>, Spanned<String>>,
    source: &Source,
    problems: &mut Vec<Problem>,
    target: &mut Target<'_>,
) -> BTreeMap<Key, String> {
    let mut menu = BTreeMap::new();
    for (key, to) in keys {
        let to = target(to, problems);
        let mut characters = key.get_ref().chars();
        match (characters.next().and_then(Key::new), characters.next()) {
            (Some(key), None) => {
                menu.insert(key, to);
            }
            _ => {
                let message = format!("`{}` is no key", key.get_ref());
                let problem = source.problem(key.span(), message);
                problems.push(problem.help("keys are 0-9, \"*\" and \"#\""));
            }
        }
    }
    menu
}
