use std::collections::BTreeMap;

use super::notation::{NONE, Notation};
use super::places::Places;
use super::plot::{Plot, Series, X};
use super::table::{Cell, Table};

/// A place of the table: by `x`, and for those who share it the how-manieth.
type Key = (u64, usize);

/// The table behind a plot: a row for every place at which there is a point, a column for every series, and two
/// more for a band.
pub(super) fn table(plot: &Plot) -> Table {
    let (notation, places) = (plot.notation(), Places::of(plot));
    let unit = plot.unit.trim();
    let mut heading = vec![match &plot.x {
        X::Time { .. } => "Time".to_owned(),
        X::Categories { label, .. } | X::Number { label, .. } => label.clone(),
    }];
    let mut rows: BTreeMap<Key, Vec<Cell>> = BTreeMap::new();
    let mut width = 1;
    for series in &plot.series {
        for (name, points) in columns(series) {
            heading.push(match unit {
                "" => name,
                unit => format!("{name} ({unit})"),
            });
            put(places, &mut rows, &points, width, notation);
            width += 1;
        }
    }
    Table {
        caption: format!("{}: the figures", plot.heading()),
        heading,
        rows: rows.into_values().map(|row| filled(row, width)).collect(),
    }
}

fn columns(series: &Series) -> Vec<(String, Vec<(f64, f64)>)> {
    let name = series.title();
    let mut columns = vec![(name.to_owned(), series.points.clone())];
    let band = series.band();
    if !band.is_empty() {
        let low = band.iter().map(|b| (b.0, b.1)).collect();
        let high = band.iter().map(|b| (b.0, b.2)).collect();
        columns.push((format!("{name}, low"), low));
        columns.push((format!("{name}, high"), high));
    }
    columns
}

/// Puts a column's figures beside those that are there.
fn put(
    places: Places,
    rows: &mut BTreeMap<Key, Vec<Cell>>,
    points: &[(f64, f64)],
    at: usize,
    notation: Notation,
) {
    let mut seen: BTreeMap<u64, usize> = BTreeMap::new();
    for (x, figure) in points {
        let order = in_order(*x);
        let nth = seen.entry(order).or_default();
        let row = rows
            .entry((order, *nth))
            .or_insert_with(|| vec![Cell::Text(places.write(*x))]);
        *nth += 1;
        while row.len() < at {
            row.push(Cell::Number(NONE.to_owned()));
        }
        row.push(Cell::Number(notation.write(*figure)));
    }
}

fn filled(mut row: Vec<Cell>, width: usize) -> Vec<Cell> {
    row.resize(width, Cell::Number(NONE.to_owned()));
    row
}

/// A number that stands among others as `x` does, with what is no number at the end.
fn in_order(x: f64) -> u64 {
    if x.is_nan() {
        return u64::MAX;
    }
    let bits = (x + 0.0).to_bits();
    let is_negative = bits >> 63 == 1;
    if is_negative { !bits } else { bits | 1 << 63 }
}
