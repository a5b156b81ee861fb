//! The live summary: what is shown of callers while they wait, talk and go, over HTTP and in the terminal, and what of
//! it is left while the store does not answer.

use std::path::Path;
use std::sync::mpsc::{Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde_json::Value;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Executor as _};

use crate::support::nodes::{Shared, TWO};
use crate::support::people::{
    BRIGHTON, CALLER, Person, SOON, hear_each_other, registers, registers_at, unregisters,
};
use crate::support::server::Server;

const HANDLER: f64 = 883.0;
const REGION: &str = "kent-surrey-sussex";
/// A promise of the route: it answers within this time, whatever the store does.
const AT_MOST: Duration = Duration::from_secs(2);
/// How long callers stay who hang up by themselves, in ms.
const STAYS: u32 = 30_000;
const IS_SOON_GONE: u32 = 14_000;

fn asked(server: &Server) -> Value {
    let (status, text) = server.http("/api/v1/live");
    assert_eq!(status, 200, "{text}");
    serde_json::from_str(&text).unwrap()
}

/// Asks until something is shown. Gives all that is shown then.
fn shows(server: &Server, what: &str, is_shown: impl Fn(&Value) -> bool) -> Value {
    let end = Instant::now() + SOON;
    loop {
        let summary = asked(server);
        if is_shown(&summary) {
            return summary;
        }
        assert!(Instant::now() < end, "not {what}: {summary:#}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Somebody waits on the line in the region of Brighton, and nobody else waits.
fn is_one_who_waits(summary: &Value) -> bool {
    let now = &summary["now"];
    let regions = now["regions"].as_array().unwrap();
    now["waiting"] == 1
        && regions.len() == 1
        && regions[0]["name"] == REGION
        && regions[0]["waiting"] == 1
        && regions[0]["longest-wait"].as_f64() == now["longest-wait"].as_f64()
        && now["longest-wait"].as_f64() > Some(0.0)
}

/// The items of the region of Brighton.
fn of_region(summary: &Value) -> &Value {
    let regions = summary["regions"].as_array().unwrap();
    let region = regions.iter().find(|region| region["name"] == REGION);
    &region.unwrap()["items"]
}

/// The same but for the times, which are later each time.
fn but_for_times(mut summary: Value) -> Value {
    let object = summary.as_object_mut().unwrap();
    assert!(object.remove("at").is_some() && object.remove("from").is_some());
    summary
}

#[test]
fn callers_are_shown_while_they_wait_talk_and_go() {
    let server = Server::start();
    let quiet = server.run(&["live"]);
    assert_eq!(quiet.status.code(), Some(0), "{quiet:?}");

    let caller = Person::calls_and_hangs_up("111", BRIGHTON, false, STAYS);
    caller.presses("12");
    let waits = shows(&server, "a caller who waits", is_one_who_waits);
    assert_eq!(waits["now"]["calls"], 1);
    let text = waits.to_string();
    assert!(!text.contains("1273555010"), "a number is shown: {text}");

    let handler = Person::answers(0, 300, HANDLER);
    registers("1001", handler.port);
    hear_each_other(&caller.rtp, CALLER, &handler.rtp, HANDLER);
    let talks = shows(&server, "a conversation", |summary| {
        summary["now"]["handlers"]["talking"] == 1 && summary["items"]["A03"] == 1
    });
    assert_eq!(talks["now"]["waiting"], 0);
    assert_eq!(talks["now"]["longest-wait"], Value::Null);
    assert_eq!(talks["items"]["A01"], 1);
    assert_eq!(of_region(&talks)["A03"], 1);

    caller.sipp.succeeds(SOON * 2);
    handler.sipp.succeeds(SOON);
    unregisters("1001", handler.port);
    shows(&server, "nobody left", |summary| {
        let handlers = summary["now"]["handlers"].as_object().unwrap();
        let there = handlers.iter().filter(|(word, _)| *word != "signed-out");
        summary["now"]["calls"] == 0 && there.map(|(_, count)| count).all(|count| *count == 0)
    });

    let gives_up = Person::calls_and_hangs_up("111", BRIGHTON, false, IS_SOON_GONE);
    gives_up.presses("12");
    shows(&server, "another who waits", is_one_who_waits);
    gives_up.sipp.succeeds(SOON);
    let gone = shows(&server, "a caller who has given up", |summary| {
        summary["items"]["B02"] == 1 && summary["now"]["calls"] == 0
    });
    assert_eq!(gone["now"]["waiting"], 0);
    let counted = ["A01", "A02", "A03", "under-way"].map(|item| of_region(&gone)[item].as_u64());
    assert_eq!(counted, [2, 2, 1, 0].map(Some));
    let abandoned = &gone["targets"][0];
    assert_eq!(abandoned["figure"], 50.0);
    assert_eq!(abandoned["met"], false);

    let told = server.json(&["live", "--once"]);
    assert_eq!(but_for_times(told), but_for_times(asked(&server)));
    let printed = server.run(&["live", "--once"]);
    assert_eq!(printed.status.code(), Some(1), "{printed:?}");
    let printed = String::from_utf8(printed.stdout).unwrap();
    assert!(
        printed.contains("not met") && printed.contains(REGION),
        "{printed}"
    );
}

#[test]
fn a_server_that_is_not_there_is_said_to_be_so() {
    let server = Server::start();
    let other = server.run(&["live", "--once", "--server", "http://127.0.0.1:9"]);
    assert_eq!(other.status.code(), Some(2), "{other:?}");
    let said = String::from_utf8(other.stderr).unwrap();
    assert!(
        said.contains("http://127.0.0.1:9 cannot be asked"),
        "{said}"
    );
}

/// Another process that has a SQLite database for itself until this is dropped.
struct Locked {
    done: Option<Sender<()>>,
    holds: Option<JoinHandle<()>>,
}

impl Locked {
    fn begin(path: &Path) -> Self {
        let options = SqliteConnectOptions::new().filename(path);
        let options = options.busy_timeout(Duration::from_secs(60));
        let (done, wait) = channel::<()>();
        let (locked, is_locked) = channel();
        let holds = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().build();
            runtime.unwrap().block_on(async {
                let mut connection = options.connect().await.unwrap();
                connection.execute("BEGIN EXCLUSIVE").await.unwrap();
                locked.send(()).unwrap();
                let _ = wait.recv();
                connection.execute("COMMIT").await.unwrap();
            });
        });
        is_locked.recv_timeout(SOON).unwrap();
        Locked {
            done: Some(done),
            holds: Some(holds),
        }
    }
}

impl Drop for Locked {
    fn drop(&mut self) {
        drop(self.done.take());
        let _ = self.holds.take().map(JoinHandle::join);
    }
}

/// Asks until something is shown by an answer that is there in time: one is, however busy this machine is. Gives it.
fn is_told_in_time(server: &Server, is_shown: impl Fn(&Value) -> bool) -> Value {
    let end = Instant::now() + SOON;
    loop {
        let begun = Instant::now();
        let summary = asked(server);
        let took = begun.elapsed();
        if took < AT_MOST && is_shown(&summary) {
            return summary;
        }
        assert!(Instant::now() < end, "after {took:?}: {summary:#}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn a_locked_database_leaves_how_things_stand() {
    let server = Server::start();
    let locked = Locked::begin(&server.folder.path().join("var/ivr111.db"));
    let caller = Person::calls("111", BRIGHTON, false);
    caller.presses("12");
    shows(&server, "a caller who waits", is_one_who_waits);
    is_told_in_time(&server, is_one_who_waits);
    let handler = Person::answers_and_hangs_up(0, 300, STAYS / 2, HANDLER);
    registers("1001", handler.port);
    hear_each_other(&caller.rtp, CALLER, &handler.rtp, HANDLER);
    let talks = |summary: &Value| {
        summary["now"]["handlers"]["talking"] == 1 && summary["now"]["waiting"] == 0
    };
    is_told_in_time(&server, talks);
    drop(locked);
    shows(&server, "what was written down at last", |summary| {
        summary["items"]["A03"] == 1
    });
    handler.sipp.succeeds(SOON * 2);
    caller.sipp.succeeds(SOON);
}

#[test]
fn nodes_count_the_calls_of_all_and_tell_how_they_stand_while_the_store_is_still() {
    let shared = Shared::open();
    let (one, two) = (shared.one(&[]), shared.two(&[]));
    let caller = Person::calls("111", BRIGHTON, false);
    caller.presses("12");
    for node in [&one, &two] {
        shows(node, "a caller who waits", is_one_who_waits);
    }
    let calls = |node: &Server| asked(node)["now"]["calls"].as_u64().unwrap();
    assert_eq!((calls(&one), calls(&two)), (1, 0));

    shared.cluster.freeze();
    let still = is_told_in_time(&one, |summary| summary["items"].is_null());
    shared.cluster.thaw();
    assert!(is_one_who_waits(&still), "{still:#}");
    assert_eq!(still["why"], "store-late");

    let handler = Person::answers_and_hangs_up(0, 300, STAYS / 2, HANDLER);
    registers_at(TWO, "1001", handler.port);
    hear_each_other(&caller.rtp, CALLER, &handler.rtp, HANDLER);
    for node in [&one, &two] {
        let talks = shows(node, "a conversation", |summary| {
            summary["now"]["handlers"]["talking"] == 1 && summary["items"]["A03"] == 1
        });
        assert_eq!(talks["items"]["A01"], 1);
    }
    handler.sipp.succeeds(SOON * 2);
    caller.sipp.succeeds(SOON);
}
