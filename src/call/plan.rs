use std::collections::BTreeSet;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use crate::clinical::Codes;
use crate::diagnostic::Problem;
use crate::directory::{Directory, Ground};
use crate::flow::{
    self, Flow, Key, MACHINE_PROMPTS, OutwardCode, OutwardCodes, POSTCODE_PROMPTS, Places,
};
use crate::media::{Clip, Prompts, ringing_tone};
use crate::pathway::Pathways;
use crate::queue::{CLINICIAN, announcer};
use crate::routing::Tables;
use crate::settings::Settings;

use super::announce::{MUSIC, SERVICE_PROMPTS, STAFF_PROMPTS};

/// Everything that people wrote down beforehand: settings, tables, flow, prompts. A call keeps the plan
/// with which it began, whatever is published meanwhile.
#[derive(Debug)]
pub struct Plan {
    /// `ivr111.toml`.
    pub settings: Settings,
    /// Areas, postcodes, regions.
    pub tables: Tables,
    /// The menus.
    pub flow: Arc<Flow>,
    /// By which keys a caller says where they are.
    pub places: Arc<Places>,
    /// The codes in which need is spoken of.
    pub codes: Arc<Codes>,
    /// The assessment algorithms.
    pub pathways: Arc<Pathways>,
    /// The services to which patients are led.
    pub directory: Arc<Directory>,
    /// The recordings.
    pub prompts: Prompts,
    pub(super) ringing_tone: Clip,
}

impl Plan {
    /// Reads a settings file and all that it names. Whatever is wrong with any of it comes back at
    /// once, each problem with its place; a plan that comes back has been found sound, every path
    /// through its flow included.
    pub fn load(settings: &Path) -> Result<Self, Vec<Problem>> {
        Plan::load_with(settings, None)
    }

    /// The same with tables and flows from another folder than the settings name.
    pub fn load_with(settings: &Path, routing: Option<&Path>) -> Result<Self, Vec<Problem>> {
        let settings = Settings::load(settings).map_err(|problem| vec![problem])?;
        Plan::of(settings, routing)
    }

    /// The same with settings that have been read before.
    pub fn of(mut settings: Settings, routing: Option<&Path>) -> Result<Self, Vec<Problem>> {
        if let Some(routing) = routing {
            settings.tables.routing = std::path::absolute(routing)
                .unwrap_or_else(|_| routing.to_path_buf())
                .to_string_lossy()
                .into_owned();
        }
        let mut problems = settings.check();
        let routing = settings.path(&settings.tables.routing);
        let tables = taken(Tables::load(&routing), &mut problems);
        let codes = taken(Codes::load(&routing).map(Arc::new), &mut problems);
        let directory = tables
            .as_ref()
            .zip(codes.as_ref())
            .and_then(|(tables, codes)| {
                let read = Directory::load(&routing, Ground::of(tables, codes));
                taken(read.map(Arc::new), &mut problems)
            });
        let flow = taken(Flow::load(&settings.flow_path()), &mut problems);
        let pathways = codes.as_ref().and_then(|codes| {
            let pathways = taken(Pathways::load(&routing, codes), &mut problems)?;
            problems.extend(assessed(&settings, &pathways, codes));
            Some(pathways)
        });
        let folder = settings.path(&settings.tables.prompts);
        let cache = settings.path(&settings.live.folder).join("prompts.cache");
        let prompts = taken(Prompts::load_with(&folder, cache), &mut problems);
        if let Some(tables) = &tables {
            let trunks = settings.trunk.iter().filter(|t| !t.peers.is_empty());
            let trunks: Vec<&str> = trunks.map(|t| t.name.get_ref().as_str()).collect();
            problems.extend(tables.check_trunks(&trunks));
            let directory = directory.iter();
            problems.extend(directory.flat_map(|directory| directory.check_trunks(&trunks)));
            problems.extend(tables.check_providers(&settings));
        }
        if let Some((flow, codes)) = flow.as_ref().zip(codes.as_ref()) {
            problems.extend(service_needs(flow, codes));
        }
        if let Some(flow) = &flow {
            problems.extend(entries(&settings, flow));
            problems.extend(skills(&settings, flow));
        }
        let places = tables.as_ref().map(places);
        if let (Some(flow), Some(prompts), Some(places)) = (&flow, &prompts, &places) {
            problems.extend(recordings(flow, places, prompts, directory.as_deref()));
            let file = routing.join("outward-codes.csv");
            problems.extend(postcodes(flow, places, &file));
        }
        let services = codes.zip(directory).zip(pathways);
        match (tables.zip(places), services, flow.zip(prompts)) {
            (
                Some((tables, places)),
                Some(((codes, directory), pathways)),
                Some((flow, prompts)),
            ) if problems.is_empty() => {
                let plan = Plan {
                    settings,
                    places: Arc::new(places),
                    tables,
                    flow: Arc::new(flow),
                    codes,
                    pathways: Arc::new(pathways),
                    directory,
                    prompts,
                    ringing_tone: ringing_tone(),
                };
                plan.paths().map_err(|problem| vec![problem])?;
                Ok(plan)
            }
            _ => Err(problems),
        }
    }

