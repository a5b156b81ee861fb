//! The HTTP side: whether the server is ready, what it measures, how things stand, and the desk's API.

mod api;
mod http;
mod live;
mod readiness;

pub use api::{Api, DeskSource, People, Person};
pub use http::{DeskError, Metrics, Served, serve};
pub use live::LiveSource;
pub use readiness::Readiness;
