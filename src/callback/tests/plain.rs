//! Whatever happens, the book does what it would do if it looked at everything that is open with each event, and
//! in the same order.

use jiff::SignedDuration;
use proptest::prelude::*;

use super::*;
use crate::callback::agenda::Marks;
use crate::callback::book::raised;
use crate::callback::open::Open;

const CASES: u32 = 2_000;
const CALLBACKS: u64 = 8;
/// Seconds between two events, and from now to when something is due.
const WAITS: [i64; 8] = [0, 0, 1, 4, 60, 300, 901, 3_600];

/// When something is due, raised or late, by looking at it.
fn times(book: &Book, open: &Open) -> [Option<Timestamp>; 3] {
    let waits = Some(open).filter(|open| !open.is_under_way());
    let raised = waits.and_then(|open| book.settings.risk.next(&open.callback));
    let late = waits.filter(|open| !open.is_late);
    let late = late.map(|open| open.callback.deadline);
    let due = open.due();
    let due = due.map(|at| at.max(book.held_until(&open.callback)));
    [due, raised, late]
}

fn next(book: &Book, open: &Open) -> Option<Timestamp> {
    times(book, open).into_iter().flatten().min()
}

/// What follows from an event, by looking at everything.
fn plainly(book: &mut Book, now: Timestamp, event: Event) -> Vec<Action> {
    let mut actions = Vec::new();
    book.happened(now, event, &mut actions);
    let all: Vec<Reference> = book.open.references().collect();
    raise(book, now, &all, &mut actions);
    seek(book, now, &all, &mut actions);
    while book.open.next_touched().is_some() {}
    actions
}

fn raise(book: &mut Book, now: Timestamp, all: &[Reference], actions: &mut Vec<Action>) {
    let risk = book.settings.risk;
    for reference in all {
        let open = book.open.get_mut(*reference).unwrap();
        if open.is_under_way() {
            continue;
        }
        if let Some(step) = risk.step(now, &open.callback) {
            raised(&mut open.callback, step, actions);
            if open.is_sought() {
                actions.push(Action::SeekAnew(open.callback.clone()));
            }
        }
        if open.callback.deadline <= now && !open.is_late {
            open.is_late = true;
            actions.push(Action::Late(*reference));
        }
    }
}

fn seek(book: &mut Book, now: Timestamp, all: &[Reference], actions: &mut Vec<Action>) {
    let open = all.iter().map(|r| book.open.get(*r).unwrap());
    let mut due: Vec<Callback> = open
        .filter(|open| open.due().is_some_and(|at| at <= now))
        .filter(|open| !book.is_held(now, open.callback.reference))
        .map(|open| open.callback.clone())
        .collect();
    due.sort_by_key(Callback::turn);
    for mut callback in due {
        let open = book.open.get_mut(callback.reference).unwrap();
        if callback.stage == Stage::Decision {
            open.ask_at = None;
            actions.push(Action::Decide(callback));
        } else {
            callback.stage = Stage::Seeking;
            open.callback.stage = Stage::Seeking;
            actions.push(Action::Seek(callback));
        }
    }
}

/// What is the same by the book and by looking at everything, and what the book has in order.
fn holds(book: &Book, plain: &Book) {
    let all: Vec<Reference> = plain.open.references().collect();
    assert_eq!(book.open.references().collect::<Vec<_>>(), all);
    let each = || all.iter().map(|r| plain.open.get(*r).unwrap());
    for open in each() {
        let reference = open.callback.reference;
        assert_eq!(book.open.get(reference), Some(open));
    }
    let deadline = each().filter_map(|open| next(plain, open)).min();
    assert_eq!(book.deadline(), deadline);
    let undecided = each().filter(|open| open.callback.stage == Stage::Decision);
    assert_eq!(book.undecided(), undecided.count());
    let is_at_risk =
        |open: &&Open| open.is_late || open.callback.escalation == Escalation::Supervisor;
    assert_eq!(book.at_risk(), each().filter(is_at_risk).count());
    book.open.check(|open| Marks {
        next: next(book, open),
        is_undecided: open.is_undecided(),
        is_at_risk: open.is_at_risk(),
    });
}

/// Numbers for one event.
#[derive(Clone, Debug)]
struct Dice {
    kind: u8,
    n: u64,
    pass: u8,
    rest: Vec<u8>,
}

impl Dice {
    fn pick<T: Clone, const N: usize>(&mut self, of: [T; N]) -> T {
        let die = self.rest.pop().unwrap_or_default();
        of[usize::from(die) % N].clone()
    }

    fn soon(&mut self, now: Timestamp) -> Timestamp {
        now + SignedDuration::from_secs(self.pick(WAITS))
    }

    /// One of a few deadlines, so that many have the same.
    fn deadline(&mut self, now: Timestamp) -> Timestamp {
        let quarter = now.as_second() / 900;
        let later = self.pick([0, 1, 2, 4, 8, 24, 96]);
        Timestamp::from_second((quarter + later) * 900).unwrap()
    }

