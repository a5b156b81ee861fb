//! Assessments at the desk: begun, answered, acted on. Each is stored before its answer goes out, so that any node
//! goes on with it.

pub(super) mod act;
pub(super) mod clinician;
mod held;
pub(super) mod reading;
pub(super) mod refer;
mod shelf;
mod view;

pub(super) use held::away;
pub(super) use shelf::Shelf;
