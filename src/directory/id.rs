use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A text that is no name of a service.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("`{0}` is no name: small letters, digits and hyphens, at most 64")]
pub struct IdError(String);

/// The name by which a service is known to everything but people: small letters, digits and hyphens.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct ServiceId(Arc<str>);

impl ServiceId {
    /// The most characters that a name has.
    pub const LONGEST: usize = 64;

    /// Reads a name; any other text is an error that says how one is written.
    pub fn new(text: &str) -> Result<Self, IdError> {
        match is_id(text) {
            true => Ok(ServiceId(Arc::from(text))),
            false => Err(IdError(text.chars().take(ServiceId::LONGEST).collect())),
        }
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether a text is a name of this room.
pub(super) fn is_id(text: &str) -> bool {
    let sound = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    (1..=ServiceId::LONGEST).contains(&text.len()) && text.bytes().all(sound)
}

impl TryFrom<String> for ServiceId {
    type Error = IdError;

    fn try_from(text: String) -> Result<Self, IdError> {
        ServiceId::new(&text)
    }
}

impl std::borrow::Borrow<str> for ServiceId {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ServiceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for ServiceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
