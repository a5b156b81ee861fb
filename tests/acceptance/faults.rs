//! Faults of what the service stands on, each made for real while it runs: what a caller then experiences, that an
//! alert says what is wrong, and that it heals by itself.

mod clock;
mod scarce;
mod still;
mod store;

use std::time::Duration;

use serde_json::Value;

use crate::support::people::{BRIGHTON, CALLER, Person, SERVER, SOON, hear_each_other, registers};
use crate::support::rtp::longest_without;
use crate::support::server::Server;
use crate::support::shift::Shift;
use crate::support::sipp::{Scenario, Sipp};

/// What the handler says who talks all the time, and what the next one and the control room say.
const TALKING: f64 = 883.0;
const HANDLER: f64 = 1_083.0;
const ROOM: f64 = 619.0;
/// Who talks all the time is heard without a gap longer than this. A thread of this process that stands still for a
/// while is such a gap.
const GAP: Duration = Duration::from_secs(1);
/// How long those stay who are put through, in ms, from the answer on.
const HOLD: u32 = 16_000;
/// Long enough for whatever lasts to be noticed.
const NOTICED: Duration = Duration::from_secs(30);
/// Long enough for it to be over.
const HEALED: Duration = Duration::from_secs(60);

/// A server, two people who talk all the time, a handler who takes one caller after the other, and a control room.
struct Scene {
    talker: Person,
    handler: Person,
    desk: Shift,
    room: Shift,
    calls: usize,
    emergencies: usize,
    /// How much the talker had heard when the fault began.
    so_far: usize,
    server: Server,
}

impl Scene {
    fn begin(server: Server) -> Self {
        let handler = Person::answers(0, 300, TALKING);
        registers("1001", handler.port);
        let talker = Person::calls("111", "+441273555099", false);
        talker.presses("12");
        hear_each_other(&talker.rtp, CALLER, &handler.rtp, TALKING);
        let desk = Shift::answers(0, 8, HANDLER);
        registers("1002", desk.port);
        server.wait_metric("ivr111_handlers", 2.0, SOON);
        let room = Shift::answers(5991, 8, ROOM);
        let so_far = talker.rtp.heard().len();
        Scene {
            talker,
            handler,
            desk,
            room,
            calls: 0,
            emergencies: 0,
            so_far,
            server,
        }
    }

    /// The next caller reaches the handler with these keys: sound goes both ways.
    fn reaches_a_handler_by(&mut self, from: &str, keys: &str) {
        let caller = Person::calls_and_hangs_up("111", from, false, HOLD);
        caller.presses(keys);
        let at_desk = &self.desk.calls[self.calls];
        self.calls += 1;
        hear_each_other(&caller.rtp, CALLER, at_desk, HANDLER);
        caller.sipp.succeeds(SOON);
    }

    fn reaches_a_handler(&mut self, from: &str) {
        self.reaches_a_handler_by(from, "12");
    }

    /// The next caller keys 9 and reaches the control room: sound goes both ways.
    fn reaches_999(&mut self) {
        let caller = Person::calls_and_hangs_up("111", BRIGHTON, false, HOLD);
        caller.presses("9");
        let in_room = &self.room.calls[self.emergencies];
        self.emergencies += 1;
        hear_each_other(&caller.rtp, CALLER, in_room, ROOM);
        caller.sipp.succeeds(SOON);
    }

    /// Whoever talked when the fault began talks still, and has heard the other all the time.
    fn they_talk_still(&self) {
        hear_each_other(&self.talker.rtp, CALLER, &self.handler.rtp, TALKING);
        let heard = self.talker.rtp.heard();
        let gap = longest_without(&heard[self.so_far..], TALKING);
        assert!(gap < GAP, "the talker heard nothing for {gap:?}");
        let heard = self.handler.rtp.heard();
        let gap = longest_without(&heard[heard.len().saturating_sub(500)..], CALLER);
        assert!(gap < GAP, "the handler heard nothing for {gap:?}");
    }

    fn is_alerted(&self, kind: &str, words: &str) {
        let counted = format!("ivr111_alerts_total{{kind=\"{kind}\"");
        self.server.wait_metric_above(&counted, 0.0, NOTICED);
        self.server.wait_log(&format!("alert: {words}"), NOTICED);
    }

    /// The same of what stands for a while, and stands now.
    fn stands(&self, kind: &str, words: &str) {
        self.is_alerted(kind, words);
        let stands = format!("ivr111_fault{{kind=\"{kind}\"");
        self.server.wait_metric(&stands, 1.0, NOTICED);
    }

    fn is_over(&self, kind: &str, words: &str) {
        self.server.wait_log(&format!("over: {words}"), HEALED);
        let stands = format!("ivr111_fault{{kind=\"{kind}\"");
        self.server.wait_metric(&stands, 0.0, HEALED);
    }

    /// Callers are served as ever, and promises are made.
    fn is_healed(&mut self) {
        self.server.wait_metric("ivr111_queue_alone", 0.0, HEALED);
        self.reaches_a_handler("+441273555090");
        is_written_down(&self.server, "+441273555090", "handler-queue");
        crate::callback::books(&self.server, false);
        self.they_talk_still();
    }
}

/// Waits until a call stands in the store from its beginning to its end, in order.
fn is_written_down(server: &Server, number: &str, destination: &str) {
    let end = std::time::Instant::now() + HEALED;
    let call = loop {
        let calls = server.json(&["calls", "--limit", "50"]);
        let of_number = |call: &&Value| call["number"] == number && !call["ended_at"].is_null();
        if let Some(call) = calls.as_array().unwrap().iter().find(of_number) {
            break call.clone();
        }
        assert!(
            std::time::Instant::now() < end,
            "{number} is not in {calls}"
        );
        std::thread::sleep(Duration::from_millis(100));
    };
    assert_eq!(call["destination"], destination, "{call}");
    let events = server.json(&["calls", call["reference"].as_str().unwrap()]);
    let events = events.as_array().unwrap();
    let kinds: Vec<&str> = events.iter().filter_map(|e| e["kind"].as_str()).collect();
    let mut rest = kinds.iter();
    for kind in [
        "arrived",
        "answered",
        "region",
        "prompt",
        "key",
        "destination",
        "joined",
        "ended",
    ] {
        assert!(rest.any(|k| *k == kind), "no {kind} in {kinds:?}");
    }
    let times = events.iter().filter_map(|e| e["at"].as_str());
    let times: Vec<jiff::Timestamp> = times.map(|at| at.parse().unwrap()).collect();
    assert!(times.is_sorted(), "{times:?}");
}

/// A caller who is to be refused with 503, so that the network tries elsewhere.
fn is_refused_with_503() {
    let refused = Sipp::run(&Scenario {
        file: "refused.xml",
        to: Some(SERVER),
        keys: vec![
            ("from", BRIGHTON.to_owned()),
            ("status", "503".to_owned()),
            ("rtp", "39998".to_owned()),
        ],
        ..Scenario::default()
    });
    refused.succeeds(SOON);
}
