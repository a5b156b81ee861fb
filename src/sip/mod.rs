//! (room sip)
pub mod guard;
