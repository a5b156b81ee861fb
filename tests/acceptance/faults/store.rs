//! The store: its disk is full, its database is locked, damaged or slow.

use std::fs::OpenOptions;
use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use nix::sched::{CloneFlags, unshare};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Executor as _, SqliteConnection};
use tempfile::TempDir;

use crate::support::network;
use crate::support::nodes::Shared;
use crate::support::server::Server;

use super::{Scene, is_written_down};

const SHIPPED: &str = "url = \"sqlite:var/ivr111.db\"";
/// So long the store takes for each thing.
const SLOW: Duration = Duration::from_secs(5);
/// As long as a backup that went wrong holds the database.
const LOCKED: Duration = Duration::from_secs(20);
/// A page of SQLite.
const PAGE: usize = 4_096;

/// A database in a folder of its own.
struct Database {
    folder: TempDir,
}

impl Database {
    fn new() -> Self {
        network::enter();
        let folder = TempDir::new().unwrap();
        Database { folder }
    }

    /// The same on a disk of so many MiB, which this test alone sees.
    fn on_a_small_disk(mib: u32) -> Self {
        let database = Self::new();
        unshare(CloneFlags::CLONE_NEWNS).unwrap();
        let folder = database.folder.path().to_str().unwrap().to_owned();
        let size = format!("size={mib}m");
        for arguments in [
            vec!["--make-rprivate", "/"],
            vec!["-t", "tmpfs", "-o", &size, "tmpfs", &folder],
        ] {
            let done = Command::new("mount").args(&arguments).status().unwrap();
            assert!(done.success(), "mount {arguments:?}");
        }
        database
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("ivr111.db")
    }

    fn beside(&self, end: &str) -> PathBuf {
        self.folder.path().join(format!("ivr111.db{end}"))
    }

    fn setting(&self) -> String {
        format!("url = \"sqlite:{}\"", self.path().display())
    }

    fn server(&self) -> Server {
        Server::start_with(&[(SHIPPED, &self.setting())], &[])
    }

    /// Carries out statements as another process would.
    fn statements(&self, sql: &str) {
        run(async {
            let mut connection = connect(&self.path()).await;
            connection
                .execute(sqlx::raw_sql(sqlx::AssertSqlSafe(sql.to_owned())))
                .await
                .unwrap();
        });
    }

    /// Holds the database for itself for as long as `hold` takes.
    fn locked_while(&self, hold: impl FnOnce()) {
        let path = self.path();
        run(async {
            let mut connection = connect(&path).await;
            connection.execute("BEGIN EXCLUSIVE").await.unwrap();
            hold();
            connection.execute("COMMIT").await.unwrap();
        });
    }

    /// Writes over the first pages, which hold the schema and the roots of the tables.
    fn damage(&self) {
        let mut options = OpenOptions::new();
        let options = options.write(true).create(true).truncate(false);
        let mut file = options.open(self.path()).unwrap();
        file.seek(SeekFrom::Start(0)).unwrap();
        file.write_all(&vec![0xA5; 64 * PAGE]).unwrap();
    }
}

fn run<T>(work: impl Future<Output = T>) -> T {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    runtime.enable_all().build().unwrap().block_on(work)
}

async fn connect(path: &Path) -> SqliteConnection {
    let options = SqliteConnectOptions::new().filename(path);
    let options = options.busy_timeout(Duration::from_secs(60));
    options.connect().await.unwrap()
}

#[test]
fn a_full_disk_stops_no_caller() {
    let database = Database::on_a_small_disk(8);
    let mut scene = Scene::begin(database.server());
    let filler = database.folder.path().join("filler");
    let mut file = std::fs::File::create(&filler).unwrap();
    let full = std::iter::repeat_with(|| file.write(&[0; PAGE])).find_map(Result::err);
    assert_eq!(full.unwrap().kind(), std::io::ErrorKind::StorageFull);
    scene.stands("disk-full", "the disk of the database is full");
    scene.reaches_a_handler("+441273555001");
    scene.reaches_999();
    // No callback is promised that would not be kept: the caller is given a person instead.
    scene.reaches_a_handler_by("+441273555002", "41");
    scene.they_talk_still();
    drop(file);
    std::fs::remove_file(&filler).unwrap();
    scene.is_over(
        "disk-full",
        "the disk of the database takes what is written again",
    );
    is_written_down(&scene.server, "+441273555001", "handler-queue");
    is_written_down(&scene.server, "+441273555002", "callback");
    scene.is_healed();
}

