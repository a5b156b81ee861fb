use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, oneshot};

use crate::queue::shared::CallerRow;
use crate::store::{Renewed, SharedStore, StoreError, Taken};

use super::super::waiting_room::WaitingRoom;
use super::asking::{ask, patiently};
use super::found::Found;
use super::lease::{Lease, News};

/// How long a node that is alone waits before it asks the store again.
const AGAIN: Duration = Duration::from_secs(1);
/// How often it is looked what others have done, where nothing is heard of them, and whether one of them is
/// no more.
const LOOK: Duration = Duration::from_secs(1);
/// How often it is looked at most, while there is much to ask.
const BREATH: Duration = Duration::from_millis(20);
/// How long a node that begins, or whose epoch is over, tries to enter before it goes on alone.
const ENTERING: Duration = Duration::from_secs(3);

/// Asks the store for the room, one thing after the other. Nothing is ever read while something is asked:
/// the machine relies on seeing what it has asked for in whatever is read afterwards.
pub(in crate::call) struct Keeper {
    store: SharedStore,
    room: WaitingRoom,
    /// How long the node is believed to be alive without saying so.
    length: Duration,
    lease: Lease,
    found: mpsc::UnboundedSender<Found>,
    endings: mpsc::Receiver<Ending>,
    /// The epoch in which the node has entered last.
    epoch: Option<i64>,
    /// What was left of an earlier epoch, until it has been seen to.
    left: Option<Taken>,
    /// The server is past its beginning, in which everything is read anyway.
    has_begun: bool,
    /// It is not known whether this node has taken over from another.
    may_have_taken: bool,
    /// The store answers.
    is_together: bool,
    /// The opposite, for others to see.
    is_alone: Arc<AtomicBool>,
    /// The last change that is known here.
    upto: i64,
    /// When it was last looked whether another node is no more.
    watched: Instant,
}

/// The way to the keeper.
pub(in crate::call) struct KeeperDesk {
    endings: mpsc::Sender<Ending>,
    is_alone: Arc<AtomicBool>,
}

impl KeeperDesk {
    /// Whether this node goes by itself, since the store does not answer.
    pub(in crate::call) fn is_alone(&self) -> bool {
        self.is_alone.load(Ordering::Relaxed)
    }

    /// Has the store asked all that it was to be asked, and lets another node take over at once. The keeper
    /// is gone when this returns.
    pub(in crate::call) async fn end(&self) {
        let (done, ended) = oneshot::channel();
        if self.endings.send(done).await.is_ok() {
            let _ = ended.await;
        }
    }
}

/// Somebody waits for the keeper's end.
type Ending = oneshot::Sender<()>;

/// Why nothing more is asked for the time being.
enum Pause {
    Failed(StoreError),
    Superseded,
    End(Ending),
}

impl From<StoreError> for Pause {
    fn from(error: StoreError) -> Self {
        Pause::Failed(error)
    }
}

impl Keeper {
    /// A keeper for a room, the way to it, and where it tells what it has found. That has no limit: there
    /// is no more of it than there are rows in the store. `lease` is how long the node is believed to be
    /// alive without saying so.
    pub(in crate::call) fn new(
        store: SharedStore,
        room: WaitingRoom,
        lease: Duration,
    ) -> (Self, KeeperDesk, mpsc::UnboundedReceiver<Found>) {
        let (found, to_see_to) = mpsc::unbounded_channel();
        let (sender, endings) = mpsc::channel(1);
        let is_alone = Arc::new(AtomicBool::new(true));
        let keeper = Keeper {
            lease: Lease::new(store.clone(), lease),
            store,
            room,
            length: lease,
            found,
            endings,
            epoch: None,
            left: None,
            has_begun: false,
            may_have_taken: false,
            is_together: false,
            is_alone: Arc::clone(&is_alone),
            upto: 0,
            watched: Instant::now(),
        };
        let desk = KeeperDesk {
            endings: sender,
            is_alone,
        };
        (keeper, desk, to_see_to)
    }

