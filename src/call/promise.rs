//! Booking a callback.

use jiff::SignedDuration;

use crate::callback::{Callback, Event, Stage};
use crate::flow::{Priority, Utterance};
use crate::identity::Number;
use crate::queue::Wanted;

use super::announce::{CALLBACK_BOOKED, CALLBACK_NOT_BOOKED};
use super::case::{Case, Gone};

impl Case {
    /// Promises a callback. It is on disk before the caller hears that it is booked; where that fails
    /// they wait for a handler instead. It is made once this call is over, however that ends, so that
    /// the line is free.
    pub(super) async fn promise(&mut self, number: Number) -> Result<&'static str, Gone> {
        let callback = self.callback(number);
        if let Err(error) = self.service.store.book(&callback).await {
            tracing::error!(%error, "a callback could not be booked");
            self.log
                .happened("callback", format!("not booked: {error}"));
            let fallback = self.plan.flow.fallback_skill();
            let wanted = Wanted::by_skill(fallback, fallback, Priority::Ordinary);
            return self.wait_for_handler(wanted, &[CALLBACK_NOT_BOOKED]).await;
        }
        metrics::counter!("ivr111_callbacks_booked_total").increment(1);
        self.log.happened("callback", "booked");
        let heard = self.confirm().await;
        if self
            .service
            .book
            .send(Event::Booked(callback))
            .await
            .is_err()
        {
            tracing::error!("the book of callbacks is closed; this one is made after a restart");
        }
        heard.map(|()| "the callback is booked")
    }

    async fn confirm(&mut self) -> Result<(), Gone> {
        self.say(&[Utterance::prompt(CALLBACK_BOOKED)]);
        loop {
            let happening = self.next().await?;
            if self.is_said(&happening) {
                return Ok(());
            }
        }
    }

    fn callback(&self, number: Number) -> Callback {
        let now = self.clock.now();
        let within = self.plan.settings.callback.deadline.get();
        let within = SignedDuration::try_from(within).unwrap_or(SignedDuration::from_hours(6));
        Callback {
            reference: self.log.reference(),
            number,
            text_relay: self.who.text_relay,
            region: self.region.region.to_string(),
            language: self.language.clone(),
            booked_at: now,
            deadline: now.checked_add(within).unwrap_or(now),
            priority: Priority::Ordinary,
            attempts: 0,
            stage: Stage::Due(now),
        }
    }
}
