//! The location service for phones that register (RFC 3261 section 10.3), as a pure machine.
//!
//! [`Registrar::on`] takes a REGISTER whose sender has been authenticated and gives the answer;
//! [`Registrar::tick`] lets bindings run out. Both say who has signed in or out by it.

mod binding;
mod contact;
mod location_service;
mod register;
mod uri;

pub use binding::Binding;
pub use contact::{Contact, ContactError, Contacts};
pub use location_service::{Limits, Registrar};
pub use register::{Event, Outcome, Register};
