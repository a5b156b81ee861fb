//! The media thread's end of a recording.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
        mpsc::SyncSender,
    },
    time::Duration,
};

use super::{
    micros,
    piece::{Channel, PIECE, Piece},
    stats::Counters,
};
use crate::media::Codec;

/// Pieces of a packet at most: 1,280 bytes.
const MOST_PIECES: usize = 8;

/// What a track and the recorder's thread tell each other past the queue, which may be full.
#[derive(Debug, Default)]
pub(super) struct Progress {
    /// Pieces that the track has put into the queue.
    pub sent: AtomicU64,
    /// Pieces of the track that found the queue full.
    pub lost: AtomicU64,
    /// The end in microseconds of the engine's clock, if the owner has told it.
    pub end: AtomicU64,
    /// The track is gone: `sent` grows no more.
    pub ended: AtomicBool,
    /// The recording has ended before its track.
    pub over: AtomicBool,
}

/// A call being recorded. It belongs to one leg; dropping it ends the recording.
#[derive(Debug)]
pub struct Track {
    recording: u64,
    pieces: SyncSender<Piece>,
    progress: Arc<Progress>,
    counters: Arc<Counters>,
    sent: u64,
}

impl Track {
    pub(super) fn new(
        recording: u64,
        pieces: SyncSender<Piece>,
        progress: Arc<Progress>,
        counters: Arc<Counters>,
    ) -> Track {
        Track {
            recording,
            pieces,
            progress,
            counters,
            sent: 0,
        }
    }

    /// Takes a voice packet: one received at `at` by the engine's clock, with the peer's timestamp,
    /// or one that left then, with our own. Timestamps count 8,000 a second whatever the codec; they
    /// may start anywhere, wrap and jump. An empty payload is nothing; of one longer than 1,280 bytes
    /// the rest is left out.
    ///
    /// Nothing is allocated or waited for and no system call made. What the queue does not take is
    /// counted and silent.
    pub fn put(
        &mut self,
        channel: Channel,
        at: Duration,
        timestamp: u32,
        codec: Codec,
        payload: &[u8],
    ) {
        if self.progress.over.load(Ordering::Relaxed) {
            return;
        }
        let piece = Piece::new(self.recording, channel, micros(at), timestamp, codec);
        for (n, part) in payload.chunks(PIECE).take(MOST_PIECES).enumerate() {
            let piece = piece.clone().with((n * PIECE) as u16, part);
            if self.pieces.try_send(piece).is_ok() {
                self.sent += 1;
                self.progress.sent.store(self.sent, Ordering::Relaxed);
            } else {
                self.progress.lost.fetch_add(1, Ordering::Relaxed);
                self.counters.lost.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    /// Ends the recording at this time of the engine's clock: the file is as long, silent after the
    /// last packet. A track that is only dropped ends with its last packet.
    pub fn finish(self, now: Duration) {
        self.progress.end.store(micros(now), Ordering::Relaxed);
    }
}

impl Drop for Track {
    fn drop(&mut self) {
        // After all that has been stored before.
        self.progress.ended.store(true, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, sync_channel};

    use super::*;

    fn track(queue: usize) -> (Track, Receiver<Piece>) {
        let (pieces, queued) = sync_channel(queue);
        let track = Track::new(7, pieces, Arc::default(), Arc::default());
        (track, queued)
    }

    #[test]
    fn what_a_full_queue_does_not_take_is_counted() {
        let (mut track, queued) = track(4);
        for n in 0..10 {
            let at = Duration::from_millis(20 * n);
            track.put(Channel::Said, at, n as u32 * 160, Codec::Pcma, &[1; 160]);
        }
        assert_eq!(track.counters.read().lost, 6);
        assert_eq!(track.progress.sent.load(Ordering::Relaxed), 4);
        let timestamps: Vec<_> = queued.try_iter().map(|piece| piece.timestamp).collect();
        assert_eq!(timestamps, [0, 160, 320, 480]);
        track.put(Channel::Said, Duration::ZERO, 1600, Codec::Pcma, &[1; 160]);
        assert_eq!(queued.try_iter().count(), 1);
        assert_eq!(track.counters.read().lost, 6);
    }

    #[test]
    fn a_long_payload_is_parted_and_an_endless_one_cut() {
        let (mut track, queued) = track(100);
        let payload: Vec<u8> = (0..1500u32).map(|n| (n % 251) as u8).collect();
        for (len, parts) in [(0, 0), (1, 1), (160, 1), (480, 3), (481, 4), (1500, 8)] {
            let at = Duration::from_secs(3);
            track.put(Channel::Heard, at, 99, Codec::Pcmu, &payload[..len]);
            let mut joined = Vec::new();
            for piece in queued.try_iter() {
                assert_eq!((piece.recording, piece.at), (7, 3_000_000));
                assert_eq!((piece.timestamp, piece.channel), (99, Channel::Heard));
                assert_eq!(usize::from(piece.skip), joined.len());
                joined.extend_from_slice(piece.payload());
            }
            assert_eq!(joined, payload[..len.min(1280)]);
            assert_eq!(joined.len().div_ceil(PIECE), parts);
        }
    }

    #[test]
    fn a_track_whose_recording_is_over_sends_nothing() {
        let (mut track, queued) = track(4);
        track.progress.over.store(true, Ordering::Relaxed);
        track.put(Channel::Said, Duration::ZERO, 0, Codec::Pcma, &[1; 160]);
        assert_eq!(queued.try_iter().count(), 0);
        assert_eq!(track.counters.read().lost, 0);
    }

    #[test]
    fn a_piece_is_small() {
        assert!(size_of::<Piece>() <= 192, "{}", size_of::<Piece>());
    }
}
