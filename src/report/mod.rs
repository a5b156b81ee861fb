//! What happened, in the measures that the service is held to: from stored timestamps alone, exactly, by region,
//! provider, day and hour. What a simulated day brings is measured by the same code. `docs/measures.md`
//! defines every figure.

mod adc;
pub mod adc_page;
mod announced;
mod clock;
mod fate;
mod group;
mod items;
mod live;
pub mod page;
mod promises;
mod suppress;
mod target;
#[cfg(test)]
mod tests;

pub use adc::{Adc, Breakdown, Group, Measured, Rules};
pub use announced::Announced;
pub use fate::Fate;
pub use group::By;
pub use items::{Item, Items, Tally, centile};
pub use live::{
    Counted, Live, Missing, OpenCallbacks, QueueStanding, Recent, Region, RegionWaiting, Standing,
};
pub use promises::{Kept, Promises};
pub use suppress::Suppressed;
pub use target::Target;