    /// Enters, before anybody waits or answers here. Gives whether the store answers; one that does not, for
    /// whatever reason, is asked again later: callers are answered without it.
    pub(in crate::call) async fn begin(&mut self) -> bool {
        self.goes_alone(true);
        let joined = tokio::time::timeout(ENTERING, self.join()).await;
        let joined = joined.unwrap_or(Err(StoreError::Late(ENTERING)));
        self.has_begun = true;
        if let Err(error) = &joined {
            tracing::error!(%error, "the store does not answer: this node begins by itself");
        }
        joined.is_ok()
    }

    fn goes_alone(&self, alone: bool) {
        metrics::gauge!("ivr111_queue_alone").set(f64::from(u8::from(alone)));
        self.is_alone.store(alone, Ordering::Relaxed);
    }

    /// Keeps the queue for as long as the server runs.
    pub(in crate::call) async fn keep(mut self) {
        let ended = loop {
            let ending = match self.is_together {
                true => self.follow().await,
                false => self.try_again().await,
            };
            if let Some(ended) = ending {
                break ended;
            }
        };
        let epoch = self.epoch.filter(|_| self.is_together);
        self.lease.end().await;
        if let Some(epoch) = epoch {
            let renewed = patiently(self.store.renew(epoch, Duration::ZERO)).await;
            if let Err(error) = renewed {
                tracing::warn!(%error, "other nodes take over from this one only after a while");
            }
        }
        let _ = ended.send(());
    }

    /// Asks and follows while the store answers.
    async fn follow(&mut self) -> Option<Ending> {
        match self.share().await {
            Pause::End(ended) => return Some(ended),
            Pause::Failed(error) => self.alone(&error),
            Pause::Superseded => {
                tracing::warn!("another node has taken over from this one, which enters anew");
                self.epoch = None;
                let joined = tokio::time::timeout(ENTERING, self.join()).await;
                if let Err(error) = joined.unwrap_or(Err(StoreError::Late(ENTERING))) {
                    self.alone(&error);
                }
            }
        }
        None
    }

    /// Waits for a while, and asks whether the store is there again.
    async fn try_again(&mut self) -> Option<Ending> {
        tokio::select! {
            Some(ended) = self.endings.recv() => return Some(ended),
            () = tokio::time::sleep(AGAIN) => {}
        }
        if self.room.is_ending() {
            // Whoever is hung up on now is in the store, and stays there.
            return None;
        }
        match self.join().await {
            Ok(()) => tracing::info!("the store is there: the queue is shared from now on"),
            Err(error) => tracing::debug!(%error, "the store does not answer yet"),
        }
        None
    }

    fn alone(&mut self, error: &StoreError) {
        tracing::error!(
            %error,
            "the store does not answer: this node serves its own callers with its own handlers"
        );
        self.goes_alone(true);
        self.is_together = false;
        self.lease.hold(None);
        self.room.alone();
    }

    /// Enters where that is needed, and tells the room all that there is.
    async fn join(&mut self) -> Result<(), StoreError> {
        let epoch = self.enter().await?;
        let all = self.store.changes(0).await?;
        let mine = self.store.mine(epoch).await?;
        self.upto = all.upto;
        for (caller, ticket) in self.room.together(all, mine) {
            self.found(Found::Kept {
                caller: Box::new(caller),
                ticket: Box::new(ticket),
                from: None,
            });
        }
        if let Some(left) = self.left.take() {
            self.lost(left.lost, None);
            self.may_have_taken |= self.has_begun;
        }
        if std::mem::take(&mut self.may_have_taken) {
            self.found(Found::Anew);
        }
        self.lease.hold(Some(epoch));
        self.is_together = true;
        self.goes_alone(false);
        Ok(())
    }

    /// The epoch from before, where it still stands, or a new one.
    async fn enter(&mut self) -> Result<i64, StoreError> {
        if let Some(epoch) = self.epoch
            && self.store.renew(epoch, self.length).await? == Renewed::Renewed
        {
            return Ok(epoch);
        }
        let entered = self.store.enter(self.room.now(), self.length).await?;
        self.epoch = Some(entered.epoch);
        self.left = Some(entered.left);
        Ok(entered.epoch)
    }

