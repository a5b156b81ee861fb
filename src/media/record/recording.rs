//! One recording: two channels placed, held back, mixed into frames and written.

use std::io::{self, Seek, Write};

use super::{
    MS, RATE,
    align::Aligner,
    decode::Decoder,
    piece::Piece,
    samples,
    timeline::Timeline,
    wav::{FRAME, Wav},
};

/// For so long sound can come late before its place is written.
pub(super) const HOLD: i64 = 500 * MS;
/// Frames written at once.
const STEP: i64 = RATE;

/// Room that all recordings use in turn.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    samples: Vec<i16>,
    bytes: Vec<u8>,
}

/// A recording and its file.
#[derive(Debug)]
pub(super) struct Recording<W> {
    wav: Wav<W>,
    timeline: Timeline,
    lanes: [Lane; 2],
    /// The first frame's time, in samples of the engine's clock.
    begun: i64,
    /// The latest time known, in samples since the beginning.
    now: i64,
    /// The greatest length in samples.
    longest: i64,
}

/// What one channel remembers between its packets.
#[derive(Debug, Default)]
struct Lane {
    aligner: Aligner,
    decoder: Option<Decoder>,
}

impl<W: Write + Seek> Recording<W> {
    /// Begins at a time in microseconds of the engine's clock; never longer than `longest` samples.
    pub(super) fn new(out: W, begun: u64, longest: i64) -> io::Result<Recording<W>> {
        Ok(Recording {
            wav: Wav::new(out)?,
            timeline: Timeline::new(),
            lanes: Default::default(),
            begun: samples(begun),
            now: 0,
            longest,
        })
    }

    /// Bytes in the file.
    pub(super) fn len(&self) -> u64 {
        self.wav.len()
    }

    /// Frames held in memory.
    #[cfg(test)]
    pub(super) fn held(&self) -> usize {
        self.timeline.held()
    }

    /// Whether the greatest length has been reached; nothing more is written then.
    pub(super) fn is_full(&self) -> bool {
        self.timeline.start() >= self.longest
    }

    /// Takes a packet or a part of one. An error is the file's, which is not to be written any more.
    pub(super) fn on_piece(&mut self, piece: &Piece, scratch: &mut Scratch) -> io::Result<()> {
        self.on_time(piece.at, scratch)?;
        let channel = piece.channel;
        let lane = &mut self.lanes[channel as usize];
        let arrival = samples(piece.at) - self.begun;
        let placing = lane.aligner.on_packet(arrival, piece.timestamp);
        if let Some(shift) = placing.shift {
            self.timeline
                .move_earlier(channel, shift.from, shift.earlier);
        }
        let place = placing.place + i64::from(piece.skip);
        let payload = piece.payload();
        // Nor is a copy decoded, lest it disturb a decoder that remembers.
        if self.timeline.lacks(channel, place, payload.len()) {
            lane.decode(piece, scratch);
            self.timeline.put(channel, place, &scratch.samples);
        }
        Ok(())
    }

    /// It is so late, in microseconds of the engine's clock: writes what has been held long enough.
    pub(super) fn on_time(&mut self, now: u64, scratch: &mut Scratch) -> io::Result<()> {
        self.now = self.now.max(samples(now) - self.begun);
        while self.now - HOLD - self.timeline.start() >= STEP && !self.is_full() {
            self.write(STEP, scratch)?;
        }
        Ok(())
    }

    /// Writes all that is left: up to the given end, the last packet, or the end of its sound,
    /// whichever is latest.
    pub(super) fn finish(&mut self, end: u64, scratch: &mut Scratch) -> io::Result<()> {
        let end = (samples(end) - self.begun)
            .max(self.now)
            .max(self.timeline.sound_end());
        while self.timeline.start() < end && !self.is_full() {
            self.write(end - self.timeline.start(), scratch)?;
        }
        self.wav.note()
    }

    /// After an error: tells in the header of what the file has, if even that can be written.
    pub(super) fn abandon(&mut self) {
        // The error that led here has been reported.
        let _ = self.wav.note();
    }

    /// Writes a step, or less if the recording ends before.
    fn write(&mut self, frames: i64, scratch: &mut Scratch) -> io::Result<()> {
        let left = self.longest - self.timeline.start();
        let frames = frames.min(left).clamp(0, STEP) as usize;
        self.timeline.take(frames, &mut scratch.bytes);
        debug_assert_eq!(scratch.bytes.len(), frames * FRAME);
        self.wav.append(&scratch.bytes)
    }
}

impl Lane {
    fn decode(&mut self, piece: &Piece, scratch: &mut Scratch) {
        let decoder = match &mut self.decoder {
            Some(decoder) if decoder.codec() == piece.codec => decoder,
            decoder => decoder.insert(Decoder::new(piece.codec)),
        };
        decoder.decode(piece.payload(), &mut scratch.samples);
    }
}
