//! What a server is to serve by what was signed, and what is wrong with the rest.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::call::Plan;
use crate::diagnostic::Problem;
use crate::settings::Settings;
use crate::sign_off::{Head, Object, Person, Rules, Set, State};

use super::files::{self, Temporary};
use super::folder::Folder;

/// Where the set that is served stands, within the folder of what runs.
const SERVED: &str = "sign-off";

/// A set that is to be served.
pub(in crate::cli) struct Chosen {
    /// The number under which it was proposed.
    pub(in crate::cli) proposal: u64,
    /// Its files.
    pub(in crate::cli) set: Set,
    /// The folder with its files, each of which has the hash that was signed.
    pub(in crate::cli) routing: PathBuf,
    /// How far the history goes.
    pub(in crate::cli) head: Head,
    /// When that changes by itself.
    pub(in crate::cli) next: Option<Timestamp>,
    /// What is refused, and why.
    pub(in crate::cli) refused: Vec<String>,
}

/// Why there is nothing to be served.
pub(in crate::cli) struct Nothing {
    /// Each reason with its place.
    pub(in crate::cli) problems: Vec<Problem>,
    /// When that changes by itself.
    pub(in crate::cli) next: Option<Timestamp>,
}

impl Nothing {
    fn because(file: &Path, why: impl Into<String>) -> Self {
        Nothing {
            problems: vec![Problem::with_file(file, why)],
            next: None,
        }
    }
}

/// The file of the history.
pub(in crate::cli) fn history_file(settings: &Settings) -> PathBuf {
    Folder::new(settings.sign_off_folder()).history_file()
}

/// The set in force, written out into the folder of what runs. `known` is the head of the history as it was when it
/// was last read: one that does not go on from there was altered.
pub(in crate::cli) fn choose(
    settings: &Settings,
    now: Timestamp,
    known: Option<&Head>,
) -> Result<Chosen, Nothing> {
    let people = settings.sign_off.people();
    let served = settings.path(&settings.live.folder).join(SERVED);
    let folder = Folder::new(settings.sign_off_folder()).with_spare(&served);
    let file = folder.history_file();
    let failed = |error: io::Error| Nothing::because(&file, error.to_string());
    let history = folder.history(&people).map_err(failed)?;
    if known.is_some_and(|known| !history.goes_on_from(known)) {
        let mut why =
            "the history is not what it was: entries were altered or taken away".to_owned();
        if let Some(broken) = history.broken() {
            why = format!("{why}; {broken}");
        }
        return Err(Nothing::because(&file, why));
    }
    let rules = Rules::new(&history, &people, |hash| folder.object(hash));
    let next = rules.next_change(now);
    let Some(in_force) = rules.in_force(now) else {
        let mut problems = flaws(&file, &rules, &folder, now);
        problems.extend(
            why_not(&rules, now)
                .into_iter()
                .map(|why| Problem::with_file(&file, why)),
        );
        return Err(Nothing { problems, next });
    };
    let routing = served.join(in_force.set.id().to_string());
    let written = folder.files(&in_force.set).and_then(|files| {
        // One that is there already may have been meddled with.
        if files::read(&routing).is_ok_and(|found| found == files) {
            return Ok(());
        }
        let _ = fs::remove_dir_all(&routing);
        files::write(&routing, &files)
    });
    written.map_err(failed)?;
    let refused = flaws(&file, &rules, &folder, now);
    Ok(Chosen {
        proposal: in_force.proposal,
        set: in_force.set,
        routing,
        head: history.head(),
        next,
        refused: refused
            .iter()
            .map(|p| format!("{}: {}", p.file.display(), p.message))
            .collect(),
    })
}

impl Chosen {
    /// Takes away the sets that were served before.
    pub(in crate::cli) fn tidy(&self) {
        let others = self.routing.parent().map(fs::read_dir);
        for other in others.into_iter().flatten().flatten().flatten() {
            if other.path() != self.routing {
                let _ = fs::remove_dir_all(other.path());
            }
        }
    }
}

/// Why no proposal is in force.
fn why_not(rules: &Rules<'_>, now: Timestamp) -> Vec<String> {
    let standings = rules.standings(now);
    let mut why: Vec<String> = standings
        .iter()
        .filter_map(|standing| match &standing.state {
            State::Refused(refusal) if !refusal.is_flaw() => {
                Some(format!("proposal {}: {refusal}", standing.proposal))
            }
            _ => None,
        })
        .collect();
    why.push(match standings.is_empty() {
        true => "no set is in force: nothing has been proposed yet".to_owned(),
        false => "no set is in force, and `require-sign-off` serves no other".to_owned(),
    });
    why
}

