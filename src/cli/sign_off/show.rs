//! What was proposed, and how it stands.

use serde::Serialize;

use crate::sign_off::{
    Act, Files, History, InForce, Judged, Proposed, Rules, Sentence, Standing, State, differences,
    moment, sentences,
};
use crate::steady::now;

use super::super::args::{ListProposals, ShowProposal};
use super::super::{Outcome, output};
use super::Desk;

/// A proposal, as it is printed.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Row {
    proposal: u64,
    by: String,
    organisation: Option<String>,
    at: String,
    why: String,
    set: String,
    based_on: Option<String>,
    effective: Option<String>,
    expires: Option<String>,
    state: State,
    words: String,
    approved_by: Option<String>,
    in_force_from: Option<String>,
}

impl Row {
    fn new(desk: &Desk, judged: &Judged, proposed: &Proposed, standing: &Standing) -> Self {
        let entry = &judged.entry;
        let person = desk.people.iter().find(|person| person.name == entry.by);
        Row {
            proposal: entry.sequence,
            by: entry.by.clone(),
            organisation: person.map(|person| person.organisation.clone()),
            at: entry.at.to_string(),
            why: proposed.why.clone(),
            set: proposed.set.id().to_string(),
            based_on: proposed.based_on.map(|id| id.to_string()),
            effective: proposed.effective.map(|at| at.to_string()),
            expires: proposed.expires.map(|at| at.to_string()),
            state: standing.state.clone(),
            words: words(&standing.state),
            approved_by: standing.approved_by.clone(),
            in_force_from: standing.from.map(|at| at.to_string()),
        }
    }
}

fn words(state: &State) -> String {
    match state {
        State::InForce => "in force".to_owned(),
        State::Superseded => "a later one is in force".to_owned(),
        State::Refused(refusal) => refusal.to_string(),
    }
}

pub(super) fn list(arguments: &ListProposals) -> Outcome {
    let desk = match Desk::open(&arguments.config) {
        Ok(desk) => desk,
        Err(outcome) => return outcome,
    };
    let history = match desk.history() {
        Ok(history) => history,
        Err(outcome) => return outcome,
    };
    let standings = desk.rules(&history).standings(now());
    let rows = standings.iter().filter_map(|standing| {
        let (judged, proposed) = history.proposal(standing.proposal)?;
        Some(Row::new(&desk, judged, proposed, standing))
    });
    let rows: Vec<Row> = rows.collect();
    if arguments.json {
        return output::json(&rows);
    }
    let cells = history.entries().iter().filter_map(|judged| {
        let Act::Proposed(proposed) = &judged.entry.act else {
            return None;
        };
        let row = rows
            .iter()
            .find(|row| row.proposal == judged.entry.sequence)?;
        Some(vec![
            row.proposal.to_string(),
            moment(judged.entry.at),
            row.by.clone(),
            proposed
                .effective
                .map_or("once approved".to_owned(), moment),
            row.approved_by.clone().unwrap_or_default(),
            row.words.clone(),
        ])
    });
    let cells: Vec<Vec<String>> = cells.collect();
    let heading = [
        "number",
        "proposed",
        "by",
        "effective",
        "approved by",
        "how it stands",
    ];
    output::table(&heading, &cells);
    Outcome::Good
}

/// A proposal with all that it changes.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Shown {
    #[serde(flatten)]
    row: Row,
    /// With which proposal it is compared; none where it is the first.
    compared_with: Option<u64>,
    sentences: Vec<Sentence>,
}

pub(super) fn show(arguments: &ShowProposal) -> Outcome {
    let desk = match Desk::open(&arguments.config) {
        Ok(desk) => desk,
        Err(outcome) => return outcome,
    };
    let history = match desk.history() {
        Ok(history) => history,
        Err(outcome) => return outcome,
    };
    let rules = desk.rules(&history);
    let Some((judged, proposed)) = history.proposal(arguments.proposal) else {
        return output::failed(format_args!("there is no proposal {}", arguments.proposal));
    };
    let standings = rules.standings(now());
    let standing = standings.iter().find(|s| s.proposal == arguments.proposal);
    let Some(standing) = standing else {
        return output::failed(format_args!("there is no proposal {}", arguments.proposal));
    };
    let (compared_with, files) = match compared(&desk, &history, &rules, arguments, standing) {
        Ok(compared) => compared,
        Err(error) => return output::failed(error),
    };
    let after = match desk.folder.files(&proposed.set) {
        Ok(files) => files,
        Err(error) => return output::failed(error),
    };
    let all = differences(&files, &after);
    let shown = Shown {
        row: Row::new(&desk, judged, proposed, standing),
        compared_with,
        sentences: sentences((&files, &after), &all, &from(proposed, standing)),
    };
    match arguments.json {
        true => output::json(&shown),
        false => {
            print(&shown, judged, proposed, standing);
            Outcome::Good
        }
    }
}

/// From when on it holds, as it stands in a sentence.
fn from(proposed: &Proposed, standing: &Standing) -> String {
    let from = standing.from.or(proposed.effective);
    from.map_or("once approved".to_owned(), |from| {
        format!("from {}", moment(from))
    })
}

/// What a proposal is compared with: what is in force, or, for what is in force itself, what was before it.
fn compared(
    desk: &Desk,
    history: &History,
    rules: &Rules<'_>,
    arguments: &ShowProposal,
    standing: &Standing,
) -> Result<(Option<u64>, Files), String> {
    let text = |error: std::io::Error| error.to_string();
    if let Some(number) = arguments.against {
        let (_, proposed) = history
            .proposal(number)
            .ok_or(format!("there is no proposal {number}"))?;
        let files = desk.folder.files(&proposed.set).map_err(text)?;
        return Ok((Some(number), files));
    }
    let in_force: Option<InForce> = match (&standing.state, standing.from) {
        (State::InForce | State::Superseded, Some(since)) => {
            rules.in_force(since - jiff::SignedDuration::from_secs(1))
        }
        _ => rules.in_force(now()),
    };
    let files = desk.files_in_force(in_force.as_ref()).map_err(text)?;
    Ok((in_force.map(|in_force| in_force.proposal), files))
}

fn print(shown: &Shown, judged: &Judged, proposed: &Proposed, standing: &Standing) {
    let row = &shown.row;
    let of = row.organisation.as_deref().filter(|of| !of.is_empty());
    let of = of.map_or(String::new(), |of| format!(" ({of})"));
    output::line(format!(
        "proposal {} by {}{of}, {}",
        row.proposal,
        row.by,
        moment(judged.entry.at)
    ));
    output::line(format!("why: {}", row.why));
    output::line(format!("takes effect: {}", from(proposed, standing)));
    if let Some(expires) = proposed.expires {
        output::line(format!("expires: {}", moment(expires)));
    }
    let approved = row
        .approved_by
        .as_deref()
        .map(|by| format!(", approved by {by}"));
    output::line(format!(
        "how it stands: {}{}",
        row.words,
        approved.unwrap_or_default()
    ));
    output::line(format!("set: {}", row.set));
    output::line("");
    match shown.compared_with {
        Some(number) => output::line(format!("What it changes against proposal {number}:")),
        None => output::line("No other set is in force to compare it with:"),
    }
    if shown.sentences.is_empty() {
        output::line("  nothing: every file is the same");
    }
    for sentence in &shown.sentences {
        output::line(format!("- {}", sentence.text));
    }
}
