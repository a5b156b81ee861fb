//! What differs between two sets, in sentences. Whatever has no sentence of its own kind gets a plain one, so
//! that nothing is left out.

mod clinical;
mod flow;
mod hours;
mod pathway;
mod place;
mod plain;
mod region;
mod saying;
mod service;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use crate::routing::london;

use super::compare::{Difference, Files, What};
use super::tree::Tree;

use saying::{Saying, joined};

/// A sentence, and all that it speaks of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Sentence {
    /// The sentence.
    pub text: String,
    /// Of what it speaks: one thing, or several that are alike.
    pub changes: Vec<Difference>,
}

/// A moment as people write it, in London time.
pub fn moment(at: Timestamp) -> String {
    let local = london().to_datetime(at);
    let format = match local.second() {
        0 => "%A %-d %B %Y %H:%M",
        _ => "%A %-d %B %Y %H:%M:%S",
    };
    local.strftime(format).to_string()
}

/// Says what differs. `when` is from when on, as it stands in a sentence ("from Monday 06:00"). Each difference is
/// in exactly one sentence; those that are alike are in one together.
pub fn sentences(
    (before, after): (&Files, &Files),
    differences: &[Difference],
    when: &str,
) -> Vec<Sentence> {
    let context = Context::new(before, after, differences, when);
    let mut told = vec![false; differences.len()];
    let mut sayings: Vec<Saying> = Vec::new();
    for place in 0..differences.len() {
        if told.get(place).copied().unwrap_or(true) {
            continue;
        }
        let said = context.say(place);
        for covered in &said.covers {
            if let Some(told) = told.get_mut(*covered) {
                *told = true;
            }
        }
        sayings.push(said);
    }
    joined(sayings)
        .into_iter()
        .map(|(text, covers)| Sentence {
            text,
            changes: covers
                .iter()
                .filter_map(|n| differences.get(*n).cloned())
                .collect(),
        })
        .collect()
}

/// What sentences are made from.
struct Context<'a> {
    before: BTreeMap<String, Tree>,
    after: BTreeMap<String, Tree>,
    differences: &'a [Difference],
    when: &'a str,
}

/// Where the names of regions stand.
const REGIONS: &str = "regions/";

impl<'a> Context<'a> {
    fn new(before: &Files, after: &Files, differences: &'a [Difference], when: &'a str) -> Self {
        let wanted =
            |path: &str| path.starts_with(REGIONS) || differences.iter().any(|d| d.file == path);
        let read = |files: &Files| -> BTreeMap<String, Tree> {
            let files = files.iter().filter(|(path, _)| wanted(path));
            files
                .filter_map(|(path, bytes)| Some((path.clone(), Tree::read(path, bytes)?)))
                .collect()
        };
        Context {
            before: read(before),
            after: read(after),
            differences,
            when,
        }
    }

    /// The sentence that a difference is in.
    fn say(&self, place: usize) -> Saying {
        let Some(difference) = self.differences.get(place) else {
            return Saying::new(place, String::new());
        };
        let own = match &difference.what {
            What::NewFile | What::NoFile | What::Layout | What::Bytes => None,
            _ => self
                .hours(place, difference)
                .or_else(|| self.own(place, difference)),
        };
        own.unwrap_or_else(|| Saying::new(place, plain::say(difference)))
    }

    /// By what kind of file it is.
    fn own(&self, place: usize, difference: &Difference) -> Option<Saying> {
        let file = difference.file.as_str();
        match file.split_once('/') {
            Some(("regions", _)) => region::say(self, place, difference),
            Some(("flows", _)) => flow::say(place, difference),
            Some(("pathways", _)) => pathway::say(self, place, difference),
            Some(("directory", _)) => service::say(self, place, difference),
            None if file == "clinical.toml" => clinical::say(place, difference),
            None if file.ends_with(".csv") => place::say(self, place, difference),
            _ => None,
        }
    }

    /// Hours, whoever's they are: all days that have changed in one sentence.
    fn hours(&self, place: usize, difference: &Difference) -> Option<Saying> {
        let depth = difference
            .names()
            .iter()
            .position(|name| hours::KEYS.contains(name))?
            + 1;
        let prefix = difference.at.get(..depth)?;
        let with = |d: &Difference| d.file == difference.file && d.at.starts_with(prefix);
        let all = self.differences.iter().enumerate();
        let covers: Vec<usize> = all.filter(|(_, d)| with(d)).map(|(n, _)| n).collect();
        let names: Vec<&str> = difference.names().into_iter().take(depth).collect();
        let (before, after) = (
            find(&self.before, &difference.file, &names),
            find(&self.after, &difference.file, &names),
        );
        let changed = hours::changed(before, after)?;
        let owner = names.get(..depth - 1)?;
        let said = match difference.file.split_once('/') {
            Some(("directory", _)) => service::whole(self, place, difference, &changed)?,
            Some(("regions", _)) => {
                let who = owner.last().filter(|_| owner.len() > 1)?;
                let region = region::name(self, &difference.file);
                Saying::new(
                    place,
                    format!("{region}: {} {who} {}", self.when, changed.one),
                )
            }
            _ => Saying::new(
                place,
                format!("{}: {} {}", difference.file, owner.join(" "), changed.one),
            ),
        };
        Some(said.covering(covers))
    }

    /// What stands at a place of a file after the change, or before it where there is nothing any more.
    fn find(&self, file: &str, names: &[&str]) -> Option<&Tree> {
        find(&self.after, file, names).or_else(|| find(&self.before, file, names))
    }
}

fn find<'t>(trees: &'t BTreeMap<String, Tree>, file: &str, names: &[&str]) -> Option<&'t Tree> {
    names
        .iter()
        .try_fold(trees.get(file)?, |tree, name| tree.get(name))
}

/// The name of a file without its folder and its ending.
fn stem(file: &str) -> &str {
    let name = file.rsplit('/').next().unwrap_or(file);
    name.rsplit_once('.').map_or(name, |(stem, _)| stem)
}
