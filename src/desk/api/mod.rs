//! The API of the desk under `/api/v1`: who signs in and as what, and what they may ask. `/api/v1/openapi.json`
//! describes it, made of the very routes that are served.

mod assessment;
mod body;
mod directory;
mod document;
mod me;
mod people;
mod refusal;
mod routes;
mod signing_in;
mod source;
#[cfg(test)]
mod tests;

pub use people::{People, Person};
pub use routes::Api;
pub(super) use routes::router;
pub use source::DeskSource;
