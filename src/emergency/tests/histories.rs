//! A million random histories: whatever control rooms, handlers and callers do.

use std::collections::{BTreeMap, BTreeSet};

use jiff::SignedDuration;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::*;

const HISTORIES: u64 = 1_000_000;
/// Things that happen in a history at most, before its caller goes.
const LONGEST: u32 = 30;

/// How a try stands, as whoever carries the hunt out sees it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Standing {
    Dialled,
    Answered,
    Heard,
}

/// The world around one hunt, with its own account of it.
struct World {
    hunt: Hunt,
    dice: StdRng,
    targets: usize,
    now: Timestamp,
    open: BTreeMap<AttemptId, Standing>,
    dialled: u32,
    /// Who has the caller, and since when.
    lead: Option<(AttemptId, Timestamp)>,
    /// Who has called by themselves.
    rang_back: BTreeSet<AttemptId>,
    caller_is_there: bool,
    /// A control room that had the caller for long enough has hung up.
    is_taken_and_over: bool,
}

impl World {
    fn new(seed: u64) -> Self {
        let mut dice = StdRng::seed_from_u64(seed);
        let targets = dice.random_range(0..4);
        World {
            hunt: Hunt::new(targets, Settings::default()),
            dice,
            targets,
            now: at(0),
            open: BTreeMap::new(),
            dialled: 0,
            lead: None,
            rang_back: BTreeSet::new(),
            caller_is_there: true,
            is_taken_and_over: false,
        }
    }

    fn live(mut self, seed: u64) {
        self.happens(Event::Start);
        for _ in 0..LONGEST {
            let event = self.next_event();
            self.happens(event);
            self.may_ring_back();
            if self.hunt.is_over() {
                break;
            }
        }
        if !self.hunt.is_over() {
            self.happens(Event::CallerGone);
        }
        assert!(self.open.is_empty(), "tries left behind: {seed}");
        assert!(
            !self.caller_is_there || self.is_taken_and_over,
            "no outcome: {seed}"
        );
        let tries = self.hunt.tries();
        let kept = u32::try_from(tries.all().len()).unwrap();
        assert_eq!(kept + tries.left_out(), self.dialled, "{seed}");
        assert!(tries.all().iter().all(|t| t.ended.is_some()), "{seed}");
    }

    /// Something that may happen now: time passes up to the deadline or beyond it, or short of it and
    /// somebody does something.
    fn next_event(&mut self) -> Event {
        let kind = self.dice.random_range(0..100);
        if kind < 30 {
            if let Some(deadline) = self.hunt.deadline() {
                let late = self.dice.random_range(0..3) * 400;
                self.now = self.now.max(deadline) + SignedDuration::from_millis(late);
            }
            return Event::Tick;
        }
        let passes = self.dice.random_range(0..1_500);
        self.now += SignedDuration::from_millis(passes);
        match kind {
            30..33 => return Event::HandlerGone,
            33 => return Event::CallerGone,
            _ => {}
        }
        let open = self.open.len();
        if open == 0 {
            return Event::Tick;
        }
        let place = self.dice.random_range(0..open);
        let (&id, &standing) = self.open.iter().nth(place).unwrap();
        match (standing, self.dice.random_range(0..20)) {
            (Standing::Dialled, 0..3) => Event::Responded(id),
            (Standing::Dialled, 3..7) => Event::Rang(id),
            (Standing::Dialled, 7..10) => Event::Answered(id),
            (Standing::Answered, 0..6) => Event::Heard(id),
            (Standing::Answered | Standing::Heard, 6..10) => Event::Sounded(id),
            (Standing::Dialled, 10..12) => Event::Sounded(id),
            (_, 12..15) => ended(id.0),
            (_, 15..17) => lost(id.0),
            _ => Event::Tick,
        }
    }

    /// A control room that has had the caller calls by itself now and then.
    fn may_ring_back(&mut self) {
        let rings = self.dice.random_range(0..60) == 0;
        if !rings || self.hunt.is_over() || self.targets == 0 {
            return;
        }
        let id = self.hunt.rings_back(self.now, 0);
        self.open.insert(id, Standing::Answered);
        self.rang_back.insert(id);
        self.dialled += 1;
        self.happens(Event::Answered(id));
    }

    fn happens(&mut self, event: Event) {
        let had = self.lead;
        match event {
            Event::Ended(id, _) | Event::Lost(id, _) => {
                self.open.remove(&id);
                self.rang_back.remove(&id);
                self.lead = self.lead.filter(|(lead, _)| *lead != id);
            }
            Event::Answered(id) => {
                self.open.insert(id, Standing::Answered);
            }
            Event::CallerGone => self.caller_is_there = false,
            _ => {}
        }
        for action in self.hunt.on(self.now, event) {
            self.carry_out(action);
        }
        if self.hunt.is_over() {
            self.may_be_over(event, had);
            return;
        }
        assert_eq!(self.hunt.lead(), self.lead.map(|(id, _)| id));
        let soon = self.now + SignedDuration::from_secs(10);
        let is_due = self.hunt.deadline().is_some_and(|due| due <= soon);
        let goes_on = self.lead.is_some() || is_due;
        assert!(goes_on, "nobody has the caller, and nothing is due soon");
        // Nobody is dialled more than twice at once, and then only past a leg that is silent.
        let dialled = self.open.len() - self.rang_back.len();
        assert!(dialled <= 2 * self.targets);
    }

    /// A hunt ends with its caller, or when a control room hangs up that has had them for long enough.
    fn may_be_over(&mut self, event: Event, had: Option<(AttemptId, Timestamp)>) {
        if event == Event::CallerGone {
            return;
        }
        let Event::Ended(id, _) = event else {
            panic!("over by {event:?}");
        };
        let (lead, heard) = had.expect("somebody had the caller");
        assert_eq!(lead, id);
        let had_for = self.now.duration_since(heard);
        assert!(had_for >= SignedDuration::from_secs(3), "{had_for}");
        self.is_taken_and_over = true;
    }

    fn carry_out(&mut self, action: Action) {
        match action {
            Action::Dial { target, attempt } => {
                assert!(target < self.targets);
                assert!(self.lead.is_none(), "dialled with a control room there");
                let before = self.open.insert(attempt, Standing::Dialled);
                assert!(before.is_none());
                self.dialled += 1;
            }
            Action::Cancel(id) => {
                assert!(self.open.remove(&id).is_some(), "ended twice");
                self.rang_back.remove(&id);
                let is_lead = self.lead.is_some_and(|(lead, _)| lead == id);
                assert!(!is_lead || !self.caller_is_there, "the caller was let go");
                self.lead = self.lead.filter(|(lead, _)| *lead != id);
            }
            Action::Connect(id) => {
                assert!(self.open.get(&id) == Some(&Standing::Answered));
                assert!(self.lead.is_none() || self.rang_back.contains(&id));
            }
            Action::Proved(id) => {
                let replaces = self.rang_back.contains(&id);
                assert!(self.lead.is_none() || replaces, "two have the caller");
                let before = self.open.insert(id, Standing::Heard);
                assert!(before.is_some_and(|before| before != Standing::Dialled));
                self.lead = Some((id, self.now));
            }
            Action::FetchHandler | Action::Warn(_) => {}
        }
    }
}

#[test]
fn in_a_million_histories_every_caller_has_an_outcome() {
    let threads: u64 = 2;
    std::thread::scope(|scope| {
        for thread in 0..threads {
            scope.spawn(move || {
                for seed in (thread..HISTORIES).step_by(threads as usize) {
                    World::new(seed).live(seed);
                }
            });
        }
    });
}
