//! Services of the directory that cover the same, and how much each of them was used.

mod figures;
mod page;
#[cfg(test)]
mod tests;

pub use figures::{Duplication, Pair, UsedService};
pub use page::page;
