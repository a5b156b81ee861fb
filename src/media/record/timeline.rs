//! The part of a recording that has not been written yet: late sound still finds its place in it.

use std::ops::Range;

use super::{MS, piece::Channel, wav::FRAME};

/// Frames held: the 500 ms for which writing is held back, the second in which it is done, and what
/// a packet of 160 ms may stand out from the present.
const HELD: usize = (1_800 * MS) as usize;
/// Stands for no sound. No decoded sample is let be it.
const HOLE: i16 = i16::MIN;
/// Samples without sound that are bridged rather than silent: what steering a stream leaves.
const BRIDGED: usize = MS as usize;

/// Frames from a place in the recording on.
#[derive(Debug)]
pub(super) struct Timeline {
    frames: Vec<[i16; 2]>,
    start: i64,
    /// The frame before the first.
    before: [i16; 2],
}

impl Timeline {
    pub(super) fn new() -> Timeline {
        Timeline {
            frames: vec![[HOLE; 2]; HELD],
            start: 0,
            before: [HOLE; 2],
        }
    }

    /// The first place that has not been written.
    pub(super) fn start(&self) -> i64 {
        self.start
    }

    /// Frames for which there is memory.
    #[cfg(test)]
    pub(super) fn held(&self) -> usize {
        self.frames.capacity()
    }

    /// The place after the last sound.
    pub(super) fn sound_end(&self) -> i64 {
        let last = self.frames.iter().rposition(|frame| *frame != [HOLE; 2]);
        self.start + last.map_or(0, |last| last as i64 + 1)
    }

    /// Whether any of so many samples from a place on could still be put.
    pub(super) fn lacks(&self, channel: Channel, place: i64, len: usize) -> bool {
        let (span, _) = self.span(place, len);
        let span = self.frames.get(span).unwrap_or_default();
        span.iter().any(|frame| frame[channel as usize] == HOLE)
    }

    /// Puts samples from a place on. Where there is sound already, that stays: the first to come
    /// wins. What is before the first place or beyond the last is left out.
    pub(super) fn put(&mut self, channel: Channel, place: i64, samples: &[i16]) {
        let (span, skip) = self.span(place, samples.len());
        let span = self.frames.get_mut(span).unwrap_or_default();
        for (frame, &sample) in span.iter_mut().zip(samples.iter().skip(skip)) {
            let held = &mut frame[channel as usize];
            if *held == HOLE {
                *held = sample.max(-i16::MAX);
            }
        }
    }

    /// Moves a channel's sound from a place on to earlier places, as far as they have none.
    pub(super) fn move_earlier(&mut self, channel: Channel, from: i64, by: i64) {
        let first = (from - self.start).clamp(0, HELD as i64) as usize;
        let by = by.clamp(0, HELD as i64) as usize;
        for place in first..HELD {
            let sample = std::mem::replace(&mut self.frames[place][channel as usize], HOLE);
            let Some(target) = place.checked_sub(by) else {
                continue;
            };
            let held = &mut self.frames[target][channel as usize];
            if *held == HOLE {
                *held = sample;
            }
        }
    }

    /// Takes so many frames off as interleaved little-endian samples, silent where there is no sound,
    /// into `bytes`, which holds nothing else then.
    pub(super) fn take(&mut self, frames: usize, bytes: &mut Vec<u8>) {
        let frames = frames.min(HELD);
        self.bridge(Channel::Said, frames);
        self.bridge(Channel::Heard, frames);
        bytes.resize(frames * FRAME, 0);
        for (to, frame) in bytes.chunks_exact_mut(FRAME).zip(&self.frames) {
            let [left, right] = frame.map(|sample| if sample == HOLE { 0 } else { sample });
            let [[a, b], [c, d]] = [left.to_le_bytes(), right.to_le_bytes()];
            to.copy_from_slice(&[a, b, c, d]);
        }
        if let Some(last) = frames.checked_sub(1) {
            self.before = self.frames[last];
        }
        self.frames.copy_within(frames.., 0);
        self.frames[HELD - frames..].fill([HOLE; 2]);
        self.start += frames as i64;
    }

    /// Fills the short holes that begin in the first frames and have sound on both sides.
    fn bridge(&mut self, channel: Channel, frames: usize) {
        let channel = channel as usize;
        let mut before = self.before[channel];
        for at in 0..frames {
            let sample = self.frames[at][channel];
            if sample == HOLE && before != HOLE {
                self.bridge_at(channel, at, before);
            }
            before = self.frames[at][channel];
        }
    }

    /// Fills the hole that begins at a frame, if it is short and ends with sound.
    fn bridge_at(&mut self, channel: usize, at: usize, before: i16) {
        let ahead = self.frames[at..].iter().take(BRIDGED + 1);
        let Some(width) = ahead.clone().position(|frame| frame[channel] != HOLE) else {
            return;
        };
        let Some(after) = ahead.map(|frame| frame[channel]).nth(width) else {
            return;
        };
        for (n, frame) in self.frames[at..].iter_mut().take(width).enumerate() {
            frame[channel] = between(before, after, n + 1, width + 1);
        }
    }

