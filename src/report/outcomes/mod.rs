//! What people were led to: linking them to the right service stands first, not how many rang.

mod count;
mod figure;
mod held_back;
mod led;
mod page;
mod tally;
#[cfg(test)]
mod tests;

pub use count::{OutcomeFigures, OutcomeGroup, OutcomeTable, Outcomes};
pub use figure::{Figure, Figures};
pub use led::Led;
pub use page::page;
