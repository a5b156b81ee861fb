//! A channel that takes no more memory than the messages that lie in it.
//!
//! Every call has several, and nearly all of them lie empty for as long as it lasts: tokio's channel takes
//! room for 32 messages before the first one is sent. Here the room of a mailbox that has been emptied is
//! given back. Messages are few (keys, requests, orders): whatever comes with every packet has no
//! business here.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use tokio::sync::mpsc::error::{SendError, TrySendError};
use tokio::task::coop::cooperative;

/// A mailbox that holds at most so many messages; at least one.
pub fn mailbox<T>(most: usize) -> (Sender<T>, Receiver<T>) {
    let shared = Arc::new(Shared {
        most: most.max(1),
        state: Mutex::new(State {
            messages: VecDeque::new(),
            reader: None,
            writers: Vec::new(),
            senders: 1,
            is_read: true,
        }),
    });
    (Sender(Arc::clone(&shared)), Receiver(shared))
}

/// Puts messages into a mailbox. Clones put them into the same one.
#[derive(Debug)]
pub struct Sender<T>(Arc<Shared<T>>);

/// Takes messages out of a mailbox, in the order in which they came.
#[derive(Debug)]
pub struct Receiver<T>(Arc<Shared<T>>);

#[derive(Debug)]
struct Shared<T> {
    most: usize,
    state: Mutex<State<T>>,
}

#[derive(Debug)]
struct State<T> {
    messages: VecDeque<T>,
    /// The receiver, where it waits for a message.
    reader: Option<Waker>,
    /// Senders that wait for room.
    writers: Vec<Waker>,
    senders: usize,
    /// Whether there is a receiver.
    is_read: bool,
}

impl<T> Shared<T> {
    /// Nothing that could panic is done under the lock, and nobody is woken.
    fn state(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> State<T> {
    fn put(&mut self, most: usize, message: T) -> Result<Option<Waker>, TrySendError<T>> {
        if !self.is_read {
            return Err(TrySendError::Closed(message));
        }
        if self.messages.len() >= most {
            return Err(TrySendError::Full(message));
        }
        self.messages.push_back(message);
        Ok(self.reader.take())
    }
}

impl<T> Sender<T> {
    /// Puts a message in, and never waits. A full mailbox, and one that nobody reads any more, give it
    /// back.
    pub fn try_send(&self, message: T) -> Result<(), TrySendError<T>> {
        let put = self.0.state().put(self.0.most, message);
        put.map(wake)
    }

    /// Puts a message in, as soon as there is room. A mailbox that nobody reads any more gives it back.
    pub async fn send(&self, message: T) -> Result<(), SendError<T>> {
        let mut left = Some(message);
        let put = poll_fn(|context| match left.take() {
            Some(message) => self.poll_send(context, message, &mut left),
            None => Poll::Ready(Ok(())),
        });
        cooperative(put).await
    }

    fn poll_send(
        &self,
        context: &Context<'_>,
        message: T,
        left: &mut Option<T>,
    ) -> Poll<Result<(), SendError<T>>> {
        let mut state = self.0.state();
        match state.put(self.0.most, message) {
            Ok(reader) => {
                drop(state);
                wake(reader);
                Poll::Ready(Ok(()))
            }
            Err(TrySendError::Full(message)) => {
                state.writers.push(context.waker().clone());
                *left = Some(message);
                Poll::Pending
            }
            Err(TrySendError::Closed(message)) => Poll::Ready(Err(SendError(message))),
        }
    }
}

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Self {
        self.0.state().senders += 1;
        Sender(Arc::clone(&self.0))
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.senders -= 1;
        let reader = (state.senders == 0).then(|| state.reader.take()).flatten();
        drop(state);
        wake(reader);
    }
}

impl<T> Receiver<T> {
    /// The next message; none once the mailbox is empty and every sender is gone. Losing this future
    /// loses nothing.
    pub async fn recv(&mut self) -> Option<T> {
        cooperative(poll_fn(|context| self.poll_recv(context))).await
    }

    fn poll_recv(&mut self, context: &Context<'_>) -> Poll<Option<T>> {
        let mut state = self.0.state();
        let Some(message) = state.messages.pop_front() else {
            if state.senders == 0 {
                return Poll::Ready(None);
            }
            let known = state.reader.as_ref();
            if !known.is_some_and(|reader| reader.will_wake(context.waker())) {
                state.reader = Some(context.waker().clone());
            }
            return Poll::Pending;
        };
        if state.messages.is_empty() {
            state.messages = VecDeque::new();
        }
        let writers = std::mem::take(&mut state.writers);
        drop(state);
        writers.into_iter().for_each(Waker::wake);
        Poll::Ready(Some(message))
    }

    /// The next message that is there already.
    #[cfg(test)]
    pub(crate) fn try_recv(&mut self) -> Option<T> {
        match self.poll_recv(&Context::from_waker(Waker::noop())) {
            Poll::Ready(message) => message,
            Poll::Pending => None,
        }
    }

    /// The next message, where nothing can be awaited.
    #[cfg(test)]
    pub(crate) fn blocking_recv(&mut self) -> Option<T> {
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        runtime.ok()?.block_on(self.recv())
    }
}

impl<T> Drop for Receiver<T> {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.is_read = false;
        state.reader = None;
        let unread = std::mem::take(&mut state.messages);
        let writers = std::mem::take(&mut state.writers);
        drop(state);
        // What lies in there may hold senders of this very mailbox.
        drop(unread);
        writers.into_iter().for_each(Waker::wake);
    }
}

fn wake(waker: Option<Waker>) {
    if let Some(waker) = waker {
        waker.wake();
    }
}

#[cfg(test)]
mod tests;
