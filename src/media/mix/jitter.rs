//! The jitter buffer of one member: packets in as the network brings them, a turn out every 20 ms.

use std::time::Duration;

use super::{
    TURN,
    conceal::Voice,
    leads::{FLOOR, Leads, SHORT, SLACK},
    ring::Ring,
    seen::Seen,
    stretch,
};

/// Samples of a packet that are taken: 60 ms.
const MAX_PACKET: usize = 960;
/// The longest that a packet may wait, in samples: 200 ms. A packet later than that is of no use.
const MAX_DELAY: i64 = 3200;
/// A packet earlier than the longest by more than this, 100 ms, is not of this stream.
const FAR: i64 = 1600;
/// Played sound that stays in the ring.
const BEHIND: i64 = 640;
/// Turns between two stretches that are not urgent: 100 ms.
const REST: u8 = 5;
/// Turns after the beginning of a stream, 100 ms, in which a packet early by more than 40 ms shows
/// that those before it were held up.
const FRESH: u8 = 5;
const BURST: i64 = 640;
/// Samples of a turn, as places are counted.
const TURN_PLACES: i64 = TURN as i64;
/// Samples after which the next turn is overdue: 30 ms.
const OVERDUE: i64 = 480;
/// How far a turn is off, in samples, when one before it was left out, or is made up for: 17.5 ms.
const LEFT_OUT: i64 = 280;

/// What a turn of a member was made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Played {
    /// What came; perhaps fading in, or stretched.
    Sound,
    /// Some of it had to be made up from what was heard last.
    Concealed,
    /// Nothing came, and what was heard last has faded out: zeros.
    Silence,
}

/// Evens out when packets come. The delay follows the lateness of packets between 20 ms and
/// 200 ms: it grows at once and shrinks over seconds. Where the clocks of sender and puller drift
/// apart, a few milliseconds are left out or repeated, rather in silence or where the sound repeats
/// itself. Time is what `now` says, on one clock for both sides; it need not be exact.
#[derive(Debug)]
pub(crate) struct JitterBuffer {
    ring: Ring,
    voice: Voice,
    leads: Leads,
    seen: Seen,
    /// A timestamp, and its place in the ring.
    anchor: Option<(u32, i64)>,
    stray: Option<Stray>,
    /// The place that is played next.
    next: i64,
    /// The place behind what was heard last.
    heard: i64,
    /// The place behind the last sample that came.
    end: i64,
    /// The ring is clear before this place.
    clear: i64,
    /// When a turn was pulled last.
    pulled: Option<Duration>,
    /// Turns until it may be stretched again.
    rest: u8,
    /// Turns for which a stream has still just begun.
    fresh: u8,
}

/// A packet that does not fit in with the stream; the next one may tell that another has begun.
#[derive(Clone, Copy, Debug)]
struct Stray {
    next: u16,
    lead: i64,
}

impl JitterBuffer {
    /// An empty buffer; this allocates its 16 KiB, and nothing else does.
    pub(crate) fn new() -> JitterBuffer {
        JitterBuffer {
            ring: Ring::new(),
            voice: Voice::new(),
            leads: Leads::default(),
            seen: Seen::default(),
            anchor: None,
            stray: None,
            next: 0,
            heard: 0,
            end: 0,
            clear: -BEHIND,
            pulled: None,
            rest: 0,
            fresh: 0,
        }
    }

    /// The packets that come from now on are of another source: what waits is dropped, and what was
    /// known of the path is forgotten.
    pub(crate) fn restart(&mut self) {
        self.drop_waiting();
        self.anchor = None;
        self.leads = Leads::default();
        self.seen = Seen::default();
    }

    /// The delay that the jitter asks for: how long a packet that comes early is to wait.
    #[cfg(test)]
    pub(crate) fn depth(&self) -> Duration {
        Duration::from_micros(self.leads.depth() as u64 * 125 / 2)
    }