    fn callback(&mut self, now: Timestamp, n: u64) -> Callback {
        use Priority::{Emergency, HealthProfessional, Ordinary, YoungOrOld};
        let due = Stage::Due(self.soon(now));
        let early = SignedDuration::from_secs(self.pick([0, 0, 900, 3_600, -60]));
        Callback {
            booked_at: now - early,
            deadline: self.deadline(now),
            priority: self.pick([
                Ordinary,
                Ordinary,
                HealthProfessional,
                YoungOrOld,
                Emergency,
            ]),
            attempts: self.pick([0, 1, 2, 3]),
            skill: self.pick(["clinician", "gp"]).into(),
            escalation: self.pick([
                Escalation::None,
                Escalation::None,
                Escalation::First,
                Escalation::AnySkill,
                Escalation::Supervisor,
            ]),
            stage: self.pick([
                due,
                due,
                due,
                Stage::Seeking,
                Stage::Ringing,
                Stage::Talking,
                Stage::Decision,
                Stage::Decision,
                Stage::Done,
            ]),
            ..callback(n)
        }
    }

    fn settings(&mut self) -> Settings {
        let margins = [
            Margin::new(50, 600),
            Margin::new(0, 60),
            Margin::new(90, 3_600),
        ];
        Settings {
            pauses: Pauses {
                no_answer: self.pick([900, 60, 7_200, u64::MAX].map(Duration::from_secs)),
                ..Pauses::default()
            },
            decision: self.pick([300, 0].map(Duration::from_secs)),
            // In any order, also one that makes no sense.
            risk: Risk {
                first: self.pick(margins),
                any_skill: self.pick(margins),
                supervisor: self.pick(margins),
            },
            ..Settings::default()
        }
    }

    fn order(&mut self, now: Timestamp) -> Order {
        let due = self.soon(now);
        let deadline = self.deadline(now);
        let deadline = self.pick([None, Some(deadline)]);
        self.pick([
            Order::Reassign {
                skill: "gp".into(),
                clinician: None,
            },
            Order::Reschedule { due, deadline },
            Order::Close {
                reason: String::new(),
            },
        ])
    }

    /// What happens. Much of it makes no sense where the callback stands.
    fn event(&mut self, now: Timestamp) -> Event {
        use Outcome::{Busy, NoAnswer, Unobtainable, Voicemail};
        let reference = reference(self.n);
        match self.kind {
            0..4 => Event::Booked(self.callback(now, self.n)),
            4..6 => Event::Restored(self.callback(now, self.n)),
            6 => Event::GoesOn(reference, now),
            7 => {
                let stored = (0..CALLBACKS).filter(|_| self.pick([true, true, true, false]));
                let stored: Vec<u64> = stored.collect();
                let stored = stored.into_iter().map(|n| self.callback(now, n));
                Event::Compared(stored.collect())
            }
            8..13 => ready(self.n),
            13 => Event::ClinicianGone(reference),
            14..17 => Event::CallerAnswered(reference),
            17..21 => {
                let outcome = self.pick([Busy, NoAnswer, Unobtainable, Voicemail]);
                Event::CallerMissed(reference, outcome)
            }
            21 => Event::NotRung(reference),
            22 => over(self.n),
            23 => Event::BrokenOff(reference),
            24 => Event::LostInDanger(reference),
            25 => Event::Renewed(self.callback(now, self.n)),
            26..28 => Event::CallerRings(reference),
            28..30 => Event::CallerHasRung(reference),
            30 => Event::SpokenTo(reference, nurse(), self.pick([at(0), now])),
            31..33 => Event::ConfirmedAgain(self.callback(now, self.n)),
            33 => {
                let decisions = [
                    Decision::TryNow,
                    Decision::TryAt(self.soon(now)),
                    Decision::Close,
                ];
                Event::Decided(reference, self.pick(decisions), NURSE.into())
            }
            34 => Event::Undecided(reference),
            35..37 => {
                let by = By::Supervisor("3001".into());
                Event::Ordered(reference, self.order(now), by)
            }
            37 => Event::Changed(self.settings()),
            _ => Event::Tick,
        }
    }

    /// When it happens: a little later, at the moment that the book waits for or just before it, or by a clock
    /// that has been set back.
    fn passes(&self, now: Timestamp, deadline: Option<Timestamp>) -> Timestamp {
        let seconds = match self.pass {
            n @ 0..8 => WAITS[usize::from(n)],
            8 => -1,
            9 => -400,
            n => {
                let early = SignedDuration::from_nanos(i64::from(n == 10));
                return deadline.map_or(now, |at| at - early);
            }
        };
        now + SignedDuration::from_secs(seconds)
    }
}

fn dice() -> impl Strategy<Value = Dice> {
    let rest = proptest::collection::vec(any::<u8>(), 12..24);
    let numbers = (0u8..42, 0..CALLBACKS, 0u8..13, rest);
    numbers.prop_map(|(kind, n, pass, rest)| Dice {
        kind,
        n,
        pass,
        rest,
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(CASES))]
    #[test]
    fn the_book_does_as_if_it_looked_at_everything(
        history in proptest::collection::vec(dice(), 0..300)
    ) {
        let mut book = Book::new(Settings::default());
        let mut plain = book.clone();
        let mut now = at(0);
        for mut dice in history {
            now = dice.passes(now, book.deadline());
            let event = dice.event(now);
            let expected = plainly(&mut plain, now, event.clone());
            assert_eq!(book.on(now, event.clone()), expected, "{event:?}");
            holds(&book, &plain);
            // By the same clock nothing more is to be done.
            assert!(book.deadline().is_none_or(|next| next > now), "{event:?}");
        }
    }
}
