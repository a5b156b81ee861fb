use proptest::prelude::*;

use super::*;

/// A table with its sums: the cells row by row, then the sum of each row, of each column, and of all.
fn table(ledger: &mut Ledger, rows: &[Vec<u64>]) -> Vec<CellId> {
    let cells: Vec<Vec<CellId>> = rows
        .iter()
        .map(|row| row.iter().map(|value| ledger.printed(*value)).collect())
        .collect();
    let sums: Vec<CellId> = rows
        .iter()
        .map(|row| ledger.printed(row.iter().sum()))
        .collect();
    for (sum, row) in sums.iter().zip(&cells) {
        ledger.sum(*sum, row.iter().copied());
    }
    let all = ledger.printed(rows.iter().flatten().sum());
    ledger.sum(all, sums.iter().copied());
    let width = rows.first().map_or(0, Vec::len);
    let mut columns = Vec::new();
    for at in 0..width {
        let column = ledger.printed(rows.iter().map(|row| row[at]).sum());
        ledger.sum(column, cells.iter().map(|row| row[at]));
        columns.push(column);
    }
    ledger.sum(all, columns.iter().copied());
    let cells = cells.into_iter().flatten();
    cells.chain(sums).chain(columns).chain([all]).collect()
}

fn shown(ledger: &Ledger, cells: &[CellId]) -> Vec<Option<u64>> {
    cells.iter().map(|cell| ledger.shown(*cell)).collect()
}

#[test]
fn a_small_count_is_held_back_and_nothing_is_where_none_is() {
    let mut ledger = Ledger::default();
    let cells = [0, 1, 4, 5].map(|value| ledger.printed(value));
    ledger.hold_back(5);
    assert_eq!(shown(&ledger, &cells), [Some(0), None, None, Some(5)]);
    let mut ledger = Ledger::default();
    let cells = table(&mut ledger, &[vec![5, 0], vec![0, 70]]);
    ledger.hold_back(5);
    assert!(shown(&ledger, &cells).iter().all(Option::is_some));
}

#[test]
fn what_is_left_of_a_sum_is_not_told() {
    let mut ledger = Ledger::default();
    let [whole, large, small] = [103, 100, 3].map(|value| ledger.printed(value));
    ledger.sum(whole, [large, small]);
    ledger.hold_back(5);
    // Either of the two is enough.
    assert_eq!(
        shown(&ledger, &[large, small, whole]),
        [None, None, Some(103)]
    );
    // Nor where the rest stands nowhere.
    let mut ledger = Ledger::default();
    let [whole, part] = [103, 100].map(|value| ledger.printed(value));
    ledger.parts(whole, [part]);
    ledger.hold_back(5);
    assert_eq!(shown(&ledger, &[whole, part]).iter().flatten().count(), 1);
}

#[test]
fn several_that_come_to_little_are_not_told_by_their_sum() {
    // One of each is all that two that are held back can be of two.
    let mut ledger = Ledger::default();
    let [whole, large, one, other] = [42, 40, 1, 1].map(|value| ledger.printed(value));
    ledger.sum(whole, [large, one, other]);
    ledger.hold_back(5);
    assert_eq!(shown(&ledger, &[one, other]), [None, None]);
    assert_eq!(shown(&ledger, &[whole, large]).iter().flatten().count(), 1);
}

#[test]
fn a_whole_that_is_held_back_is_not_told_by_its_groups() {
    let mut ledger = Ledger::default();
    let [whole, group] = [3, 3].map(|value| ledger.printed(value));
    ledger.sum(whole, [group]);
    let [elsewhere, much] = [60, 57].map(|value| ledger.printed(value));
    ledger.sum(elsewhere, [whole, much]);
    ledger.hold_back(5);
    assert_eq!(shown(&ledger, &[whole, group]), [None, None]);
    assert_eq!(
        shown(&ledger, &[elsewhere, much]).iter().flatten().count(),
        1
    );
}

#[test]
fn what_does_not_come_to_its_sum_tells_nothing() {
    let mut ledger = Ledger::default();
    let [whole, large, small] = [90, 100, 3].map(|value| ledger.printed(value));
    ledger.sum(whole, [large, small]);
    ledger.parts(small, [large]);
    ledger.hold_back(5);
    assert_eq!(
        shown(&ledger, &[whole, large, small]),
        [Some(90), Some(100), None]
    );
}

fn any_table() -> impl Strategy<Value = Vec<Vec<u64>>> {
    let count = prop_oneof![2 => Just(0u64), 2 => 1u64..5, 3 => 5u64..60];
    (1usize..5, 1usize..5).prop_flat_map(move |(height, width)| {
        prop::collection::vec(prop::collection::vec(count.clone(), width), height)
    })
}

proptest! {
    #[test]
    fn small_counts_might_as_well_be_others(rows in any_table(), least in 2u64..8) {
        let mut ledger = Ledger::default();
        table(&mut ledger, &rows);
        ledger.hold_back(least);
        for (value, cell) in ledger.all() {
            let (low, high) = ledger.known(cell);
            prop_assert!(low <= value && value <= high, "{value} is not {low} to {high}");
            match value {
                0 => prop_assert_eq!(ledger.shown(cell), Some(0)),
                small if small < least => {
                    prop_assert_eq!(ledger.shown(cell), None);
                    prop_assert!(high - low >= least, "{value} is known to be {low} to {high}");
                }
                _ => {}
            }
        }
    }

    #[test]
    fn a_table_without_small_counts_is_told_whole(rows in any_table()) {
        let large: Vec<Vec<u64>> = rows
            .iter()
            .map(|row| row.iter().map(|value| if *value == 0 { 0 } else { value + 5 }).collect())
            .collect();
        let mut ledger = Ledger::default();
        let cells = table(&mut ledger, &large);
        ledger.hold_back(5);
        prop_assert!(shown(&ledger, &cells).iter().all(Option::is_some));
    }
}
