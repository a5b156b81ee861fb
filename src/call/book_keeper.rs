//! The book of callbacks at work: what it says is stored is stored before the next thing is done.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::{mpsc, oneshot};

use crate::callback::{Action, Book, Callback, Change, Event, LogEntry, Outcome, Stage, What};
use crate::identity::Reference;
use crate::store::SharedStore;

use super::callback;
use super::clock::Clock;
use super::service::Service;

/// How long a write is waited for. A store that stays away must not keep a caller from being rung; what
/// it has not taken by then is written when it is back.
const PATIENCE: Duration = Duration::from_secs(5);
/// Before a write that failed is tried again, at first and at most.
const PAUSE: (Duration, Duration) = (Duration::from_millis(300), Duration::from_secs(5));
/// Writes that the store has not taken yet.
const WRITES: usize = 4_096;
/// Messages that the book has not looked at yet.
const MESSAGES: usize = 1_024;

/// What the keeper is told.
enum Message {
    /// With the time at which it happened: the book may get round to it later.
    Event(Timestamp, Event),
    Flush(oneshot::Sender<()>),
    Compare,
}

/// The way to the book.
pub(super) struct BookDesk {
    messages: mpsc::Sender<Message>,
    clock: Clock,
}

/// The other end of that way.
pub(super) struct Inbox {
    messages: mpsc::Receiver<Message>,
    clock: Clock,
}

/// A way to the book, and its other end.
pub(super) fn desk() -> (BookDesk, Inbox) {
    let (sender, receiver) = mpsc::channel(MESSAGES);
    let clock = Clock::start();
    let desk = BookDesk {
        messages: sender,
        clock,
    };
    let inbox = Inbox {
        messages: receiver,
        clock,
    };
    (desk, inbox)
}

impl BookDesk {
    /// Tells the book what has happened, and that it happened now.
    pub(super) async fn tell(&self, event: Event) {
        let message = Message::Event(self.clock.now(), event);
        if self.messages.send(message).await.is_err() {
            tracing::error!("the book of callbacks is closed; it is taken up after a restart");
        }
    }

    /// Has the book compared with the store: another node may have taken over from this one, or this one
    /// from another.
    pub(super) async fn compare(&self) {
        let _ = self.messages.send(Message::Compare).await;
    }

    /// Waits until everything told so far has been written down.
    pub(super) async fn flush(&self) {
        let (done, wait) = oneshot::channel();
        if self.messages.send(Message::Flush(done)).await.is_ok() {
            let _ = wait.await;
        }
    }
}

struct Keeper {
    service: Arc<Service>,
    clock: Clock,
    /// Makers that wait for leave to ring the caller.
    makers: HashMap<Reference, oneshot::Sender<()>>,
    writes: mpsc::Sender<Write>,
}

/// Keeps the book for as long as the server runs.
pub(super) async fn keep(
    service: Arc<Service>,
    mut inbox: Inbox,
    mut book: Book,
    promised: Vec<Callback>,
) {
    let (writes, to_write) = mpsc::channel(WRITES);
    tokio::spawn(write_down(Arc::clone(&service.store), to_write));
    let mut keeper = Keeper {
        service,
        clock: inbox.clock,
        makers: HashMap::new(),
        writes,
    };
    for callback in promised {
        let actions = book.on(keeper.clock.now(), Event::Restored(callback));
        keeper.carry_out(actions).await;
    }
    let mut compare_at = None;
    loop {
        let (at, event) = tokio::select! {
            message = inbox.messages.recv() => match message {
                Some(Message::Event(at, event)) => (at, event),
                Some(Message::Flush(done)) => {
                    let _ = keeper.writes.send(Write::Flush(done)).await;
                    continue;
                }
                Some(Message::Compare) => {
                    compare_at = Some(keeper.clock.now());
                    continue;
                }
                None => return,
            },
            () = keeper.clock.at(compare_at) => {
                let stored = keeper.stored().await;
                let now = keeper.clock.now();
                compare_at = stored.is_none().then(|| now.checked_add(PAUSE.1).unwrap_or(now));
                match stored {
                    Some(stored) => (now, Event::Compared(stored)),
                    None => continue,
                }
            }
            () = keeper.clock.at(book.deadline()) => (keeper.clock.now(), Event::Tick),
        };
        let actions = book.on(at, event);
        keeper.carry_out(actions).await;
        metrics::gauge!("ivr111_callbacks_open").set(book.len() as f64);
        metrics::gauge!("ivr111_callbacks_undecided").set(book.undecided() as f64);
    }
}

