//! Booking a callback.

use std::time::Duration;

use jiff::SignedDuration;

use crate::callback::{Callback, Event, Stage};
use crate::flow::{Priority, Utterance};
use crate::identity::Number;
use crate::queue::Wanted;

use super::announce::{CALLBACK_BOOKED, CALLBACK_NOT_BOOKED};
use super::case::{Case, Gone};

/// A caller is not left in silence for longer than this while their promise is written down.
const BOOKING: Duration = Duration::from_secs(3);

impl Case {
    /// Promises a callback. It is on disk before the caller hears that it is booked; where that fails
    /// they wait for a handler instead. It is made once this call is over, however that ends, so that
    /// the line is free.
    pub(super) async fn promise(&mut self, number: Number) -> Result<&'static str, Gone> {
        let callback = self.callback(number);
        let booking = self.service.store.book(&callback);
        let failed = match tokio::time::timeout(BOOKING, booking).await {
            Ok(booked) => booked.err().map(|error| error.to_string()),
            Err(_) => Some("the store does not answer".to_owned()),
        };
        if let Some(error) = failed {
            tracing::error!(error, "a callback could not be booked");
            self.log
                .happened("callback", format!("not booked: {error}"));
            let fallback = self.plan.flow.fallback_skill();
            let wanted = Wanted::by_skill(fallback, fallback, Priority::Ordinary);
            return self.wait_for_handler(wanted, &[CALLBACK_NOT_BOOKED]).await;
        }
        metrics::counter!("ivr111_callbacks_booked_total").increment(1);
        self.log.happened("callback", "booked");
        let heard = self.confirm().await;
        self.service.book.tell(Event::Booked(callback)).await;
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
