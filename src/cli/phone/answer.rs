//! `ivr111 answer`: a handler.

use std::time::Duration;

use tokio::sync::mpsc;

use crate::mailbox::mailbox;
use crate::media::{self, Heard};
use crate::sip::leg::{Credentials, LegEvent};
use crate::sip::{Incoming, sign_in};

use super::super::args::Answer;
use super::super::{Outcome, output};
use super::client::{Client, session};
use super::wav;

/// For how long the phone registers at a time, in seconds; it does so again after half of it.
const EXPIRES: u32 = 300;
/// What the handler says, in hertz and dBm0.
const VOICE: (f32, f32) = (880.0, -12.0);
/// 20 ms frames heard and not looked at yet.
const FRAMES: usize = 512;

pub(in crate::cli) fn answer(arguments: Answer) -> Outcome {
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return output::failed(error),
    };
    match runtime.block_on(serve(&arguments)) {
        Ok(()) => Outcome::Good,
        Err(error) => output::failed(error),
    }
}

async fn serve(arguments: &Answer) -> Result<(), Box<dyn std::error::Error>> {
    let mut client = Client::open(arguments.server).await?;
    let credentials = Credentials {
        username: arguments.account.clone(),
        password: arguments.password.clone(),
    };
    sign_in(client.endpoint.wire(), client.server, &credentials, EXPIRES).await?;
    client.tell(format!("registered as {}", arguments.account));
    let again = Duration::from_secs(u64::from(EXPIRES / 2));
    let mut refresh = tokio::time::interval_at(tokio::time::Instant::now() + again, again);
    let mut taken = 0;
    loop {
        tokio::select! {
            Some(call) = client.incoming.recv() => {
                if talk(&client, arguments, call).await? {
                    taken += 1;
                }
                if arguments.calls > 0 && taken >= arguments.calls {
                    break;
                }
            }
            _ = refresh.tick() => {
                sign_in(client.endpoint.wire(), client.server, &credentials, EXPIRES).await?;
            }
            _ = tokio::signal::ctrl_c() => break,
        }
    }
    sign_in(client.endpoint.wire(), client.server, &credentials, 0).await?;
    client.tell("signed out");
    Ok(())
}

/// One call, to its end. Gives whether it was answered.
async fn talk(
    client: &Client,
    arguments: &Answer,
    call: Incoming,
) -> Result<bool, Box<dyn std::error::Error>> {
    let Incoming {
        invitation,
        leg,
        line: _line,
        events: (_, mut signals),
    } = call;
    client.tell(format!("rung by {}", invitation.from));
    let (sounds, mut sound_events) = mailbox(FRAMES);
    let sound = client.engine.lane().open(sounds)?;
    let (taps, mut heard) = mpsc::channel::<Heard>(FRAMES);
    sound.tap(taps);
    leg.ring();
    let answer_at = tokio::time::Instant::now() + Duration::from_millis(arguments.ring);
    let (mut answered, mut recorded) = (false, Vec::new());
    loop {
        tokio::select! {
            () = tokio::time::sleep_until(answer_at), if !answered => {
                let description = match &invitation.sdp {
                    Some(offer) => sound.answer(offer)?,
                    None => sound.offer(None),
                };
                leg.answer(description);
                sound.tone(VOICE.0, VOICE.1);
                answered = true;
                client.tell("answered");
            }
            Some((_, event)) = signals.recv() => match event {
                LegEvent::Acknowledged { sdp: Some(sdp) } => sound.accept_answer(&sdp)?,
                LegEvent::Offer { id, sdp } => {
                    leg.reply(id, session(&sound, sdp.as_deref()).map(Some));
                }
                LegEvent::Ended(cause) => {
                    client.tell(format!("ended: {}", cause.text));
                    break;
                }
                _ => {}
            },
            Some((_, event)) = sound_events.recv() => {
                if let media::Event::Flowing { .. } = event {
                    client.tell("talking");
                }
            }
            Some(frame) = heard.recv() => recorded.extend_from_slice(&frame.samples),
        }
    }
    sound.close();
    if let Some(path) = &arguments.record {
        wav::write(path, &recorded)?;
    }
    Ok(answered)
}
