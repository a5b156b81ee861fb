//! `ivr111 call`: a caller.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::sync::mpsc;

use crate::identity::Number;
use crate::mailbox::mailbox;
use crate::media::{self, Heard, Key, Prompts};
use crate::sip::leg::{self, Dial, LegEvent, Side};
use crate::sip::{Hop, uri_of};

use super::super::args::Call;
use super::super::{Outcome, output};
use super::client::{Client, session};
use super::listen::{Listener, Sound};
use super::wav;

/// How long a key is held down, in ms.
const KEY: u16 = 120;
/// What the caller says, in hertz and dBm0.
const VOICE: (f32, f32) = (440.0, -12.0);
/// 20 ms frames heard and not looked at yet.
const FRAMES: usize = 512;

pub(in crate::cli) fn call(arguments: Call) -> Outcome {
    let prompts = match Prompts::load(&arguments.prompts) {
        Ok(prompts) => prompts,
        Err(problems) => {
            output::problems(&problems);
            return Outcome::Failed;
        }
    };
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return output::failed(error),
    };
    match runtime.block_on(place(&arguments, &prompts)) {
        Ok(outcome) => outcome,
        Err(error) => output::failed(error),
    }
}

/// What has happened so far.
struct Progress {
    keys: VecDeque<String>,
    answered: bool,
    talked: bool,
    hang_up_at: Option<tokio::time::Instant>,
}

async fn place(arguments: &Call, prompts: &Prompts) -> Result<Outcome, Box<dyn std::error::Error>> {
    let keys: VecDeque<String> = arguments
        .keys
        .split(',')
        .map(|keys| keys.trim().to_owned())
        .filter(|keys| !keys.is_empty())
        .collect();
    if let Some(wrong) = keys
        .iter()
        .flat_map(|k| k.chars())
        .find(|c| Key::from_char(*c).is_none())
    {
        return Err(format!("--keys: `{wrong}` is no key").into());
    }
    let client = Client::open(arguments.server).await?;
    let (sounds, mut sound_events) = mailbox(FRAMES);
    let sound = client.engine.lane().open(sounds)?;
    let (taps, mut heard) = mpsc::channel::<Heard>(FRAMES);
    sound.tap(taps);
    let (signals, mut signal_events) = mailbox(64);
    let dial = dial(arguments, &client, sound.offer(None))?;
    let leg = leg::dial(client.endpoint.wire(), dial, signals);
    client.tell(format!("dialled {}", arguments.number));
    let limit = tokio::time::Instant::now() + Duration::from_secs(arguments.limit);
    let mut listener = Listener::new(prompts);
    let mut recorded = Vec::new();
    let mut progress = Progress {
        keys,
        answered: false,
        talked: false,
        hang_up_at: None,
    };
    let ended_well = loop {
        tokio::select! {
            Some((_, event)) = signal_events.recv() => match event {
                LegEvent::Progress { status: 180.., .. } => client.tell("ringing"),
                LegEvent::Answered { sdp } => {
                    sound.accept_answer(&sdp.unwrap_or_default())?;
                    sound.tone(VOICE.0, VOICE.1);
                    client.tell("answered");
                    progress.answered = true;
                }
                LegEvent::Offer { id, sdp } => {
                    leg.reply(id, session(&sound, sdp.as_deref()).map(Some));
                }
                LegEvent::Ended(cause) => {
                    let status = cause.status.map_or(String::new(), |s| format!(" ({s})"));
                    client.tell(format!("ended: {}{status}", cause.text));
                    break cause.by != Side::Network;
                }
                _ => {}
            },
            Some(_) = sound_events.recv() => {}
            Some(frame) = heard.recv() => {
                recorded.extend_from_slice(&frame.samples);
                for what in listener.hear(&frame) {
                    react(&client, prompts, &sound, arguments.talk, what, &mut progress);
                }
            }
            () = until(progress.hang_up_at) => {
                client.tell("hanging up");
                leg.hang_up();
                progress.hang_up_at = None;
            }
            () = tokio::time::sleep_until(limit) => {
                client.tell(format!("gave up after {} s", arguments.limit));
                leg.hang_up();
                // The goodbye is on its way when the leg says that it has ended.
                let _ = tokio::time::timeout(Duration::from_secs(1), signal_events.recv()).await;
                break false;
            }
        }
    };
    if let Some(path) = &arguments.record {
        wav::write(path, &recorded)?;
        let path = path.display();
        client.tell(format!(
            "{:.1} s written to {path}",
            recorded.len() as f64 / 8_000.0
        ));
    }
    for keys in &progress.keys {
        client.tell(format!("no prompt asked for {keys}"));
    }
    let good = progress.answered && ended_well && progress.keys.is_empty();
    Ok(if good { Outcome::Good } else { Outcome::Wrong })
}

async fn until(instant: Option<tokio::time::Instant>) {
    match instant {
        Some(instant) => tokio::time::sleep_until(instant).await,
        None => std::future::pending().await,
    }
}

fn react(
    client: &Client,
    prompts: &Prompts,
    sound: &media::Leg,
    talk: u64,
    what: Sound,
    progress: &mut Progress,
) {
    match what {
        Sound::Began(language, name) => {
            client.tell(format!("heard {name} {language}").trim_end());
            if prompts.script().asks(&name).is_some()
                && let Some(keys) = progress.keys.pop_front()
            {
                for key in keys.chars().filter_map(Key::from_char) {
                    sound.press(key, KEY);
                }
                client.tell(format!("pressed {keys}"));
            }
        }
        Sound::Ended(name, whole) => {
            let how = if whole { "heard out" } else { "cut short" };
            client.tell(format!("{name} {how}"));
        }
        Sound::Talking => {
            client.tell("talking");
            if progress.keys.is_empty() && !progress.talked {
                progress.talked = true;
                let talk = Duration::from_secs(talk);
                progress.hang_up_at = Some(tokio::time::Instant::now() + talk);
            }
        }
    }
}

fn dial(arguments: &Call, client: &Client, offer: String) -> Result<Dial, String> {
    let hop = Hop::to(client.server);
    let wire = client.endpoint.wire();
    let ours = wire.local_address(hop.transport, hop.address);
    let ours = ours.ok_or("no address")?;
    let (from, headers) = match &arguments.from {
        None => (
            "\"Anonymous\" <sip:anonymous@anonymous.invalid>".to_owned(),
            vec![("Privacy".to_owned(), "id".to_owned())],
        ),
        Some(text) => {
            // What is no number is sent as it is: networks do so too.
            let number = Number::parse(text).map_or_else(|_| text.clone(), |n| n.e164().to_owned());
            let identity = format!("<sip:{number}@{ours};user=phone>");
            let asserted = ("P-Asserted-Identity".to_owned(), identity.clone());
            (identity, vec![asserted])
        }
    };
    let uri = uri_of(&arguments.number, client.server);
    Ok(Dial {
        offer,
        ..Dial::only(uri, hop, from, headers)
    })
}
