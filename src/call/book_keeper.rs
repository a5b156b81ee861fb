//! The book of callbacks at work: what it says is stored is stored before the next thing is done.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::{mpsc, oneshot, watch};

use crate::alert::Alert;
use crate::callback::{Action, Book, Callback, Change, Event, LogEntry, Outcome, Stage};
use crate::identity::Reference;
use crate::report::OpenCallbacks;
use crate::store::{OpenOrder, SharedStore, Taking};

use super::clock::Clock;
use super::orders::Orders;
use super::service::Service;
use super::sought::Leash;
use super::{callback, decision};

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
    /// With the time at which it happened: the book may get round to it later. Where one who makes or
    /// decides a callback says so, with the callback and their serial.
    Event(Timestamp, Option<(Reference, u64)>, Box<Event>),
    /// What the store has as open.
    Orders(Vec<OpenOrder>),
    Flush(oneshot::Sender<()>),
    Compare,
}

/// The way to the book.
pub(super) struct BookDesk {
    messages: mpsc::Sender<Message>,
    open: watch::Receiver<OpenCallbacks>,
    clock: Clock,
}

/// The other end of that way.
pub(super) struct Inbox {
    messages: mpsc::Receiver<Message>,
    open: watch::Sender<OpenCallbacks>,
    clock: Clock,
}

/// A way to the book, and its other end.
pub(super) fn desk() -> (BookDesk, Inbox) {
    let (sender, receiver) = mpsc::channel(MESSAGES);
    let (open, seen) = watch::channel(OpenCallbacks::default());
    let clock = Clock::start();
    let desk = BookDesk {
        messages: sender,
        open: seen,
        clock,
    };
    let inbox = Inbox {
        messages: receiver,
        open,
        clock,
    };
    (desk, inbox)
}

impl BookDesk {
    /// Tells the book what has happened, and that it happened now.
    pub(super) async fn tell(&self, event: Event) {
        self.send(None, event).await;
    }

    /// The same from one who makes a callback, or has it decided. It is let pass where somebody else does
    /// by now.
    pub(super) async fn tell_as(&self, serial: u64, reference: Reference, event: Event) {
        self.send(Some((reference, serial)), event).await;
    }

    async fn send(&self, from: Option<(Reference, u64)>, event: Event) {
        let message = Message::Event(self.clock.now(), from, Box::new(event));
        if self.messages.send(message).await.is_err() {
            tracing::error!("the book of callbacks is closed; it is taken up after a restart");
        }
    }

    /// Has the book compared with the store: another node may have taken over from this one, or this one
    /// from another.
    pub(super) async fn compare(&self) {
        let _ = self.messages.send(Message::Compare).await;
    }

    /// Tells the book which orders the store has as open.
    pub(super) async fn orders(&self, open: Vec<OpenOrder>) {
        let _ = self.messages.send(Message::Orders(open)).await;
    }

    /// How many callbacks are not done.
    pub(super) fn open(&self) -> OpenCallbacks {
        *self.open.borrow()
    }

    /// Waits until everything told so far has been written down.
    pub(super) async fn flush(&self) {
        let (done, wait) = oneshot::channel();
        if self.messages.send(Message::Flush(done)).await.is_ok() {
            let _ = wait.await;
        }
    }
}

/// The keeper's end of a [`Leash`].
struct Maker {
    serial: u64,
    ring: Option<oneshot::Sender<()>>,
    sought: watch::Sender<Callback>,
}

struct Keeper {
    service: Arc<Service>,
    clock: Clock,
    /// Whoever makes a callback, or has it decided.
    makers: HashMap<Reference, Maker>,
    /// How many there have been.
    serials: u64,
    orders: Orders,
    writes: mpsc::Sender<Write>,
    /// Where it is told how many callbacks are not done.
    open: watch::Sender<OpenCallbacks>,
}

