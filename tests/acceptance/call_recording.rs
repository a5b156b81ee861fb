//! Calls that are recorded: what the caller says on the left, what they hear on the right.

use std::path::PathBuf;

use crate::support::people::{BRIGHTON, CALLER, Person, SOON, hear_each_other, registers};
use crate::support::server::Server;
use crate::support::sound;

const HANDLER: f64 = 883.0;
/// Samples in 20 ms.
const FRAME: usize = 160;

/// Whether 200 ms of a channel are this tone.
fn is_tone(samples: &[i16], hz: f64) -> bool {
    sound::share_at(samples, hz) > 0.9
}

#[test]
fn a_recorded_call_holds_both_sides_in_step() {
    let on = (
        "# recordings = \"var/recordings\"",
        "recordings = \"var/recordings\"",
    );
    let server = Server::start_with(&[on], &[]);
    let handler = Person::answers_until_told(0, 300, HANDLER);
    registers("1001", handler.port);
    let caller = Person::calls("111", BRIGHTON, false);
    caller.presses("12");
    hear_each_other(&caller.rtp, CALLER, &handler.rtp, HANDLER);
    handler.rtp.wait(SOON, "four seconds", |heard| {
        (heard.len() > 200).then_some(())
    });
    handler.hangs_up();
    caller.sipp.succeeds(SOON);
    server.wait_metric("ivr111_recordings", 0.0, SOON);
    assert_eq!(server.metric("ivr111_recordings_packets_lost_total"), 0.0);
    let call = server.ended_call();
    let reference = call["reference"].as_str().unwrap();
    let file: PathBuf = server
        .settings()
        .with_file_name("var/recordings")
        .join(format!("{reference}.wav"));
    let (rate, left, right) = sound::read_stereo(&file);
    assert_eq!(rate, 8_000);
    // The caller from the first second on, prompts while they chose, the handler at last.
    let windows = |samples: &[i16], hz| -> Vec<bool> {
        let windows = samples.chunks_exact(10 * FRAME);
        windows.map(|window| is_tone(window, hz)).collect()
    };
    let (said, heard) = (windows(&left, CALLER), windows(&right, HANDLER));
    let spoken = said.iter().filter(|tone| **tone).count();
    assert!(spoken > said.len() * 8 / 10, "{spoken} of {}", said.len());
    assert!(!windows(&left, HANDLER).contains(&true));
    assert!(!windows(&right, CALLER).contains(&true));
    let handler_begins = heard.iter().position(|tone| *tone).expect("the handler");
    let before = &right[..handler_begins * 10 * FRAME];
    assert!(
        before.iter().any(|sample| sample.abs() > 3_000),
        "no prompt"
    );
    let talking = heard[handler_begins..].iter().filter(|tone| **tone).count();
    assert!(talking >= 18, "{talking} of {}", heard.len());
    let events = server.timeline();
    let recorded = events.iter().find(|event| event["kind"] == "recording");
    let detail = recorded.expect("in the timeline")["detail"]
        .as_str()
        .unwrap();
    assert!(detail.contains(&format!("{reference}.wav")), "{detail}");
    // And how good the sound was stands beside it.
    let sound = events.iter().find(|event| {
        let detail = event["detail"].as_str().unwrap_or_default();
        event["kind"] == "sound" && detail.starts_with("caller: ")
    });
    let sound = sound.expect("figures")["detail"].as_str().unwrap();
    assert!(sound.contains("heard with a MOS of 4."), "{sound}");
}
