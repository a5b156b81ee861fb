//! What must survive: every call's timeline, promised callbacks, and who is signed in.
//!
//! A promise is on disk before [`Store::book`] returns. The timeline is written behind the calls, by a
//! task of its own, in batches: a slow disk delays no caller.

mod callbacks;
mod calls;
mod error;
mod kept_places;
mod open;
mod registrations;
#[cfg(test)]
mod tests;
mod timeline;

pub use calls::{CallRow, EventRow};
pub use error::StoreError;
pub use open::Store;
pub use registrations::StoredBinding;
pub use timeline::{Timeline, TimelineEntry};
