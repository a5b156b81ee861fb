//! The floor: a socket for each leg, read when the system says that a packet has come, and a packet
//! sent every 20 ms. What any server must do at least that waits for packets socket by socket.

use std::net::{SocketAddr, UdpSocket};
use std::process::Command;
use std::time::{Duration, Instant};

use mio::{Events, Interest, Poll, Token};

use super::WINDOW;
use super::process::{self, Running, Usage};

/// An RTP header and 20 ms of G.711.
const PACKET: [u8; 172] = [0x80; 172];
/// Ports of the legs, and of the phones that they talk to.
const ECHO: usize = 10_000;
const PHONES: usize = 40_000;
/// A phone looks for a second packet only this often, as the generator's phones do: they must keep up.
const ROUND: u64 = 8;

/// Runs both sides, and measures the one that stands for the server.
pub fn measure(legs: usize) -> Usage {
    let mut echo = child(0, "echo", legs);
    let mut phones = child(1, "phones", legs);
    std::thread::sleep(Duration::from_secs(3));
    let (before, delivered) = (process::cpu(echo.id()), process::datagrams_received());
    std::thread::sleep(Duration::from_secs(WINDOW));
    let cpu = process::cpu(echo.id()) - before;
    let delivered = process::datagrams_received() - delivered;
    assert!(echo.is_running() && phones.is_running(), "a side has ended");
    let wanted = 2 * legs as u64 * 50 * WINDOW;
    assert!(
        delivered * 1_000 > wanted * 990,
        "{delivered} packets were delivered, not {wanted}: this machine cannot carry the floor"
    );
    Usage { cpu }
}

fn child(core: usize, part: &str, legs: usize) -> Running {
    Running::start(
        Command::new("taskset")
            .args(["-c", &core.to_string()])
            .arg(std::env::current_exe().unwrap())
            .args([part, &legs.to_string()]),
    )
}

/// One of the two sides, until it is ended.
pub fn run(part: &str, legs: usize) {
    let (_, hard) =
        nix::sys::resource::getrlimit(nix::sys::resource::Resource::RLIMIT_NOFILE).unwrap();
    nix::sys::resource::setrlimit(nix::sys::resource::Resource::RLIMIT_NOFILE, hard, hard).unwrap();
    match part {
        "echo" => echo(legs),
        _ => phones(legs),
    }
}

fn local(port: usize) -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], port as u16))
}

fn socket(port: usize) -> UdpSocket {
    let socket = UdpSocket::bind(local(port)).unwrap();
    socket.set_nonblocking(true).unwrap();
    socket
}

fn echo(legs: usize) {
    let mut poll = Poll::new().unwrap();
    let mut sockets: Vec<_> = (0..legs)
        .map(|leg| mio::net::UdpSocket::from_std(socket(ECHO + 2 * leg)))
        .collect();
    for (leg, socket) in sockets.iter_mut().enumerate() {
        let registry = poll.registry();
        registry
            .register(socket, Token(leg), Interest::READABLE)
            .unwrap();
    }
    let mut events = Events::with_capacity(1024);
    let mut buffer = [0; 2048];
    let start = Instant::now();
    for ms in 0.. {
        let due = Duration::from_millis(ms);
        loop {
            let left = due.saturating_sub(start.elapsed());
            poll.poll(&mut events, Some(left)).unwrap();
            for event in &events {
                let socket = &sockets[event.token().0];
                while socket.recv_from(&mut buffer).is_ok() {}
            }
            if left.is_zero() {
                break;
            }
        }
        for leg in (ms as usize % 20..legs).step_by(20) {
            // Nobody may be there yet.
            let _ = sockets[leg].send_to(&PACKET, local(PHONES + leg));
        }
    }
}

/// A phone has a socket of its own, as the callers of the server have: sending to a thousand sockets
/// costs the sender more than sending to twenty, and the server pays for it too.
fn phones(legs: usize) {
    let sockets: Vec<_> = (0..legs).map(|leg| socket(PHONES + leg)).collect();
    let mut buffer = [0; 2048];
    let start = Instant::now();
    for ms in 0.. {
        std::thread::sleep(Duration::from_millis(ms).saturating_sub(start.elapsed()));
        let is_thorough = (ms / 20).is_multiple_of(ROUND);
        for leg in (ms as usize % 20..legs).step_by(20) {
            let socket = &sockets[leg];
            let _ = socket.send_to(&PACKET, local(ECHO + 2 * leg));
            while socket.recv_from(&mut buffer).is_ok() && is_thorough {}
        }
    }
}
