//! `ivr111 explain`: which way a caller would go, and why.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use crate::call::Plan;
use crate::flow::{self, Action, Before, Destination, Event, Facts, Run};
use crate::identity::{Caller, CallerNumber, Dialled, Number};
use crate::queue::Wanted;
use crate::routing::{Keyed, RegionDecision, RegionId};
use crate::steady;

use super::args::Explain;
use super::instant::instant;
use super::sign_off::plan_in_force;
use super::{Outcome, output};

/// Calls over which a region's shares are counted.
const CALLS: u64 = 10_000;
/// A checked flow is over long before so many silences.
const SILENCES: usize = 32;

#[derive(Serialize)]
struct Explanation {
    dialled: String,
    answered: bool,
    text_relay: bool,
    caller: String,
    at: String,
    region: String,
    rule: &'static str,
    why: String,
    /// Per cent of the region's calls at that time, by provider.
    providers: BTreeMap<String, f64>,
    /// Those of them that are marked as failed: others take their callers.
    failed: Vec<String>,
    /// What the caller hears, and the keys that they press, in order.
    steps: Vec<String>,
    destination: &'static str,
    because: &'static str,
    leads_to: String,
    /// Where it is a queue: to whom callers go besides, and when.
    overflow: Vec<String>,
}

pub(super) fn run(arguments: &Explain) -> Outcome {
    let plan = match plan_in_force(&arguments.config.config, steady::now()) {
        Ok(plan) => plan,
        Err(problems) => {
            output::problems(&problems);
            return Outcome::Failed;
        }
    };
    let explanation = match explain(&plan, arguments) {
        Ok(explanation) => explanation,
        Err(error) => return output::failed(error),
    };
    let shown = match arguments.json {
        true => output::json(&explanation),
        false => print(&explanation),
    };
    match shown {
        Outcome::Good if !explanation.answered => Outcome::Wrong,
        shown => shown,
    }
}

fn caller(arguments: &Explain, text_relay: bool) -> Result<Caller, String> {
    let number = match &arguments.from {
        None => CallerNumber::Withheld,
        Some(text) => match Number::parse(text) {
            Ok(number) => CallerNumber::Known(number),
            Err(crate::identity::NumberError::NetworkPlaceholder) => CallerNumber::Invalid,
            Err(error) => return Err(format!("--from {text}: {error}")),
        },
    };
    Ok(Caller::of(number, text_relay))
}

/// Lets everything be said, as to a patient caller, up to where a key is waited for.
fn hear_out(run: &mut Run, at: Timestamp, mut take: impl FnMut(Vec<Action>)) {
    while run.deadline().is_none() && !run.is_over() {
        take(run.on(at, Event::SaidAll));
    }
}

/// London time, or an instant with its offset.
fn time(text: Option<&str>) -> Result<Timestamp, String> {
    let Some(text) = text else {
        return Ok(Timestamp::now());
    };
    instant(text).map_err(|error| format!("--at {text}: {error}"))
}

