//! The Directory of Services: which local service, open in time and with room, takes this patient.
//!
//! Providers fill it, commissioners sign it off, and a [`Directory`] of what they wrote is made once and searched many
//! times. [`Directory::search`] gives what is to be offered, and why everything else is not; what it lost by a single
//! criterion is kept as a [`SearchRecord`], and what several services cover alike is told by [`doubles`].

mod asked;
mod bits;
mod book;
mod capacity;
mod columns;
mod criterion;
mod duplication;
mod entry;
mod found;
mod id;
mod keyed;
mod missed;
mod place;
mod position;
mod query;
mod row;
mod search;
mod service;
mod sheet;
#[cfg(test)]
mod tests;
mod types;
mod week;
mod window;
mod words;

pub use book::{Directory, Ground, to_toml};
pub use capacity::{Capacities, CapacityError, CapacitySetting, Colour};
pub use criterion::{Criteria, Criterion};
pub use duplication::{Double, Doubles, Shares, doubles};
pub use entry::Known;
pub use found::{Found, LeftOut, NearMiss, Offer};
pub use id::{IdError, ServiceId};
pub use keyed::{CapacityKeys, Keyed};
pub use missed::{Missed, SearchRecord};
pub use place::{OutwardPlaces, PatientPlace};
pub use position::{Distance, Position};
pub use query::{Query, SearchError};
pub use service::{Catchment, Method, Referral, Service, Status, Takes};
pub use sheet::{from_csv, to_csv};
pub use types::{ServiceType, ServiceTypes};
pub use window::window;
