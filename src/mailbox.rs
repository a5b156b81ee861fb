//! A channel that takes no more room than its messages have needed: flume's, with what a call needs of it.
//!
//! Every call has several, and nearly all of them lie empty for as long as it lasts, while tokio's channel
//! takes room for 32 messages before the first one is sent. Messages are few (keys, requests, orders):
//! whatever comes with every packet has no business here.

pub use flume::{SendError, TrySendError};

/// A mailbox that holds at most so many messages; at least one.
pub fn mailbox<T>(most: usize) -> (Sender<T>, Receiver<T>) {
    let (sender, receiver) = flume::bounded(most.max(1));
    (Sender(sender), Receiver(receiver))
}

/// Puts messages into a mailbox. Clones put them into the same one.
#[derive(Debug)]
pub struct Sender<T>(flume::Sender<T>);

impl<T> Sender<T> {
    /// Puts a message in, and never waits. A full mailbox, and one that nobody reads any more, give it
    /// back.
    pub fn try_send(&self, message: T) -> Result<(), TrySendError<T>> {
        self.0.try_send(message)
    }

    /// Puts a message in, as soon as there is room. A mailbox that nobody reads any more gives it back.
    pub async fn send(&self, message: T) -> Result<(), SendError<T>> {
        self.0.send_async(message).await
    }
}

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Self {
        Sender(self.0.clone())
    }
}

/// Takes messages out of a mailbox, in the order in which they came.
#[derive(Debug)]
pub struct Receiver<T>(flume::Receiver<T>);

impl<T> Receiver<T> {
    /// The next message; none once the mailbox is empty and every sender is gone. Losing this future
    /// loses nothing.
    pub async fn recv(&mut self) -> Option<T> {
        self.0.recv_async().await.ok()
    }

    /// The next message that is there already.
    #[cfg(test)]
    pub(crate) fn try_recv(&mut self) -> Option<T> {
        self.0.try_recv().ok()
    }

    /// The next message, where nothing can be awaited.
    #[cfg(test)]
    pub(crate) fn blocking_recv(&mut self) -> Option<T> {
        self.0.recv().ok()
    }
}

impl<T> Drop for Receiver<T> {
    /// What lies in there may hold senders of this very mailbox, and would then stay for ever.
    fn drop(&mut self) {
        self.0.drain();
    }
}

#[cfg(test)]
mod tests;
