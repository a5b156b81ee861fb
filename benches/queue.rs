//! The queue under load: what it costs to bring a caller and a handler together, whoever waits.
//!
//! An offer here is a whole round: a handler ends a call and is offered the next caller, answers, and
//! somebody else begins to wait.
//!
//! `cargo bench --bench queue`
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use ivr111::flow::Priority;
use ivr111::identity::Reference;
use ivr111::queue::{
    Action, Event, HandlerId, Overflow, Place, Profile, Queue, Reach, Rules, Settings, Strategy,
    Wanted,
};
use jiff::{SignedDuration, Timestamp};

const HANDLERS: usize = 2_000;
const REGIONS: [&str; 6] = ["kent", "london", "suffolk", "south-west", "north-east", ""];
const SKILLS: [&str; 4] = ["general", "dental", "mental-health", "clinician"];

/// What holds in all regions.
#[derive(Clone, Copy)]
struct Hall {
    name: &'static str,
    /// Other strategies for every second region.
    mixed: bool,
    /// Steps of overflow by length and estimate.
    measured: bool,
}

const PLAIN: Hall = Hall {
    name: "one strategy",
    mixed: false,
    measured: false,
};
const MIXED: Hall = Hall {
    name: "all strategies",
    mixed: true,
    measured: false,
};
const MEASURED: Hall = Hall {
    name: "all strategies, overflow by length and estimate",
    mixed: true,
    measured: true,
};

fn provider(region: usize, n: usize) -> String {
    format!("provider-{region}-{}", n % 2)
}

fn settings(hall: Hall) -> Settings {
    use Strategy::{FewestCalls, HighestSkill, LongestIdle, RingAll, RoundRobin};
    let strategies = [LongestIdle, FewestCalls, HighestSkill, RingAll, RoundRobin];
    let rules = (0..REGIONS.len()).map(|n| {
        let partner = Reach::Providers([provider(n, 0), provider(n, 1)].into());
        let neighbour = Reach::Providers([provider((n + 1) % REGIONS.len(), 0)].into());
        let step = |to, after| Overflow {
            to,
            after: Some(Duration::from_secs(after)),
            longer_than: hall.measured.then_some(20),
            estimate_over: hall.measured.then_some(Duration::from_secs(86_400)),
        };
        let rules = Rules {
            strategy: match hall.mixed {
                true => strategies[n % strategies.len()],
                false => LongestIdle,
            },
            overflow: vec![step(partner, 60), step(neighbour, 300)],
            ..Rules::default()
        };
        (REGIONS[n].to_owned(), rules)
    });
    Settings {
        regions: rules.collect(),
        ..Settings::default()
    }
}

/// Random enough, and the same each time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % end as u64).unwrap()
    }
}

/// A queue in which all handlers talk and so many callers wait.
struct Busy {
    queue: Queue,
    dice: Dice,
    now: Timestamp,
    next: u64,
    /// Who has ended a call last.
    turn: usize,
    handlers: Vec<HandlerId>,
}

impl Busy {
    fn new(hall: Hall, waiting: usize) -> Self {
        let mut busy = Busy {
            queue: Queue::new(settings(hall)),
            dice: Dice(0x0111),
            now: Timestamp::UNIX_EPOCH,
            next: 0,
            turn: 0,
            handlers: (0..HANDLERS)
                .map(|n| HandlerId::new(format!("{}", 1_000 + n)))
                .collect(),
        };
        for n in 0..HANDLERS {
            let handler = busy.handlers[n].clone();
            let profile = busy.profile(n);
            let event = Event::SignedIn { handler, profile };
            assert_eq!(busy.queue.on(busy.now, event), []);
        }
        // Everybody is given somebody, whatever that takes.
        while busy.queue.counters().connected < HANDLERS as u64 {
            let mut phones = busy.joins();
            busy.answer(&mut phones);
        }
        for n in 0..busy.next {
            let ticket = Reference::new(n, 0);
            let waits = busy.queue.standing(busy.now, ticket).is_some();
            if busy.queue.waiting() > waiting && waits {
                busy.queue.on(busy.now, Event::Left { ticket });
            }
        }
        // Over some time, as callers come.
        while busy.queue.waiting() < waiting {
            busy.now += SignedDuration::from_millis(10);
            let offers = busy.joins();
            assert!(offers.is_empty(), "{offers:?}");
        }
        busy
    }

