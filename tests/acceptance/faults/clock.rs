//! The machine's clock is set while the service runs.

use std::path::PathBuf;

use tempfile::TempDir;

use crate::support::people::{CALLER, Person, SOON, TALK, hear_each_other, registers};
use crate::support::server::Server;

use super::{Scene, is_written_down};

const NURSE: f64 = 733.0;
/// The called-back caller's phone, where the carrier's trunk leads.
const CARRIER: u16 = 5980;

/// The clock that a server sees. The monotonic one goes on as it is.
struct Clock {
    folder: TempDir,
}

impl Clock {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let clock = Clock { folder };
        clock.set("+0");
        clock
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("clock")
    }

    /// Sets it by so much from the real one, such as `-1h`.
    fn set(&self, offset: &str) {
        let new = self.folder.path().join("new");
        std::fs::write(&new, format!("{offset}\n")).unwrap();
        std::fs::rename(new, self.file()).unwrap();
    }

    fn server(&self) -> Server {
        let library = format!(
            "/usr/lib/{}-linux-gnu/faketime/libfaketimeMT.so.1",
            std::env::consts::ARCH
        );
        assert!(
            std::path::Path::new(&library).exists(),
            "{library}: make test installs what is missing"
        );
        let file = self.file();
        Server::start_with(
            &[],
            &[
                ("LD_PRELOAD", &library),
                ("FAKETIME_TIMESTAMP_FILE", file.to_str().unwrap()),
                ("FAKETIME_NO_CACHE", "1"),
                ("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
            ],
        )
    }
}

fn a_clock_that_is_set(offset: &str, words: &str) {
    let clock = Clock::new();
    let mut scene = Scene::begin(clock.server());
    crate::callback::books(&scene.server, false);
    let booked = scene.server.json(&["callbacks"]);
    clock.set(offset);
    scene.is_alerted("clock-jumped", words);
    // Nobody has been signed out by it, and nobody's lease has run out.
    scene.reaches_a_handler("+441273555001");
    assert_eq!(scene.server.metric("ivr111_handlers"), 2.0);
    assert_eq!(scene.server.metric("ivr111_queue_alone"), 0.0);
    scene.reaches_999();
    // The promise stands where it stood, and is kept as soon as somebody is there: phones still sign in.
    let after = scene.server.json(&["callbacks"]);
    assert_eq!(after[0]["deadline"], booked[0]["deadline"]);
    let nurse = Person::answers(0, 300, NURSE);
    let called = Person::answers_and_hangs_up(CARRIER, 500, TALK, CALLER);
    registers("2001", nurse.port);
    hear_each_other(&called.rtp, CALLER, &nurse.rtp, NURSE);
    called.sipp.succeeds(SOON);
    nurse.sipp.succeeds(SOON);
    is_written_down(&scene.server, "+441273555001", "handler-queue");
    // The clock is put right again.
    clock.set("+0");
    scene.reaches_a_handler("+441273555002");
    is_written_down(&scene.server, "+441273555002", "handler-queue");
    assert_eq!(scene.server.metric("ivr111_handlers"), 3.0);
    scene.server.wait_metric("ivr111_callbacks_open", 0.0, SOON);
    scene.they_talk_still();
}

#[test]
fn a_clock_set_back_an_hour_moves_nothing() {
    a_clock_that_is_set("-1h", "the machine's clock has jumped by -3600 s");
}

#[test]
fn a_clock_set_on_an_hour_moves_nothing() {
    a_clock_that_is_set("+1h", "the machine's clock has jumped by 3600 s");
}
