//! What the system gives is used up: ports for sound, descriptors.

use std::net::{TcpStream, UdpSocket};
use std::process::Command;
use std::time::Duration;

use crate::support::people::{BRIGHTON, CALLER, Person, SOON, hear_each_other, registers};
use crate::support::server::Server;
use crate::support::shift::Shift;

use super::{HANDLER, NOTICED, Scene, is_refused_with_503, is_written_down};

const FIRST: u16 = 20_000;
const LAST: u16 = 20_299;

/// All ports for sound that are free are another's from now on.
fn takes_all_ports() -> Vec<UdpSocket> {
    let even = (FIRST..=LAST).step_by(2);
    even.filter_map(|port| UdpSocket::bind(("127.0.0.1", port)).ok())
        .collect()
}

#[test]
fn without_a_free_port_new_callers_are_told_to_try_elsewhere_and_others_go_on() {
    let few = [
        ("ports = \"20000-29999\"", "ports = \"20000-20299\""),
        ("calls = 2400", "calls = 10"),
    ];
    let mut scene = Scene::begin(Server::start_with(&few, &[]));
    // Somebody waits: whoever could take them talks.
    let busy = Person::calls("111", BRIGHTON, false);
    busy.presses("12");
    hear_each_other(&busy.rtp, CALLER, &scene.desk.calls[0], HANDLER);
    scene.calls += 1;
    let waits = Person::calls("111", "+441273555001", false);
    waits.presses("12");
    scene.server.wait_metric("ivr111_queue_waiting", 1.0, SOON);
    let mut taken = takes_all_ports();
    is_refused_with_503();
    scene.stands("no-ports", "ports or descriptors for sound run out");
    // A handler comes, and cannot be rung: it is not their fault, and they are tried again and again.
    let next = Shift::answers(0, 1, HANDLER + 200.0);
    registers("1003", next.port);
    let not_rung = "ivr111_queue_not_rung_total";
    scene.server.wait_metric_above(not_rung, 3.0, NOTICED);
    scene.they_talk_still();
    assert!(!waits.sipp.messages().contains("BYE sip:"));
    // One pair becomes free.
    taken.pop();
    hear_each_other(&waits.rtp, CALLER, &next.calls[0], HANDLER + 200.0);
    drop(taken);
    scene.is_over("no-ports", "ports for sound are free again");
    drop((busy, waits));
    scene.reaches_999();
    scene.they_talk_still();
    crate::callback::books(&scene.server, false);
}

/// Sets how many descriptors a server may have open.
fn may_open(server: &Server, soft: usize) {
    let limit = format!("--nofile={soft}:");
    let pid = server.pid().to_string();
    let done = Command::new("prlimit")
        .args(["--pid", &pid, &limit])
        .status();
    assert!(done.unwrap().success());
}

#[test]
fn without_a_free_descriptor_new_callers_are_told_to_try_elsewhere_and_others_go_on() {
    let mut scene = Scene::begin(Server::start());
    let limit = std::fs::read_to_string(format!("/proc/{}/limits", scene.server.pid())).unwrap();
    let limit = limit
        .lines()
        .find(|line| line.starts_with("Max open files"));
    let limit = limit
        .unwrap()
        .split_whitespace()
        .nth(3)
        .unwrap()
        .parse()
        .unwrap();
    // Nothing is opened beyond what is open, not even to read what is open.
    may_open(&scene.server, 3);
    is_refused_with_503();
    // Those who connect are not accepted, and nothing spins for their sake.
    let connected: Vec<TcpStream> = (0..5)
        .map(|_| TcpStream::connect("127.0.0.1:5060").unwrap())
        .collect();
    let (used, over) = (scene.server.cpu(), Duration::from_secs(3));
    std::thread::sleep(over);
    let used = scene.server.cpu() - used;
    assert!(used < over / 2, "{used:?} of processor time in {over:?}");
    scene
        .server
        .wait_log("alert: descriptors run out: 0 are left", NOTICED);
    is_refused_with_503();
    scene.they_talk_still();
    may_open(&scene.server, limit);
    drop(connected);
    scene.is_alerted("no-descriptors", "descriptors run out");
    scene.is_over("no-descriptors", "there are enough descriptors again");
    scene.reaches_a_handler("+441273555001");
    is_written_down(&scene.server, "+441273555001", "handler-queue");
    scene.reaches_999();
    scene.is_healed();
}
