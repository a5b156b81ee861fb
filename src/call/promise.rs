//! Booking a callback.

use std::sync::Arc;
use std::time::Duration;

use crate::callback::{Callback, Change, Disposition, Event, LogEntry, Promise, Stage, What};
use crate::flow::{Destination, Priority, Run, Utterance};
use crate::identity::Number;
use crate::queue::Wanted;
use crate::store::SharedStore;

use super::announce::{CALLBACK_BOOKED, CALLBACK_NOT_BOOKED};
use super::case::{Case, Gone};
use super::desks::{Answer, Order, Ordered, Reply};
use super::outliving::At;
use super::passage::Part;

/// Why a call is over whose caller has been promised another.
pub(super) const BOOKED: &str = "the callback is booked";

/// A caller is not left in silence for longer than this while their promise is written down.
const BOOKING: Duration = Duration::from_secs(3);

/// A callback that a handler has ordered at their desk.
pub(super) struct OrderedCallback {
    /// By when and by whom.
    pub(super) disposition: Disposition,
    /// Where it is told that it has been promised; where this is dropped, that it has not.
    pub(super) reply: Reply,
}

impl OrderedCallback {
    /// The callback of an order; none where that is of something else.
    pub(super) fn of(order: Order) -> Option<Self> {
        match order.what {
            Ordered::Callback(disposition) => Some(OrderedCallback {
                disposition,
                reply: order.reply,
            }),
            _ => None,
        }
    }
}