    /// Asks one thing after the other, and looks in between what others have done.
    async fn share(&mut self) -> Pause {
        let Some(epoch) = self.epoch else {
            return Pause::Superseded;
        };
        let mut looked = Instant::now();
        loop {
            let step = self.step(epoch, looked).await;
            match step {
                Ok(true) => looked = Instant::now(),
                Ok(false) => {}
                Err(pause) => return pause,
            }
        }
    }

    /// Does what is to be done next. Gives whether it has been looked what others have done.
    async fn step(&mut self, epoch: i64, looked: Instant) -> Result<bool, Pause> {
        if self.room.is_superseded() {
            return Err(Pause::Superseded);
        }
        if let Some(news) = self.lease.latest(epoch) {
            renewed(news)?;
        }
        if self.watched.elapsed() >= self.pace() {
            self.take_over(epoch).await?;
        }
        if let Some(op) = self.room.next_op() {
            let now = self.room.now();
            let answer = patiently(ask(&self.store, epoch, now, &op)).await?;
            self.room.done(&op, answer);
            if looked.elapsed() < BREATH {
                return Ok(false);
            }
        } else {
            let pace = self.pace();
            tokio::select! {
                biased;
                news = self.lease.news(epoch) => {
                    renewed(news)?;
                    return Ok(false);
                }
                () = self.room.wants_something() => return Ok(false),
                Some(ended) = self.endings.recv() => return Err(Pause::End(ended)),
                () = self.store.wait_for_change(self.upto, pace) => {}
            }
        }
        let changes = patiently(self.store.changes(self.upto)).await?;
        self.upto = changes.upto;
        // Also where there are none: it is looked then who has gone without a word.
        self.room.changed(changes);
        Ok(true)
    }

    /// A short lease is looked after more often.
    fn pace(&self) -> Duration {
        LOOK.min(self.length / 3)
    }

    /// Takes over from nodes that are no more.
    async fn take_over(&mut self, epoch: i64) -> Result<(), StoreError> {
        self.watched = Instant::now();
        // It may be done though no answer comes: then the promises among it are looked for later.
        self.may_have_taken = true;
        let taken = patiently(self.store.take_over(epoch, self.room.now())).await?;
        self.may_have_taken = false;
        if taken.nodes.is_empty() {
            return Ok(());
        }
        let from = taken.nodes.join(", ");
        tracing::warn!(from, "this node has taken over from another");
        for row in taken.kept {
            // The machine hears of them by the changes after this; before, they are to be known as ours.
            let caller = Box::new(row.caller);
            if !caller.contact.promised && !self.room.knows(&caller) {
                let ticket = Box::new(self.room.restore(&caller));
                let from = Some(from.clone());
                self.found(Found::Kept {
                    caller,
                    ticket,
                    from,
                });
            }
        }
        for callback in taken.promised {
            self.found(Found::Promised(Box::new(callback), from.clone()));
        }
        self.lost(taken.lost, Some(&from));
        Ok(())
    }

    /// Those who were on the line and cannot be called back. Promises are in the book all the same.
    fn lost(&self, rows: Vec<CallerRow>, from: Option<&str>) {
        // Whoever has been taken up again by another road is not lost.
        let lost = |row: &CallerRow| !row.caller.contact.promised && !self.room.knows(&row.caller);
        for row in rows.into_iter().filter(lost) {
            self.found(Found::Lost {
                caller: Box::new(row.caller),
                from: from.map(str::to_owned),
            });
        }
    }

    fn found(&self, found: Found) {
        // Nobody sees to it any more only where the server ends; it is in the store then.
        let _ = self.found.send(found);
    }
}

/// The lease has been renewed, or has not.
fn renewed(news: News) -> Result<(), Pause> {
    match news {
        News::Renewed => Ok(()),
        News::Superseded => Err(Pause::Superseded),
        News::Failed(error) => Err(Pause::Failed(error)),
    }
}
