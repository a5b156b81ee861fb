//! The book of callbacks at work: what it says is stored is stored before the next thing is done.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};

use crate::callback::{Action, Book, Callback, Event};
use crate::identity::Reference;
use crate::store::StoreError;

use super::callback;
use super::clock::Clock;
use super::service::Service;

/// How often, and after which pause, a write is tried again before the callback goes on without it.
const WRITES: u32 = 3;
const PAUSE: Duration = Duration::from_millis(300);

/// A write that takes longer has failed; it may still arrive, and writing it again changes nothing.
const WRITE: Duration = Duration::from_secs(3);
/// Messages that the book has not looked at yet.
const MESSAGES: usize = 1_024;

/// What the keeper is told.
pub(super) enum Message {
    Event(Event),
    Flush(oneshot::Sender<()>),
}

/// The way to the book.
pub(super) struct BookDesk(mpsc::Sender<Message>);

/// A way to the book, and its other end.
pub(super) fn desk() -> (BookDesk, mpsc::Receiver<Message>) {
    let (sender, messages) = mpsc::channel(MESSAGES);
    (BookDesk(sender), messages)
}

impl BookDesk {
    /// Tells the book what has happened.
    pub(super) async fn tell(&self, event: Event) {
        if self.0.send(Message::Event(event)).await.is_err() {
            tracing::error!("the book of callbacks is closed; it is taken up after a restart");
        }
    }

    /// Waits until everything told so far has been written down.
    pub(super) async fn flush(&self) {
        let (done, wait) = oneshot::channel();
        if self.0.send(Message::Flush(done)).await.is_ok() {
            let _ = wait.await;
        }
    }
}

struct Keeper {
    service: Arc<Service>,
    clock: Clock,
    /// Makers that wait for leave to ring the caller.
    makers: HashMap<Reference, oneshot::Sender<()>>,
}

/// Keeps the book for as long as the server runs.
pub(super) async fn keep(
    service: Arc<Service>,
    mut messages: mpsc::Receiver<Message>,
    mut book: Book,
    promised: Vec<Callback>,
) {
    let mut keeper = Keeper {
        service,
        clock: Clock::start(),
        makers: HashMap::new(),
    };
    for callback in promised {
        let actions = book.on(keeper.clock.now(), Event::Restored(callback));
        keeper.carry_out(actions).await;
    }
    loop {
        let event = tokio::select! {
            message = messages.recv() => match message {
                Some(Message::Event(event)) => event,
                Some(Message::Flush(done)) => {
                    let _ = done.send(());
                    continue;
                }
                None => return,
            },
            () = keeper.clock.at(book.deadline()) => Event::Tick,
        };
        let actions = book.on(keeper.clock.now(), event);
        keeper.carry_out(actions).await;
        metrics::gauge!("ivr111_callbacks_open").set(book.len() as f64);
        metrics::gauge!("ivr111_callbacks_undecided").set(book.undecided() as f64);
    }
}

impl Keeper {
    async fn carry_out(&mut self, actions: Vec<Action>) {
        for action in actions {
            match action {
                Action::Save(_) | Action::Attempted(..) => self.persist(&action).await,
                Action::Seek(callback) => {
                    let (leave, wait) = oneshot::channel();
                    self.makers.insert(callback.reference, leave);
                    let service = Arc::clone(&self.service);
                    tokio::spawn(callback::make(service, callback, wait));
                }
                Action::RingCaller(callback) => {
                    if let Some(leave) = self.makers.remove(&callback.reference) {
                        let _ = leave.send(());
                    }
                }
            }
        }
    }

    /// Writes, again and again for a while; a store that stays away must not keep a caller from being
    /// rung.
    async fn persist(&self, action: &Action) {
        for _ in 0..WRITES {
            match tokio::time::timeout(WRITE, self.write(action)).await {
                Ok(Ok(())) => return,
                Err(_) => tracing::error!("the book of callbacks waits for the store"),
                Ok(Err(error)) => {
                    tracing::error!(%error, "the book of callbacks waits for the store")
                }
            }
            tokio::time::sleep(PAUSE).await;
        }
        metrics::counter!("ivr111_callback_writes_lost_total").increment(1);
    }

    async fn write(&self, action: &Action) -> Result<(), StoreError> {
        let store = &self.service.store;
        match action {
            Action::Save(callback) => store.save(callback).await,
            Action::Attempted(reference, outcome) => {
                store
                    .attempted(*reference, self.clock.now(), *outcome)
                    .await
            }
            Action::Seek(_) | Action::RingCaller(_) => Ok(()),
        }
    }
}