impl Case {
    /// Promises a callback. It is on disk before the caller hears that it is booked; where that fails
    /// they wait for a handler instead. It is made once this call is over, however that ends, so that
    /// the line is free.
    pub(super) async fn promise(
        &mut self,
        number: Number,
        disposition: Option<&str>,
    ) -> Result<&'static str, Gone> {
        self.passage.enter(self.clock.now(), Part::Callback);
        let callback = Callback {
            priority: self.urgency,
            ..self.callback(number, disposition)
        };
        let booked = self.book_as(callback, CALLBACK_BOOKED);
        match Box::pin(booked).await? {
            true => Ok(BOOKED),
            false => {
                let fallback = self.plan.flow.fallback_skill();
                let wanted = Wanted::by_skill(fallback, fallback, Priority::Ordinary);
                Box::pin(self.wait_for_handler(wanted, &[CALLBACK_NOT_BOOKED])).await
            }
        }
    }

    /// Promises a callback with these words. Gives whether it has been booked; the caller is still there
    /// then.
    pub(super) async fn book(
        &mut self,
        number: Number,
        priority: Priority,
        words: &str,
    ) -> Result<bool, Gone> {
        let callback = self.callback_of(number, priority);
        self.book_as(callback, words).await
    }

    async fn book_as(&mut self, callback: Callback, words: &str) -> Result<bool, Gone> {
        let Some(promised) = self.write_promise(callback).await else {
            return Ok(false);
        };
        self.gives_up_place();
        self.comes_to(At::Promised);
        let heard = self.hears(words).await;
        self.service.book.tell(promised).await;
        heard.map(|()| true)
    }

    /// Writes a promise down. Gives what the book is to be told of it; nothing where it could not be
    /// written.
    async fn write_promise(&mut self, callback: Callback) -> Option<Event> {
        if self.is_promised {
            return Some(self.promise_again(callback).await);
        }
        let before = Box::pin(self.promised_before(&callback.number)).await;
        if let Some(open) = before {
            let promised = Box::pin(self.promise_anew(open, callback)).await;
            if promised {
                self.passage.served();
            }
            // The book has been told of it.
            return promised.then_some(Event::Tick);
        }
        // Somebody whom we ring may have had another promise, which is closed.
        let is_reopened = self.display.is_some();
        let store = self.service.store.clone();
        if let Err(error) = book(store, callback.clone(), is_reopened).await {
            tracing::error!(error, "a callback could not be booked");
            self.log
                .happened("callback", format!("not booked: {error}"));
            return None;
        }
        metrics::counter!("ivr111_callbacks_booked_total").increment(1);
        self.log.happened("callback", "booked");
        self.passage.served();
        Some(Event::Booked(callback))
    }

    /// Promises again what the book has promised already. Where the store does not answer, the first promise
    /// is still there.
    async fn promise_again(&mut self, callback: Callback) -> Event {
        let retry = self.plan.settings.callback.retry.get_ref().get();
        let callback = callback.due_after(self.clock.now(), retry);
        let entry = entry(&callback, What::Renewed);
        let saved = tokio::time::timeout(BOOKING, self.service.store.save(&callback, &entry)).await;
        if !matches!(saved, Ok(Ok(()))) {
            tracing::error!("a callback that is promised again has not been stored yet");
        }
        self.log.happened("callback", "promised again");
        self.passage.served();
        Event::Renewed(callback)
    }

    /// A handler has agreed on a callback with the caller, who confirms the number. Gives whether it has been
    /// booked. Who hangs up on the way is called back all the same, where their number can be.
    pub(super) async fn callback_by_handler(&mut self, priority: Priority) -> Result<bool, Gone> {
        let booked = Box::pin(self.agreed_callback(priority)).await;
        let is_promised = booked
            .as_ref()
            .map_or(self.passage.is_served(), |booked| *booked);
        if let Some(ordered) = self.ordered.take().filter(|_| is_promised) {
            ordered.reply.send(Answer::Done);
        }
        booked
    }

    async fn agreed_callback(&mut self, priority: Priority) -> Result<bool, Gone> {
        self.passage.unserved();
        self.passage.enter(self.clock.now(), Part::Callback);
        let flow = Arc::clone(&self.plan.flow);
        let run = Run::about_number(flow, self.facts(), &self.language);
        self.urgency = priority;
        match Box::pin(self.follow(run)).await {
            Ok((Destination::Callback { number, .. }, _)) => {
                Box::pin(self.book(number, priority, CALLBACK_BOOKED)).await
            }
            Ok(_) => Ok(false),
            Err(gone) => {
                if let Some(number) = self.facts().number {
                    Box::pin(self.book_for_gone(number, priority)).await;
                }
                Err(gone)
            }
        }
    }

    async fn book_for_gone(&mut self, number: Number, priority: Priority) {
        let callback = self.callback_of(number, priority);
        if let Some(promised) = self.write_promise(callback).await {
            self.service.book.tell(promised).await;
        }
    }

    pub(super) async fn hears(&mut self, words: &str) -> Result<(), Gone> {
        self.say(&[Utterance::prompt(words)]);
        loop {
            let happening = self.next().await?;
            if self.is_said(&happening) {
                return Ok(());
            }
        }
    }

    fn callback_of(&self, number: Number, priority: Priority) -> Callback {
        Callback {
            priority,
            ..match &self.ordered {
                Some(ordered) => self.callback_by(number, ordered.disposition.clone()),
                None => self.callback(number, None),
            }
        }
    }

    /// A callback as its disposition says; as the settings say where there is none.
    fn callback(&self, number: Number, disposition: Option<&str>) -> Callback {
        let settings = &self.plan.settings.callback;
        let found = settings.disposition(disposition).unwrap_or_else(|error| {
            // No such plan is taken, but a promise is made whatever the plan says.
            tracing::error!(%error, "a callback is promised as if it had no disposition");
            settings.otherwise()
        });
        self.callback_by(number, found)
    }

    fn callback_by(&self, number: Number, found: Disposition) -> Callback {
        let promise = Promise {
            reference: self.log.reference(),
            number,
            text_relay: self.who.text_relay,
            region: self.region.region.to_string(),
            postcode: self.whereabouts.keyed.clone(),
            language: self.language.clone(),
            skill: found.skill,
        };
        Callback::promised(promise, self.clock.now(), found.deadline)
    }
}

/// What the log of callbacks has of a change that the service makes in a call.
pub(super) fn entry(callback: &Callback, what: What) -> LogEntry {
    let at = callback.booked_at;
    LogEntry::new(
        rand::random(),
        callback.reference,
        at,
        Change::by_service(what),
    )
}

/// Stores a promise, or says why not. One that the store takes too long for is not made: when it is
/// stored after all, it is closed, because its caller has been told otherwise.
async fn book(store: SharedStore, callback: Callback, is_reopened: bool) -> Result<(), String> {
    let mut booking = {
        let (store, callback) = (store.clone(), callback.clone());
        tokio::spawn(async move {
            let entry = entry(&callback, What::Booked);
            store.book(&callback, &entry).await?;
            match is_reopened {
                true => store.save(&callback, &entry).await,
                false => Ok(()),
            }
        })
    };
    match tokio::time::timeout(BOOKING, &mut booking).await {
        Ok(Ok(booked)) => booked.map_err(|error| error.to_string()),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => {
            tokio::spawn(async move {
                let closed = Callback {
                    stage: Stage::Done,
                    ..callback
                };
                let entry = entry(&closed, What::Closed);
                if matches!(booking.await, Ok(Ok(())))
                    && let Err(error) = store.save(&closed, &entry).await
                {
                    tracing::error!(%error, "a promise that was not made stays in the store");
                }
            });
            Err("the store does not answer".to_owned())
        }
    }
}