    /// Every path that a caller can key, with its end. The problem is a path without one.
    pub fn paths(&self) -> Result<Vec<flow::Path>, Problem> {
        flow::walk(&self.flow, &self.places).map_err(|keys| {
            let message = format!("the keys {} lead to no end", keys.join(", "));
            self.flow.source().problem(0..0, message)
        })
    }
}

fn places(tables: &Tables) -> Places {
    let regions = tables.region_keys().iter();
    let codes = tables.outward_codes();
    Places {
        regions: regions
            .filter_map(|(key, region)| Some((Key::new(*key)?, region.to_string())))
            .collect(),
        postcode_key: tables.postcode_key().and_then(Key::new),
        outward_codes: codes
            .map(|(code, in_one)| OutwardCode::new(code, in_one))
            .collect(),
    }
}

/// More postcodes than there are keys to choose among them, or none at all where they are asked for.
fn postcodes(flow: &Flow, places: &Places, file: &Path) -> Option<Problem> {
    if !asks_postcode(flow, places) {
        return None;
    }
    let alike = places.outward_codes.most_alike();
    let message = match alike.len() {
        0 => "postcodes are asked for, and none is listed".to_owned(),
        1..=OutwardCodes::MOST_ALIKE => return None,
        several => {
            let codes: Vec<&str> = alike.iter().map(OutwardCode::as_str).collect();
            let most = OutwardCodes::MOST_ALIKE;
            format!(
                "{several} postcodes are keyed alike, and one can be chosen of {most}: {}",
                codes.join(", ")
            )
        }
    };
    Some(Problem::with_file(file, message))
}

/// Whether anybody can key a postcode.
fn asks_postcode(flow: &Flow, places: &Places) -> bool {
    places.postcode_key.is_some() || flow.asks_postcode()
}

fn taken<T>(read: Result<T, Vec<Problem>>, problems: &mut Vec<Problem>) -> Option<T> {
    read.map_err(|found| problems.extend(found)).ok()
}

/// A number that is answered but leads nowhere in the flow.
fn entries(settings: &Settings, flow: &Flow) -> Vec<Problem> {
    let numbers = settings.service.numbers.get_ref().iter();
    let known: Vec<&str> = flow.entries().collect();
    numbers
        .filter(|number| !known.contains(&number.as_str()))
        .map(|number| {
            let message = format!("`{number}` is answered, but the flow has no entry for it");
            let problem = flow.source().problem(0..0, message);
            problem.help(format!("add it under [entry]: \"{number}\" = \"…\""))
        })
        .collect()
}

/// What the flow looks for in the directory, and what nobody knows or no service is looked up for.
fn service_needs(flow: &Flow, codes: &Codes) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (need, span) in flow.service_needs() {
        let mut wrong = |message| problems.push(flow.source().problem(span.clone(), message));
        match codes.disposition(&need.disposition) {
            None => wrong(format!("there is no disposition `{}`", need.disposition)),
            Some(disposition) if !disposition.kind.asks_directory() => wrong(format!(
                "no service is looked up for {}: it is of the kind `{}`",
                need.disposition,
                disposition.kind.word()
            )),
            Some(_) => {}
        }
        if codes.symptom_group(&need.symptom_group).is_none() {
            wrong(format!(
                "there is no symptom group `{}`",
                need.symptom_group
            ));
        }
        for code in &need.discriminators {
            if codes.discriminator(code).is_none() {
                wrong(format!("there is no discriminator `{code}`"));
            }
        }
    }
    problems
}

/// A skill that no account has: whoever waits for it waits for ever.
fn skills(settings: &Settings, flow: &Flow) -> Vec<Problem> {
    let accounts = settings.account.iter();
    let accounts = accounts.filter(|account| account.role.answers_callers());
    let known: Vec<String> = accounts
        .flat_map(|a| a.profile().skills.into_keys())
        .collect();
    let fallback = (flow.fallback_skill(), 0..0);
    let mut problems = dispositions(settings, flow);
    let unknown = flow
        .skills(CLINICIAN)
        .chain([fallback])
        .filter(|(skill, _)| !known.iter().any(|k| k == skill))
        .map(|(skill, span)| {
            let message = format!("nobody has the skill `{skill}`");
            let problem = flow.source().problem(span, message);
            problem.help("give it to an account in the settings, under `skills`")
        });
    problems.extend(unknown);
    problems
}

