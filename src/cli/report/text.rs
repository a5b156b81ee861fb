//! A report in the terminal.

use crate::report::{Breakdown, Item, Kept, Measured, Promises, Target};

use super::super::output;

/// Prints every figure of a report.
pub(in crate::cli) fn measured(measured: &Measured) {
    output::line(format!("From {} to {}\n", measured.from, measured.to));
    let rows = Item::ALL.map(|item| {
        let figure = measured.items.shown(item);
        vec![item.code().to_owned(), item.words().to_owned(), figure]
    });
    output::table(&["item", "what", "figure"], &rows);
    output::line("");
    let rows = measured.targets.each_ref().map(target);
    output::table(&["target", "stands at", "held to", ""], &rows);
    for breakdown in &measured.breakdowns {
        output::line("");
        table(breakdown);
    }
    announced(measured);
    promises(measured);
}

fn target(target: &Target) -> Vec<String> {
    let (figure, met) = target.words();
    let limit = format!("{} {}", target.limit, target.unit);
    vec![target.name.to_owned(), figure, limit, met.to_owned()]
}

fn table(breakdown: &Breakdown) {
    let counted = Item::ALL.map(Item::code);
    let targets = ["abandoned %", "mean s"];
    let heading: Vec<&str> = breakdown
        .by
        .iter()
        .chain(&counted)
        .chain(&targets)
        .copied()
        .collect();
    let rows = breakdown.groups.iter().map(|group| {
        let names = group.names.iter().map(|name| or_unknown(name));
        let figures = Item::ALL.map(|item| group.items.shown(item));
        let [abandoned, mean, _] = &group.targets;
        let targets = [abandoned, mean].map(|target| one_decimal(target.figure));
        names.chain(figures).chain(targets).collect()
    });
    output::table(&heading, &rows.collect::<Vec<_>>());
}

fn or_unknown(name: &str) -> String {
    match name.is_empty() {
        true => "(not known)".to_owned(),
        false => name.to_owned(),
    }
}

fn one_decimal(figure: Option<f64>) -> String {
    figure.map_or_else(|| "-".to_owned(), |figure| format!("{figure:.1}"))
}

fn announced(measured: &Measured) {
    let announced = &measured.announced;
    if announced.calls == 0 {
        return;
    }
    output::line(format!(
        "\nWaits as told first: {} callers were told one and were answered, {} of them \"more than an hour\".",
        announced.calls, announced.told_over_an_hour
    ));
    output::line(format!(
        "They waited {} s in the median; what they were told was off by {} s, what had been reckoned by {} s. Of those \
         who waited a minute or more, the reckoning was off by {} % of their wait. {} waited no longer than told.",
        one_decimal(announced.median_wait),
        one_decimal(announced.median_error_as_told),
        one_decimal(announced.median_error_as_reckoned),
        one_decimal(announced.median_error_percent),
        announced.not_longer_than_told,
    ));
}

fn promises(measured: &Measured) {
    if measured.promises.get(Kept::Promised) == Some(0) {
        return;
    }
    output::line("");
    let row = |name: &str, promises: &Promises| {
        let counts = Kept::ALL.map(|kept| promises.get(kept));
        let counts =
            counts.map(|count| count.map_or_else(|| "-".into(), |count| count.to_string()));
        std::iter::once(name.to_owned()).chain(counts).collect()
    };
    let regions = measured.promises_by_region.iter();
    let regions = regions.map(|(name, promises)| row(&or_unknown(name), promises));
    let rows: Vec<Vec<String>> = regions.chain([row("all", &measured.promises)]).collect();
    let words = Kept::ALL.map(Kept::word);
    let heading: Vec<&str> = ["callbacks"].into_iter().chain(words).collect();
    output::table(&heading, &rows);
}
