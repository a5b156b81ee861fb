//! Hours, as `week`, `bank-holidays`, `dates` and `always` have them.

use std::collections::BTreeMap;

use super::super::tree::Tree;
use super::saying::Phrase;

/// Under which hours stand.
pub(super) const KEYS: [&str; 2] = ["hours", "opening"];

const DAYS: [(&str, &str); 7] = [
    ("mon", "Mondays"),
    ("tue", "Tuesdays"),
    ("wed", "Wednesdays"),
    ("thu", "Thursdays"),
    ("fri", "Fridays"),
    ("sat", "Saturdays"),
    ("sun", "Sundays"),
];

/// Times from and to on a day; nothing where nothing is said of that day.
type Spans = Option<Vec<(String, String)>>;

/// When something is open, day by day, as far as that can be told.
#[derive(Default)]
struct Hours {
    always: bool,
    week: BTreeMap<usize, Spans>,
    /// Bank holidays and dates, by how they are called.
    other: BTreeMap<String, Spans>,
}

impl Hours {
    fn read(tree: &Tree) -> Option<Hours> {
        let Tree::Table(entries) = tree else {
            return None;
        };
        let mut hours = Hours::default();
        for (key, tree) in entries {
            match (key.as_str(), tree) {
                ("always", Tree::Leaf(leaf)) => hours.always = leaf.text == "true",
                ("week", Tree::Table(days)) => {
                    for (day, spans) in days {
                        let day = DAYS.iter().position(|(short, _)| short == day)?;
                        hours.week.insert(day, Some(read_spans(spans)?));
                    }
                }
                ("bank-holidays", spans) => {
                    let spans = Some(read_spans(spans)?);
                    hours.other.insert("bank holidays".to_owned(), spans);
                }
                ("dates", Tree::Table(dates)) => {
                    for (date, spans) in dates {
                        hours.other.insert(date.clone(), Some(read_spans(spans)?));
                    }
                }
                _ => return None,
            }
        }
        Some(hours)
    }
}

fn read_spans(tree: &Tree) -> Option<Vec<(String, String)>> {
    let spans = tree.texts()?.into_iter().map(|span| {
        let (from, to) = span.split_once('-')?;
        Some((from.trim().to_owned(), to.trim().to_owned()))
    });
    spans.collect()
}

/// What has changed, in words; nothing where it is not written as hours are, or where nothing can be told.
pub(super) fn changed(before: Option<&Tree>, after: Option<&Tree>) -> Option<Phrase> {
    let open = Hours {
        always: true,
        ..Hours::default()
    };
    let read = |tree: Option<&Tree>| tree.map_or(Some(None), |tree| Hours::read(tree).map(Some));
    let (before, after) = (read(before)?, read(after)?);
    let (before, after) = (
        before.as_ref().unwrap_or(&open),
        after.as_ref().unwrap_or(&open),
    );
    let mut changes: Vec<[String; 2]> = Vec::new();
    if before.always != after.always {
        let now = if after.always { "now" } else { "no longer" };
        changes.push(["is", "are"].map(|verb| format!("{verb} {now} open at any time")));
    }
    let mut days: Vec<(Change, Vec<usize>)> = Vec::new();
    for day in 0..DAYS.len() {
        let spans = |hours: &Hours| hours.week.get(&day).cloned().flatten().unwrap_or_default();
        let change = (Some(spans(before)), Some(spans(after)));
        if change.0 == change.1 {
            continue;
        }
        match days.iter_mut().find(|(known, _)| *known == change) {
            Some((_, all)) => all.push(day),
            None => days.push((change, vec![day])),
        }
    }
    for (change, all) in &days {
        changes.push(
            ["", "s"].map(|one| format!("{}{}", said(change, one.is_empty()), day_names(all))),
        );
    }
    let mut names: Vec<&String> = before.other.keys().chain(after.other.keys()).collect();
    names.sort_unstable();
    names.dedup();
    for name in names {
        let spans = |hours: &Hours| hours.other.get(name).cloned().flatten();
        let change = (spans(before), spans(after));
        if change.0 != change.1 {
            changes
                .push(["", "s"].map(|one| format!("{} on {name}", said(&change, one.is_empty()))));
        }
    }
    if changes.is_empty() {
        return None;
    }
    let all = |n: usize| -> String {
        let texts = changes.iter().filter_map(|both| both.get(n).cloned());
        texts.collect::<Vec<_>>().join(", ")
    };
    Some(Phrase {
        one: all(0),
        many: all(1),
    })
}

type Change = (Spans, Spans);

fn said((before, after): &Change, of_one: bool) -> String {
    let verb = |one: &'static str, many: &'static str| if of_one { one } else { many };
    let is = verb("is", "are");
    match (before.as_deref(), after.as_deref()) {
        (_, None) => format!("{is} now open as in any week"),
        (None | Some([]), Some([])) | (Some(_), Some([])) => format!("{is} now closed"),
        (Some([(from, to)]), Some([(new_from, new_to)])) if from == new_from => {
            format!(
                "now {} at {new_to} instead of {to}",
                verb("closes", "close")
            )
        }
        (Some([(from, to)]), Some([(new_from, new_to)])) if to == new_to => {
            format!(
                "now {} at {new_from} instead of {from}",
                verb("opens", "open")
            )
        }
        (None, Some(now)) => format!("{is} now open {}", written(now)),
        (Some([]), Some(now)) => format!("{is} now open {} instead of closed", written(now)),
        (Some(was), Some(now)) => {
            format!("{is} now open {} instead of {}", written(now), written(was))
        }
    }
}

fn written(spans: &[(String, String)]) -> String {
    let spans = spans.iter().map(|(from, to)| format!("{from}-{to}"));
    spans.collect::<Vec<_>>().join(" and ")
}

/// Runs of days as one.
fn day_names(days: &[usize]) -> String {
    let name = |day: usize| DAYS.get(day).map_or("", |(_, name)| *name);
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for day in days {
        match runs.last_mut() {
            Some((_, last)) if *last + 1 == *day => *last = *day,
            _ => runs.push((*day, *day)),
        }
    }
    if runs == [(0, 6)] {
        return " every day".to_owned();
    }
    let runs = runs.into_iter().map(|(from, to)| match to - from {
        0 => name(from).to_owned(),
        1 => format!("{} and {}", name(from), name(to)),
        _ => format!("{} to {}", name(from), name(to)),
    });
    format!(" on {}", runs.collect::<Vec<_>>().join(", "))
}