impl Keeper {
    async fn carry_out(&mut self, actions: Vec<Action>) {
        for action in actions {
            match action {
                Action::Save(callback) => {
                    let entry = self.entry(&callback);
                    self.write(|done| Write::Save(callback, entry, done)).await;
                }
                Action::Change(callback, change) => {
                    let (id, at) = (rand::random(), self.clock.now());
                    let entry = LogEntry::new(id, callback.reference, at, change);
                    self.write(|done| Write::Save(callback, entry, done)).await;
                }
                Action::Attempted(reference, outcome) => {
                    let at = self.clock.now();
                    self.write(|done| Write::Attempted(reference, at, outcome, done))
                        .await;
                }
                Action::Seek(callback) => {
                    let (leave, wait) = oneshot::channel();
                    self.makers.insert(callback.reference, leave);
                    let service = Arc::clone(&self.service);
                    tokio::spawn(callback::make(service, callback, wait));
                }
                // Whoever makes it hears that by the end of what they wait for.
                Action::Leave(reference) => drop(self.makers.remove(&reference)),
                Action::RingCaller(callback) => {
                    if let Some(leave) = self.makers.remove(&callback.reference) {
                        let _ = leave.send(());
                    }
                }
            }
        }
    }

    fn entry(&self, callback: &Callback) -> LogEntry {
        let what = match callback.stage {
            Stage::Due(_) | Stage::Seeking => What::Rescheduled,
            Stage::Ringing => What::Tried,
            Stage::Talking => What::Answered,
            Stage::Decision => What::LeftToClinician,
            Stage::Done => What::Closed,
        };
        let (id, at) = (rand::random(), self.clock.now());
        LogEntry::new(id, callback.reference, at, Change::by_service(what))
    }

    /// The promises of this node as the store has them, once it has all that is to be written; none where
    /// it does not answer.
    async fn stored(&self) -> Option<Vec<Callback>> {
        let (done, written) = oneshot::channel();
        let flushed = tokio::time::timeout(PATIENCE, async {
            self.writes.send(Write::Flush(done)).await.is_ok() && written.await.is_ok()
        });
        if !matches!(flushed.await, Ok(true)) {
            return None;
        }
        let promises = self.service.store.promises().await;
        promises
            .inspect_err(|error| tracing::error!(%error, "the book is not compared yet"))
            .ok()
    }

    /// Has something written, and waits for that within reason.
    async fn write(&self, write: impl FnOnce(oneshot::Sender<()>) -> Write) {
        let (done, written) = oneshot::channel();
        let write = write(done);
        let waited = tokio::time::timeout(PATIENCE, async {
            match self.writes.send(write).await {
                Ok(()) => written.await.is_ok(),
                Err(_) => false,
            }
        });
        if !matches!(waited.await, Ok(true)) {
            tracing::error!("the book of callbacks waits for the store");
            metrics::counter!("ivr111_callback_writes_late_total").increment(1);
        }
    }
}

/// Something to be written down, and who waits for it. Writing it twice is the same as once.
enum Write {
    Save(Callback, LogEntry, oneshot::Sender<()>),
    Attempted(Reference, Timestamp, Outcome, oneshot::Sender<()>),
    Flush(oneshot::Sender<()>),
}

/// Writes one thing after the other, each until it is written: an older state never comes after a newer
/// one, and none is left out.
async fn write_down(store: SharedStore, mut writes: mpsc::Receiver<Write>) {
    while let Some(write) = writes.recv().await {
        let mut pause = PAUSE.0;
        loop {
            let result = match &write {
                Write::Save(callback, entry, _) => store.save(callback, entry).await,
                Write::Attempted(reference, at, outcome, _) => {
                    store.attempted(*reference, *at, *outcome).await
                }
                Write::Flush(_) => Ok(()),
            };
            let Err(error) = result else { break };
            tracing::error!(%error, "the book of callbacks cannot be written");
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(PAUSE.1);
        }
        let (Write::Save(_, _, done) | Write::Attempted(_, _, _, done) | Write::Flush(done)) =
            write;
        let _ = done.send(());
    }
}
