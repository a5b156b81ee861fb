use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::store::Trouble;

use super::super::descriptors::Descriptors;
use super::standing::{Standing, Telling};

/// How often it is looked.
pub(super) const EVERY: Duration = Duration::from_secs(1);
/// By so much more than that the look may be late before the process has stood still.
const STILL: Duration = Duration::from_secs(2);
/// A clock is trimmed by less than this between two looks.
const TRIMMED: SignedDuration = SignedDuration::from_secs(2);
/// Timelines that the store has not taken for so long are late.
const LATE: Duration = Duration::from_secs(10);
/// For so long after a leg could not be opened it is taken that none can: who waits is tried again before.
const UNOPENED: Duration = Duration::from_secs(10);
/// Of so many pairs of ports one is to be free.
const FEW_PORTS: u64 = 100;

/// What a look has shown.
#[derive(Clone, Debug, Default)]
pub(super) struct Look {
    /// The monotonic time, from wherever.
    pub(super) now: Duration,
    /// What the machine's clock says.
    pub(super) wall: Timestamp,
    /// What the store's requests have met lately.
    pub(super) troubles: Vec<Trouble>,
    /// This node goes by itself.
    pub(super) alone: bool,
    /// For how long the store has not taken the timelines.
    pub(super) timeline_waits: Duration,
    /// Pairs of ports that are not free, and all of them.
    pub(super) ports: (u64, u64),
    /// Legs that could not be opened so far.
    pub(super) unopened: u64,
    /// Where they have been counted.
    pub(super) descriptors: Option<Descriptors>,
}

/// What is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Note {
    /// An alert.
    Wrong { kind: &'static str, text: String },
    /// What it was about is over.
    Over {
        kind: &'static str,
        text: &'static str,
    },
}

/// The kinds of what stands for a while, and what is said when it is over.
const KINDS: [(&str, &str); 9] = [
    (DAMAGED, "the database is sound again"),
    (FULL, "the disk of the database takes what is written again"),
    (LOCKED, "the database is no longer locked"),
    (SLOW, "the database answers in time again"),
    (AWAY, "the database can be reached again"),
    (ALONE, "this node shares its queue by the store again"),
    (TIMELINE, "the timelines of calls are written down again"),
    (PORTS, "ports for sound are free again"),
    (DESCRIPTORS, "there are enough descriptors again"),
];
const DAMAGED: &str = "database-damaged";
const FULL: &str = "disk-full";
const LOCKED: &str = "database-locked";
const SLOW: &str = "database-slow";
const AWAY: &str = "database-away";
const ALONE: &str = "store-alone";
const TIMELINE: &str = "timeline-late";
const PORTS: &str = "no-ports";
const DESCRIPTORS: &str = "no-descriptors";
/// What lasts no time.
const CLOCK: &str = "clock-jumped";
const STOOD_STILL: &str = "stood-still";

/// Decides what is told of what is seen. Of one kind something is told once a minute at most, and that it is over
/// only where it was told that it is so.
#[derive(Debug, Default)]
pub(super) struct Watch {
    /// The last look: its time, the machine's clock, and how many legs could not be opened.
    before: Option<(Duration, Timestamp, u64)>,
    /// When a leg could not be opened last.
    unopened: Option<Duration>,
    standing: [Standing; KINDS.len()],
    jumps: Standing,
    /// By so much the clock has jumped, and nobody has been told.
    jumped: SignedDuration,
    stalls: Standing,
    /// For so long the process has stood still, and nobody has been told.
    stalled: Duration,
}

impl Watch {
    /// A look has been taken.
    pub(super) fn on(&mut self, look: &Look) -> Vec<Note> {
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
        for (place, (kind, over)) in KINDS.into_iter().enumerate() {
            let wrong = wrong(kind, look, unopened);
            let Some(standing) = self.standing.get_mut(place) else {
                continue;
            };
            match (standing.look(look.now, wrong.is_some()), wrong) {
                (Some(Telling::Wrong), Some(text)) => notes.push(Note::Wrong { kind, text }),
                (Some(Telling::Over), _) => notes.push(Note::Over { kind, text: over }),
                _ => {}
            }
        }
        notes
    }

    /// Every kind of what stands for a while, and whether it is so.
    pub(super) fn faults(&self) -> impl Iterator<Item = (&'static str, bool)> {
        let kinds = KINDS.into_iter().zip(&self.standing);
        kinds.map(|((kind, _), standing)| (kind, standing.is_so()))
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

/// What goes on while the store cannot be written.
const MEANWHILE: &str = "calls go on, and no callback is promised meanwhile";

/// What is wrong of a kind, in plain words.
fn wrong(kind: &str, look: &Look, unopened: bool) -> Option<String> {
    let trouble = |trouble: Trouble| {
        let met = look.troubles.contains(&trouble);
        met.then(|| format!("{trouble}: {MEANWHILE}"))
    };
    match kind {
        DAMAGED => {
            let help = "Put its file back from a copy, or move it away: then the service goes on with that, or with \
                        a new one";
            trouble(Trouble::Damaged).map(|text| format!("{text}. {help}"))
        }
        FULL => trouble(Trouble::Full),
        LOCKED => trouble(Trouble::Locked),
        SLOW => trouble(Trouble::Late),
        AWAY => trouble(Trouble::Away),
        ALONE => {
            let text =
                "the store does not answer: this node serves its own callers with its own handlers";
            look.alone.then(|| text.to_owned())
        }
        TIMELINE => (look.timeline_waits >= LATE).then(|| {
            let seconds = look.timeline_waits.as_secs();
            format!("the timelines of calls have waited for the store for {seconds} s")
        }),
        PORTS => ports(look.ports, unopened),
        DESCRIPTORS => {
            let few = look.descriptors.filter(|all| all.are_scarce())?;
            Some(format!(
                "descriptors run out: {} are left, and kept for calls to 999. New callers are refused",
                few.left()
            ))
        }
        _ => None,
    }
}

/// Whether ports run out, by what we have taken, and by what could not be had: others may have taken some.
fn ports((taken, all): (u64, u64), unopened: bool) -> Option<String> {
    let left = all.saturating_sub(taken);
    (unopened || left < all.div_ceil(FEW_PORTS)).then(|| {
        format!(
            "ports or descriptors for sound run out: {left} pairs of {all} are not used by us. New callers are refused \
             where there are none, so that the network tries elsewhere"
        )
    })
}
