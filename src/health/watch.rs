use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::fault::Fault;
use super::standing::{Standing, Telling};
use super::trouble::Trouble;

/// How often it is looked.
pub const EVERY: Duration = Duration::from_secs(1);
/// By so much more than that the look may be late before the process has stood still.
const STILL: Duration = Duration::from_secs(2);
/// A clock is trimmed by less than this between two looks.
const TRIMMED: SignedDuration = SignedDuration::from_secs(2);
/// For so long after a leg could not be opened it is taken that none can: who waits is tried again before.
const UNOPENED: Duration = Duration::from_secs(10);

/// What a look has shown.
#[derive(Clone, Debug, Default)]
pub struct Look {
    /// The monotonic time, from wherever.
    pub now: Duration,
    /// What the machine's clock says.
    pub wall: Timestamp,
    /// What the store's requests have met lately.
    pub troubles: Vec<Trouble>,
    /// This node goes by itself.
    pub alone: bool,
    /// For how long the store has not taken the timelines.
    pub timeline_waits: Duration,
    /// Pairs of ports that are not free, and all of them.
    pub ports: (u64, u64),
    /// Legs that could not be opened so far.
    pub unopened: u64,
    /// Descriptors that are left, where they are so few that ordinary calls take none.
    pub few_descriptors: Option<u64>,
}

/// What is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Note {
    /// An alert.
    Wrong {
        /// Its kind, in one word.
        kind: &'static str,
        /// What is wrong, in plain words.
        text: String,
    },
    /// What it was about is over.
    Over {
        /// Its kind, in one word.
        kind: &'static str,
        /// What is well again.
        text: &'static str,
    },
}

/// What lasts no time.
const CLOCK: &str = "clock-jumped";
const STOOD_STILL: &str = "stood-still";

/// Decides what is told of what is seen. Of one kind something is told once a minute at most, and that it is over
/// only where it was told that it is so.
#[derive(Debug)]
pub struct Watch {
    /// The last look: its time, the machine's clock, and how many legs could not be opened.
    before: Option<(Duration, Timestamp, u64)>,
    /// When a leg could not be opened last.
    unopened: Option<Duration>,
    standing: [(Fault, Standing); Fault::ALL.len()],
    jumps: Standing,
    /// By so much the clock has jumped, and nobody has been told.
    jumped: SignedDuration,
    stalls: Standing,
    /// For so long the process has stood still, and nobody has been told.
    stalled: Duration,
}

impl Default for Watch {
    fn default() -> Self {
        Watch {
            before: None,
            unopened: None,
            standing: Fault::ALL.map(|fault| (fault, Standing::default())),
            jumps: Standing::default(),
            jumped: SignedDuration::ZERO,
            stalls: Standing::default(),
            stalled: Duration::ZERO,
        }
    }
}

impl Watch {
    /// A look has been taken.
    pub fn on(&mut self, look: &Look) -> Vec<Note> {
        let mut notes = Vec::new();
        if let Some((now, wall, failed)) = self.before {
            let passed = look.now.saturating_sub(now);
            self.time_passes(look, passed, wall);
            if look.unopened > failed {
                self.unopened = Some(look.now);
            }
        }
        let unopened = self.unopened.is_some_and(|at| look.now < at + UNOPENED);
        self.before = Some((look.now, look.wall, look.unopened));
        notes.extend(self.jump(look.now));
        notes.extend(self.stall(look.now));
        for (fault, standing) in &mut self.standing {
            let wrong = fault.wrong(look, unopened);
            let kind = fault.kind();
            match (standing.look(look.now, wrong.is_some()), wrong) {
                (Some(Telling::Wrong), Some(text)) => notes.push(Note::Wrong { kind, text }),
                (Some(Telling::Over), _) => notes.push(Note::Over {
                    kind,
                    text: fault.over(),
                }),
                _ => {}
            }
        }
        notes
    }

    /// Every fault, and whether it is there.
    pub fn faults(&self) -> impl Iterator<Item = (Fault, bool)> {
        let all = self.standing.iter();
        all.map(|(fault, standing)| (*fault, standing.is_so()))
    }

    fn time_passes(&mut self, look: &Look, passed: Duration, wall: Timestamp) {
        let by_clock = look.wall.duration_since(wall);
        let jumped = by_clock - SignedDuration::try_from(passed).unwrap_or(by_clock);
        if jumped.abs() >= TRIMMED {
            self.jumped = self.jumped.saturating_add(jumped);
        }
        let still = passed.saturating_sub(EVERY);
        if still >= STILL {
            self.stalled = self.stalled.saturating_add(still);
        }
    }

    fn jump(&mut self, now: Duration) -> Option<Note> {
        if self.jumped.abs() < TRIMMED || !self.jumps.may_be_told(now) {
            return None;
        }
        self.jumps.has_been_told(now);
        let jumped = std::mem::take(&mut self.jumped);
        let seconds = jumped.as_secs_f64();
        let text = format!(
            "the machine's clock has jumped by {seconds:.0} s; the service goes on by the time that it began with, \
             until it is started again"
        );
        Some(Note::Wrong { kind: CLOCK, text })
    }

    fn stall(&mut self, now: Duration) -> Option<Note> {
        if self.stalled.is_zero() || !self.stalls.may_be_told(now) {
            return None;
        }
        self.stalls.has_been_told(now);
        let seconds = std::mem::take(&mut self.stalled).as_secs_f64();
        let text =
            format!("the process stood still for {seconds:.1} s: nobody was heard meanwhile");
        Some(Note::Wrong {
            kind: STOOD_STILL,
            text,
        })
    }
}
