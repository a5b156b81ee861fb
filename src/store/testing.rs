//! A PostgreSQL of the tests' own, from Debian's packages: in a temporary folder, on a free port of
//! loopback, with a password. It ends with the process that started it, also where that is killed.

use std::fs;
use std::io::Write;
use std::net::TcpListener;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc;
use std::time::Duration;

/// The password of the user `postgres`.
pub const PASSWORD: &str = "for tests: a b/c@d%e";

/// Starts the server, waits for its end, and leaves nothing behind when the tests end first. The server
/// stands in the background, so that the shell hears the signal.
const KEEPER: &str = r#"
    folder=$1; shift
    "$@" >>"$folder/log" 2>&1 &
    server=$!
    trap 'kill -QUIT $server; wait $server; rm -rf "$folder"; exit' TERM
    wait $server
"#;

/// A server.
pub struct Cluster {
    folder: PathBuf,
    port: u16,
    databases: AtomicU32,
    keeper: Child,
}

/// The one server of this process; it is started when it is first asked for.
pub fn cluster() -> &'static Cluster {
    static CLUSTER: OnceLock<Cluster> = OnceLock::new();
    CLUSTER.get_or_init(|| Cluster::start(&["fsync=off"]))
}

impl Cluster {
    /// Makes a server and starts it with these settings besides its own.
    pub fn start(settings: &[&str]) -> Self {
        let made = finish(as_nobody("mktemp").args(["-d", "--suffix=-ivr111-postgres"]));
        let folder = PathBuf::from(String::from_utf8(made.stdout).unwrap().trim());
        let mut tee = as_nobody("tee");
        let tee = tee.arg(folder.join("password")).stdin(Stdio::piped());
        let mut tee = tee.stdout(Stdio::null()).spawn().unwrap();
        let stdin = tee.stdin.take();
        writeln!(stdin.unwrap(), "{PASSWORD}").unwrap();
        assert!(tee.wait().unwrap().success());
        let mut initdb = as_nobody(program("initdb"));
        initdb.args(["--no-sync", "--username=postgres", "--auth=scram-sha-256"]);
        initdb.args(["--encoding=UTF8", "--no-locale", "--pwfile"]);
        initdb.arg(folder.join("password"));
        finish(initdb.arg("-D").arg(folder.join("data")));
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = free.local_addr().unwrap().port();
        drop(free);
        let mut config = fs::read_to_string(folder.join("data/postgresql.conf")).unwrap();
        for setting in settings.iter().chain(&[
            "listen_addresses='127.0.0.1'",
            "unix_socket_directories=''",
            "max_connections=200",
            "shared_buffers=32MB",
            "log_min_messages=warning",
        ]) {
            config.push_str(&format!("{setting}\n"));
        }
        config.push_str(&format!("port={port}\n"));
        fs::write(folder.join("data/postgresql.conf"), config).unwrap();
        let keeper = spawn(&folder);
        let cluster = Cluster {
            folder,
            port,
            databases: AtomicU32::new(0),
            keeper,
        };
        cluster.wait_until_it_answers();
        cluster
    }

    /// Makes a new database and gives its URL, without the password.
    pub fn database(&self) -> String {
        let name = format!("test_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        finish(self.client("createdb").args(["-T", "template0", &name]));
        format!("postgres://postgres@127.0.0.1:{}/{name}", self.port)
    }

    /// A client program of PostgreSQL that is told where this server is.
    pub fn client(&self, name: &str) -> Command {
        let mut command = Command::new(program(name));
        command.env("PGHOST", "127.0.0.1").env("PGUSER", "postgres");
        command.env("PGPORT", self.port.to_string());
        command.env("PGPASSWORD", PASSWORD);
        command
    }

    /// Lets the server and all that belongs to it stand still, as a machine does that has no time for it.
    pub fn freeze(&self) {
        self.signal_all("STOP");
    }

    /// Lets it go on.
    pub fn thaw(&self) {
        self.signal_all("CONT");
    }

    /// Ends it at once, as a crash would.
    pub fn crash(&mut self) {
        self.signal("QUIT", &[self.server()]);
        self.keeper.wait().unwrap();
    }

    /// Starts it again on what it left.
    pub fn start_again(&mut self) {
        self.keeper = spawn(&self.folder);
        self.wait_until_it_answers();
    }

    fn wait_until_it_answers(&self) {
        for _ in 0..600 {
            let asked = self.client("pg_isready").stdout(Stdio::null()).status();
            if asked.unwrap().success() {
                return;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        let log = fs::read_to_string(self.folder.join("log"));
        panic!("PostgreSQL does not answer: {}", log.unwrap_or_default());
    }

    /// The server's process.
    fn server(&self) -> String {
        let pid = fs::read_to_string(self.folder.join("data/postmaster.pid")).unwrap();
        pid.lines().next().unwrap().trim().to_owned()
    }

    fn signal_all(&self, name: &str) {
        let server = self.server();
        // The server first: it must not make new processes meanwhile.
        self.signal(name, std::slice::from_ref(&server));
        let children = format!("/proc/{server}/task/{server}/children");
        let children = fs::read_to_string(children).unwrap();
        let children: Vec<String> = children.split_whitespace().map(str::to_owned).collect();
        self.signal(name, &children);
    }

    /// A process of the server may have ended by itself meanwhile.
    fn signal(&self, name: &str, processes: &[String]) {
        let mut kill = Command::new("kill");
        let kill = kill.args(["-s", name, "--"]).args(processes);
        kill.stderr(Stdio::null()).status().unwrap();
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.thaw();
        self.signal("TERM", &[self.keeper.id().to_string()]);
        let _ = self.keeper.wait();
    }
}

/// The kernel tells the keeper when the thread ends that started it; this one lasts as long as the process.
fn spawn(folder: &Path) -> Child {
    let mut keeper = as_nobody("sh");
    keeper.args(["-c", KEEPER, "keeper"]).arg(folder);
    keeper
        .arg(program("postgres"))
        .arg("-D")
        .arg(folder.join("data"));
    let (tell, told) = mpsc::channel();
    std::thread::spawn(move || {
        let _ = tell.send(keeper.spawn());
        loop {
            std::thread::park();
        }
    });
    told.recv().unwrap().unwrap()
}

/// A program that runs as somebody without rights, for PostgreSQL will not run as root, and that is told
/// to end when we have ended.
fn as_nobody(program: impl AsRef<Path>) -> Command {
    let mut command = Command::new("setpriv");
    let root = fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0);
    if root {
        command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]);
    }
    command.arg("--pdeathsig=TERM").arg(program.as_ref());
    command.current_dir("/");
    command
}

/// A program of the newest PostgreSQL that is installed.
fn program(name: &str) -> PathBuf {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten();
    let newest = versions
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|folder| folder.join("bin/postgres").exists())
        .max_by_key(|folder| {
            let name = folder.file_name().unwrap_or_default();
            name.to_string_lossy().parse::<u32>().unwrap_or(0)
        });
    let newest = newest.expect("no PostgreSQL; make test installs what is missing");
    newest.join("bin").join(name)
}

fn finish(command: &mut Command) -> Output {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {output:?}");
    output
}
