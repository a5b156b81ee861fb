//! SIPp: the caller, the ambulance control room, the crisis line, a handler's phone.

use std::fs::File;
use std::net::UdpSocket;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::network;
use super::program::Program;
use super::server::checkout;

/// A running SIPp. Dropping it ends it.
pub struct Sipp {
    program: Program,
    name: String,
    folder: tempfile::TempDir,
    log: PathBuf,
}

/// How to run a scenario of `tests/sipp/`.
pub struct Scenario<'a> {
    pub file: &'a str,
    pub tcp: bool,
    /// The local SIP port; 0 for a free one.
    pub port: u16,
    /// The peer to call; none for a scenario that waits for calls.
    pub to: Option<&'a str>,
    /// The user part to dial.
    pub dial: &'a str,
    /// `[keyword]`s of the scenario.
    pub keys: Vec<(&'a str, String)>,
    pub more: Vec<&'a str>,
}

impl Default for Scenario<'_> {
    fn default() -> Self {
        Scenario {
            file: "",
            tcp: false,
            port: 0,
            to: None,
            dial: "111",
            keys: vec![],
            more: vec!["-m", "1"],
        }
    }
}

pub fn free_port() -> u16 {
    network::enter();
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.local_addr().unwrap().port()
}

impl Sipp {
    pub fn run(scenario: &Scenario) -> Self {
        let folder = tempfile::TempDir::new().unwrap();
        let log = folder.path().join("messages.log");
        let port = match scenario.port {
            0 => free_port(),
            port => port,
        };
        let mut command = Command::new("sipp");
        command
            .current_dir(folder.path())
            .arg("-sf")
            .arg(written(scenario, folder.path()))
            .args(["-i", "127.0.0.1", "-mi", "127.0.0.1"])
            .args(["-p", &port.to_string(), "-s", scenario.dial])
            .args(["-t", if scenario.tcp { "t1" } else { "u1" }])
            .args(["-nostdin", "-timeout_error", "-timeout", "240"])
            .args(["-trace_msg", "-message_file"])
            .arg(&log)
            .args(&scenario.more)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(folder.path().join("errors.log")).unwrap());
        command.args(scenario.to);
        let sipp = Sipp {
            program: Program::start(&mut command),
            name: scenario.file.to_owned(),
            folder,
            log,
        };
        if scenario.to.is_none() && !scenario.tcp {
            wait_bound(port);
        }
        sipp
    }

    /// Waits for the scenario to end, and fails unless every call went as written.
    pub fn succeeds(mut self, limit: Duration) {
        let end = Instant::now() + limit;
        while !self.has_succeeded() {
            assert!(
                Instant::now() < end,
                "{} is still running\n{}",
                self.name,
                self.messages()
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Whether the scenario has ended, as it should.
    pub fn has_succeeded(&mut self) -> bool {
        let Some(status) = self.program.try_wait().unwrap() else {
            return false;
        };
        assert!(
            status.success(),
            "{}: {status}\n{}",
            self.name,
            self.messages()
        );
        true
    }

    /// Every message sent and received so far, and what SIPp complained of.
    pub fn messages(&self) -> String {
        let errors = self.folder.path().join("errors.log");
        let read = |path: &Path| std::fs::read_to_string(path).unwrap_or_default();
        read(&self.log) + &read(&errors)
    }

    /// Waits until a message has been seen.
    pub fn wait_message(&self, wanted: &str, limit: Duration) {
        let end = Instant::now() + limit;
        while !self.messages().contains(wanted) {
            assert!(
                Instant::now() < end,
                "{} never saw {wanted:?}\n{}",
                self.name,
                self.messages()
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

/// SIPp takes no keyword for the length of a pause or for a status: all are written into a copy of the
/// scenario.
fn written(scenario: &Scenario, folder: &Path) -> PathBuf {
    let file = checkout().join("tests/sipp").join(scenario.file);
    let mut text = std::fs::read_to_string(file).unwrap();
    for (key, value) in &scenario.keys {
        text = text.replace(&format!("[{key}]"), value);
    }
    let copy = folder.join(scenario.file);
    std::fs::write(&copy, text).unwrap();
    copy
}

/// Waits until a UDP port of 127.0.0.1 is taken.
pub fn wait_bound(port: u16) {
    let end = Instant::now() + Duration::from_secs(5);
    let wanted = format!("0100007F:{port:04X}");
    loop {
        let sockets = std::fs::read_to_string("/proc/thread-self/net/udp").unwrap();
        if sockets.contains(&wanted) {
            return;
        }
        assert!(Instant::now() < end, "nothing listens on {port}");
        std::thread::sleep(Duration::from_millis(10));
    }
}
