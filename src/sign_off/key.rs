use std::fmt;
use std::str::FromStr;

use ring::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::audit::hex;

/// What is wrong with a key or a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum KeyError {
    /// A public key that is none.
    #[error("a public key has 64 hexadecimal digits, small ones; `ivr111 sign-off key` prints it")]
    Public,
    /// A private key that is none.
    #[error("this is no private key of Ed25519 (PKCS#8); `ivr111 sign-off key` writes one")]
    Private,
    /// A signature that is none.
    #[error("a signature has 128 hexadecimal digits, small ones")]
    Signature,
}

/// By which a person's signatures are known (Ed25519, RFC 8032).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(try_from = "String")]
pub struct PublicKey([u8; 32]);

impl PublicKey {
    /// Whether a signature over these bytes was made with the private key to this one.
    pub fn verifies(&self, bytes: &[u8], signature: &Signature) -> bool {
        let key = UnparsedPublicKey::new(&ED25519, &self.0);
        key.verify(bytes, &signature.0).is_ok()
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(&self.0))
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for PublicKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        hex::decode(text).map(PublicKey).ok_or(KeyError::Public)
    }
}

impl TryFrom<String> for PublicKey {
    type Error = KeyError;

    fn try_from(text: String) -> Result<Self, KeyError> {
        text.parse()
    }
}

/// A signature (Ed25519).
#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Signature([u8; 64]);

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(&self.0))
    }
}

impl Serialize for Signature {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&hex::encode(&self.0))
    }
}

impl TryFrom<String> for Signature {
    type Error = KeyError;

    fn try_from(text: String) -> Result<Self, KeyError> {
        hex::decode(&text).map(Signature).ok_or(KeyError::Signature)
    }
}

/// A person's private key. It is never shown.
pub struct SigningKey(Ed25519KeyPair);

impl SigningKey {
    /// Reads a key from PKCS#8 (RFC 8410), with its public half inside or without.
    pub fn from_pkcs8(bytes: &[u8]) -> Result<Self, KeyError> {
        let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(bytes);
        pair.map(SigningKey).map_err(|_| KeyError::Private)
    }

    /// Its public half.
    pub fn public(&self) -> PublicKey {
        let mut bytes = [0; 32];
        let public = self.0.public_key().as_ref();
        for (byte, of_key) in bytes.iter_mut().zip(public) {
            *byte = *of_key;
        }
        PublicKey(bytes)
    }

    /// Signs bytes. The same bytes always get the same signature.
    pub fn sign(&self, bytes: &[u8]) -> Signature {
        let mut signature = [0; 64];
        let signed = self.0.sign(bytes);
        for (byte, of_signature) in signature.iter_mut().zip(signed.as_ref()) {
            *byte = *of_signature;
        }
        Signature(signature)
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey(of {})", self.public())
    }
}