/// A disposition that the flow names but nobody knows, or that no clinician can see to.
fn dispositions(settings: &Settings, flow: &Flow) -> Vec<Problem> {
    let known = settings.clinicians_skills();
    let mut problems = Vec::new();
    for (code, span) in flow.dispositions() {
        match settings.callback.disposition(Some(code)) {
            Err(error) => {
                let problem = flow.source().problem(span, error.to_string());
                let all = settings.callback.dispositions();
                let codes: Vec<&str> = all.codes().collect();
                problems.push(problem.help(format!("known are: {}", codes.join(", "))));
            }
            Ok(disposition) if !known.contains(&disposition.skill) => {
                let skill = disposition.skill;
                let message =
                    format!("no clinician has the skill `{skill}`, which {code} asks for");
                let problem = flow.source().problem(span, message);
                let help = "give it to an account in the settings, under `skills`";
                problems.push(problem.help(help));
            }
            Ok(_) => {}
        }
    }
    problems
}

/// Skills that a disposition of a pathway asks for, and that no clinician has: whoever is to validate it, and
/// whoever rings back because of it or because no service was found.
fn assessed(settings: &Settings, pathways: &Pathways, codes: &Codes) -> Vec<Problem> {
    let known = settings.clinicians_skills();
    let mut problems = Vec::new();
    for pathway in pathways.iter() {
        let mut told = BTreeSet::new();
        for (code, span) in pathway.ends() {
            let found = codes.disposition(code);
            let confirmed = found.and_then(|d| codes.disposition(d.validated_as.as_ref()?));
            let skills = found.into_iter().chain(confirmed);
            let skills = skills.filter_map(|disposition| disposition.skill.as_ref());
            for skill in skills.filter(|skill| !known.contains(skill)) {
                if told.insert((code, skill)) {
                    let message =
                        format!("no clinician has the skill `{skill}`, which {code} asks for");
                    let problem = pathway.source().problem(span.clone(), message);
                    let help = "give it to an account in the settings, under `skills`";
                    problems.push(problem.help(help));
                }
            }
        }
    }
    problems
}

/// Prompts that may be said but have not been recorded: to callers in any language that the flow can
/// change to, to staff in English.
fn recordings(
    flow: &Flow,
    places: &Places,
    prompts: &Prompts,
    directory: Option<&Directory>,
) -> Vec<Problem> {
    let mut languages: Vec<&str> = vec![flow::ENGLISH];
    languages.extend(flow.languages().map(|(language, _)| language));
    let mut wanted: Vec<(String, _)> = flow
        .recordings()
        .map(|(name, span)| (name.to_owned(), span))
        .collect();
    let machine = MACHINE_PROMPTS.into_iter().chain(SERVICE_PROMPTS);
    let machine = machine.chain(flow::again_prompts()).map(str::to_owned);
    wanted.extend(machine.chain(announcer::prompts()).map(|name| (name, 0..0)));
    if asks_postcode(flow, places) {
        let fixed = POSTCODE_PROMPTS.into_iter().map(str::to_owned);
        wanted.extend(fixed.chain(flow::letter_prompts()).map(|name| (name, 0..0)));
    }
    // Where a service's own name has not been recorded, that of its type is said.
    let services = directory.into_iter().flat_map(Directory::services);
    let types: BTreeSet<&str> = services.map(|service| service.kind.as_str()).collect();
    let types = types.into_iter().map(|kind| format!("service-type-{kind}"));
    wanted.extend(types.map(|name| (name, 0..0)));
    let mut problems = Vec::new();
    let mut want = |name: &str, span: &Range<usize>, languages: &[&str]| {
        for language in languages.iter().filter(|l| !prompts.has(l, name)) {
            let message = format!("prompt `{name}` has not been recorded in {language}");
            let problem = flow.source().problem(span.clone(), message);
            let help = format!("record it, and write [prompt.{name}] into script.toml");
            problems.push(problem.help(help));
        }
    };
    for (name, span) in &wanted {
        // Where nothing is said there is nothing to translate.
        let wordless = name == MUSIC;
        want(
            name,
            span,
            if wordless {
                &[flow::ENGLISH]
            } else {
                &languages
            },
        );
    }
    for name in STAFF_PROMPTS {
        want(name, &(0..0), &[flow::ENGLISH]);
    }
    problems
}
