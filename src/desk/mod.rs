//! The HTTP side: whether the server is ready, and what it measures.

mod http;
mod readiness;

pub use http::{DeskError, Metrics, serve};
pub use readiness::Readiness;
