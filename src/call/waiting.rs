//! Waiting for a handler, with music, until one has taken the call.

use crate::flow::Utterance;
use crate::queue::Wanted;

use super::announce::QUEUE_JOINED;
use super::case::{Case, Gone};
use super::conversation::ended_by;
use super::handling::Turn;
use super::identity_out;
use super::offers::{Offers, Shown, Taken};

impl Case {
    /// Waits in the queue and talks to whoever takes the call. `first` is said before the caller is
    /// told that they are in the queue.
    pub(super) async fn wait_for_handler(
        &mut self,
        wanted: Wanted,
        first: &[&str],
    ) -> Result<&'static str, Gone> {
        let reference = self.log.reference();
        let wanted = self.from_here(wanted);
        let mut offers = Offers::new(self.service.waiting_room.join(reference, wanted));
        let said = first.iter().chain([&QUEUE_JOINED]);
        let said: Vec<Utterance> = said.map(|name| Utterance::prompt(name)).collect();
        self.say(&said);
        let mut given = None;
        loop {
            let taken = match given.take() {
                Some(taken) => taken,
                None => self.until_taken(&mut offers).await?,
            };
            match self.with_handler(&mut offers, taken).await? {
                Turn::Over(taken, cause) => {
                    if !offers.waits_again_without(taken, &cause) {
                        return Ok(ended_by(&cause));
                    }
                    self.log
                        .happened("queue", "the handler has gone; the caller waits again");
                }
                Turn::Given(taken) => {
                    let whom = taken.handler().to_string();
                    self.log.happened("transfer", format!("to {whom}"));
                    given = Some(taken);
                    continue;
                }
                Turn::Return => {
                    self.log
                        .happened("transfer", "failed; the caller waits again, first of all");
                }
                Turn::Callback => {
                    self.log.happened("transfer", "to a callback");
                    drop(offers);
                    return Box::pin(self.callback_by_handler()).await;
                }
                Turn::Emergency(company) => {
                    self.log.happened("transfer", "to 999");
                    drop(offers);
                    return Box::pin(self.emergency(company)).await;
                }
            }
            self.say(&[Utterance::prompt(QUEUE_JOINED)]);
        }
    }

    async fn until_taken(&mut self, offers: &mut Offers) -> Result<Taken, Gone> {
        let shown = self.shown_to_handler("");
        loop {
            tokio::select! {
                biased;
                action = offers.next() => {
                    let (parties, service) = (&mut self.parties, &*self.service);
                    let taken =
                        offers.carry_out(action, parties, service, Some(self.caller), &*shown);
                    if let Some(taken) = taken {
                        return Ok(taken);
                    }
                }
                happening = self.next() => {
                    let happening = happening?;
                    if self.is_said(&happening) {
                        self.parties.play(self.caller, self.plan.music(&self.language));
                    } else {
                        offers.happened(&happening);
                    }
                }
            }
        }
    }

    /// This caller on a handler's display, after some words of warning where there are any.
    pub(super) fn shown_to_handler(&self, warning: &str) -> Box<Shown> {
        let display = format!("{warning}{}", self.display());
        let who = self.who.clone();
        Box::new(move |ours| identity_out::for_handler(&who, &display, ours))
    }
}
