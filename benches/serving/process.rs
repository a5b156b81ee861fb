//! What the system says about a process.

use std::ops::{Deref, DerefMut};
use std::process::{Child, Command};
use std::time::Duration;

/// Processor time that a process has used.
#[derive(Clone, Copy, Debug)]
pub struct Usage {
    pub cpu: Duration,
}

/// A process of ours, ended with whoever started it.
pub struct Running(Child);

impl Running {
    pub fn start(command: &mut Command) -> Running {
        Running(command.spawn().unwrap())
    }

    /// Whether it is there still, and not over before its time.
    pub fn is_running(&mut self) -> bool {
        self.0.try_wait().unwrap().is_none()
    }
}

impl Deref for Running {
    type Target = Child;

    fn deref(&self) -> &Child {
        &self.0
    }
}

impl DerefMut for Running {
    fn deref_mut(&mut self) -> &mut Child {
        &mut self.0
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may be over already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The processor time of a process, threads that have ended included; to a hundredth of a second.
pub fn cpu(pid: u32) -> Duration {
    let text = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    // The name of the program, in brackets, may hold anything.
    let fields: Vec<&str> = text[text.rfind(')').unwrap()..].split(' ').collect();
    let ticks: u64 = fields[12..14]
        .iter()
        .map(|field| field.parse::<u64>().unwrap())
        .sum();
    Duration::from_millis(10 * ticks)
}

/// Memory of a process that is resident and its own, in KiB.
pub fn memory(pid: u32) -> u64 {
    let text = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = text
        .lines()
        .find(|line| line.starts_with("RssAnon"))
        .unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// Datagrams that the kernel dropped because somebody did not read fast enough.
pub fn receive_buffer_errors() -> u64 {
    udp("RcvbufErrors")
}

/// Datagrams that somebody has read.
pub fn datagrams_received() -> u64 {
    udp("InDatagrams")
}

fn udp(counter: &str) -> u64 {
    let text = std::fs::read_to_string("/proc/net/snmp").unwrap();
    let mut lines = text.lines().filter(|line| line.starts_with("Udp:"));
    let (names, values) = (lines.next().unwrap(), lines.next().unwrap());
    let mut columns = names.split(' ').zip(values.split(' '));
    columns
        .find(|(name, _)| *name == counter)
        .unwrap()
        .1
        .parse()
        .unwrap()
}
