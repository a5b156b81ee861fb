//! Keys that we send: RFC 4733 section 2.5.1, or tones where no telephone-event was agreed.

use std::{collections::VecDeque, time::Duration};

use crate::media::{
    clip::FRAME,
    dtmf::{DualTone, EventPacket, Key},
    voice::Encoder,
};

/// Rest between two keys; 40 ms is the least that must be told apart (ITU-T Q.24).
const GAP: Duration = Duration::from_millis(80);
/// Longest press: one event's duration field holds 8.19 s.
const LONGEST_MS: u16 = 8000;
const SHORTEST_MS: u16 = 40;
/// Keys that may wait.
const QUEUE: usize = 64;
/// Level of the tones, the high group a little above the low, as telephones do.
const LEVELS: (f32, f32) = (-9.0, -7.0);
/// Power that events state, in -dBm0.
const VOLUME: u8 = 8;
/// Copies of the last packet of an event (section 2.5.1.4: three in all).
const ENDS: u8 = 3;

/// A key being sent.
#[derive(Debug)]
enum Active {
    Event {
        key: Key,
        timestamp: u32,
        duration: u16,
        wanted: u16,
        ends: u8,
    },
    Tone {
        tone: DualTone,
        samples: usize,
    },
}

/// The keys a leg has been told to send.
#[derive(Debug, Default)]
pub(crate) struct Keypresses {
    waiting: VecDeque<(Key, u16)>,
    active: Option<Active>,
    rest_until: Duration,
}

/// One event packet to send.
#[derive(Debug)]
pub(crate) struct EventStep {
    pub timestamp: u32,
    pub packet: EventPacket,
    pub marker: bool,
}

impl Keypresses {
    /// Puts a key at the end of the queue; one too many is dropped.
    pub(crate) fn push(&mut self, key: Key, ms: u16) {
        if self.waiting.len() < QUEUE {
            let ms = ms.clamp(SHORTEST_MS, LONGEST_MS);
            self.waiting.push_back((key, ms));
        }
    }

    /// Whether a key is being sent now.
    pub(crate) fn is_active(&self) -> bool {
        self.active.is_some()
    }

    /// Gives up the key being sent: the peer takes keys another way now.
    pub(crate) fn abandon(&mut self) {
        self.active = None;
    }

    /// Starts the next key if one waits and the last one is far enough back.
    pub(crate) fn start(&mut self, now: Duration, timestamp: u32, as_event: bool) {
        if self.active.is_some() || now < self.rest_until {
            return;
        }
        let Some((key, ms)) = self.waiting.pop_front() else {
            return;
        };
        self.active = Some(if as_event {
            Active::Event {
                key,
                timestamp,
                duration: 0,
                wanted: ms * 8,
                ends: 0,
            }
        } else {
            Active::Tone {
                tone: DualTone::new(key, LEVELS.0, LEVELS.1),
                samples: usize::from(ms) * 8,
            }
        });
    }

    /// The next packet of a key sent as an event, `samples` after the last one.
    pub(crate) fn step(&mut self, now: Duration, samples: u16) -> Option<EventStep> {
        let Some(Active::Event {
            key,
            timestamp,
            duration,
            wanted,
            ends,
        }) = &mut self.active
        else {
            return None;
        };
        let marker = *duration == 0;
        if *ends == 0 {
            *duration = duration.saturating_add(samples);
        }
        let end = *duration >= *wanted;
        *ends += u8::from(end);
        let step = EventStep {
            timestamp: *timestamp,
            packet: EventPacket {
                code: key.code(),
                end,
                volume: VOLUME,
                duration: *duration,
            },
            marker,
        };
        if *ends >= ENDS {
            self.active = None;
            self.rest_until = now + GAP;
        }
        Some(step)
    }

    /// Fills a payload with the tones of a key sent in the sound; false when there is none.
    pub(crate) fn fill(
        &mut self,
        now: Duration,
        encoder: &mut Encoder,
        payload: &mut [u8],
    ) -> bool {
        let Some(Active::Tone { tone, samples }) = &mut self.active else {
            return false;
        };
        for payload in payload.chunks_mut(FRAME) {
            let on = payload.len().min(*samples);
            let sound: [i16; FRAME] = std::array::from_fn(|n| match n < on {
                true => tone.next_sample(),
                false => 0,
            });
            encoder.encode(&sound, payload);
            *samples -= on;
        }
        if *samples == 0 {
            self.active = None;
            self.rest_until = now + GAP;
        }
        true
    }
}
