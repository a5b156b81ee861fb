//! How the process is: what is wrong with what it stands on — the store, the clock, its own time, ports,
//! descriptors — is noticed, told once, and told again when it is over.
//!
//! [`Watch`] decides what is worth telling and reads nothing; [`look`] looks once a second.

mod looking;
mod standing;
#[cfg(test)]
mod tests;
mod watch;

pub(super) use looking::look;
