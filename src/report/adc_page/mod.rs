//! A report as a page: the targets first, then what became of the calls, where and when it went well or badly, the
//! waits as they were announced, the callbacks, every item, and how all that was counted. A simulated day is told by the same
//! parts. A figure that is held back, or that there is not, is a dash in a table and a gap in a plot.

mod about;
mod announced;
mod callbacks;
mod groups;
mod held;
mod rules;
mod sheet;
#[cfg(test)]
mod tests;
mod times;
mod whole;
mod words;

pub use about::About;
pub use announced::announced;
pub use callbacks::callbacks;
pub use groups::{groups, together};
pub use held::{Held, calls_plot};
pub use rules::rules;
pub use sheet::page;
pub use times::{days, hours, months};
pub use whole::{fates, items, targets};
