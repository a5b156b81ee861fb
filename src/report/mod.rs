//! What happened, in the measures that the service is held to: from what is stored alone, exactly, by region,
//! provider, month, day and hour. What a simulated day brings is measured by the same code. `docs/measures.md`
//! defines every figure.

mod adc;
pub mod adc_page;
mod announced;
mod clock;
pub mod duplication;
mod fate;
pub mod gaps;
mod group;
mod items;
mod live;
mod names;
pub mod outcomes;
pub mod page;
mod promises;
mod suppress;
mod target;
#[cfg(test)]
mod tests;
mod told;
mod usage;
pub mod words;

pub use adc::{Adc, Breakdown, Group, Measured, Rules};
pub use announced::Announced;
pub use fate::Fate;
pub use group::By;
pub use items::{Item, Items, Tally, centile};
pub use live::{
    Counted, Live, Missing, OpenCallbacks, QueueStanding, Recent, Region, RegionWaiting, Standing,
};
pub use names::Names;
pub use promises::{Kept, Promises};
pub use suppress::Suppressed;
pub use target::Target;
pub use told::Told;
pub use usage::{Usage, Use, Used};
