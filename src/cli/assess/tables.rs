//! Tables of pathways: which there are, and how many paths lead where.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::clinical::AgeGroup;
use crate::pathway::{Pathway, Pathways, Stamp, Summary};

use super::super::args::Assess;
use super::super::{Outcome, output};

#[derive(Serialize)]
struct Walked {
    #[serde(flatten)]
    stamp: Stamp,
    questions: usize,
    paths: u64,
    dispositions: BTreeMap<String, u64>,
}

/// The pathways that are meant: one, or all.
fn meant<'a>(arguments: &Assess, pathways: &'a Pathways) -> Result<Vec<&'a Pathway>, Outcome> {
    let all = pathways.iter().map(AsRef::as_ref);
    match &arguments.pathway {
        None => Ok(all.collect()),
        Some(id) => match pathways.get(id) {
            Some(pathway) => Ok(vec![pathway]),
            None => Err(output::failed(format!("there is no pathway `{id}`"))),
        },
    }
}

pub(super) fn list(arguments: &Assess, pathways: &Pathways) -> Outcome {
    let meant = match meant(arguments, pathways) {
        Ok(meant) => meant,
        Err(outcome) => return outcome,
    };
    let summaries = meant.iter().map(|p| p.summary(&arguments.language));
    let summaries: Vec<Summary> = summaries.collect();
    if arguments.json {
        return output::json(&summaries);
    }
    let rows: Vec<Vec<String>> = summaries
        .into_iter()
        .map(|summary| {
            let ages: Vec<&str> = summary.ages.into_iter().map(AgeGroup::word).collect();
            let sample = if summary.stamp.sample { "sample" } else { "" };
            vec![
                summary.stamp.pathway,
                summary.stamp.version,
                summary.name,
                ages.join(" "),
                summary.languages.join(" "),
                sample.to_owned(),
            ]
        })
        .collect();
    let heading = ["pathway", "version", "name", "ages", "languages", ""];
    output::table(&heading, &rows);
    Outcome::Good
}

pub(super) fn walk(arguments: &Assess, pathways: &Pathways) -> Outcome {
    let meant = match meant(arguments, pathways) {
        Ok(meant) => meant,
        Err(outcome) => return outcome,
    };
    let walked = meant.into_iter().map(|pathway| {
        let ends = pathway.dispositions().into_iter();
        Walked {
            stamp: pathway.stamp(),
            questions: pathway.questions(),
            paths: pathway.count_paths(),
            dispositions: ends.map(|(code, n)| (code.to_string(), n)).collect(),
        }
    });
    let walked: Vec<Walked> = walked.collect();
    if arguments.json {
        return output::json(&walked);
    }
    let rows: Vec<Vec<String>> = walked
        .into_iter()
        .map(|row| {
            let ends = row.dispositions.iter();
            let ends: Vec<String> = ends.map(|(code, n)| format!("{code} {n}")).collect();
            vec![
                row.stamp.pathway,
                row.stamp.version,
                row.questions.to_string(),
                row.paths.to_string(),
                ends.join(", "),
            ]
        })
        .collect();
    let heading = ["pathway", "version", "questions", "paths", "dispositions"];
    output::table(&heading, &rows);
    Outcome::Good
}
