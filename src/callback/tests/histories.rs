//! Over a million events in random histories, and restarts among them, also in the midst of what is being
//! done: whatever happens, no promise is lost, nobody is rung twice for one try, and nothing is closed but by
//! a person.

use std::collections::{BTreeMap, BTreeSet};

use jiff::SignedDuration;
use proptest::prelude::*;

use super::*;

const CASES: u32 = 20_000;
const CALLBACKS: u64 = 4;
/// Seconds that pass between two events.
const WAITS: [i64; 8] = [0, 1, 4, 60, 300, 901, 3_600, 9_000];
/// Seconds from promise to deadline.
const TIMES: [i64; 4] = [300, 1_200, 3_600, 21_600];

/// What there is besides the book.
struct World {
    now: Timestamp,
    book: Book,
    /// As the store has them, done ones included.
    stored: BTreeMap<Reference, Callback>,
    /// For whom a clinician is waited for or asked.
    sought: BTreeSet<Reference>,
    /// What the deadlines must be.
    deadlines: BTreeMap<Reference, Timestamp>,
    /// How often a person has had a caller tried once more.
    granted: BTreeMap<Reference, u32>,
    /// Those whom a supervisor has ordered to be closed.
    closed: BTreeSet<Reference>,
    /// The process ends in the midst of the next thing that happens, when so much of it is done.
    dies_after: Option<usize>,
}

impl World {
    fn new() -> Self {
        World {
            now: at(0),
            book: Book::new(Settings::default()),
            stored: BTreeMap::new(),
            sought: BTreeSet::new(),
            deadlines: BTreeMap::new(),
            granted: BTreeMap::new(),
            closed: BTreeSet::new(),
            dies_after: None,
        }
    }

    fn stage(&self, reference: Reference) -> Option<Stage> {
        self.book.get(reference).map(|callback| callback.stage)
    }

    /// Lets time pass, with every tick that the book wants on the way.
    fn pass(&mut self, seconds: i64) {
        let until = self.now + SignedDuration::from_secs(seconds);
        while let Some(tick) = self.book.deadline().filter(|tick| *tick <= until) {
            self.now = tick.max(self.now);
            self.happens(Event::Tick);
            assert!(self.book.deadline().is_none_or(|next| next > self.now));
        }
        self.now = until;
    }

    fn restarts(&mut self) {
        self.is_restarted(Book::new(Settings::default()));
    }

    /// The same where the next process goes on with those who talk.
    fn is_followed(&mut self) {
        let mut book = Book::new(Settings::default());
        for (reference, callback) in &self.stored {
            if callback.stage == Stage::Talking {
                book.on(self.now, Event::GoesOn(*reference, self.now));
            }
        }
        self.is_restarted(book);
    }

    fn is_restarted(&mut self, book: Book) {
        self.book = book;
        self.sought.clear();
        for callback in self.stored.clone().into_values() {
            self.happens(Event::Restored(callback));
        }
    }

    /// What somebody does, by dice. Much of it makes no sense where the callback stands, and does nothing.
    fn act(&mut self, kind: u8, n: u64, dice: u8) {
        let reference = reference(n);
        let seconds = TIMES[usize::from(dice) % TIMES.len()];
        let fresh = || Callback {
            booked_at: self.now,
            deadline: self.now + SignedDuration::from_secs(seconds),
            priority: [Default::default(), crate::flow::Priority::YoungOrOld]
                [usize::from(dice & 1)],
            ..callback(n)
        };
        let soon = self.now + SignedDuration::from_secs(WAITS[usize::from(dice) % WAITS.len()]);
        let event = match kind {
            0 if !self.stored.contains_key(&reference) => {
                let callback = fresh();
                self.stored.insert(reference, callback.clone());
                self.deadlines.insert(reference, callback.deadline);
                Event::Booked(callback)
            }
            0..4 => ready(n),
            4 => Event::ClinicianGone(reference),
            5 | 6 => Event::CallerAnswered(reference),
            7..10 => {
                use Outcome::{Busy, NoAnswer, Unobtainable, Voicemail};
                let outcomes = [Busy, NoAnswer, Unobtainable, Voicemail];
                Event::CallerMissed(reference, outcomes[usize::from(dice) % 4])
            }
            10 => Event::NotRung(reference),
            11 => over(n),
            12 => Event::BrokenOff(reference),
            13 => {
                let callback = fresh();
                Event::Renewed(callback)
            }
            14 => {
                let decision = match dice % 3 {
                    0 => Decision::TryNow,
                    1 => Decision::TryAt(soon),
                    _ => Decision::Close,
                };
                *self.granted.entry(reference).or_default() += 1;
                Event::Decided(reference, decision, NURSE.into())
            }
            15 => Event::Undecided(reference),
            16 => {
                *self.granted.entry(reference).or_default() += 1;
                self.order(reference, soon, dice)
            }
            17 if dice & 1 == 0 => return self.restarts(),
            17 => return self.is_followed(),
            _ => {
                self.dies_after = Some(usize::from(dice % 4));
                return;
            }
        };
        self.happens(event);
    }

    fn order(&mut self, reference: Reference, due: Timestamp, dice: u8) -> Event {
        let order = match dice % 3 {
            0 => Order::Reassign {
                skill: "gp".into(),
                clinician: None,
            },
            1 => Order::Reschedule {
                due,
                deadline: (dice & 4 == 0).then(|| due + SignedDuration::from_secs(600)),
            },
            _ => {
                self.closed.insert(reference);
                Order::Close {
                    reason: String::new(),
                }
            }
        };
        Event::Ordered(reference, order, By::Supervisor("3001".into()))
    }

