use crate::report::page::Cell;
use crate::report::words::figure;
use crate::report::{Item, Items};

/// An item of a table: whole calls, or seconds with one decimal.
pub(super) fn item(items: &Items, item: Item) -> Cell {
    Cell::Number(figure(items.value(item), usize::from(item.is_time())))
}

/// What an item is called above a column.
pub(super) fn above(item: Item) -> &'static str {
    match item {
        Item::LedElsewhere => "Led elsewhere",
        Item::CutOff => "Cut off",
        Item::UnderWay => "Under way",
        coded => coded.code(),
    }
}
