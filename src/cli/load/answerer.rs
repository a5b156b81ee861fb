use std::sync::Arc;
use std::time::Duration;

use crate::mailbox::mailbox;
use crate::media;
use crate::sip::Incoming;
use crate::sip::leg::LegEvent;

use super::super::phone::{Client, session};
use super::tally::Tally;

/// Events of one call that it has not looked at yet.
const EVENTS: usize = 64;
/// How long a leg's figures may take.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// Answers every call that comes, and speaks until the other side hangs up.
pub(super) async fn answer(mut client: Client, tally: Arc<Tally>) {
    while let Some(call) = client.incoming.recv().await {
        let tally = Arc::clone(&tally);
        let lane = client.engine.lane();
        tokio::spawn(async move {
            tally.taken();
            if let Err(why) = talk(&lane, &tally, call).await {
                tally.failed(format!("the side that was called: {why}"));
            }
            tally.put_down();
        });
    }
}

async fn talk(lane: &media::Lane, tally: &Tally, call: Incoming) -> Result<(), String> {
    let Incoming {
        invitation,
        leg,
        line: _line,
        events: (_, mut signals),
    } = call;
    let (to, mut sounds) = mailbox(EVENTS);
    let sound = lane.open(to).map_err(|error| error.to_string())?;
    sound.measure(Arc::clone(&tally.meter));
    match session(&sound, invitation.sdp.as_deref()) {
        Ok(answer) => leg.answer(answer),
        Err(status) => {
            leg.reject(status);
            return Err(format!("its offer was answered {status}"));
        }
    }
    sound.stamps();
    loop {
        tokio::select! {
            Some((_, event)) = signals.recv() => match event {
                LegEvent::Acknowledged { sdp: Some(sdp) } => {
                    sound.accept_answer(&sdp).map_err(|error| error.to_string())?;
                }
                LegEvent::Offer { id, sdp } => {
                    leg.reply(id, session(&sound, sdp.as_deref()).map(Some));
                }
                LegEvent::Ended(_) => break,
                _ => {}
            },
            Some((_, event)) = sounds.recv() => {
                if let media::Event::Key { .. } = event {
                    tally.key_heard();
                }
            }
        }
    }
    sound.close();
    let figures = async {
        while let Some((_, event)) = sounds.recv().await {
            if let media::Event::Closed(summary) = event {
                tally.heard_there(&summary);
                return;
            }
        }
    };
    let _ = tokio::time::timeout(LAST_WORDS, figures).await;
    Ok(())
}
