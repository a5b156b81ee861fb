//! The book of callbacks under load: what an event costs, however many callbacks are open.
//!
//! A round here is the whole life of one more callback: it is promised, a clinician is found, the caller answers,
//! and the two talk. After each of its events the book is asked what it is asked by whoever keeps it.
//!
//! `cargo bench --bench callback`
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use ivr111::callback::{Book, By, Callback, Deadline, Event, Promise, Settings, Stage};
use ivr111::identity::{Number, Reference};
use ivr111::queue::CLINICIAN;
use jiff::{SignedDuration, Timestamp};

/// What happens in a round.
const EVENTS: u64 = 4;

/// A book in which so many wait for another time.
struct Busy {
    book: Book,
    now: Timestamp,
    next: u64,
}

impl Busy {
    fn new(open: u64) -> Self {
        let mut busy = Busy {
            book: Book::new(Settings::default()),
            now: Timestamp::UNIX_EPOCH,
            next: 0,
        };
        for n in 0..open {
            let at = busy.now + SignedDuration::from_hours(100_000);
            let waits = Callback {
                deadline: at + SignedDuration::from_hours(2),
                stage: Stage::Due(at + SignedDuration::from_secs(i64::try_from(n).unwrap())),
                booked_at: at,
                ..busy.promised()
            };
            busy.book.on(at, Event::Restored(waits));
        }
        assert_eq!(busy.book.len() as u64, open);
        busy
    }

    fn promised(&mut self) -> Callback {
        self.next += 1;
        let promise = Promise {
            reference: Reference::new(self.next, 0),
            number: Number::parse("07700900001").unwrap(),
            text_relay: false,
            region: "kent".into(),
            postcode: None,
            language: "en-GB".into(),
            skill: CLINICIAN.into(),
        };
        Callback::promised(promise, self.now, Deadline::Immediate)
    }

    fn round(&mut self) {
        let callback = self.promised();
        let reference = callback.reference;
        let nurse = "2001".to_owned();
        let events: [Event; EVENTS as usize] = [
            Event::Booked(callback),
            Event::ClinicianReady(reference, nurse.clone()),
            Event::CallerAnswered(reference),
            Event::Over(reference, By::Clinician(nurse)),
        ];
        for event in events {
            self.now += SignedDuration::from_secs(4);
            black_box(self.book.on(self.now, event));
            black_box(self.book.deadline());
            black_box((self.book.undecided(), self.book.at_risk()));
        }
    }
}

fn rounds(c: &mut Criterion) {
    let mut group = c.benchmark_group("the book of callbacks");
    group.throughput(Throughput::Elements(EVENTS));
    for open in [100, 1_000, 10_000] {
        let mut busy = Busy::new(open);
        let id = BenchmarkId::new("four events while so many are open", open);
        group.bench_function(id, |b| b.iter(|| busy.round()));
        assert_eq!(busy.book.len() as u64, open);
    }
    group.finish();
}

criterion_group!(benches, rounds);
criterion_main!(benches);
