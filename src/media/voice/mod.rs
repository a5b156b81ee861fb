//! Samples into payloads and back, with the memory that a codec needs from one packet to the next.

mod decoder;
mod encoder;
mod halfband;
mod translator;

pub(crate) use decoder::Decoder;
pub(crate) use encoder::Encoder;
pub(crate) use translator::Translator;

/// How finely the samples on our side of a codec lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Band {
    /// 8,000 a second, one for each byte of a payload.
    Narrow,
    /// 16,000 a second, two for each byte.
    Wide,
}

impl Band {
    /// Samples that stand for one byte of a payload, in any codec.
    pub(crate) const fn per_byte(self) -> usize {
        match self {
            Band::Narrow => 1,
            Band::Wide => 2,
        }
    }
}

#[cfg(test)]
mod tests;