    /// The frames that so many samples from a place on have, and how many of the samples come before.
    fn span(&self, place: i64, len: usize) -> (Range<usize>, usize) {
        let clip = |place: i64| (place - self.start).clamp(0, HELD as i64) as usize;
        let end = place.saturating_add(len as i64);
        let skip = (self.start - place).clamp(0, len as i64) as usize;
        (clip(place)..clip(end), skip)
    }
}

/// The sample so many steps of `steps` on the way from one to another.
fn between(from: i16, to: i16, step: usize, steps: usize) -> i16 {
    let (from, to) = (i32::from(from), i32::from(to));
    (from + (to - from) * step as i32 / steps as i32) as i16
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes frames and gives one channel's samples.
    fn take(timeline: &mut Timeline, frames: usize, channel: Channel) -> Vec<i16> {
        let mut bytes = Vec::new();
        timeline.take(frames, &mut bytes);
        let (samples, rest) = bytes.as_chunks::<2>();
        assert!(rest.is_empty());
        let channel = samples.iter().skip(channel as usize).step_by(2);
        channel.map(|&bytes| i16::from_le_bytes(bytes)).collect()
    }

    #[test]
    fn the_first_to_come_wins_and_the_channels_are_apart() {
        let mut timeline = Timeline::new();
        timeline.put(Channel::Said, 2, &[5, 5, 5]);
        timeline.put(Channel::Said, 0, &[7, 7, 7, 7, 7, 7]);
        timeline.put(Channel::Heard, 4, &[9]);
        assert_eq!(timeline.sound_end(), 6);
        let heard = timeline.frames[4][1];
        assert_eq!(heard, 9);
        assert_eq!(take(&mut timeline, 7, Channel::Said), [7, 7, 5, 5, 5, 7, 0]);
    }

    #[test]
    fn a_millisecond_is_bridged_and_a_longer_hole_is_silent() {
        let mut timeline = Timeline::new();
        timeline.put(Channel::Said, 0, &[100, 100]);
        timeline.put(Channel::Said, 3, &[200]);
        timeline.put(Channel::Said, 4 + BRIDGED as i64 + 1, &[300]);
        let mut expected = vec![100, 100, 150, 200];
        expected.extend([0; BRIDGED + 1]);
        expected.extend([300, 0]);
        assert_eq!(take(&mut timeline, expected.len(), Channel::Said), expected);
    }

    #[test]
    fn a_hole_is_bridged_across_two_steps_of_writing() {
        let mut timeline = Timeline::new();
        timeline.put(Channel::Heard, 0, &[800]);
        timeline.put(Channel::Heard, 4, &[0]);
        assert_eq!(take(&mut timeline, 2, Channel::Heard), [800, 600]);
        assert_eq!(take(&mut timeline, 3, Channel::Heard), [400, 200, 0]);
        timeline.put(Channel::Heard, 6, &[400]);
        assert_eq!(take(&mut timeline, 2, Channel::Heard), [200, 400]);
    }

    #[test]
    fn sound_outside_of_what_is_held_is_left_out() {
        let mut timeline = Timeline::new();
        take(&mut timeline, 100, Channel::Said);
        timeline.put(Channel::Said, 98, &[1, 2, 3]);
        timeline.put(Channel::Said, 100 + HELD as i64 - 1, &[4, 5]);
        timeline.put(Channel::Said, i64::MIN / 4, &[6]);
        timeline.put(Channel::Said, i64::MAX / 4, &[6]);
        assert!(!timeline.lacks(Channel::Said, 97, 4));
        assert!(timeline.lacks(Channel::Said, 97, 5));
        let mut expected = vec![0; HELD];
        (expected[0], expected[HELD - 1]) = (3, 4);
        assert_eq!(take(&mut timeline, HELD, Channel::Said), expected);
        assert_eq!(timeline.start(), 100 + HELD as i64);
    }

    #[test]
    fn moved_sound_keeps_its_order_and_spares_what_was_there() {
        let mut timeline = Timeline::new();
        timeline.put(Channel::Said, 0, &[1, 2]);
        timeline.put(Channel::Said, 4, &[3, 4, 5]);
        timeline.move_earlier(Channel::Said, 4, 3);
        assert_eq!(take(&mut timeline, 6, Channel::Said), [1, 2, 4, 5, 0, 0]);
        timeline.put(Channel::Said, 7, &[6, 7]);
        timeline.move_earlier(Channel::Said, 0, 2);
        assert_eq!(take(&mut timeline, 2, Channel::Said), [7, 0]);
    }

    #[test]
    fn the_lowest_sample_is_sound_and_not_a_hole() {
        let mut timeline = Timeline::new();
        timeline.put(Channel::Said, 0, &[i16::MIN]);
        assert_eq!(take(&mut timeline, 1, Channel::Said), [-i16::MAX]);
    }
}
