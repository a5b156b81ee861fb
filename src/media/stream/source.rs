//! Where the sound that a leg sends comes from.

use std::time::Duration;

use super::metering;
use crate::media::{
    clip::{Cursor, FRAME},
    dtmf::SineTone,
    voice::Encoder,
};

/// What a leg plays.
#[derive(Debug, Default)]
pub(crate) enum Source {
    /// Nothing: silence, or what a joined leg sends.
    #[default]
    Idle,
    Clips(Cursor),
    Tone(SineTone),
    /// The time at which each packet leaves, for measuring.
    Stamps,
}

impl Source {
    pub(crate) fn is_idle(&self) -> bool {
        matches!(self, Source::Idle)
    }

    /// Fills a payload with what comes next; `moment` is asked only for a stamp.
    pub(crate) fn fill(
        &mut self,
        encoder: &mut Encoder,
        moment: impl FnOnce() -> Duration,
        payload: &mut [u8],
    ) {
        let codec = encoder.codec();
        match self {
            Source::Idle => encoder.silence(payload),
            Source::Clips(cursor) => cursor.fill(codec, payload),
            Source::Stamps => metering::stamp(moment(), codec.silence(), payload),
            Source::Tone(tone) => {
                for payload in payload.chunks_mut(FRAME) {
                    let samples: [i16; FRAME] = std::array::from_fn(|n| match n < payload.len() {
                        true => tone.next_rounded(),
                        false => 0,
                    });
                    encoder.encode(&samples, payload);
                }
            }
        }
    }

    /// The id of a playlist that has been played to its end; the source is idle then.
    pub(crate) fn take_played(&mut self) -> Option<u64> {
        let Source::Clips(cursor) = self else {
            return None;
        };
        let id = cursor.is_done().then(|| cursor.id())?;
        *self = Source::Idle;
        Some(id)
    }
}
