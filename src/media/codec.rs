//! The two codecs of RFC 3551 section 4.5.14 that this engine speaks.

use super::g711;

/// A voice codec: 8,000 samples and 8,000 bytes a second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Codec {
    /// G.711 A-law, static payload type 8.
    Pcma,
    /// G.711 mu-law, static payload type 0.
    Pcmu,
}

impl Codec {
    /// Both, in our order of preference: A-law is what British networks carry.
    pub const ALL: [Codec; 2] = [Codec::Pcma, Codec::Pcmu];

    /// The static payload type (RFC 3551 table 4).
    pub const fn payload_type(self) -> u8 {
        match self {
            Codec::Pcma => 8,
            Codec::Pcmu => 0,
        }
    }

    /// The encoding name as an `a=rtpmap` line has it.
    pub const fn name(self) -> &'static str {
        match self {
            Codec::Pcma => "PCMA",
            Codec::Pcmu => "PCMU",
        }
    }

    /// The codec with this encoding name, whatever its case.
    pub fn from_name(name: &str) -> Option<Codec> {
        Codec::ALL
            .into_iter()
            .find(|codec| codec.name().eq_ignore_ascii_case(name))
    }

    /// The byte that decodes to (nearly) nothing.
    pub const fn silence(self) -> u8 {
        match self {
            Codec::Pcma => 0xD5,
            Codec::Pcmu => 0xFF,
        }
    }

    /// One 16-bit sample as a byte of this codec.
    pub fn encode(self, sample: i16) -> u8 {
        match self {
            Codec::Pcma => g711::encode_alaw(sample),
            Codec::Pcmu => g711::encode_ulaw(sample),
        }
    }

    /// One byte of this codec as a 16-bit sample.
    pub fn decode(self, byte: u8) -> i16 {
        match self {
            Codec::Pcma => g711::decode_alaw(byte),
            Codec::Pcmu => g711::decode_ulaw(byte),
        }
    }

    /// One byte of this codec as a byte of `to`, by table (ITU-T G.711 tables 3 and 4).
    pub fn translate(self, to: Codec, byte: u8) -> u8 {
        match (self, to) {
            (Codec::Pcma, Codec::Pcmu) => g711::alaw_to_ulaw(byte),
            (Codec::Pcmu, Codec::Pcma) => g711::ulaw_to_alaw(byte),
            _ => byte,
        }
    }
}
