//! What a conference costs beside joined calls: the same number of legs, three and three mixed, or two
//! and two passed on packet by packet, everybody talking.
//!
//! `cargo bench --bench conference`
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use ivr111::mailbox::{Receiver, mailbox};
use ivr111::media::{Audience, Codec, Engine, EngineConfig, Event, Leg, LegId};

const LOCAL: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
/// Legs that talk: a multiple of two and of three.
const LEGS: usize = 150;
/// How long all of them talk before it is measured, and while it is.
const SETTLE: Duration = Duration::from_secs(2);
const MEASURED: Duration = Duration::from_secs(10);

/// Legs of the engine that is measured, and the phones that they talk to.
struct Bench {
    engine: Engine,
    ours: Vec<Leg>,
    _theirs: Vec<Leg>,
    _phones: Engine,
    _events: Receiver<(LegId, Event)>,
}

fn bench(codec: Codec) -> Bench {
    let engine = Engine::start(EngineConfig::new(LOCAL, 30_000..=30_999)).unwrap();
    let phones = Engine::start(EngineConfig::new(LOCAL, 31_000..=31_999)).unwrap();
    let (lane, theirs) = (engine.lane(), phones.lane());
    let (events, kept) = mailbox(16 * LEGS);
    let pairs = (0..LEGS).map(|n| {
        let (leg, phone) = (
            lane.open(events.clone()).unwrap(),
            theirs.open(events.clone()).unwrap(),
        );
        phone.speak(&[codec]);
        let answer = leg.answer(&phone.offer(None)).unwrap();
        phone.accept_answer(&answer).unwrap();
        phone.tone(300.0 + n as f32, -20.0);
        (leg, phone)
    });
    let (ours, theirs) = pairs.unzip();
    Bench {
        engine,
        ours,
        _theirs: theirs,
        _phones: phones,
        _events: kept,
    }
}

impl Bench {
    fn joined(&self) {
        for pair in self.ours.chunks(2) {
            pair[0].join(&pair[1]);
        }
    }

    fn conferring(&self) {
        for three in self.ours.chunks(3) {
            let conference = self.engine.lane().conference();
            for leg in three {
                leg.enter(&conference, Audience::Everyone);
            }
        }
    }

    /// Microseconds of work of the media thread for each leg and second.
    fn measure(&self) -> f64 {
        std::thread::sleep(SETTLE);
        let before = self.engine.stats();
        std::thread::sleep(MEASURED);
        let after = self.engine.stats();
        let received = after.packets_in - before.packets_in;
        let expected = LEGS as u64 * 50 * MEASURED.as_secs();
        assert!(received >= expected * 98 / 100, "{received} of {expected}");
        (after.busy_us - before.busy_us) as f64 / LEGS as f64 / MEASURED.as_secs_f64()
    }
}

fn main() {
    println!("{LEGS} legs on one thread, us of it for each leg and second");
    for codec in [Codec::Pcma, Codec::G722] {
        let bench = bench(codec);
        bench.joined();
        let joined = bench.measure();
        bench.conferring();
        let conferring = bench.measure();
        let ratio = conferring / joined;
        println!(
            "{codec:?}: joined {joined:.0}, in conferences of three {conferring:.0} ({ratio:.2})"
        );
    }
}