#[test]
fn a_locked_database_stops_no_caller() {
    let database = Database::new();
    let mut scene = Scene::begin(database.server());
    let (begun, stop) = (std::time::Instant::now(), AtomicBool::new(false));
    std::thread::scope(|threads| {
        threads.spawn(|| {
            database.locked_while(|| {
                while begun.elapsed() < LOCKED || !stop.load(Ordering::Relaxed) {
                    std::thread::sleep(Duration::from_millis(50));
                }
            });
        });
        let _stops = Stop(&stop);
        scene.reaches_a_handler("+441273555001");
        scene.stands("database-locked", "another process has locked the database");
        scene.reaches_999();
        scene.reaches_a_handler_by("+441273555002", "41");
        scene.they_talk_still();
    });
    scene.is_over("database-locked", "the database is no longer locked");
    is_written_down(&scene.server, "+441273555001", "handler-queue");
    is_written_down(&scene.server, "+441273555002", "callback");
    scene.is_healed();
}

/// Stops what goes on beside a test, also where it fails.
struct Stop<'a>(&'a AtomicBool);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[test]
fn a_damaged_database_stops_no_caller_and_is_used_again_once_it_is_put_back() {
    let database = Database::new();
    let mut scene = Scene::begin(database.server());
    let copy = database.beside(".copy");
    // All is in the file itself then, and nothing in the log beside it.
    database.statements(&format!(
        "VACUUM INTO '{}'; PRAGMA wal_checkpoint(TRUNCATE)",
        copy.display()
    ));
    database.damage();
    scene.stands("database-damaged", "the database is damaged");
    scene.reaches_a_handler("+441273555001");
    scene.reaches_999();
    scene.reaches_a_handler_by("+441273555002", "41");
    scene.they_talk_still();
    for end in ["-wal", "-shm"] {
        let _ = std::fs::remove_file(database.beside(end));
    }
    std::fs::rename(&copy, database.path()).unwrap();
    scene.is_over("database-damaged", "the database is sound again");
    is_written_down(&scene.server, "+441273555001", "handler-queue");
    is_written_down(&scene.server, "+441273555002", "callback");
    scene.is_healed();
}

#[test]
fn a_server_that_finds_its_database_damaged_answers_all_the_same() {
    let database = Database::new();
    database.damage();
    let before = std::fs::read(database.path()).unwrap();
    let mut scene = Scene::begin(database.server());
    scene.stands("database-damaged", "the database is damaged");
    scene.reaches_a_handler("+441273555001");
    scene.reaches_999();
    scene.reaches_a_handler_by("+441273555002", "41");
    scene.they_talk_still();
    // There may be promises in it: nothing is done to it.
    assert_eq!(std::fs::read(database.path()).unwrap(), before);
    std::fs::rename(database.path(), database.beside(".damaged")).unwrap();
    scene.is_over("database-damaged", "the database is sound again");
    is_written_down(&scene.server, "+441273555001", "handler-queue");
    scene.is_healed();
}

/// The store takes so long for each thing that `hold` holds it up again and again.
fn is_slow(mut scene: Scene, hold: impl Fn() + Sync) {
    let stop = AtomicBool::new(false);
    std::thread::scope(|threads| {
        threads.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                hold();
                std::thread::sleep(Duration::from_millis(100));
            }
        });
        let _stops = Stop(&stop);
        scene.reaches_a_handler("+441273555001");
        scene.reaches_999();
        scene.stands("database-slow", "the database does not answer in time");
        scene.they_talk_still();
    });
    scene.is_over("database-slow", "the database answers in time again");
    is_written_down(&scene.server, "+441273555001", "handler-queue");
    scene.is_healed();
}

#[test]
fn a_database_that_is_slow_by_locks_stops_no_caller() {
    let database = Database::new();
    let scene = Scene::begin(database.server());
    is_slow(scene, || {
        database.locked_while(|| std::thread::sleep(SLOW));
    });
}

#[test]
fn a_postgresql_that_takes_five_seconds_stops_no_caller() {
    let shared = Shared::open();
    let scene = Scene::begin(shared.one(&[]));
    is_slow(scene, || {
        shared.cluster.freeze();
        std::thread::sleep(SLOW);
        shared.cluster.thaw();
    });
}
