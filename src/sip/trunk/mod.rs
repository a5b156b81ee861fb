//! What is decided about trunks: whose call it is that comes in, and which peers are up.

mod health;
mod matching;

pub use health::{Ask, Health};
pub use matching::of_source;
