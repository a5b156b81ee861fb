use jiff::Timestamp;

use crate::identity::{Number, Reference};

use super::wanted::Wanted;

/// Somebody who has hung up and keeps their place, as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptPlace {
    /// The reference of their call.
    pub reference: Reference,
    /// The number on which they are called back when their turn comes.
    pub number: Number,
    /// To be dialled through text relay (18002).
    pub text_relay: bool,
    /// The language that they chose.
    pub language: String,
    /// What a handler's display says of them: the region and the choice.
    pub display: String,
    /// Whom they wait for.
    pub wanted: Wanted,
    /// Since when they have waited.
    pub since: Timestamp,
    /// They have been called back in vain so often.
    pub tries: u32,
}