    /// Takes a packet: its sequence number, its timestamp of an 8,000 Hz clock (RFC 3550
    /// section 5.1), and its sound at 16 kHz, of which no more than 60 ms are taken. Duplicates and
    /// what comes too late are dropped. A jump of the timestamp begins another stream; in the midst
    /// of sound only when a second packet bears it out. Before the first pull nothing is taken.
    pub(crate) fn push(&mut self, now: Duration, sequence: u16, timestamp: u32, samples: &[i16]) {
        let samples = &samples[..samples.len().min(MAX_PACKET) & !1];
        if self.pulled.is_none() || samples.is_empty() {
            return;
        }
        if !self.seen.is_first(sequence, timestamp) {
            return;
        }
        let passed = self.passed(now);
        // The place that a turn beginning now would play: it moves on evenly between turns.
        let clock = self.next - TURN_PLACES + passed.min(TURN_PLACES);
        let lead = self.anchor.map(|(anchor, place)| {
            let units = timestamp.wrapping_sub(anchor) as i32;
            place + 2 * i64::from(units) - clock
        });
        let Some(lead) = self.admit(sequence, lead) else {
            return;
        };
        let at = clock + lead;
        self.anchor = Some((timestamp, at));
        let depth = self.leads.depth();
        let limit = if self.fresh > 0 {
            MAX_DELAY.min(depth + BURST)
        } else {
            MAX_DELAY
        };
        if lead > limit {
            self.pass(lead - depth);
            self.leads.settle();
            self.voice.cut();
        } else {
            // While a turn is overdue, or others were held up, packets seem early.
            if passed <= OVERDUE && (self.fresh == 0 || lead <= depth) {
                self.leads.on_packet(lead);
            }
            if at < self.next {
                self.go_back(at, lead);
            }
        }
        let late = usize::try_from(self.next - at).unwrap_or(0);
        if let Some(rest) = samples.get(late..) {
            self.ring.write(at + late as i64, rest);
            self.end = self.end.max(at + samples.len() as i64);
        }
    }

    /// The lead that a packet is given, in samples before its first is due; `None` if it is not
    /// taken.
    fn admit(&mut self, sequence: u16, lead: Option<i64>) -> Option<i64> {
        let likely = FLOOR - SLACK..=self.leads.depth() + SLACK;
        let near = -MAX_DELAY..=MAX_DELAY + FAR;
        let stray = self.stray.take();
        match lead {
            // After a pause the clocks may have drifted apart, or a timestamp stood still.
            Some(lead) if self.is_idle() && !likely.contains(&lead) => Some(self.realign(lead)),
            Some(lead) if near.contains(&lead) => Some(lead),
            Some(lead) => {
                let borne_out = stray.is_some_and(|stray| {
                    stray.next == sequence && (lead - stray.lead).abs() <= FAR
                });
                if borne_out {
                    self.drop_waiting();
                    return Some(self.realign(lead));
                }
                let next = sequence.wrapping_add(1);
                self.stray = Some(Stray { next, lead });
                None
            }
            None => Some(self.realign(self.leads.depth())),
        }
    }

    /// Gives the first packet of a stream the likely lead that is nearest to its own.
    fn realign(&mut self, lead: i64) -> i64 {
        self.leads.settle();
        self.fresh = FRESH;
        lead.clamp(FLOOR, self.leads.depth())
    }

    /// Goes back to a packet that came late, if nothing after it has been heard: the delay grows
    /// while the gap is being concealed.
    fn go_back(&mut self, at: i64, lead: i64) {
        let back = (FLOOR - lead).min(self.leads.headroom()) & !1;
        let to = (self.next - back).max(self.heard);
        let fits = self.end - to <= MAX_DELAY + MAX_PACKET as i64;
        if self.heard <= at && to < self.next && fits {
            self.advance(to - self.next);
        }
    }

    /// Fills a turn; to be called every 20 ms. Called late or left out, it costs a little delay for
    /// a while.
    pub(crate) fn pull(&mut self, now: Duration, out: &mut [i16; TURN]) -> Played {
        self.catch_up(now);
        self.leads.on_turn();
        self.voice.on_turn();
        self.rest = self.rest.saturating_sub(1);
        self.fresh = self.fresh.saturating_sub(1);
        let excess = self.leads.excess();
        if !(-SHORT..=SLACK).contains(&excess) {
            if self.is_idle() {
                let to = (self.next + (excess & !1)).max(self.heard);
                self.advance(to - self.next);
            } else if self.stretch(excess, out) {
                return Played::Sound;
            }
        }
        self.play(out)
    }