    fn happens(&mut self, event: Event) {
        let before = self.book.clone();
        let about = match &event {
            Event::ClinicianReady(r, _)
            | Event::ClinicianGone(r)
            | Event::Decided(r, ..)
            | Event::Undecided(r) => Some(*r),
            _ => None,
        };
        if let Some(reference) = about
            && let Some(stage) = self.stage(reference)
        {
            let asks = matches!(event, Event::Decided(..) | Event::Undecided(_));
            if stage == Stage::Seeking && !asks || stage == Stage::Decision && asks {
                self.sought.remove(&reference);
            }
        }
        let dies_after = self.dies_after.take();
        for (done, action) in self
            .book
            .on(self.now, event.clone())
            .into_iter()
            .enumerate()
        {
            if dies_after == Some(done) {
                return self.restarts();
            }
            self.does(&before, &event, action);
        }
        self.holds();
    }

    fn does(&mut self, before: &Book, event: &Event, action: Action) {
        match action {
            Action::Save(callback, change) => self.saves(event, callback, &change),
            Action::RingCaller(callback) => {
                let reference = callback.reference;
                assert_eq!(event, &Event::ClinicianReady(reference, NURSE.into()));
                assert_eq!(self.stored[&reference], callback, "not saved before");
                let was = before.get(reference).unwrap();
                assert_eq!(
                    (was.stage, was.attempts + 1),
                    (Stage::Seeking, callback.attempts)
                );
                let granted = self.granted.get(&reference).copied().unwrap_or_default();
                assert!(callback.attempts <= Settings::default().attempts + granted);
            }
            Action::Seek(c) | Action::Decide(c) => {
                assert!(self.sought.insert(c.reference), "two are sought");
            }
            Action::SeekAnew(c) => assert!(self.sought.contains(&c.reference)),
            Action::Stop(r) => assert!(self.sought.remove(&r)),
            Action::AtRisk(reference) => {
                let was = before.get(reference).map(|callback| callback.stage);
                let was_waiting =
                    matches!(was, Some(Stage::Due(_) | Stage::Seeking | Stage::Decision));
                let in_time = self.now < self.deadlines[&reference];
                let is_new = matches!(event, Event::Ordered(..) | Event::Restored(_));
                assert!(in_time || !was_waiting || is_new, "raised too late");
            }
            Action::Late(reference) => assert!(self.now >= self.deadlines[&reference]),
            Action::Attempted(..) | Action::Ordered(..) => {}
        }
    }

    fn saves(&mut self, event: &Event, callback: Callback, change: &Change) {
        let reference = callback.reference;
        if change.what == What::Rescheduled
            && let Event::Ordered(_, Order::Reschedule { deadline, .. }, _) = event
            && let Some(deadline) = deadline
        {
            self.deadlines.insert(reference, *deadline);
        }
        if change.what == What::Renewed {
            self.deadlines.insert(reference, callback.deadline);
            self.closed.remove(&reference);
            self.granted.remove(&reference);
        }
        if callback.stage == Stage::Done {
            assert_eq!(change.what, What::Closed);
            match &change.by {
                By::Clinician(_) => assert!(matches!(
                    event,
                    Event::Over(..) | Event::Decided(_, Decision::Close, _)
                )),
                By::Supervisor(_) => assert!(self.closed.contains(&reference)),
                by => panic!("closed by {by:?}"),
            }
        }
        self.stored.insert(reference, callback);
    }

    /// What holds at every moment.
    fn holds(&self) {
        for (reference, stored) in &self.stored {
            let Some(kept) = self.book.get(*reference) else {
                // Not yet, while the book is being filled after a restart.
                continue;
            };
            assert!(stored.stage != Stage::Done, "closed, and still in the book");
            assert_eq!(
                kept.deadline, self.deadlines[reference],
                "a deadline has moved"
            );
            assert_eq!(
                (kept.attempts, kept.escalation),
                (stored.attempts, stored.escalation)
            );
            let is_sought = self.sought.contains(reference);
            match kept.stage {
                Stage::Due(due) => assert!(due > self.now && !is_sought, "due, and not sought"),
                Stage::Seeking => assert!(is_sought),
                Stage::Ringing | Stage::Talking => assert!(!is_sought),
                Stage::Decision => {}
                Stage::Done => panic!("done, and in the book"),
            }
            let is_raised = Settings::default().risk.step(self.now, kept).is_none();
            assert!(is_raised || matches!(kept.stage, Stage::Ringing | Stage::Talking));
        }
    }

    fn has_lost_nothing(&self) {
        for (reference, stored) in &self.stored {
            let is_open = self.book.get(*reference).is_some();
            assert_ne!(is_open, stored.stage == Stage::Done, "a promise was lost");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(CASES))]
    #[test]
    fn whatever_happens_a_promise_is_kept(
        acts in proptest::collection::vec((0u8..19, 0..CALLBACKS, 0u8..24, 0usize..WAITS.len()), 0..120)
    ) {
        let mut world = World::new();
        for (kind, n, dice, wait) in acts {
            world.pass(WAITS[wait]);
            world.act(kind, n, dice);
            world.has_lost_nothing();
        }
    }
}
