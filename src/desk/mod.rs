//! The HTTP side: whether the server is ready, what it measures, and how things stand.

mod http;
mod live;
mod readiness;

pub use http::{DeskError, Metrics, Served, serve};
pub use live::LiveSource;
pub use readiness::Readiness;
