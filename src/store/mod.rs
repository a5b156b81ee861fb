//! What must survive: every call's timeline, promised callbacks and the log of their changes, who is
//! signed in, and the queue that several nodes share.
//!
//! SQLite for a node by itself, PostgreSQL for several; one schema, and SQL that is one text for both.
//! A promise is on disk before [`Promises::book`] returns. The timeline is written behind the calls, by a
//! task of its own, in batches: a slow disk delays no caller.

mod again;
mod assessment_course;
mod assessments;
mod callbacks;
mod calls;
mod condition;
mod course;
mod dialect;
mod entries;
mod entry;
mod error;
mod face;
mod history;
mod log;
mod name;
mod orders;
mod past_call;
mod place;
mod postgres;
mod promise_course;
mod provision;
mod queue;
mod registrations;
mod schema;
mod sql;
mod sqlite;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod timeline;
mod transfer;
mod trouble;
mod verify;

pub use again::{Again, Known, Open};
pub use assessment_course::AssessmentCourse;
pub use assessments::{AssessmentRow, Assessments, Saved};
pub use callbacks::Promises;
pub use calls::{CallLog, CallRow, EventRow};
pub use course::{Course, Courses, ToldWait};
pub use entry::{Entry, TimelineEntry};
pub use error::StoreError;
pub use face::{SharedStore, Store};
pub use history::{BookLog, HistoryRow};
pub use orders::{OpenOrder, OrderRow, Orders, Taking};
pub use past_call::PastCall;
pub use place::{Place, open, open_even_away};
pub use promise_course::{Closed, How as ClosedHow, PromiseCourse};
pub use provision::{CapacityRow, Provision, ReferralRow, SearchRow};
pub use queue::{Entered, Renewed, SharedQueue, Taken};
pub use registrations::{Bindings, StoredBinding};
pub use timeline::Timeline;
pub use transfer::EmergencyTransfer;
pub use verify::verify_chain;
