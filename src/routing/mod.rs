//! Where a caller belongs and what that means: the region by number, location or key, the provider by
//! share and hours, the crisis line, the ambulance control rooms. Everything comes from the tables
//! under `routing/`, and every decision names the rule that made it.

mod area;
mod decide;
pub(crate) mod hours;
mod national;
mod outward;
mod postcode;
mod provider;
mod queue_rules;
mod region;
mod tables;

pub use decide::{Keyed, RegionDecision, Rule};
pub(crate) use hours::london;
pub use hours::{Calendar, Hours, Opening, Openings};
pub use national::{Registered, RegisteredKind};
pub use postcode::{Postcodes, closest_postcode, outward};
pub use provider::{Provider, ProviderDecision};
pub use queue_rules::{QueueTable, Step};
pub use region::{CallbackOrder, CallbackTable, Outbound, Region, RegionId};
pub use tables::Tables;
