//! A real softphone, baresip: as the handler's phone and as the caller's, with its keys by
//! RFC 4733 and as tones. Debian's baresip sends none by INFO: those come from SIPp.

use std::f64::consts::TAU;
use std::time::Duration;

use crate::support::baresip::Baresip;
use crate::support::people::{CALLER, Person, SOON, TALK, hear_each_other, registers};
use crate::support::relay::Relay;
use crate::support::server::Server;
use crate::support::sound;

const HANDLER: f64 = 883.0;
const BARESIP: f64 = 571.0;
const CALLING: &str = "<sip:+441273555010@127.0.0.1>;regint=0";

/// Samples at 8,000/s of the tones of ITU-T Q.23 for a key.
fn dtmf(key: char, samples: usize) -> Vec<i16> {
    let place = "123A456B789C*0#D".find(key).unwrap();
    let low = [697.0, 770.0, 852.0, 941.0][place / 4];
    let high = [1209.0, 1336.0, 1477.0, 1633.0][place % 4];
    (0..samples)
        .map(|n| {
            let t = n as f64 / 8_000.0;
            (4_000.0 * ((TAU * low * t).sin() + (TAU * high * t).sin())) as i16
        })
        .collect()
}

/// Both hear each other, and the handler's hang-up ends the softphone's call.
fn talks_and_is_hung_up(mut phone: Baresip, handler: Person) {
    handler.rtp.wait_tone(BARESIP, SOON);
    handler.sipp.succeeds(SOON);
    phone.wait("CALL_CLOSED", SOON);
    let heard = phone.heard();
    assert!(
        sound::hears_at_last(&heard, HANDLER),
        "baresip did not hear the handler"
    );
}

/// A softphone calls, presses two keys, and talks to a handler; what the timeline says of the keys.
fn calls_a_handler(start: impl FnOnce(&str, f64) -> Baresip) -> Vec<String> {
    let server = Server::start();
    let handler = Person::answers_and_hangs_up(0, 300, TALK, HANDLER);
    registers("1001", handler.port);
    let mut phone = start(CALLING, BARESIP);
    phone.command("dial", "sip:111@127.0.0.1");
    phone.wait("CALL_ESTABLISHED", SOON);
    for key in ["1", "2"] {
        phone.command("sndcode", key);
    }
    handler.sipp.wait_message("INVITE", SOON);
    talks_and_is_hung_up(phone, handler);
    pressed(&server)
}

#[test]
fn a_softphone_calls_with_keys_by_rfc_4733() {
    let pressed = calls_a_handler(Baresip::start);
    assert_eq!(pressed.len(), 2, "one key pressed is one key received");
    assert!(
        pressed.iter().all(|key| key.contains("Event")),
        "{pressed:?}"
    );
}

#[test]
fn a_softphone_with_g722_talks_to_a_handler_with_a_law() {
    let pressed = calls_a_handler(Baresip::wideband);
    assert_eq!(pressed.len(), 2, "one key pressed is one key received");
}

#[test]
fn keys_by_info_are_keys_in_both_body_types() {
    let server = Server::start();
    let handler = Person::answers_and_hangs_up(0, 300, TALK, HANDLER);
    registers("1001", handler.port);
    let caller = Person::calls_with_keys_by_info();
    hear_each_other(&caller.rtp, CALLER, &handler.rtp, HANDLER);
    handler.sipp.succeeds(SOON);
    caller.sipp.succeeds(SOON);
    let pressed = pressed(&server);
    assert_eq!(pressed.len(), 2, "{pressed:?}");
    assert!(
        pressed.iter().all(|key| key.contains("Info")),
        "{pressed:?}"
    );
}

/// What the newest call's timeline says of its keys.
fn pressed(server: &Server) -> Vec<String> {
    let events = server.timeline();
    let keys = events.iter().filter(|event| event["kind"] == "key");
    keys.map(|event| event["detail"].to_string()).collect()
}

#[test]
fn a_softphone_calls_with_keys_as_tones_in_the_sound() {
    let server = Server::start();
    let handler = Person::answers_and_hangs_up(0, 300, TALK, HANDLER);
    registers("1001", handler.port);
    // Three seconds of silence, 1, a pause, 2, and then a tone as from a person.
    let mut voice = vec![0; 8_000 * 3];
    voice.extend(dtmf('1', 800));
    voice.extend(vec![0; 8_000]);
    voice.extend(dtmf('2', 800));
    voice.extend(vec![0; 4_000]);
    voice.extend(sound::tone(BARESIP, 8_000 * 40, 8_000.0));
    let relay = Relay::start();
    let account = format!("{CALLING};outbound=\"sip:127.0.0.1:{}\"", relay.port);
    let mut phone = Baresip::speaking(&account, &voice);
    phone.command("dial", "sip:111@127.0.0.1");
    phone.wait("CALL_ESTABLISHED", SOON);
    handler.sipp.wait_message("INVITE", SOON);
    talks_and_is_hung_up(phone, handler);
    let pressed = pressed(&server);
    assert_eq!(pressed.len(), 2, "{pressed:?}");
    assert!(
        pressed.iter().all(|key| key.contains("Tone")),
        "{pressed:?}"
    );
}

#[test]
fn a_softphone_is_a_handlers_phone() {
    let server = Server::start();
    let account = "<sip:1001@127.0.0.1>;auth_pass=demo-1001;answermode=auto;regint=60";
    let mut phone = Baresip::start(account, BARESIP);
    // This baresip gives up on SHA-256 beside MD5; it is offered MD5 alone when it comes back.
    phone.wait("REGISTER_OK", Duration::from_secs(80));
    server.wait_metric("ivr111_handlers", 1.0, SOON);
    let caller = Person::calls("111", "+441273555010", false);
    caller.presses("12");
    phone.wait("CALL_ESTABLISHED", SOON);
    caller.rtp.wait_tone(BARESIP, SOON);
    // Five seconds in which the softphone hears the caller, too: who hangs up sooner has not taken the call.
    let so_far = caller.rtp.heard().len();
    caller.rtp.wait(SOON, "five seconds more", |heard| {
        (heard.len() > so_far + 250).then_some(())
    });
    phone.command("hangup", "");
    caller.sipp.succeeds(Duration::from_secs(10));
    phone.wait("CALL_CLOSED", SOON);
    assert!(sound::hears_at_last(&phone.heard(), CALLER));
}
