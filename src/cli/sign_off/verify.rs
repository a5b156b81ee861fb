//! `ivr111 sign-off verify`

use serde::Serialize;

use crate::steady::now;

use super::super::args::VerifySignOff;
use super::super::{Outcome, output};
use super::Desk;
use super::serving::flaws;

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Verified {
    entries: usize,
    /// What to give to `--head` later.
    head: String,
    in_force: Option<u64>,
    flaws: Vec<String>,
}

pub(super) fn run(arguments: &VerifySignOff) -> Outcome {
    let desk = match Desk::open(&arguments.config) {
        Ok(desk) => desk,
        Err(outcome) => return outcome,
    };
    let history = match desk.folder.history(&desk.people) {
        Ok(history) => history,
        Err(error) => return output::failed(error),
    };
    let rules = desk.rules(&history);
    let file = desk.folder.history_file();
    let found = flaws(&file, &rules, &desk.folder, now());
    let mut flaws: Vec<String> = found.into_iter().map(|problem| problem.message).collect();
    for head in arguments
        .head
        .iter()
        .filter(|head| !history.goes_on_from(head))
    {
        flaws.push(format!(
            "it does not go on from {head}: entries were altered or taken away"
        ));
    }
    let verified = Verified {
        entries: history.entries().len(),
        head: history.head().to_string(),
        in_force: rules.in_force(now()).map(|in_force| in_force.proposal),
        flaws,
    };
    let shown = match arguments.json {
        true => output::json(&verified),
        false => {
            print(&verified, &file);
            Outcome::Good
        }
    };
    match shown {
        Outcome::Good if !verified.flaws.is_empty() => Outcome::Wrong,
        shown => shown,
    }
}

fn print(verified: &Verified, file: &std::path::Path) {
    let file = file.display();
    for flaw in &verified.flaws {
        output::line(format!("{file}: {flaw}"));
    }
    let in_force = verified
        .in_force
        .map_or("nothing is in force".to_owned(), |number| {
            format!("proposal {number} is in force")
        });
    let sound = if verified.flaws.is_empty() {
        "sound"
    } else {
        "not sound"
    };
    output::line(format!(
        "{} entries, {sound}; {in_force}; head {}",
        verified.entries, verified.head
    ));
}
