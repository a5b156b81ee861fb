use std::fmt;

use serde::{Deserialize, Serialize};

/// A key of a telephone: 0–9, *, #, A–D. `Debug` hides it, because keys may spell a number or a
/// postcode.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "char", try_from = "char")]
pub struct Key(u8);

impl Key {
    /// The key that confirms or ends an entry.
    pub const HASH: Key = Key(b'#');

    /// A key by its character; none for any other character.
    pub fn new(c: char) -> Option<Self> {
        let byte = u8::try_from(c).ok()?.to_ascii_uppercase();
        matches!(byte, b'0'..=b'9' | b'*' | b'#' | b'A'..=b'D').then_some(Key(byte))
    }

    /// Its character.
    pub fn char(self) -> char {
        char::from(self.0)
    }

    /// Every key.
    pub fn all() -> impl Iterator<Item = Key> {
        "0123456789*#ABCD".chars().filter_map(Key::new)
    }
}

impl From<Key> for char {
    fn from(key: Key) -> char {
        key.char()
    }
}

impl TryFrom<char> for Key {
    type Error = &'static str;

    fn try_from(c: char) -> Result<Self, Self::Error> {
        Key::new(c).ok_or("not a key of a telephone")
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(_)")
    }
}
