//! Calls that are recorded: what the caller says on the left, what they hear on the right.

use std::path::PathBuf;

use crate::support::people::{BRIGHTON, CALLER, Person, SOON, hear_each_other, registers};
use crate::support::server::Server;
use crate::support::sound;

const HANDLER: f64 = 883.0;
/// Samples in 20 ms.
const FRAME: usize = 160;

/// Which frames of a channel are this tone: one by one, as a pause of a sender shifts the tone behind it.
fn tones(samples: &[i16], hz: f64) -> Vec<bool> {
    let frames = samples.chunks_exact(FRAME);
    frames
        .map(|frame| sound::share_at(frame, hz) > 0.9)
        .collect()
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
    handler.told();
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
    let (said, heard) = (tones(&left, CALLER), tones(&right, HANDLER));
    let count = |tones: &[bool]| tones.iter().filter(|tone| **tone).count();
    assert!(
        count(&said) > said.len() * 8 / 10,
        "{} of {}",
        count(&said),
        said.len()
    );
    // Speech has a frame of it now and then; a voice of somebody else would have many in a row.
    let row = |tones: &[bool]| tones.windows(5).position(|row| !row.contains(&false));
    assert_eq!(row(&tones(&left, HANDLER)), None);
    assert_eq!(row(&tones(&right, CALLER)), None);
    let begins = row(&heard).expect("the handler");
    let before = &right[..begins * FRAME];
    assert!(
        before.iter().any(|sample| sample.abs() > 3_000),
        "no prompt"
    );
    assert!(
        count(&heard[begins..]) >= 100,
        "{} of {}",
        count(&heard),
        heard.len()
    );
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