fn explain(plan: &Plan, arguments: &Explain) -> Result<Explanation, String> {
    let dialled = Dialled::parse(&arguments.dialled);
    let caller = caller(arguments, dialled.text_relay)?;
    let at = time(arguments.at.as_deref())?;
    let mut region = plan.tables.region_of(&caller, None, None);
    let number = caller.best().cloned();
    let facts = Facts {
        dialled: dialled.service.clone(),
        text_relay: dialled.text_relay,
        region_known: region.is_known(),
        region_keyed: false,
        places: std::sync::Arc::clone(&plan.places),
        number_refused: number.as_ref().is_some_and(|n| n.callable_back().is_err()),
        number: number.filter(|number| number.callable_back().is_ok()),
        before: Before::Nothing,
    };
    let numbers = plan.settings.service.numbers.get_ref();
    let mut run = Run::new(std::sync::Arc::clone(&plan.flow), facts);
    let mut steps = Vec::new();
    let mut end = None;
    let mut take = |actions: Vec<Action>, steps: &mut Vec<String>, end: &mut Option<_>| {
        for action in actions {
            match action {
                Action::Say { utterances, .. } => {
                    let said: Vec<String> = utterances.iter().map(|u| format!("{u:?}")).collect();
                    steps.push(format!("hears {}", said.join(", ")));
                }
                Action::Chose(label) => steps.push(format!("has chosen {label}")),
                Action::Region(keyed) => {
                    let keyed = Keyed::Region(RegionId::new(&keyed));
                    region = plan.tables.region_of(&caller, None, Some(&keyed));
                }
                Action::Postcode(code) => {
                    steps.push(format!("is in {}", code.as_str()));
                    let keyed = Keyed::Postcode(code.as_str().to_owned());
                    region = plan.tables.region_of(&caller, None, Some(&keyed));
                }
                Action::Leave { destination, why } => *end = Some((destination, why)),
                Action::Silence
                | Action::Introduced
                | Action::Entered(_)
                | Action::ByRelay
                | Action::SpeaksNow => {}
            }
        }
    };
    take(run.on(at, Event::Start), &mut steps, &mut end);
    hear_out(&mut run, at, |actions| take(actions, &mut steps, &mut end));
    let keys = arguments.keys.split(',').map(str::trim);
    for keys in keys.filter(|keys| !keys.is_empty()) {
        if end.is_some() {
            return Err(format!("--keys: the flow is over before {keys} is pressed"));
        }
        let words = if keys == "-" {
            "presses nothing".to_owned()
        } else {
            format!("presses {keys}")
        };
        steps.push(words);
        take(flow::give(&mut run, keys), &mut steps, &mut end);
        hear_out(&mut run, at, |actions| take(actions, &mut steps, &mut end));
    }
    for _ in 0..SILENCES {
        if end.is_some() || dialled.text_relay {
            break;
        }
        steps.push("presses nothing more".into());
        take(flow::give(&mut run, "-"), &mut steps, &mut end);
    }
    let (destination, because) = end.ok_or(
        "the flow waits for a key; give it with --keys (text-relay callers have no timeout)",
    )?;
    Ok(Explanation {
        answered: numbers.contains(&dialled.service),
        text_relay: dialled.text_relay,
        dialled: dialled.service,
        caller: match caller.best() {
            Some(number) => number.e164().to_owned(),
            None => caller.word().to_owned(),
        },
        at: at
            .in_tz("Europe/London")
            .map_or_else(|_| at.to_string(), |at| at.to_string()),
        failed: failed(plan, &region),
        providers: shares(plan, &region, at),
        leads_to: leads_to(plan, &region, &destination),
        overflow: overflow(plan, &region, &destination),
        region: region.region.to_string(),
        rule: region.rule.word(),
        why: region.why,
        steps,
        destination: destination.word(),
        because: because.words(),
    })
}

fn shares(plan: &Plan, region: &RegionDecision, at: Timestamp) -> BTreeMap<String, f64> {
    let mut shares = BTreeMap::new();
    for turn in 0..CALLS {
        if let Some(decided) = plan.tables.provider(&region.region, turn, at) {
            *shares.entry(decided.provider).or_default() += 100.0 / CALLS as f64;
        }
    }
    for share in shares.values_mut() {
        *share = f64::round(*share);
    }
    shares
}

fn failed(plan: &Plan, region: &RegionDecision) -> Vec<String> {
    let own = plan.tables.region(&region.region).map(|r| r.provider_ids());
    let failed = plan.tables.failed_providers().into_iter();
    failed
        .filter(|provider| own.as_ref().is_some_and(|own| own.contains(provider)))
        .collect()
}

/// Whose handlers take the caller besides those of the caller's own provider, step by step.
fn overflow(plan: &Plan, region: &RegionDecision, destination: &Destination) -> Vec<String> {
    if Wanted::at(destination, plan.flow.fallback_skill()).is_none() {
        return Vec::new();
    }
    let rules = plan.tables.queue_settings(&plan.settings.queue);
    let steps = rules.of(region.region.as_str()).overflow.iter();
    steps.map(|step| step.words()).collect()
}

