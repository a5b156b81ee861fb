//! Somebody who is told of alerts: a small HTTP server that keeps what is posted to it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use super::network;

/// Listens until the test ends.
pub struct Webhook {
    pub port: u16,
    posted: Receiver<serde_json::Value>,
}

impl Webhook {
    pub fn open() -> Self {
        network::enter();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (sender, posted) = channel();
        std::thread::spawn(move || {
            while let Ok((stream, _)) = listener.accept() {
                let told = read(stream).is_some_and(|alert| sender.send(alert).is_ok());
                if !told {
                    return;
                }
            }
        });
        Webhook { port, posted }
    }

    /// The settings of a server that tells it.
    pub fn setting(&self) -> String {
        format!("webhook = \"http://127.0.0.1:{}/alerts\"", self.port)
    }

    /// Waits for an alert of a kind.
    pub fn wait(&self, kind: &str, limit: Duration) -> serde_json::Value {
        let end = Instant::now() + limit;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            let alert = self.posted.recv_timeout(left);
            let alert = alert.unwrap_or_else(|_| panic!("no alert {kind}"));
            if alert["kind"] == kind {
                return alert;
            }
        }
    }
}

fn read(stream: TcpStream) -> Option<serde_json::Value> {
    let mut reader = BufReader::new(stream);
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        if let Some(value) = line.strip_prefix("Content-Length: ") {
            length = value.trim().parse().ok()?;
        }
        if line.trim().is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let answer = b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n";
    reader.get_mut().write_all(answer).ok()?;
    serde_json::from_slice(&body).ok()
}
