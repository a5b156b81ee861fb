//! The voice codecs that this engine speaks: RFC 3551 sections 4.5.2 and 4.5.14.

use serde::{Deserialize, Serialize};

use super::g711;

/// A voice codec. All of them count 8,000 RTP timestamp units and carry 8,000 bytes in a second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Codec {
    /// G.711 A-law, static payload type 8.
    Pcma,
    /// G.711 mu-law, static payload type 0.
    Pcmu,
    /// G.722 at 64 kbit/s, static payload type 9: 16,000 samples a second, two to a byte, although its
    /// RTP clock counts 8,000.
    G722,
}

impl Codec {
    /// All, in our order of preference: A-law is what British networks carry, and what needs no
    /// translation comes first.
    pub const ALL: [Codec; 3] = [Codec::Pcma, Codec::Pcmu, Codec::G722];

    /// The static payload type (RFC 3551 table 4).
    pub const fn payload_type(self) -> u8 {
        match self {
            Codec::Pcma => 8,
            Codec::Pcmu => 0,
            Codec::G722 => 9,
        }
    }

    /// The encoding name as an `a=rtpmap` line has it.
    pub const fn name(self) -> &'static str {
        match self {
            Codec::Pcma => "PCMA",
            Codec::Pcmu => "PCMU",
            Codec::G722 => "G722",
        }
    }

    /// The codec with this encoding name, whatever its case.
    pub fn from_name(name: &str) -> Option<Codec> {
        Codec::ALL
            .into_iter()
            .find(|codec| codec.name().eq_ignore_ascii_case(name))
    }

    /// The byte that decodes to nothing; in G.722 to next to nothing, and only for a frame or so, as its
    /// meaning depends on what came before.
    pub const fn silence(self) -> u8 {
        match self {
            Codec::Pcma => 0xD5,
            Codec::Pcmu => 0xFF,
            // The smallest differences in either band.
            Codec::G722 => 0xFA,
        }
    }

    /// The law of a codec whose bytes stand each for one sample.
    pub const fn law(self) -> Option<Law> {
        match self {
            Codec::Pcma => Some(Law::A),
            Codec::Pcmu => Some(Law::Mu),
            Codec::G722 => None,
        }
    }
}

/// The two laws of ITU-T G.711.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Law {
    /// A-law.
    A,
    /// Mu-law.
    Mu,
}

impl Law {
    /// One 16-bit sample as a byte.
    pub fn encode(self, sample: i16) -> u8 {
        match self {
            Law::A => g711::encode_alaw(sample),
            Law::Mu => g711::encode_ulaw(sample),
        }
    }

    /// One byte as a 16-bit sample.
    pub fn decode(self, byte: u8) -> i16 {
        match self {
            Law::A => g711::decode_alaw(byte),
            Law::Mu => g711::decode_ulaw(byte),
        }
    }

    /// One byte of this law as a byte of `to`, by table (ITU-T G.711 tables 3 and 4).
    pub fn translate(self, to: Law, byte: u8) -> u8 {
        match (self, to) {
            (Law::A, Law::Mu) => g711::alaw_to_ulaw(byte),
            (Law::Mu, Law::A) => g711::ulaw_to_alaw(byte),
            _ => byte,
        }
    }
}
