use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep_until, timeout};

use crate::mailbox::{self, mailbox};
use crate::media::{self, Key};
use crate::sip::leg::{self, Dial, LegEvent};
use crate::sip::{Hop, uri_of};

use super::super::args::Load;
use super::super::phone::{Client, session};
use super::keys::TimedKeys;
use super::stop::Stop;
use super::tally::Tally;

/// How long a key is held down, in ms.
const KEY: u16 = 100;
/// How long a call may take to be answered, and to end.
const PATIENCE: Duration = Duration::from_secs(32);
/// Events of one call that it has not looked at yet.
const EVENTS: usize = 64;
/// Callers' numbers.
const NUMBERS: usize = 1_000;

/// What all callers have in common.
pub(super) struct Caller {
    pub(super) phones: Client,
    uri: String,
    from: String,
    hold: Duration,
    keys: TimedKeys,
    /// Whether sound is exchanged with somebody who answers here, so that its way can be timed.
    stamps: bool,
    tally: Arc<Tally>,
    stop: Stop,
}

/// One call on its way.
struct Running {
    leg: leg::Leg,
    sound: media::Leg,
    dialled: Instant,
    answered: Option<Instant>,
    hung_up: Option<Instant>,
    /// Keys still to be pressed, the next one last.
    keys: Vec<(Duration, Key)>,
}

impl Caller {
    pub(super) fn new(phones: Client, arguments: &Load, tally: Arc<Tally>, stop: Stop) -> Self {
        Caller {
            uri: uri_of(&arguments.number, phones.server),
            phones,
            from: arguments.from.clone(),
            hold: arguments.hold,
            keys: arguments.keys.clone(),
            stamps: arguments.answer.is_some(),
            tally,
            stop,
        }
    }

    /// One call, from the dialling to the figures.
    pub(super) async fn call(&self, number: usize) {
        self.tally.dialled();
        if let Err(why) = self.try_call(number).await {
            self.tally.failed(why);
        }
        self.tally.over();
    }

    async fn try_call(&self, number: usize) -> Result<(), String> {
        let (to, mut sounds) = mailbox(EVENTS);
        let lane = self.phones.engine.lane();
        let sound = lane.open(to).map_err(|error| error.to_string())?;
        sound.measure(Arc::clone(&self.tally.meter));
        let (to, mut signals) = mailbox(EVENTS);
        let dial = self.dial(number, sound.offer(None))?;
        let mut keys = self.keys.0.clone();
        keys.reverse();
        let mut running = Running {
            leg: leg::dial(self.phones.endpoint.wire(), dial, to),
            sound,
            dialled: Instant::now(),
            answered: None,
            hung_up: None,
            keys,
        };
        let mut stop = self.stop.clone();
        let ended = loop {
            tokio::select! {
                () = stop.told(), if running.hung_up.is_none() => self.hang_up(&mut running),
                Some((_, event)) = signals.recv() => match event {
                    LegEvent::Ended(cause) => break Ok(cause),
                    event => self.on_signal(&mut running, event)?,
                },
                Some((_, event)) = sounds.recv() => self.on_sound(&event),
                () = sleep_until(self.next_step(&running)) => {
                    if running.hung_up.is_some() {
                        break Err("no answer to the goodbye".to_owned());
                    }
                    self.step(&mut running)?;
                }
            }
        };
        let over = running.hung_up.unwrap_or_else(Instant::now);
        let heard = self.put_down(&running, &mut sounds).await;
        if let Some(answered) = running.answered {
            self.tally.expected(over - answered);
        }
        let cause = ended?;
        match (running.answered, running.hung_up) {
            // Nobody has waited for an answer.
            (None, Some(_)) => Ok(()),
            (None, None) => Err(cause
                .status
                .map_or(cause.text.to_owned(), |s| s.to_string())),
            (Some(_), None) => Err(format!("ended early: {}", cause.text)),
            (Some(_), Some(_)) => heard,
        }
    }

    fn on_signal(&self, running: &mut Running, event: LegEvent) -> Result<(), String> {
        match event {
            LegEvent::Answered { sdp } => {
                let answer = running.sound.accept_answer(&sdp.unwrap_or_default());
                answer.map_err(|error| error.to_string())?;
                if self.stamps {
                    running.sound.stamps();
                }
                running.answered = Some(Instant::now());
                self.tally.answered(running.dialled.elapsed());
            }
            LegEvent::Offer { id, sdp } => {
                let ours = session(&running.sound, sdp.as_deref()).map(Some);
                running.leg.reply(id, ours);
            }
            _ => {}
        }
        Ok(())
    }

    fn on_sound(&self, event: &media::Event) {
        if let media::Event::Key { .. } = event {
            self.tally.key_heard();
        }
    }

    /// When something is next to be done without anything happening.
    fn next_step(&self, running: &Running) -> Instant {
        if let Some(hung_up) = running.hung_up {
            return hung_up + PATIENCE;
        }
        let Some(answered) = running.answered else {
            return running.dialled + PATIENCE;
        };
        let key = running.keys.last().map(|(at, _)| *at);
        answered + key.map_or(self.hold, |at| at.min(self.hold))
    }

    fn step(&self, running: &mut Running) -> Result<(), String> {
        if running.answered.is_none() {
            running.leg.hang_up();
            return Err(format!("no answer within {} s", PATIENCE.as_secs()));
        }
        match running.keys.pop() {
            Some((at, key)) if at < self.hold => {
                running.sound.press(key, KEY);
                self.tally.key_pressed();
            }
            _ => self.hang_up(running),
        }
        Ok(())
    }

    fn hang_up(&self, running: &mut Running) {
        running.hung_up = Some(Instant::now());
        running.leg.hang_up();
    }

    /// Closes the sound, and takes its figures.
    async fn put_down(
        &self,
        running: &Running,
        sounds: &mut mailbox::Receiver<(media::LegId, media::Event)>,
    ) -> Result<(), String> {
        running.sound.close();
        let summary = async {
            while let Some((_, event)) = sounds.recv().await {
                match event {
                    media::Event::Closed(summary) => return Some(summary),
                    event => self.on_sound(&event),
                }
            }
            None
        };
        let summary = timeout(PATIENCE, summary).await.ok().flatten();
        let summary = summary.ok_or("the sound gives no figures")?;
        self.tally.heard(&summary);
        if running.answered.is_some() && summary.received == 0 {
            return Err("answered, and nothing heard".to_owned());
        }
        Ok(())
    }

    fn dial(&self, number: usize, offer: String) -> Result<Dial, String> {
        let hop = Hop::to(self.phones.server);
        let wire = self.phones.endpoint.wire();
        let ours = wire.local_address(hop.transport, hop.address);
        let ours = ours.ok_or("no address")?;
        let from = format!(
            "<sip:{}{:03}@{ours};user=phone>",
            self.from,
            number % NUMBERS
        );
        let asserted = ("P-Asserted-Identity".to_owned(), from.clone());
        Ok(Dial {
            offer,
            response_time: PATIENCE,
            ..Dial::only(self.uri.clone(), hop, from, vec![asserted])
        })
    }
}
