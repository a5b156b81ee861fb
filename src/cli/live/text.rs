//! The summary in the terminal.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::Value;

use crate::queue::State;
use crate::report::{Item, Missing};
use crate::routing::london;

use super::super::output;

/// Prints a summary, by tables.
pub(super) fn print(summary: &Value) {
    output::line(heading(summary));
    output::line("");
    standing(&summary["now"]);
    output::line("");
    let Some(targets) = summary["targets"].as_array() else {
        output::line(format!("No items: {}.", why(&summary["why"])));
        return regions(summary);
    };
    let rows: Vec<Vec<String>> = targets.iter().map(target).collect();
    output::table(&["target", "stands at", "held to", ""], &rows);
    output::line("");
    let rows = Item::ALL.map(|item| {
        let figure = figure(&summary["items"], item);
        vec![item.code().to_owned(), item.words().to_owned(), figure]
    });
    output::table(&["item", "what", "figure"], &rows);
    regions(summary);
}

fn heading(summary: &Value) -> String {
    let clock = |time: &Value| {
        let time: Option<Timestamp> = time.as_str().and_then(|time| time.parse().ok());
        let local = time.map(|time| london().to_datetime(time));
        local.map_or_else(
            || "-".to_owned(),
            |t| t.strftime("%Y-%m-%d %H:%M:%S").to_string(),
        )
    };
    let (from, at) = (clock(&summary["from"]), clock(&summary["at"]));
    format!("Calls that arrived from {from} to {at} in London, and how things stand")
}

fn why(word: &Value) -> String {
    let known = Missing::ALL.into_iter().find(|why| *word == why.word());
    known.map_or_else(|| text(word), |why| why.words().to_owned())
}

fn standing(now: &Value) {
    let row = |what: &str, figure: String| vec![what.to_owned(), figure];
    let callbacks = &now["callbacks"];
    let mut rows = vec![
        row("callers waiting", number(&now["waiting"])),
        row("longest wait, s", number(&now["longest-wait"])),
        row("calls under way", number(&now["calls"])),
        row("put through to 999", number(&now["emergencies"])),
        row("callbacks open", number(&callbacks["open"])),
        row("callbacks at risk", number(&callbacks["at-risk"])),
        row("callbacks undecided", number(&callbacks["undecided"])),
        row("providers failed", names(&now["providers-failed"])),
        row(
            "providers nobody is at work for",
            names(&now["providers-deserted"]),
        ),
    ];
    let states = State::WORDS.map(|word| row(&format!("handlers {word}"), count(now, word)));
    rows.splice(2..2, states);
    output::table(&["now", ""], &rows);
}

fn count(now: &Value, state: &str) -> String {
    number(&now["handlers"][state])
}

fn target(target: &Value) -> Vec<String> {
    let unit = text(&target["unit"]);
    let met = match target["met"].as_bool() {
        Some(true) => "met",
        Some(false) => "not met",
        None => "-",
    };
    let figure = match target["figure"].as_f64() {
        Some(figure) => format!("{figure:.1} {unit}"),
        None => "-".to_owned(),
    };
    let limit = format!("{} {unit}", number(&target["limit"]));
    vec![text(&target["name"]), figure, limit, met.to_owned()]
}

