//! What people needed and the directory did not have for them: what, where, when in the week, how many people, and
//! which single change would have found them a service.

mod change;
mod count;
mod figures;
mod held_back;
mod page;
mod part_of_week;
#[cfg(test)]
mod tests;

pub use change::{Change, What};
pub use count::Gaps;
pub use figures::{Closes, Counts, Gap, GapChange, GapFigures};
pub use page::page;
pub use part_of_week::PartOfWeek;
