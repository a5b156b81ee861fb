//! Where the sound that a leg sends comes from.

use std::time::Duration;

use super::metering;
use crate::media::{clip::Cursor, codec::Codec, dtmf::SineTone};

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
        codec: Codec,
        moment: impl FnOnce() -> Duration,
        payload: &mut [u8],
    ) {
        match self {
            Source::Idle => payload.fill(codec.silence()),
            Source::Clips(cursor) => cursor.fill(codec, payload),
            Source::Stamps => metering::stamp(moment(), codec.silence(), payload),
            Source::Tone(tone) => {
                for byte in payload {
                    *byte = codec.encode(tone.next_rounded());
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
