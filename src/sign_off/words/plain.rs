//! The plain sentence, which everything can be said in.

use super::super::compare::{Difference, What};
use super::super::tree::Tree;

/// So many things whose order has changed are named.
const NAMED: usize = 12;
/// The longest text that is shown whole, in characters.
const LONGEST: usize = 200;

pub(super) fn say(difference: &Difference) -> String {
    let file = &difference.file;
    let place = match difference.at.is_empty() {
        true => file.clone(),
        false => format!("{file}: {}", difference.place()),
    };
    match &difference.what {
        What::NewFile => format!("{file} is new"),
        What::NoFile => format!("{file} is gone"),
        What::Layout => format!("{file}: only comments and layout differ"),
        What::Bytes => format!("{file} differs (what it says cannot be compared)"),
        what => format!("{place} {}", changed(what)),
    }
}

/// What has happened to something whose name stands before this.
pub(super) fn changed(what: &What) -> String {
    match what {
        What::Changed { before, after } => match lists(before, after) {
            Some(lists) => lists,
            None => values(before, after),
        },
        What::Added { after } => format!("is now set: {}", short(&after.words())),
        What::Removed { before } => format!("is gone (was {})", short(&before.words())),
        What::Order { before, after } if before.len() > NAMED => {
            let moved = before.iter().zip(after).filter(|(one, other)| one != other);
            format!(
                "stand in another order ({} are in another place)",
                moved.count()
            )
        }
        What::Order { before, after } => {
            format!(
                "stand in the order {} (was {})",
                after.join(", "),
                before.join(", ")
            )
        }
        What::NewFile | What::NoFile | What::Layout | What::Bytes => "differs".to_owned(),
    }
}

fn values(before: &Tree, after: &Tree) -> String {
    let (one, other) = (before.words(), after.words());
    if one == other {
        // A number that has become a text, and the like.
        return format!("is still {}, written as something else", short(&other));
    }
    format!("goes from {} to {}", short(&one), short(&other))
}

/// Lists of values: what has come, what has gone, and whether the order alone differs.
fn lists(before: &Tree, after: &Tree) -> Option<String> {
    let (one, other) = (before.texts()?, after.texts()?);
    let missing = |from: &[&str], of: &[&str]| -> Vec<String> {
        let gone = of.iter().filter(|text| !from.contains(text));
        gone.map(|text| (*text).to_owned()).collect()
    };
    let (new, gone) = (missing(&one, &other), missing(&other, &one));
    if one.len() <= 2 && other.len() <= 2 {
        return None;
    }
    let now = short(&after.words());
    let said: Vec<String> = [("new", new), ("gone", gone)]
        .into_iter()
        .filter(|(_, all)| !all.is_empty())
        .map(|(what, all)| format!("{what}: {}", short(&all.join(", "))))
        .collect();
    Some(match said.is_empty() {
        true => format!("stands in another order or number: now {now}"),
        false => format!("differs: {}", said.join("; ")),
    })
}

fn short(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or(text)),
        None => text.to_owned(),
    }
}
