//! Stands between a phone and the server, and takes telephone-event out of the phone's offers: so that a
//! phone which always offers it sends its keys as tones alone.

use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use super::network;

/// A running relay on a port of its own.
pub struct Relay {
    pub port: u16,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Relay {
    pub fn start() -> Self {
        network::enter();
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let port = socket.local_addr().unwrap().port();
        let patience = Some(Duration::from_millis(100));
        socket.set_read_timeout(patience).unwrap();
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = stop.clone();
        let thread = std::thread::spawn(move || carry(&socket, &stopped));
        Relay {
            port,
            stop,
            thread: Some(thread),
        }
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn carry(socket: &UdpSocket, stop: &AtomicBool) {
    let server: SocketAddr = "127.0.0.1:5060".parse().unwrap();
    let mut phone = None;
    let mut buffer = [0; 8_192];
    while !stop.load(Ordering::Relaxed) {
        let Ok((length, from)) = socket.recv_from(&mut buffer) else {
            continue;
        };
        let message = String::from_utf8_lossy(&buffer[..length]);
        if from == server {
            if let Some(phone) = phone {
                socket.send_to(&buffer[..length], phone).unwrap();
            }
        } else {
            phone = Some(from);
            let message = without_events(&message);
            socket.send_to(message.as_bytes(), server).unwrap();
        }
    }
}

fn without_events(message: &str) -> String {
    let Some((head, body)) = message.split_once("\r\n\r\n") else {
        return message.to_owned();
    };
    let Some(number) = body
        .lines()
        .find(|line| line.contains("telephone-event/8000"))
        .and_then(|line| line.strip_prefix("a=rtpmap:"))
        .and_then(|rest| rest.split(' ').next())
    else {
        return message.to_owned();
    };
    let about = [format!("a=rtpmap:{number} "), format!("a=fmtp:{number} ")];
    let body: String = body
        .lines()
        .filter(|line| !about.iter().any(|prefix| line.starts_with(prefix)))
        .map(|line| {
            let line = match line.starts_with("m=audio") {
                true => line.replace(&format!(" {number}"), ""),
                false => line.to_owned(),
            };
            line + "\r\n"
        })
        .collect();
    let head: Vec<String> = head
        .lines()
        .map(|line| match line.starts_with("Content-Length") {
            true => format!("Content-Length: {}", body.len()),
            false => line.to_owned(),
        })
        .collect();
    format!("{}\r\n\r\n{body}", head.join("\r\n"))
}
