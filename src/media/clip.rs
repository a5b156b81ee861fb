//! A recording encoded once per codec, and the list of them that a leg plays.

use std::sync::Arc;
use std::time::Duration;

use super::{
    codec::Codec,
    voice::{Band, Encoder},
};

/// Bytes of one 20 ms frame in any codec.
pub(crate) const FRAME: usize = 160;
/// Silence that a coder has had before a clip, 200 ms. What went before on the line was silence, most
/// often; a decoder of G.722 that has heard it makes a thump of sound from the state of a new coder.
const BEFORE: usize = 10 * FRAME;

/// A recording, encoded once per codec and shared by every leg that plays it.
///
/// All fields hold the same whole number of 160-byte frames.
#[derive(Clone)]
pub struct Clip {
    /// The recording in A-law.
    pub alaw: Arc<[u8]>,
    /// The recording in mu-law.
    pub ulaw: Arc<[u8]>,
    /// The recording in G.722, from the state that silence leaves its coder in.
    pub g722: Arc<[u8]>,
}

impl Clip {
    /// Encodes samples at 8 kHz; the last frame is filled up with silence.
    pub fn from_samples(samples: &[i16]) -> Clip {
        Clip::encode(samples, Band::Narrow, samples)
    }

    /// Encodes a recording that is there at 8 kHz, for G.711, and at 16 kHz, for G.722. The last frame
    /// is filled up with silence; where one is longer than the other, the rest of it is left out.
    pub fn from_bands(narrow: &[i16], wide: &[i16]) -> Clip {
        let length = narrow.len().min(wide.len() / 2);
        Clip::encode(&narrow[..length], Band::Wide, &wide[..2 * length])
    }

    fn encode(narrow: &[i16], band: Band, for_g722: &[i16]) -> Clip {
        let length = narrow.len().next_multiple_of(FRAME);
        let encode = |codec, band: Band, samples: &[i16]| -> Arc<[u8]> {
            let mut samples = samples.to_vec();
            samples.resize(length * band.per_byte(), 0);
            let mut bytes = vec![0; length];
            let mut encoder = Encoder::new(codec, band);
            encoder.silence(&mut [0; BEFORE]);
            encoder.encode(&samples, &mut bytes);
            bytes.into()
        };
        Clip {
            alaw: encode(Codec::Pcma, Band::Narrow, narrow),
            ulaw: encode(Codec::Pcmu, Band::Narrow, narrow),
            g722: encode(Codec::G722, band, for_g722),
        }
    }

    /// The recording in one codec.
    pub fn bytes(&self, codec: Codec) -> &[u8] {
        match codec {
            Codec::Pcma => &self.alaw,
            Codec::Pcmu => &self.ulaw,
            Codec::G722 => &self.g722,
        }
    }

    /// How long it takes to play.
    pub fn duration(&self) -> Duration {
        // G.711: eight bytes are a millisecond.
        Duration::from_millis(self.alaw.len() as u64 / 8)
    }

    /// Bytes that every codec has.
    fn length(&self) -> usize {
        let others = self.ulaw.len().min(self.g722.len());
        self.alaw.len().min(others)
    }
}

impl std::fmt::Debug for Clip {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Clip({} ms)", self.alaw.len() / 8)
    }
}

/// Recordings to be played one after the other without a gap.
#[derive(Clone, Debug)]
pub struct Playlist {
    /// What is played, in order.
    pub clips: Vec<Clip>,
    /// Whether to begin again after the last one (music). A repeating list never reports `Played`,
    /// unless it holds no sound at all.
    pub repeat: bool,
    /// Comes back in [`Event::Played`](super::Event::Played).
    pub id: u64,
}

/// A place in a playlist.
#[derive(Debug)]
pub(crate) struct Cursor {
    list: Playlist,
    clip: usize,
    byte: usize,
}

impl Cursor {
    pub(crate) fn new(list: Playlist) -> Cursor {
        let mut cursor = Cursor {
            list,
            clip: 0,
            byte: 0,
        };
        cursor.skip_spent_clips();
        cursor
    }

    pub(crate) fn id(&self) -> u64 {
        self.list.id
    }

    /// Whether nothing is left to play.
    pub(crate) fn is_done(&self) -> bool {
        self.clip >= self.list.clips.len()
    }

    /// Fills the payload with what comes next, and with silence after the end.
    pub(crate) fn fill(&mut self, codec: Codec, mut payload: &mut [u8]) {
        while !payload.is_empty() {
            let rest = self
                .list
                .clips
                .get(self.clip)
                .and_then(|clip| clip.bytes(codec).get(self.byte..))
                .unwrap_or_default();
            if rest.is_empty() {
                payload.fill(codec.silence());
                return;
            }
            let n = rest.len().min(payload.len());
            payload[..n].copy_from_slice(&rest[..n]);
            payload = &mut payload[n..];
            self.byte += n;
            self.skip_spent_clips();
        }
    }

    /// Steps over clips that are played or empty; once around at most, so that a list without
    /// sound ends instead of spinning.
    fn skip_spent_clips(&mut self) {
        for _ in 0..=self.list.clips.len() {
            match self.list.clips.get(self.clip) {
                Some(clip) if self.byte < clip.length() => return,
                Some(_) => {
                    self.byte = 0;
                    self.clip += 1;
                }
                None if self.list.repeat => self.clip = 0,
                None => return,
            }
        }
        self.clip = self.list.clips.len();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clip(frames: usize, value: u8) -> Clip {
        Clip {
            alaw: vec![value; frames * FRAME].into(),
            ulaw: vec![value + 100; frames * FRAME].into(),
            g722: vec![value + 200; frames * FRAME].into(),
        }
    }

    fn playlist(clips: Vec<Clip>, repeat: bool) -> Playlist {
        Playlist {
            clips,
            repeat,
            id: 7,
        }
    }

    #[test]
    fn clips_follow_each_other_without_a_gap() {
        let mut cursor = Cursor::new(playlist(vec![clip(1, 1), clip(0, 9), clip(1, 2)], false));
        let mut payload = [0; 320];
        cursor.fill(Codec::Pcma, &mut payload);
        assert!(payload[..160].iter().all(|&b| b == 1));
        assert!(payload[160..].iter().all(|&b| b == 2));
        assert!(cursor.is_done());
    }

    #[test]
    fn the_last_packet_is_filled_up_with_silence() {
        let mut cursor = Cursor::new(playlist(vec![clip(1, 1)], false));
        let mut payload = [0; 240];
        cursor.fill(Codec::Pcmu, &mut payload);
        assert_eq!(payload[159], 101);
        assert!(payload[160..].iter().all(|&b| b == Codec::Pcmu.silence()));
    }

    #[test]
    fn a_repeating_list_begins_again() {
        let mut cursor = Cursor::new(playlist(vec![clip(1, 1), clip(1, 2)], true));
        let mut payload = [0; FRAME];
        for expected in [1, 2, 1, 2, 1] {
            cursor.fill(Codec::Pcma, &mut payload);
            assert_eq!(payload[0], expected);
            assert!(!cursor.is_done());
        }
    }

    #[test]
    fn a_list_without_sound_is_done_at_once_even_when_it_repeats() {
        assert!(Cursor::new(playlist(vec![], true)).is_done());
        assert!(Cursor::new(playlist(vec![clip(0, 1), clip(0, 1)], true)).is_done());
    }
}
