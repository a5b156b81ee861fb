//! Recognises recordings in what is heard. A prompt reaches a phone in the frames in which it was
//! encoded, so it is followed frame by frame from its first loud one.

use crate::media::{Heard, Law, Prompts, ringing_tone};

const FRAME: usize = 160;
/// Frames that must fit before a prompt is said to be heard: a quarter of a second.
const SURE: usize = 12;
/// Loud frames that are no known recording, of the last so many, mean that somebody talks.
const TALK: (usize, usize) = (40, 50);
/// A frame with less power than this, as samples squared, is quiet.
const QUIET: f64 = 10_000.0;

/// Something that was heard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Sound {
    /// A prompt has begun, by language and name.
    Began(String, String),
    /// It has been heard to its last frame, or was cut short.
    Ended(String, bool),
    /// Somebody talks.
    Talking,
}

struct Recording {
    language: String,
    name: String,
    frames: Vec<[i16; FRAME]>,
    /// Its first loud frame.
    start: usize,
    /// How far the frames heard so far fit.
    fits: usize,
}

impl Recording {
    /// Frames from the first loud one on.
    fn length(&self) -> usize {
        self.frames.len() - self.start
    }

    fn hear(&mut self, frame: &[i16; FRAME]) {
        let fits = |n: usize| self.frames.get(n).is_some_and(|f| alike(f, frame));
        self.fits = if fits(self.start + self.fits) {
            self.fits + 1
        } else {
            usize::from(fits(self.start))
        };
    }
}

/// Listens to one call.
pub(super) struct Listener {
    recordings: Vec<Recording>,
    /// The recording being heard, and its frame that comes next.
    following: Option<(usize, usize)>,
    strange: std::collections::VecDeque<bool>,
    talking: bool,
    next_timestamp: Option<u32>,
}

impl Listener {
    pub(super) fn new(prompts: &Prompts) -> Self {
        let ringing = ringing_tone();
        let known = prompts
            .all()
            .chain([("", "ringing tone", &ringing)])
            .filter_map(|(language, name, clip)| {
                let decoded = clip.alaw.iter().map(|byte| Law::A.decode(*byte));
                let samples: Vec<i16> = decoded.collect();
                let frames = samples.chunks_exact(FRAME);
                let frames: Vec<[i16; FRAME]> = frames.filter_map(|f| f.try_into().ok()).collect();
                let start = frames.iter().position(|frame| power(frame) > QUIET)?;
                Some(Recording {
                    language: language.to_owned(),
                    name: name.to_owned(),
                    frames,
                    start,
                    fits: 0,
                })
            });
        Listener {
            recordings: known.collect(),
            following: None,
            strange: std::collections::VecDeque::new(),
            talking: false,
            next_timestamp: None,
        }
    }

    /// Takes 20 ms of sound. Where the sender has left some time out, silence stands in for it; but not
    /// within a recording, which then goes on where it stopped.
    pub(super) fn hear(&mut self, heard: &Heard) -> Vec<Sound> {
        let mut sounds = Vec::new();
        if let Some(expected) = self.next_timestamp
            && !self.is_within_a_recording()
        {
            let missing = heard.timestamp.wrapping_sub(expected) / FRAME as u32;
            for _ in 0..missing.min(50) {
                self.frame(&[0; FRAME], &mut sounds);
            }
        }
        self.next_timestamp = Some(heard.timestamp.wrapping_add(FRAME as u32));
        self.frame(&heard.samples, &mut sounds);
        sounds
    }

    fn is_within_a_recording(&self) -> bool {
        self.following.is_some() || self.recordings.iter().any(|r| r.fits > 0)
    }

    fn frame(&mut self, frame: &[i16; FRAME], sounds: &mut Vec<Sound>) {
        if let Some((which, next)) = self.following {
            let recording = &self.recordings[which];
            let fits = recording.frames.get(next).is_some_and(|f| alike(f, frame));
            if fits && next + 1 < recording.frames.len() {
                self.following = Some((which, next + 1));
                return;
            }
            sounds.push(Sound::Ended(recording.name.clone(), fits));
            self.following = None;
            self.recordings.iter_mut().for_each(|r| r.fits = 0);
            if fits {
                return;
            }
        }
        for recording in &mut self.recordings {
            recording.hear(frame);
        }
        let most = self.recordings.iter().map(|r| r.fits).max().unwrap_or(0);
        let sure = |r: &Recording| r.fits == most && r.fits >= SURE.min(r.length());
        let candidates: Vec<usize> = (0..self.recordings.len())
            .filter(|n| self.recordings.get(*n).is_some_and(sure))
            .collect();
        if candidates.is_empty() {
            return self.strangeness(power(frame) > QUIET, sounds);
        }
        // Of recordings that begin alike, the one that goes on alone, or the one that ends here.
        let ends = |n: &&usize| self.recordings[**n].fits == self.recordings[**n].length();
        let alone = candidates.first().filter(|_| candidates.len() == 1);
        if let Some(which) = alone.or(candidates.iter().find(ends)) {
            self.begin(*which, sounds);
        }
    }

    fn begin(&mut self, which: usize, sounds: &mut Vec<Sound>) {
        let recording = &self.recordings[which];
        let (language, name) = (recording.language.clone(), recording.name.clone());
        sounds.push(Sound::Began(language, name.clone()));
        if recording.fits < recording.length() {
            self.following = Some((which, recording.start + recording.fits));
        } else {
            sounds.push(Sound::Ended(name, true));
            self.recordings.iter_mut().for_each(|r| r.fits = 0);
        }
        self.strange.clear();
        self.talking = false;
    }

    fn strangeness(&mut self, loud: bool, sounds: &mut Vec<Sound>) {
        let (enough, of) = TALK;
        self.strange.push_back(loud);
        if self.strange.len() > of {
            self.strange.pop_front();
        }
        let loud = self.strange.iter().filter(|loud| **loud).count();
        if !self.talking && loud >= enough {
            self.talking = true;
            sounds.push(Sound::Talking);
        }
    }
}

fn power(frame: &[i16; FRAME]) -> f64 {
    let sum: f64 = frame.iter().map(|s| f64::from(*s).powi(2)).sum();
    sum / FRAME as f64
}

/// Whether two frames are the same but for what coding between A-law and mu-law does.
fn alike(one: &[i16; FRAME], other: &[i16; FRAME]) -> bool {
    let difference: f64 = one
        .iter()
        .zip(other)
        .map(|(a, b)| (f64::from(*a) - f64::from(*b)).powi(2))
        .sum();
    difference / FRAME as f64 <= power(one) * 0.02 + 600.0
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn every_recording_is_told_from_those_that_begin_like_it() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("prompts");
        let prompts = Prompts::load(&folder).unwrap();
        let mut listener = Listener::new(&prompts);
        let mut timestamp = 0;
        for (language, name, clip) in prompts.all() {
            let mut sounds = Vec::new();
            for frame in clip.alaw.chunks_exact(FRAME) {
                let samples = std::array::from_fn(|n| Law::A.decode(frame[n]));
                sounds.extend(listener.hear(&Heard { samples, timestamp }));
                timestamp += FRAME as u32;
            }
            let began = Sound::Began(language.into(), name.into());
            assert_eq!(sounds, [began, Sound::Ended(name.into(), true)]);
        }
    }
}