/// Keeps the book for as long as the server runs: with the conversations that go on from before, and with what
/// was promised.
pub(super) async fn keep(
    service: Arc<Service>,
    mut inbox: Inbox,
    mut book: Book,
    talks: Vec<(Reference, Timestamp)>,
    promised: Vec<Callback>,
) {
    let (writes, to_write) = mpsc::channel(WRITES);
    tokio::spawn(write_down(Arc::clone(&service.store), to_write));
    let mut keeper = Keeper {
        service,
        clock: inbox.clock,
        makers: HashMap::new(),
        serials: 0,
        orders: Orders::default(),
        writes,
        open: inbox.open,
    };
    let talks = talks.into_iter();
    let talks = talks.map(|(reference, since)| Event::GoesOn(reference, since));
    for event in talks.chain(promised.into_iter().map(Event::Restored)) {
        let now = keeper.clock.now();
        let actions = book.on(now, event);
        keeper.carry_out(now, actions).await;
    }
    keeper.measure(&book);
    let mut compare_at = None;
    loop {
        let (at, event) = tokio::select! {
            message = inbox.messages.recv() => match message {
                Some(Message::Event(_, Some((reference, serial)), _))
                    if !keeper.is_by(reference, serial) => continue,
                Some(Message::Event(at, _, event)) => (at, *event),
                Some(Message::Orders(open)) => {
                    keeper.order(&mut book, open).await;
                    continue;
                }
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
        keeper.carry_out(at, actions).await;
        keeper.measure(&book);
    }
}

impl Keeper {
    fn measure(&self, book: &Book) {
        let open = OpenCallbacks {
            open: book.len(),
            at_risk: book.at_risk(),
            undecided: book.undecided(),
        };
        metrics::gauge!("ivr111_callbacks_open").set(open.open as f64);
        metrics::gauge!("ivr111_callbacks_undecided").set(open.undecided as f64);
        metrics::gauge!("ivr111_callbacks_at_risk").set(open.at_risk as f64);
        self.open.send_replace(open);
    }

    /// Whether somebody is the one who makes a callback by now.
    fn is_by(&self, reference: Reference, serial: u64) -> bool {
        let maker = self.makers.get(&reference);
        maker.is_some_and(|maker| maker.serial == serial)
    }

    /// Does what follows from what has happened then.
    async fn carry_out(&mut self, at: Timestamp, actions: Vec<Action>) {
        for action in actions {
            match action {
                Action::Save(callback, change) => self.save(at, callback, change).await,
                Action::Attempted(reference, outcome) => {
                    self.write(|done| Write::Attempted(reference, at, outcome, done))
                        .await;
                }
                Action::Seek(callback) => {
                    let leash = self.leash(&callback);
                    let service = Arc::clone(&self.service);
                    tokio::spawn(callback::make(service, callback, leash));
                }
                Action::Decide(callback) => {
                    let leash = self.leash(&callback);
                    let service = Arc::clone(&self.service);
                    tokio::spawn(decision::ask(service, callback, leash));
                }
                Action::SeekAnew(callback) => {
                    if let Some(maker) = self.makers.get(&callback.reference) {
                        maker.sought.send_replace(callback);
                    }
                }
                // Whoever makes it hears that by the end of what they wait for.
                Action::Stop(reference) => drop(self.makers.remove(&reference)),
                Action::RingCaller(callback) => {
                    let maker = self.makers.get_mut(&callback.reference);
                    if let Some(ring) = maker.and_then(|maker| maker.ring.take()) {
                        let _ = ring.send(());
                    }
                }
                Action::AtRisk(reference) => {
                    self.alert("callback-at-risk", reference, "it may miss its deadline");
                }
                Action::Late(reference) => {
                    self.alert("callback-late", reference, "it has missed its deadline");
                }
                Action::Ordered(reference, answer) => {
                    let (ids, taking) = self.orders.answered(reference, answer);
                    tracing::info!(%reference, ?taking, "a supervisor's order about a callback");
                    for id in ids {
                        let taking = taking.clone();
                        self.write(|done| Write::Taken(id, at, taking, done)).await;
                    }
                }
            }
        }
    }

    /// Has the book carry out what is ordered and has not been told before.
    async fn order(&mut self, book: &mut Book, open: Vec<OpenOrder>) {
        for order in self.orders.news(open, book) {
            let event = self.orders.tell(order);
            let now = self.clock.now();
            let actions = book.on(now, event);
            self.carry_out(now, actions).await;
            self.orders.told();
        }
        self.measure(book);
    }

    /// Stores a callback as it stands, with an entry of what has changed.
    async fn save(&mut self, at: Timestamp, callback: Callback, mut change: Change) {
        let reference = callback.reference;
        let id = self.orders.id(reference, &mut change);
        let entry = LogEntry::new(id, reference, at, change);
        let is_done = callback.stage == Stage::Done;
        let saved = Box::new((callback, entry));
        self.write(|done| Write::Save(saved, done)).await;
        if is_done {
            self.makers.remove(&reference);
        }
    }

    /// A leash for somebody new, in place of whoever there was.
    fn leash(&mut self, callback: &Callback) -> Leash {
        self.serials += 1;
        let serial = self.serials;
        let (leave, ring) = oneshot::channel();
        let (sender, sought) = watch::channel(callback.clone());
        let maker = Maker {
            serial,
            ring: Some(leave),
            sought: sender,
        };
        self.makers.insert(callback.reference, maker);
        Leash {
            ring,
            sought,
            serial,
        }
    }

    fn alert(&self, kind: &'static str, reference: Reference, what: &str) {
        self.service.alerts.raise(&Alert {
            kind,
            about: Some(reference),
            text: format!("a callback: {what}"),
        });
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
    Save(Box<(Callback, LogEntry)>, oneshot::Sender<()>),
    Attempted(Reference, Timestamp, Outcome, oneshot::Sender<()>),
    Taken(u128, Timestamp, Taking, oneshot::Sender<()>),
    Flush(oneshot::Sender<()>),
}

/// Writes one thing after the other, each until it is written: an older state never comes after a newer
/// one, and none is left out.
async fn write_down(store: SharedStore, mut writes: mpsc::Receiver<Write>) {
    while let Some(write) = writes.recv().await {
        let mut pause = PAUSE.0;
        loop {
            let result = match &write {
                Write::Save(saved, _) => store.save(&saved.0, &saved.1).await,
                Write::Attempted(reference, at, outcome, _) => {
                    store.attempted(*reference, *at, *outcome).await
                }
                Write::Taken(id, at, taking, _) => store.order_taken(*id, *at, taking).await,
                Write::Flush(_) => Ok(()),
            };
            let Err(error) = result else { break };
            tracing::error!(%error, "the book of callbacks cannot be written");
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(PAUSE.1);
        }
        let (Write::Save(_, done)
        | Write::Attempted(_, _, _, done)
        | Write::Taken(_, _, _, done)
        | Write::Flush(done)) = write;
        let _ = done.send(());
    }
}
