use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Output, Stdio};
use std::sync::OnceLock;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::network;
use super::program::Program;

/// The address of the shipped settings.
const HERE: &str = "127.0.0.1";

/// The server with the settings that a fresh checkout runs with. The database, and only that, is in a
/// folder of its own.
pub struct Server {
    program: Program,
    lines: Receiver<String>,
    pub folder: TempDir,
    environment: Vec<(String, String)>,
    address: String,
}

/// What a test that fails wants to know.
impl Drop for Server {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("what the server at {} said:\n{}", self.address, self.log());
        }
    }
}

/// Where a server finds the recordings that have been encoded before.
const CACHE: &str = "var/prompts.cache";

/// The recordings, encoded once for all servers by the binary that is tested.
fn encoded() -> &'static Path {
    static ENCODED: OnceLock<PathBuf> = OnceLock::new();
    ENCODED.get_or_init(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("encoded");
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        furnish(&folder, &settings());
        let mut check = Command::new(binary());
        check.args(["check", "--config", "ivr111.toml"]);
        let checked = check.current_dir(&folder).output().unwrap();
        assert!(checked.status.success(), "{checked:?}");
        folder.join(CACHE)
    })
}

fn settings() -> String {
    std::fs::read_to_string(checkout().join("ivr111.toml")).unwrap()
}

/// What a server is started with.
fn furnish(folder: &Path, settings: &str) {
    for shared in ["prompts", "routing"] {
        let link = folder.join(shared);
        std::os::unix::fs::symlink(checkout().join(shared), link).unwrap();
    }
    std::fs::write(folder.join("ivr111.toml"), settings).unwrap();
}

pub fn binary() -> &'static str {
    env!("CARGO_BIN_EXE_ivr111")
}

pub fn checkout() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

impl Server {
    pub fn start() -> Self {
        Self::start_with(&[], &[])
    }

    /// The server with some of the shipped settings replaced, and with some environment.
    pub fn start_with(changes: &[(&str, &str)], environment: &[(&str, &str)]) -> Self {
        Self::start_at(HERE, changes, environment)
    }

    /// The same at another address of loopback, with the same ports.
    pub fn start_at(address: &str, changes: &[(&str, &str)], environment: &[(&str, &str)]) -> Self {
        let mut server = Self::begin_at(address, changes, environment);
        server.wait_ready();
        server
    }

    /// A server that is not to come up: its exit status, and what it says.
    pub fn refused_at(
        address: &str,
        changes: &[(&str, &str)],
        environment: &[(&str, &str)],
        limit: Duration,
    ) -> (Option<i32>, String) {
        let mut server = Self::begin_at(address, changes, environment);
        let status = server.wait_exit(limit);
        (status.code(), server.log())
    }

    fn begin_at(address: &str, changes: &[(&str, &str)], environment: &[(&str, &str)]) -> Self {
        network::enter();
        let folder = TempDir::new().unwrap();
        let mut settings = settings();
        replace(&mut settings, changes);
        for shipped in [
            "listen = [\"udp:127.0.0.1:5060\", \"tcp:127.0.0.1:5060\"]",
            "address = \"127.0.0.1\"",
            "listen = \"127.0.0.1:8111\"",
        ] {
            let there = shipped.replace(HERE, address);
            replace(&mut settings, &[(shipped, &there)]);
        }
        furnish(folder.path(), &settings);
        let cache = folder.path().join(CACHE);
        std::fs::create_dir_all(cache.parent().unwrap()).unwrap();
        std::os::unix::fs::symlink(encoded(), cache).unwrap();
        let environment: Vec<(String, String)> = environment
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        let (program, lines) = spawn(folder.path(), &environment);
        Server {
            program,
            lines,
            folder,
            environment,
            address: address.to_owned(),
        }
    }

    /// Changes texts in the settings or in a table, and has the server read all anew. The server has tables of
    /// its own from then on.
    pub fn changes(&self, file: &str, changes: &[(&str, &str)]) {
        let routing = self.folder.path().join("routing");
        if routing.is_symlink() {
            std::fs::remove_file(&routing).unwrap();
            copy(&checkout().join("routing"), &routing);
        }
        let path = self.folder.path().join(file);
        let mut text = std::fs::read_to_string(&path).unwrap();
        replace(&mut text, changes);
        std::fs::write(&path, text).unwrap();
        let log = std::fs::read_to_string(self.folder.path().join("server.log")).unwrap();
        let anew = "are read anew";
        let before = log.matches(anew).count();
        self.signal("HUP");
        self.wait_log_times(anew, before + 1, Duration::from_secs(20));
    }

    pub fn settings(&self) -> PathBuf {
        self.folder.path().join("ivr111.toml")
    }

    pub fn pid(&self) -> u32 {
        self.program.id()
    }

