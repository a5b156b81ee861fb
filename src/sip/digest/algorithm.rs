use std::fmt;
use std::str::FromStr;

use md5::Md5;
use sha2::{Digest as _, Sha256};

use crate::audit::hex;

/// A hash by which a password is proved. The greater is the stronger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Algorithm {
    /// For phones that know nothing better.
    Md5,
    /// SHA-256 (RFC 8760).
    Sha256,
}

impl Algorithm {
    /// Both, strongest first.
    pub const ALL: [Algorithm; 2] = [Algorithm::Sha256, Algorithm::Md5];

    /// The name in `algorithm=` (RFC 7616 section 6.1).
    pub const fn name(self) -> &'static str {
        match self {
            Algorithm::Md5 => "MD5",
            Algorithm::Sha256 => "SHA-256",
        }
    }

    /// The hash of a text, in lower-case hexadecimal.
    pub(super) fn hex(self, text: &str) -> String {
        match self {
            Algorithm::Md5 => hex::encode(&Md5::digest(text.as_bytes())),
            Algorithm::Sha256 => hex::encode(&Sha256::digest(text.as_bytes())),
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Algorithm {
    type Err = String;

    /// Reads a name in any case. The session variants (`MD5-sess`) are not known here.
    fn from_str(text: &str) -> Result<Self, String> {
        let known = Algorithm::ALL.into_iter();
        let mut found = known.filter(|a| a.name().eq_ignore_ascii_case(text));
        found
            .next()
            .ok_or_else(|| format!("`{text}` is no digest algorithm that is known here"))
    }
}
