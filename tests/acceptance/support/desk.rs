//! A phone on a desk that nobody picks up: it rings, stops ringing when told to, and keeps what it is sent.

use std::net::{SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::network;

/// Dropping it unplugs it.
pub struct Desk {
    pub port: u16,
    seen: Arc<Mutex<Vec<String>>>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Desk {
    pub fn open() -> Self {
        network::enter();
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let port = socket.local_addr().unwrap().port();
        socket
            .set_read_timeout(Some(Duration::from_millis(100)))
            .unwrap();
        let (seen, stop) = (Arc::default(), Arc::<AtomicBool>::default());
        let thread = {
            let (seen, stop) = (Arc::clone(&seen), Arc::clone(&stop));
            std::thread::spawn(move || rings(&socket, &seen, &stop))
        };
        Desk {
            port,
            seen,
            stop,
            thread: Some(thread),
        }
    }

    /// How many requests of a method have come, repeats left out.
    pub fn times(&self, method: &str) -> usize {
        let seen = self.seen.lock().unwrap();
        let of_method = seen.iter().filter(|request| request.starts_with(method));
        let ids = of_method.map(|request| (value(request, "Call-ID"), value(request, "CSeq")));
        ids.collect::<std::collections::BTreeSet<_>>().len()
    }

    /// Waits until so many requests of a method have come; gives the last one.
    pub fn wait(&self, method: &str, times: usize, limit: Duration) -> String {
        let end = Instant::now() + limit;
        while self.times(method) < times {
            let seen = self.seen.lock().unwrap().join("\n");
            assert!(Instant::now() < end, "no {method} ({times})\n{seen}");
            std::thread::sleep(Duration::from_millis(10));
        }
        let seen = self.seen.lock().unwrap();
        let last = seen.iter().rfind(|request| request.starts_with(method));
        last.unwrap().clone()
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn rings(socket: &UdpSocket, seen: &Mutex<Vec<String>>, stop: &AtomicBool) {
    let mut buffer = [0; 8_192];
    let mut invites: Vec<String> = Vec::new();
    while !stop.load(Ordering::Relaxed) {
        let Ok((length, from)) = socket.recv_from(&mut buffer) else {
            continue;
        };
        let request = String::from_utf8_lossy(&buffer[..length]).into_owned();
        match request.split(' ').next() {
            Some("INVITE") => {
                answer(socket, from, &request, "180 Ringing");
                invites.push(request.clone());
            }
            Some("CANCEL") => {
                answer(socket, from, &request, "200 OK");
                let id = value(&request, "Call-ID");
                let cancelled = invites.iter().find(|i| value(i, "Call-ID") == id);
                if let Some(invite) = cancelled {
                    answer(socket, from, invite, "487 Request Terminated");
                }
            }
            Some("ACK") => {}
            _ => answer(socket, from, &request, "200 OK"),
        }
        seen.lock().unwrap().push(request);
    }
}

fn answer(socket: &UdpSocket, to: SocketAddr, request: &str, status: &str) {
    let same = |name: &str| {
        let lines = request.lines().filter(|line| is_header(line, name));
        lines.map(|line| format!("{line}\r\n")).collect::<String>()
    };
    let (via, from, id, cseq) = (same("Via"), same("From"), same("Call-ID"), same("CSeq"));
    let response = format!(
        "SIP/2.0 {status}\r\n{via}{from}To: {};tag=desk\r\n{id}{cseq}Content-Length: 0\r\n\r\n",
        value(request, "To")
    );
    let _ = socket.send_to(response.as_bytes(), to);
}

/// Whether a line is one of a header.
pub fn is_header(line: &str, name: &str) -> bool {
    let found = line.split_once(':').map(|(found, _)| found.trim());
    found.is_some_and(|found| found.eq_ignore_ascii_case(name))
}

/// The value of a header's first line; empty, where there is none.
pub fn value(request: &str, name: &str) -> String {
    let line = request.lines().find(|line| is_header(line, name));
    let value = line.and_then(|line| line.split_once(':'));
    value.map_or(String::new(), |(_, value)| value.trim().to_owned())
}