    fn profile(&mut self, n: usize) -> Profile {
        let region = n % REGIONS.len();
        let mut profile = Profile::with_skills(["general", SKILLS[self.dice.below(SKILLS.len())]]);
        let level = u8::try_from(self.dice.below(3)).unwrap();
        profile.skills.insert("general".into(), level);
        if self.dice.below(10) == 0 {
            profile.languages.insert("cy-GB".into());
        }
        if self.dice.below(10) > 0 {
            profile.provider = Some(provider(region, self.dice.below(2)));
        }
        profile
    }

    fn joins(&mut self) -> Vec<Action> {
        self.next += 1;
        let region = self.dice.below(REGIONS.len());
        let priority = match self.dice.below(20) {
            0 => Priority::YoungOrOld,
            1 => Priority::HealthProfessional,
            _ => Priority::Ordinary,
        };
        // Most callers want anybody.
        let skill = match self.dice.below(4) {
            0 => SKILLS[self.dice.below(SKILLS.len())],
            _ => SKILLS[0],
        };
        let provider = provider(region, self.dice.below(2));
        let language = (self.dice.below(20) == 0).then(|| "cy-GB".to_owned());
        let wanted = Wanted::by_skill(skill, "general", priority);
        let event = Event::Joined {
            ticket: Reference::new(self.next, 0),
            wanted: wanted.from_region(REGIONS[region], Some(provider), language),
            place: Place::InTurn,
        };
        self.queue.on(self.now, event)
    }

    /// The first phone that rings is answered, until none does.
    fn answer(&mut self, actions: &mut Vec<Action>) {
        while let Some(action) = actions.pop() {
            if let Action::Offer { ticket, handler } = action {
                let event = Event::Answered { handler, ticket };
                actions.extend(self.queue.on(self.now, event));
            }
        }
    }

    /// A handler ends a call of 200 seconds and takes the next caller; somebody else begins to wait.
    fn round(&mut self) {
        self.now += SignedDuration::from_millis(100);
        self.turn = (self.turn + 1) % HANDLERS;
        let handler = self.handlers[self.turn].clone();
        let over = Event::Over {
            handler,
            lost: false,
        };
        let mut actions = self.queue.on(self.now, over);
        self.answer(&mut actions);
        let mut actions = self.joins();
        self.answer(&mut actions);
    }
}

fn rounds(c: &mut Criterion) {
    for hall in [PLAIN, MIXED, MEASURED] {
        let mut group = c.benchmark_group(hall.name);
        group.throughput(Throughput::Elements(1));
        for waiting in [100, 1_000, 10_000, 100_000] {
            let mut busy = Busy::new(hall, waiting);
            let id = BenchmarkId::new("an offer while so many wait", waiting);
            group.bench_function(id, |b| b.iter(|| busy.round()));
        }
        group.finish();
    }
    table();
}

/// What this process has had of processors: what else runs on the machine does not count.
fn processor_time() -> Duration {
    let clock = nix::time::ClockId::CLOCK_PROCESS_CPUTIME_ID;
    nix::time::clock_gettime(clock).unwrap().into()
}

/// The same at a glance.
fn table() {
    const ROUNDS: u32 = 100_000;
    println!("offers a second of a processor by how many wait, {HANDLERS} handlers");
    println!("{:>10} {:>10} {:>10} {:>10}", 100, 1_000, 10_000, 100_000);
    for hall in [PLAIN, MIXED, MEASURED] {
        let cells = [100, 1_000, 10_000, 100_000].map(|waiting| {
            let mut busy = Busy::new(hall, waiting);
            let before = busy.queue.counters().connected;
            let begun = processor_time();
            for _ in 0..ROUNDS {
                busy.round();
            }
            let taken = busy.queue.counters().connected - before;
            let took = processor_time() - begun;
            format!("{:>10.0}", taken as f64 / took.as_secs_f64())
        });
        println!("{}  {}", cells.join(" "), hall.name);
    }
}

criterion_group!(benches, rounds);
criterion_main!(benches);