    fn play(&mut self, out: &mut [i16; TURN]) -> Played {
        let mut played = Played::Silence;
        let mut concealed = false;
        let mut done = 0;
        while done < TURN {
            let at = self.next + done as i64;
            let came = self.ring.run(at, TURN - done, true);
            if came > 0 {
                let part = &mut out[done..done + came];
                self.ring.read(at, part);
                self.voice.sound(part);
                self.heard = at + came as i64;
                played = Played::Sound;
                done += came;
            } else {
                let missing = self.ring.run(at, TURN - done, false);
                concealed |= self.voice.missing(&mut out[done..done + missing]);
                done += missing;
            }
        }
        self.pass(TURN_PLACES);
        if concealed { Played::Concealed } else { played }
    }

    /// Allows for turns that were left out, or made up for: everything is played later by as much,
    /// or sooner.
    fn catch_up(&mut self, now: Duration) {
        let late = match self.pulled {
            Some(_) => self.passed(now) - TURN_PLACES,
            None => 0,
        };
        self.pulled = Some(now);
        if late > MAX_DELAY {
            self.drop_waiting();
            self.anchor = None;
        } else if late.abs() >= LEFT_OUT {
            self.leads.shorten(-late);
        }
    }

    /// Plays a turn that leaves something out or repeats something; whether it could.
    fn stretch(&mut self, excess: i64, out: &mut [i16; TURN]) -> bool {
        const HERE: usize = stretch::LONGEST;
        let shorten = excess > 0;
        // What is about to come late waits for a good place much less than what waits too long.
        let haste = if shorten {
            (excess - SLACK) * 3
        } else {
            (-excess - SHORT) * 20
        } as u32;
        if !self.voice.is_joined() || (self.rest > 0 && haste < 750) {
            return false;
        }
        let ahead = self.ring.run(self.next, TURN + HERE, true);
        let start = self.next - HERE as i64;
        let there = if shorten {
            ahead.saturating_sub(TURN)
        } else if self.ring.run(start, HERE + TURN, true) == HERE + TURN {
            HERE
        } else {
            0
        };
        // No further than the opposite would begin.
        let can = there.min((excess.abs() + if shorten { SHORT } else { SLACK }) as usize) & !1;
        if can < stretch::SHORTEST {
            return false;
        }
        let mut around = [0; HERE + TURN + HERE];
        self.ring.read(start, &mut around);
        let place = if shorten {
            let later = HERE + stretch::SHORTEST..=HERE + can;
            stretch::place(&around, later.step_by(2), haste)
        } else {
            let earlier = HERE - can..=HERE - stretch::SHORTEST;
            stretch::place(&around, earlier.step_by(2), haste)
        };
        let Some(place) = place else {
            return false;
        };
        stretch::play(&around, place, out);
        self.voice.sound(out);
        self.advance(place as i64 - HERE as i64);
        self.pass(TURN_PLACES);
        self.heard = self.next;
        self.rest = REST;
        true
    }

    /// Nothing waits, and nothing is heard.
    fn is_idle(&self) -> bool {
        self.end <= self.next && self.voice.is_silent()
    }

    fn drop_waiting(&mut self) {
        self.ring.forget(self.next, self.end);
        self.end = self.next;
        self.stray = None;
    }

    /// Samples since the last turn, even; 0 before the first.
    fn passed(&self, now: Duration) -> i64 {
        let since = now.saturating_sub(self.pulled.unwrap_or(now));
        i64::try_from(since.as_micros() * 2 / 125).unwrap_or(i64::MAX) & !1
    }

    /// Shortens the delay by so many samples (lengthens it, if below 0).
    fn advance(&mut self, samples: i64) {
        self.leads.shorten(samples);
        self.pass(samples);
    }

    fn pass(&mut self, samples: i64) {
        self.next += samples;
        let clear = self.next - BEHIND;
        self.ring.forget(self.clear, clear);
        self.clear = clear;
    }
}

#[cfg(test)]
mod tests;
