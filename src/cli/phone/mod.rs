//! Telephones for the terminal: a caller and a handler, for testing by hand and by program.

mod answer;
mod call;
mod client;
mod listen;
mod wav;

pub(super) use answer::answer;
pub(super) use call::call;
pub(super) use client::{Client, session};
