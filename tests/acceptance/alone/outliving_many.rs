//! Two hundred legs outlive the process: fifty callers in menus, fifty who wait, and fifty conversations.

use std::time::{Duration, Instant};

use crate::support::mass::{self, Mass, caller_says, handler_says, longest_gap_of_all, numbers};
use crate::support::network;
use crate::support::people::{SERVER, SOON, registers};
use crate::support::server::Server;

const EACH: usize = 50;
const MINUTE: Duration = Duration::from_secs(60);
/// Nobody hears nothing for longer than this while a new process takes over. It is printed as it was: a tenth of this
/// where the machine does nothing else.
const GAP: Duration = Duration::from_secs(1);

/// The server with handlers enough, who all answer.
fn server_with_handlers() -> Server {
    network::enter_alone();
    let (shipped, accounts) = mass::handlers(EACH);
    Server::start_with(&[(shipped, &accounts)], &[])
}

struct Crowds {
    handlers: Mass,
    talking: Mass,
    waiting: Mass,
    choosing: Mass,
    /// With which handler each of those who talk does, by their places.
    pairs: Vec<usize>,
}

fn begin(server: &Server) -> Crowds {
    let handlers = Mass::answers(EACH, handler_says);
    for n in 0..EACH {
        registers(&(4_000 + n).to_string(), handlers.port);
    }
    let talking = Mass::calls(SERVER, &numbers(1, EACH), caller_says);
    talking.press("12", MINUTE);
    let pairs = talking.talk_with(&handlers, MINUTE);
    let waiting = Mass::calls(SERVER, &numbers(2, EACH), caller_says);
    waiting.press("12", MINUTE);
    server.wait_metric("ivr111_queue_waiting", EACH as f64, MINUTE);
    let choosing = Mass::calls(SERVER, &numbers(3, EACH), caller_says);
    for person in &choosing.people {
        person.wait_sound(MINUTE);
    }
    let all = Crowds {
        handlers,
        talking,
        waiting,
        choosing,
        pairs,
    };
    for mass in all.all() {
        mass.listens_anew();
    }
    all
}

impl Crowds {
    fn all(&self) -> [&Mass; 4] {
        [&self.handlers, &self.talking, &self.waiting, &self.choosing]
    }
}

/// Everybody goes on where they were, with sound both ways, and nobody else is there.
fn all_go_on(server: &Server, crowds: &Crowds) {
    let calls = 3.0 * EACH as f64;
    let on = "ivr111_taken_up_total{how=\"on-the-line\"";
    server.wait_metric(on, calls, SOON);
    for how in ["called-back", "lost"] {
        assert_eq!(
            server.metric(&format!("ivr111_taken_up_total{{how=\"{how}\"")),
            0.0
        );
    }
    let pairs = crowds.talking.talk_with(&crowds.handlers, MINUTE);
    assert_eq!(pairs, crowds.pairs);
    // Who is in a menu hears it, and is heard: their keys lead on.
    crowds.choosing.press("12", MINUTE);
    for person in &crowds.waiting.people {
        person.wait_sound(MINUTE);
    }
    server.wait_metric("ivr111_queue_waiting", 2.0 * EACH as f64, MINUTE);
    server.wait_metric(
        "ivr111_handlers_by_state{state=\"talking\"",
        EACH as f64,
        SOON,
    );
    server.wait_metric("ivr111_calls", calls, SOON);
    assert_eq!(server.metric("ivr111_rtp_send_errors_total"), 0.0);
}

#[test]
fn two_hundred_legs_outlive_the_process() {
    let mut server = server_with_handlers();
    let crowds = begin(&server);
    let killed = Instant::now();
    server.kill_and_restart();
    let answers = killed.elapsed();
    for mass in crowds.all() {
        mass.listens_anew();
    }
    all_go_on(&server, &crowds);
    println!("the next process answered {answers:?} after the kill");
}

#[test]
fn two_hundred_legs_are_handed_over_to_a_new_process() {
    let mut server = server_with_handlers();
    let crowds = begin(&server);
    let before = server.pid();
    server.replace();
    assert_ne!(server.pid(), before);
    let gap = longest_gap_of_all(&crowds.all(), Instant::now(), MINUTE);
    for mass in crowds.all() {
        mass.listens_anew();
    }
    all_go_on(&server, &crowds);
    println!("nobody heard nothing for longer than {gap:?}");
    assert!(gap < GAP, "{gap:?}");
}
