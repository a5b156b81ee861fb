//! `pathways/*.toml`

use super::super::compare::{Difference, Step, What};
use super::saying::Saying;
use super::{Context, plain, stem};

/// Keys of an answer that say where it leads.
const WAYS: [&str; 2] = ["next", "disposition"];

pub(super) fn say(context: &Context<'_>, place: usize, difference: &Difference) -> Option<Saying> {
    let name = stem(&difference.file).replace('-', " ");
    let names = difference.names();
    if let Some(saying) = leads(context, place, difference, &name) {
        return Some(saying);
    }
    let changed = plain::changed(&difference.what);
    let said = match (names.as_slice(), &difference.what) {
        (["version"], What::Changed { before, after }) => {
            format!(
                "is now version {} instead of {}",
                after.words(),
                before.words()
            )
        }
        (["question", question, "ask", ..], What::Changed { before, after }) => format!(
            "question `{question}` now asks \"{}\" instead of \"{}\"",
            after.words(),
            before.words()
        ),
        (["question", question], _) => format!("question `{question}` {changed}"),
        (["question", question, ..], _) => {
            let rest = difference.at.get(2..)?;
            format!("question `{question}`, {} {changed}", written(rest))
        }
        _ => format!("{} {changed}", difference.place()),
    };
    Some(Saying::new(place, format!("{name}: {said}")))
}

/// Steps in words: "answer 2, text".
fn written(steps: &[Step]) -> String {
    let mut text = String::new();
    for step in steps {
        text.push_str(&match step {
            Step::Place(place) => format!(" {place}"),
            Step::Row(name) => format!(" `{name}`"),
            Step::Key(key) if text.is_empty() => key.clone(),
            Step::Key(key) => format!(", {key}"),
        });
    }
    text
}

/// Where an answer leads now, and where it did, whether to a question or to a disposition.
fn leads(
    context: &Context<'_>,
    place: usize,
    difference: &Difference,
    pathway: &str,
) -> Option<Saying> {
    let (last, owner) = difference.at.split_last()?;
    if !WAYS.contains(&last.name()) || difference.at.first()?.name() != "question" {
        return None;
    }
    let with = |d: &Difference| {
        let split = d.at.split_last();
        d.file == difference.file
            && split.is_some_and(|(key, of)| of == owner && WAYS.contains(&key.name()))
    };
    let all = context.differences.iter().enumerate();
    let covers: Vec<usize> = all.filter(|(_, d)| with(d)).map(|(n, _)| n).collect();
    // Both of what has changed are told; where one stands beside the other there is more to say than this.
    let ways = |before: bool| -> Vec<String> {
        let of = covers.iter().filter_map(|n| context.differences.get(*n));
        of.filter_map(|d| match (&d.what, before) {
            (What::Changed { before, .. } | What::Removed { before }, true) => Some(before.words()),
            (What::Changed { after, .. } | What::Added { after }, false) => Some(after.words()),
            _ => None,
        })
        .collect()
    };
    let (was, now) = (ways(true).join(" and "), ways(false).join(" and "));
    let question = owner.get(1).map_or("", Step::name);
    let answer = written(owner.get(2..)?);
    let answer = if answer.is_empty() {
        answer
    } else {
        format!(", {answer}")
    };
    let said = match (was.is_empty(), now.is_empty()) {
        (false, false) => format!("now leads to {now} instead of {was}"),
        (true, _) => format!("now leads to {now}"),
        (false, true) => format!("no longer leads to {was}"),
    };
    let text = format!("{pathway}, question `{question}`{answer} {said}");
    Some(Saying::new(place, text).covering(covers))
}
