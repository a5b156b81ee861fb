use std::collections::BTreeMap;

use super::super::page::{Block, Cell, Page, Part, Plot, Table};
use super::super::told::Told;
use super::super::usage::Use;
use super::super::words::{count, dash, figure, first_of, subtitle};
use super::figures::{Duplication, Pair};

/// So many pairs of one type are told on a page; the table for programs has all.
const PAIRS: usize = 300;
/// So many pairs are drawn.
const DRAWN: usize = 20;

/// The doubles as a page: how many of each type, and each pair with how much either was used.
pub fn page(duplication: &Duplication, told: &Told) -> Page {
    let mut types: BTreeMap<&str, Vec<&Pair>> = BTreeMap::new();
    for pair in &duplication.pairs {
        types.entry(&pair.kind).or_default().push(pair);
    }
    let mut parts = vec![whole(duplication, &types, told)];
    let of_type = types
        .iter()
        .map(|(kind, pairs)| pairs_of(kind, pairs, told));
    parts.extend(of_type);
    parts.push(rules(duplication, told));
    Page {
        title: "Duplication in the directory".to_owned(),
        subtitle: subtitle(
            (duplication.from, duplication.to),
            "Active services that cover the same, and how many referrals there were to each in the period",
            told.suppressed,
            told.as_of,
        ),
        parts,
    }
}

fn whole(duplication: &Duplication, types: &BTreeMap<&str, Vec<&Pair>>, told: &Told) -> Part {
    let rows = types.iter().map(|(kind, pairs)| {
        vec![
            Cell::Text(told.names.service_type(kind)),
            count(Some(pairs.len() as u64)),
        ]
    });
    let more = duplication
        .are_more
        .then(|| "There are more pairs than are told here.".to_owned());
    let table = Table {
        caption: "Pairs of services that cover the same, by type".to_owned(),
        heading: ["Type", "Pairs"].map(str::to_owned).into(),
        rows: rows.collect(),
    };
    let blocks = [Block::Table(table)].into_iter();
    Part {
        heading: match duplication.pairs.len() {
            0 => "No two services cover the same".to_owned(),
            1 => "One pair of services covers the same".to_owned(),
            pairs => format!(
                "{} pairs of services cover the same",
                figure(Some(pairs as f64), 0)
            ),
        },
        blocks: blocks.chain(more.map(Block::Text)).collect(),
    }
}

fn percent(share: f64) -> Cell {
    Cell::Number(figure(Some(share * 100.0), 0))
}

fn pairs_of(kind: &str, pairs: &[&Pair], told: &Told) -> Part {
    let name = |pair: &Pair, at: usize| {
        let service = pair.services.get(at);
        service.map_or_else(String::new, |one| told.names.service(one.service.as_str()))
    };
    let sent = |pair: &Pair, at: usize| pair.services.get(at)?.used.get(Use::Sent);
    let shown = &pairs[..pairs.len().min(PAIRS)];
    let rows = shown.iter().map(|pair| {
        vec![
            Cell::Text(name(pair, 0)),
            count(sent(pair, 0)),
            Cell::Text(name(pair, 1)),
            count(sent(pair, 1)),
            percent(pair.shares.reach),
            percent(pair.shares.hours),
            percent(pair.shares.dispositions),
            percent(pair.shares.symptom_groups),
        ]
    });
    let heading = [
        "Service",
        "Sent there",
        "Covers the same as",
        "Sent there",
        "Reach %",
        "Hours %",
        "Dispositions %",
        "Symptom groups %",
    ];
    let mut blocks = vec![Block::Table(Table {
        caption: first_of("Pairs", shown.len(), pairs.len()),
        heading: heading.map(str::to_owned).into(),
        rows: rows.collect(),
    })];
    let used = shown
        .iter()
        .any(|pair| (0..2).any(|at| sent(pair, at) != Some(0)));
    if used && (2..=DRAWN).contains(&shown.len()) {
        let names = shown
            .iter()
            .map(|pair| format!("{} and {}", name(pair, 0), name(pair, 1)));
        let bars = |at: usize| {
            let counts = shown.iter().map(|pair| sent(pair, at));
            counts
                .map(|count| count.map(|count| count as f64))
                .collect()
        };
        let series = vec![("The first", bars(0)), ("The other", bars(1))];
        blocks.push(Block::Plot(Plot::bars(
            "Referrals to either of a pair",
            ("Pair", names.collect()),
            "Referrals",
            series,
        )));
    }
    Part {
        heading: told.names.service_type(kind),
        blocks,
    }
}

fn rules(duplication: &Duplication, told: &Told) -> Part {
    let text = format!(
        "Two active services of one type cover the same where they overlap by more than {}\u{a0}% in each of these: whom they \
         reach (the outward codes of their catchments, or the circles about them), the minutes of a standard week in which they \
         are open, the dispositions and the symptom groups that they take. An overlap is what both cover as a part of what either \
         covers.\n\n\
         Sent there is whoever was referred to the service in the period, or put through to it by the menus, whatever came of \
         it.\n\n{}",
        figure(Some(duplication.share * 100.0), 0),
        dash(told.suppressed)
    );
    Part {
        heading: "How this was found".to_owned(),
        blocks: vec![Block::Text(text)],
    }
}