/// What was meddled with, or counts for nothing.
pub(super) fn flaws(
    file: &Path,
    rules: &Rules<'_>,
    folder: &Folder,
    now: Timestamp,
) -> Vec<Problem> {
    let (history, mut found) = (rules.history(), Vec::new());
    let mut add = |why: String| found.push(Problem::with_file(file, why));
    if let Some(broken) = history.broken() {
        add(format!("{broken}; what follows is not taken"));
    }
    if history.torn() > 0 {
        add(format!(
            "{} bytes behind the last entry are not taken",
            history.torn()
        ));
    }
    rules
        .idle()
        .iter()
        .for_each(|refusal| add(refusal.to_string()));
    for standing in rules.standings(now) {
        let proposal = standing.proposal;
        if let State::Refused(refusal) = &standing.state
            && refusal.is_flaw()
            && refusal.entry() != Some(proposal)
        {
            add(format!("proposal {proposal} is refused: {refusal}"));
        }
    }
    // What another copy stands in for.
    let kept = rules.approved_sets().flat_map(|(proposal, set)| {
        let altered = set
            .files()
            .filter(|(_, hash)| folder.kept(hash) != Object::Sound);
        altered.map(move |(path, _)| (proposal, path))
    });
    for (proposal, path) in kept {
        add(format!(
            "proposal {proposal}: what is kept of {path} was altered or is missing; a copy is served"
        ));
    }
    found
}

/// What is wrong with what is under routing/: nothing where it is a set that was approved.
pub(in crate::cli) fn on_disk(settings: &Settings) -> Option<Problem> {
    let people = settings.sign_off.people();
    let folder = Folder::new(settings.sign_off_folder());
    let history = folder.history(&people).ok()?;
    let rules = Rules::new(&history, &people, |hash| folder.object(hash));
    unsigned(settings, &rules)
}

fn unsigned(settings: &Settings, rules: &Rules<'_>) -> Option<Problem> {
    let routing = settings.path(&settings.tables.routing);
    let problem = |why: String| Some(Problem::with_file(&routing, why));
    let read = files::read(&routing);
    let set = match read.and_then(|files| files::set_of(&files).map_err(io::Error::other)) {
        Ok(set) => set,
        Err(error) => return problem(format!("what is here is no set: {error}")),
    };
    let mut approved: Vec<(u64, &Set)> = rules.approved_sets().collect();
    if approved.iter().any(|(_, approved)| **approved == set) {
        return None;
    }
    approved.sort_by_key(|(number, approved)| {
        (approved.differing(&set).len(), std::cmp::Reverse(*number))
    });
    let nearest = approved
        .first()
        .map_or_else(String::new, |(number, nearest)| {
            let differing = nearest.differing(&set);
            let files: Vec<&str> = differing.iter().copied().take(5).collect();
            let more = differing.len().saturating_sub(files.len());
            let more = if more > 0 {
                format!(" and {more} more")
            } else {
                String::new()
            };
            format!(
                "; it differs from proposal {number} in {}{more}",
                files.join(", ")
            )
        });
    problem(format!(
        "what is here has not been signed off and is not served{nearest}"
    ))
}

/// By what callers are served: the tables on disk, or, where that is required, the set that is in force.
pub(in crate::cli) fn plan_in_force(config: &Path, now: Timestamp) -> Result<Plan, Vec<Problem>> {
    let settings = Settings::load(config).map_err(|problem| vec![problem])?;
    if !settings.sign_off.is_required() {
        return Plan::of(settings, None);
    }
    let people = settings.sign_off.people();
    let folder = Folder::new(settings.sign_off_folder());
    let file = folder.history_file();
    let failed = |error: io::Error| vec![Problem::with_file(&file, error.to_string())];
    let history = folder.history(&people).map_err(failed)?;
    let rules = Rules::new(&history, &people, |hash| folder.object(hash));
    let Some(in_force) = rules.in_force(now) else {
        let why = why_not(&rules, now).into_iter();
        return Err(why.map(|why| Problem::with_file(&file, why)).collect());
    };
    let files = folder
        .files(&in_force.set)
        .and_then(|files| Temporary::with(&files));
    Plan::of(settings, Some(files.map_err(failed)?.path()))
}

/// All that is wrong with sign-offs, for `ivr111 check`.
pub(in crate::cli) fn problems(settings: &Settings, config: &Path, now: Timestamp) -> Vec<Problem> {
    let people: Vec<Person> = settings.sign_off.people();
    let folder = Folder::new(settings.sign_off_folder());
    let file = folder.history_file();
    let history = match folder.history(&people) {
        Ok(history) => history,
        Err(error) => return vec![Problem::with_file(&file, error.to_string())],
    };
    let rules = Rules::new(&history, &people, |hash| folder.object(hash));
    let mut found = flaws(&file, &rules, &folder, now);
    if !settings.sign_off.is_required() {
        return found;
    }
    match rules.in_force(now) {
        None => found.extend(
            why_not(&rules, now)
                .into_iter()
                .map(|why| Problem::with_file(&file, why)),
        ),
        Some(in_force) => {
            let files = folder
                .files(&in_force.set)
                .and_then(|files| Temporary::with(&files));
            match files {
                Ok(temporary) => {
                    let plan = Plan::load_with(config, Some(temporary.path()));
                    let number = in_force.proposal;
                    found.extend(plan.err().into_iter().flatten().map(|mut problem| {
                        problem.message =
                            format!("proposal {number}, which is in force: {}", problem.message);
                        problem
                    }));
                }
                Err(error) => found.push(Problem::with_file(&file, error.to_string())),
            }
        }
    }
    found.extend(unsigned(settings, &rules));
    found
}
