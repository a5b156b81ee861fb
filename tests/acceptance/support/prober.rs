//! Asks a server again and again whether it is there, and measures for how long it was not.

use std::net::UdpSocket;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::network;

/// Between two questions.
const PAUSE: Duration = Duration::from_millis(100);

/// A running prober.
pub struct Prober {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<Duration>,
}

impl Prober {
    /// Sends an OPTIONS to a server every 100 ms.
    pub fn asks(server: &str) -> Self {
        network::enter();
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.connect(server).unwrap();
        let patience = Some(Duration::from_millis(10));
        socket.set_read_timeout(patience).unwrap();
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        Prober {
            stop,
            thread: std::thread::spawn(move || ask(&socket, &stopped)),
        }
    }

    /// Stops, and gives the longest time without an answer.
    pub fn longest_gap(self) -> Duration {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().unwrap()
    }
}

fn ask(socket: &UdpSocket, stop: &AtomicBool) -> Duration {
    let port = socket.local_addr().unwrap().port();
    let mut buffer = [0; 8_192];
    let (mut asked, mut next) = (0, Instant::now());
    let (mut answered, mut longest) = (Instant::now(), Duration::ZERO);
    loop {
        if Instant::now() >= next {
            asked += 1;
            next += PAUSE;
            socket.send(options(port, asked).as_bytes()).unwrap();
        }
        let answer = socket.recv(&mut buffer).is_ok();
        longest = longest.max(answered.elapsed());
        if answer {
            answered = Instant::now();
        }
        if stop.load(Ordering::Relaxed) {
            return longest;
        }
    }
}

fn options(port: u16, number: u32) -> String {
    format!(
        "OPTIONS sip:127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:{port};branch=z9hG4bKprober{number};rport\r\n\
         From: <sip:prober@127.0.0.1>;tag=prober\r\nTo: <sip:127.0.0.1>\r\nCall-ID: prober-{number}@127.0.0.1\r\n\
         CSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
    )
}