    /// Waits for a line on the server's standard output.
    pub fn wait_line(&mut self, wanted: &str, limit: Duration) -> String {
        let end = Instant::now() + limit;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            let line = self.lines.recv_timeout(left);
            let line =
                line.unwrap_or_else(|_| panic!("the server never said {wanted:?}\n{}", self.log()));
            if line.contains(wanted) {
                return line;
            }
        }
    }

    fn wait_ready(&mut self) {
        self.wait_line("answering", Duration::from_secs(30));
        assert_eq!(self.http("/readyz").0, 200);
    }

    /// Ends the server as a power cut would.
    pub fn kill(&mut self) {
        self.program.end();
    }

    /// The same, and starts it again on the same store.
    pub fn kill_and_restart(&mut self) {
        self.kill();
        let (program, lines) = spawn(self.folder.path(), &self.environment);
        self.program = program;
        self.lines = lines;
        self.wait_ready();
    }

    /// Has a new process take over, and waits until it answers.
    pub fn replace(&mut self) {
        self.signal("USR2");
        self.wait_line("answering", Duration::from_secs(60));
        let log = self.log();
        let said = log
            .lines()
            .rfind(|line| line.contains("another process goes on"));
        let process = said.and_then(|line| line.rsplit("process=").next());
        let process = process.and_then(|number| number.trim().parse().ok());
        self.program.is_succeeded_by(process.expect(&log));
        assert_eq!(self.http("/readyz").0, 200);
    }

    /// Sends a signal, by its name.
    pub fn signal(&self, name: &str) {
        self.program.signal(name);
    }

    /// Waits until the log holds a text.
    pub fn wait_log(&self, wanted: &str, limit: Duration) {
        self.wait_log_times(wanted, 1, limit);
    }

    /// Waits until the log holds a text so many times.
    pub fn wait_log_times(&self, wanted: &str, times: usize, limit: Duration) {
        let end = Instant::now() + limit;
        loop {
            let log = std::fs::read_to_string(self.folder.path().join("server.log")).unwrap();
            if log.matches(wanted).count() >= times {
                return;
            }
            assert!(Instant::now() < end, "the log holds no {wanted:?}\n{log}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Waits until the server has ended by itself, as it should.
    pub fn wait_end(&mut self, limit: Duration) {
        let status = self.wait_exit(limit);
        assert!(status.success(), "{status}");
    }

    fn wait_exit(&mut self, limit: Duration) -> ExitStatus {
        let end = Instant::now() + limit;
        loop {
            if let Some(status) = self.program.try_wait().unwrap() {
                return status;
            }
            let log = self.log();
            assert!(Instant::now() < end, "the server is still running\n{log}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// All that it has said on standard error.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("server.log")).unwrap_or_default()
    }

    /// A GET, with status and body.
    pub fn http(&self, path: &str) -> (u16, String) {
        let mut stream = TcpStream::connect((self.address.as_str(), 8111)).unwrap();
        write!(stream, "GET {path} HTTP/1.0\r\n\r\n").unwrap();
        let text = std::io::read_to_string(stream).unwrap();
        let status = text.split(' ').nth(1).unwrap().parse().unwrap();
        let body = text.split_once("\r\n\r\n").unwrap().1.to_owned();
        (status, body)
    }

    /// One figure of `/metrics`, by its name or by its name and the beginning of its labels; 0 where it
    /// has not been counted yet.
    pub fn metric(&self, name: &str) -> f64 {
        let (_, text) = self.http("/metrics");
        let is_named = |line: &&str| match name.contains('{') {
            true => line.starts_with(name),
            false => line.split([' ', '{']).next() == Some(name),
        };
        let line = text.lines().find(is_named);
        line.map_or(0.0, |l| l.rsplit(' ').next().unwrap().parse().unwrap())
    }

    /// Asks until a figure has a value, and fails when it does not get there.
    pub fn wait_metric(&self, name: &str, wanted: f64, limit: Duration) {
        let is_there = |value: f64| (value - wanted).abs() < f64::EPSILON;
        self.wait_until(name, &format!("not {wanted}"), is_there, limit);
    }

    /// Asks until a figure is no more than a value.
    pub fn wait_metric_at_most(&self, name: &str, most: f64, limit: Duration) {
        let is_there = |value: f64| value <= most;
        self.wait_until(name, &format!("not at most {most}"), is_there, limit);
    }

    /// Asks until a figure is above a value.
    pub fn wait_metric_above(&self, name: &str, least: f64, limit: Duration) {
        let is_there = |value: f64| value > least;
        self.wait_until(name, &format!("not above {least}"), is_there, limit);
    }

    fn wait_until(&self, name: &str, not: &str, is_there: impl Fn(f64) -> bool, limit: Duration) {
        let end = Instant::now() + limit;
        loop {
            let value = self.metric(name);
            if is_there(value) {
                return;
            }
            assert!(Instant::now() < end, "{name} is {value}, {not}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Runs `ivr111` with arguments on this server's settings.
    pub fn run(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(binary());
        let command = command.args(arguments).arg("--config");
        let command = command.arg(self.settings());
        let environment = self.environment.iter().cloned();
        command.envs(environment).output().unwrap()
    }

    /// The same; gives its output as JSON.
    pub fn json(&self, arguments: &[&str]) -> serde_json::Value {
        let output = self.run(&[arguments, &["--json"]].concat());
        let text = String::from_utf8_lossy(&output.stdout);
        serde_json::from_str(&text).unwrap_or_else(|error| {
            let problem = String::from_utf8_lossy(&output.stderr);
            panic!("{arguments:?}: {error}\n{text}\n{problem}")
        })
    }

    /// What people have been led to within an hour, by `report outcomes`.
    pub fn outcomes(&self, more: &[&str]) -> serde_json::Value {
        let now = jiff::Timestamp::now();
        let hours = |hours| (now + jiff::SignedDuration::from_hours(hours)).to_string();
        let (from, to) = (hours(-1), hours(1));
        let arguments = ["report", "outcomes", "--from", &from, "--to", &to];
        self.json(&[&arguments, more].concat())
    }

    /// The same once somebody was sent to a service and something has come of it: that is written behind the calls.
    pub fn outcomes_with(&self, service: &str, came_of: &str) -> serde_json::Value {
        let end = Instant::now() + Duration::from_secs(20);
        loop {
            let report = self.outcomes(&["--suppress", "0"]);
            if report["services"][service][came_of] == 1 {
                return report;
            }
            assert!(Instant::now() < end, "{came_of}: {report}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// The newest call, when its end has been written down: the server writes behind the calls.
    pub fn ended_call(&self) -> serde_json::Value {
        let end = Instant::now() + Duration::from_secs(20);
        loop {
            let calls = self.json(&["calls"]);
            if !calls[0]["ended_at"].is_null() {
                return calls[0].clone();
            }
            assert!(Instant::now() < end, "the newest call has no end: {calls}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// What happened in the newest call, when its end has been written down.
    pub fn timeline(&self) -> Vec<serde_json::Value> {
        let call = self.ended_call();
        let reference = call["reference"].as_str().unwrap();
        let events = self.json(&["calls", reference]);
        events.as_array().unwrap().clone()
    }

    /// Resident memory in KiB.
    pub fn memory(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid())).unwrap();
        let line = status.lines().find(|l| l.starts_with("VmRSS:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    }

    /// Processor time used so far.
    pub fn cpu(&self) -> Duration {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.pid())).unwrap();
        // Behind the name in brackets, the 12th and 13th fields are user and system time in 10 ms.
        let fields = stat.rsplit(')').next().unwrap().split_whitespace();
        let ticks: u64 = fields
            .skip(11)
            .take(2)
            .map(|f| f.parse::<u64>().unwrap())
            .sum();
        Duration::from_millis(ticks * 10)
    }

    /// Open descriptors, but for connections to the HTTP side that are just being closed.
    pub fn descriptors(&self) -> usize {
        let folder = format!("/proc/{}/fd", self.pid());
        let count = || std::fs::read_dir(&folder).unwrap().count();
        (0..20)
            .map(|_| {
                std::thread::sleep(Duration::from_millis(10));
                count()
            })
            .min()
            .unwrap()
    }

    /// Waits until no more descriptors are open than that.
    pub fn wait_descriptors(&self, most: usize, limit: Duration) {
        let end = Instant::now() + limit;
        while self.descriptors() > most {
            assert!(Instant::now() < end, "{} descriptors", self.descriptors());
        }
    }
}

/// Replaces what a text is known to hold.
fn replace(text: &mut String, changes: &[(&str, &str)]) {
    for (before, after) in changes {
        assert!(text.contains(before), "there is no {before} in\n{text}");
        *text = text.replacen(before, after, 1);
    }
}

/// Copies a folder and all that is in it.
pub fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to);
        } else {
            std::fs::copy(entry.path(), to).unwrap();
        }
    }
}

fn spawn(folder: &Path, environment: &[(String, String)]) -> (Program, Receiver<String>) {
    let log = File::options()
        .create(true)
        .append(true)
        .open(folder.join("server.log"))
        .unwrap();
    let mut program = Program::start(
        Command::new(binary())
            .args(["serve", "--config", "ivr111.toml"])
            .current_dir(folder)
            .envs(environment.iter().cloned())
            .stdout(Stdio::piped())
            .stderr(log),
    );
    let stdout = BufReader::new(program.stdout.take().unwrap());
    let (sender, lines) = channel();
    std::thread::spawn(move || {
        for line in stdout.lines().map_while(Result::ok) {
            let _ = sender.send(line);
        }
    });
    (program, lines)
}