/// Who would be reached, in one sentence.
fn leads_to(plan: &Plan, region: &RegionDecision, destination: &Destination) -> String {
    let who_has = |skill: &str| {
        let accounts = plan.settings.account.iter();
        let accounts = accounts.filter(|a| a.role.answers_callers());
        let able = accounts.filter(|a| a.profile().skills.contains_key(skill));
        let users: Vec<&str> = able.map(|a| a.user.get_ref().as_str()).collect();
        users.join(", ")
    };
    let fallback = plan.flow.fallback_skill();
    match destination {
        Destination::HandlerQueue { .. } | Destination::ClinicianQueue { .. } => {
            let Some(wanted) = Wanted::at(destination, fallback) else {
                return String::new();
            };
            let rules = plan.tables.queue_settings(&plan.settings.queue);
            let strategy = rules.of(region.region.as_str()).strategy.words();
            let skills: Vec<&str> = wanted.required.iter().map(String::as_str).collect();
            let skills = skills.join(" and ");
            let first = format!(
                "{strategy} of {} (skill {skills}, priority {:?})",
                who_has(&skills),
                wanted.priority
            );
            match wanted.otherwise {
                Some(skill) => format!("{first}; with none of them signed in, skill {skill}"),
                None => first,
            }
        }
        Destination::Callback { disposition, .. } => {
            let callback = &plan.settings.callback;
            let found = callback.disposition(disposition.as_deref());
            let found = found.unwrap_or_else(|_| callback.otherwise());
            let now = Timestamp::now();
            let within = found.deadline.of(now).duration_since(now);
            format!(
                "a clinician ({}) who rings back within {within:#}",
                who_has(&found.skill)
            )
        }
        Destination::CrisisLine { skill } => {
            let crisis = plan
                .tables
                .region(&region.region)
                .and_then(|r| r.crisis.as_ref());
            let line = crisis.map_or("no crisis line".to_owned(), |crisis| {
                format!(
                    "{} by trunk {}",
                    crisis.number.get_ref(),
                    crisis.trunk.get_ref()
                )
            });
            format!(
                "{line}; without an answer, {} (skill {skill})",
                who_has(skill)
            )
        }
        Destination::Service { need, skill } => format!(
            "the best open service for {} and {}, which is told by the caller's postcode; without one, {} (skill {skill})",
            need.disposition,
            need.symptom_group,
            who_has(skill)
        ),
        Destination::Capacity => format!(
            "the capacity of the service from whose telephone they call, by keys; from no such, {} (skill {fallback})",
            who_has(fallback)
        ),
        Destination::Kept => "what was promised in an earlier call".to_owned(),
        Destination::Emergency => {
            let trunks = plan.tables.control_rooms(&region.region);
            let ways = trunks.iter().map(|trunk| {
                let peers = plan.settings.trunk_named(trunk).map(|t| &t.peers);
                let peers = peers.into_iter().flatten().map(ToString::to_string);
                format!("{trunk} ({})", peers.collect::<Vec<_>>().join(", "))
            });
            format!(
                "{}, round and round",
                ways.collect::<Vec<_>>().join(", then ")
            )
        }
    }
}

fn print(explanation: &Explanation) -> Outcome {
    let relay = if explanation.text_relay {
        ", by text relay"
    } else {
        ""
    };
    output::line(format!("dialled      {}{relay}", explanation.dialled));
    if !explanation.answered {
        output::line("             is not answered here: 404");
    }
    output::line(format!("caller       {}", explanation.caller));
    output::line(format!("at           {}", explanation.at));
    output::line(format!(
        "region       {} by {}: {}",
        explanation.region, explanation.rule, explanation.why
    ));
    let shares = explanation.providers.iter();
    let note = |provider| match explanation.failed.contains(provider) {
        true => " (failed: others take its callers)",
        false => "",
    };
    let shares: Vec<String> = shares
        .map(|(p, share)| format!("{p} {share} %{}", note(p)))
        .collect();
    output::line(format!("providers    {}", shares.join(", ")));
    for step in &explanation.steps {
        output::line(format!("             {step}"));
    }
    output::line(format!(
        "destination  {} ({})",
        explanation.destination, explanation.because
    ));
    output::line(format!("leads to     {}", explanation.leads_to));
    for (n, step) in explanation.overflow.iter().enumerate() {
        let label = if n == 0 { "overflow" } else { "" };
        output::line(format!("{label:<12} {step}"));
    }
    Outcome::Good
}