/// Who waits, and what has been counted, in each region of which there is something.
fn regions(summary: &Value) {
    let (waiting, counted) = (&summary["now"]["regions"], &summary["regions"]);
    let names = [waiting, counted]
        .into_iter()
        .filter_map(Value::as_array)
        .flatten()
        .map(|region| region["name"].as_str().unwrap_or_default());
    let names: BTreeSet<&str> = names.collect();
    if names.is_empty() {
        return;
    }
    let of = |list: &Value, name: &str| {
        let all = list.as_array().into_iter().flatten();
        let found = all.into_iter().find(|region| region["name"] == name);
        found.cloned().unwrap_or_default()
    };
    let rows = names.into_iter().map(|name| {
        let (waiting, counted) = (of(waiting, name), of(counted, name));
        let waits = match waiting["waiting"].is_null() {
            true => "0".to_owned(),
            false => number(&waiting["waiting"]),
        };
        let mut row = vec![or_unknown(name), waits, number(&waiting["longest-wait"])];
        row.extend(Item::ALL.map(|item| figure(&counted["items"], item)));
        let targets = counted["targets"].as_array().into_iter().flatten();
        let figures = targets.take(2).map(|target| one_decimal(&target["figure"]));
        row.extend(figures);
        row
    });
    let rows: Vec<Vec<String>> = rows.collect();
    let heading: Vec<&str> = ["region", "waiting", "longest s"]
        .into_iter()
        .chain(Item::ALL.map(Item::code))
        .chain(["abandoned %", "mean s"])
        .collect();
    output::line("");
    output::table(&heading, &rows);
}

fn or_unknown(name: &str) -> String {
    match name.is_empty() {
        true => "(not known)".to_owned(),
        false => clean(name),
    }
}

fn figure(items: &Value, item: Item) -> String {
    match item.is_time() {
        true => one_decimal(&items[item.code()]),
        false => number(&items[item.code()]),
    }
}

fn one_decimal(figure: &Value) -> String {
    let figure = figure.as_f64();
    figure.map_or_else(|| "-".to_owned(), |figure| format!("{figure:.1}"))
}

/// As it stands there, but for a fraction of nothing; a dash for none.
fn number(figure: &Value) -> String {
    match figure.as_f64() {
        Some(whole) if whole.fract() == 0.0 => format!("{whole:.0}"),
        Some(figure) => figure.to_string(),
        None => "-".to_owned(),
    }
}

fn text(text: &Value) -> String {
    text.as_str().map_or_else(|| "-".to_owned(), clean)
}

fn names(list: &Value) -> String {
    let names: Vec<String> = list.as_array().into_iter().flatten().map(text).collect();
    match names.is_empty() {
        true => "-".to_owned(),
        false => names.join(", "),
    }
}

/// Nothing that a terminal would obey.
fn clean(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn figures_are_as_people_read_them() {
        assert_eq!(number(&json!(3)), "3");
        assert_eq!(number(&json!(20.0)), "20");
        assert_eq!(number(&json!(12.5)), "12.5");
        assert_eq!(number(&Value::Null), "-");
        assert_eq!(figure(&json!({ "B06": 61.25 }), Item::B06), "61.2");
        assert_eq!(figure(&Value::Null, Item::A01), "-");
        assert_eq!(names(&json!([])), "-");
        assert_eq!(
            names(&json!(["harmoni", "secamb\u{1b}[2J"])),
            "harmoni, secamb[2J"
        );
    }

    #[test]
    fn a_target_is_met_or_not_or_nobodys() {
        let abandoned = |figure: Value, met: Value| {
            let target_of = json!({
                "name": "abandoned", "unit": "%", "figure": figure, "limit": 3.0, "met": met
            });
            target(&target_of)
        };
        let cells = abandoned(json!(4.26), json!(false));
        assert_eq!(cells, ["abandoned", "4.3 %", "3 %", "not met"]);
        let cells = abandoned(Value::Null, Value::Null);
        assert_eq!(cells, ["abandoned", "-", "3 %", "-"]);
    }

    #[test]
    fn the_time_is_that_of_london_and_why_there_are_no_items_a_sentence() {
        let summary = json!({ "from": "2026-07-01T08:00:00Z", "at": "2026-07-01T08:15:00Z" });
        let said = heading(&summary);
        assert!(said.contains("from 2026-07-01 09:00:00 to 2026-07-01 09:15:00"));
        assert_eq!(
            why(&json!("store-late")),
            "the store does not answer in time"
        );
        assert_eq!(why(&json!("another")), "another");
    }
}
