//! Waiting for a handler, with music, until one has taken the call.

use crate::flow::Utterance;
use crate::queue::Wanted;

use super::announce::QUEUE_JOINED;
use super::case::{Case, Gone};
use super::conversation::ended_by;
use super::identity_out;
use super::offers::{Offers, Shown};

impl Case {
    /// Waits in the queue and talks to whoever takes the call. `first` is said before the caller is
    /// told that they are in the queue.
    pub(super) async fn wait_for_handler(
        &mut self,
        wanted: Wanted,
        first: &[&str],
    ) -> Result<&'static str, Gone> {
        let reference = self.log.reference();
        let mut offers = Offers::new(self.service.waiting_room.join(reference, wanted));
        let said: Vec<Utterance> = first
            .iter()
            .chain([&QUEUE_JOINED])
            .map(|n| Utterance::prompt(n))
            .collect();
        self.say(&said);
        let shown = self.shown_to_handler("");
        let taken = loop {
            tokio::select! {
                biased;
                action = offers.next() => {
                    let (parties, service) = (&mut self.parties, &*self.service);
                    let taken =
                        offers.carry_out(action, parties, service, Some(self.caller), &*shown);
                    if let Some(taken) = taken {
                        break taken;
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
        };
        drop(offers);
        let cause = self.talk(taken.phone).await?;
        Ok(ended_by(&cause))
    }

    /// This caller on a handler's display, after some words of warning where there are any.
    pub(super) fn shown_to_handler(&self, warning: &str) -> Box<Shown> {
        let display = format!("{warning}{}", self.display());
        let who = self.who.clone();
        Box::new(move |ours| identity_out::for_handler(&who, &display, ours))
    }
}
