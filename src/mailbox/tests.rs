use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;

use super::*;

#[test]
fn a_full_mailbox_gives_the_message_back() {
    let (sender, mut receiver) = mailbox(2);
    assert_eq!(sender.try_send(1), Ok(()));
    assert_eq!(sender.try_send(2), Ok(()));
    assert_eq!(sender.try_send(3), Err(TrySendError::Full(3)));
    assert_eq!(receiver.try_recv(), Some(1));
    assert_eq!(sender.try_send(4), Ok(()));
    assert_eq!(receiver.try_recv(), Some(2));
    assert_eq!(receiver.try_recv(), Some(4));
    assert_eq!(receiver.try_recv(), None);
}

#[test]
fn a_mailbox_without_room_holds_one_message() {
    let (sender, mut receiver) = mailbox(0);
    assert_eq!(sender.try_send(1), Ok(()));
    assert_eq!(sender.try_send(2), Err(TrySendError::Full(2)));
    assert_eq!(receiver.try_recv(), Some(1));
}

#[tokio::test]
async fn whoever_waits_for_room_gets_it_and_messages_stay_in_order() {
    let (sender, mut receiver) = mailbox(1);
    sender.send(0).await.unwrap();
    let writer = tokio::spawn(async move {
        for n in 1..100 {
            sender.send(n).await.unwrap();
        }
    });
    for n in 0..100 {
        assert_eq!(receiver.recv().await, Some(n));
    }
    assert_eq!(receiver.recv().await, None);
    writer.await.unwrap();
}

#[tokio::test]
async fn whoever_waits_for_room_does_not_wait_for_ever_when_nobody_reads() {
    let (sender, receiver) = mailbox(1);
    sender.send(0).await.unwrap();
    let writer = tokio::spawn(async move {
        let _ = sender.send(1).await;
        sender.send(2).await
    });
    tokio::task::yield_now().await;
    drop(receiver);
    assert_eq!(writer.await.unwrap(), Err(SendError(2)));
}

#[test]
fn nothing_can_be_sent_to_where_nobody_reads_and_what_lay_there_is_dropped() {
    let (sender, receiver) = mailbox(8);
    let message = Arc::new(());
    sender.try_send(Arc::clone(&message)).unwrap();
    // A message may hold the way to its own mailbox.
    let (inner, unread) = mailbox::<Box<dyn Send>>(8);
    inner.try_send(Box::new(inner.clone())).unwrap();
    drop(unread);
    drop(receiver);
    assert_eq!(Arc::strong_count(&message), 1);
    let back = sender.try_send(message);
    assert!(matches!(back, Err(TrySendError::Disconnected(_))));
}

#[tokio::test]
async fn a_lost_receiving_future_loses_nothing() {
    let (sender, mut receiver) = mailbox(8);
    for n in 0..20 {
        let nothing = tokio::time::timeout(Duration::from_millis(1), receiver.recv());
        assert!(nothing.await.is_err());
        sender.try_send(n).unwrap();
        assert_eq!(receiver.recv().await, Some(n));
    }
}

#[test]
fn threads_send_all_that_they_have() {
    let (sender, mut receiver) = mailbox(4);
    let threads: Vec<_> = (0..4)
        .map(|thread| {
            let sender = sender.clone();
            std::thread::spawn(move || {
                for n in 0..500 {
                    while sender.try_send((thread, n)).is_err() {
                        std::thread::yield_now();
                    }
                }
            })
        })
        .collect();
    drop(sender);
    let mut next = [0; 4];
    while let Some((thread, n)) = receiver.blocking_recv() {
        assert_eq!(n, next[thread]);
        next[thread] += 1;
    }
    assert_eq!(next, [500; 4]);
    threads.into_iter().for_each(|t| t.join().unwrap());
}

proptest! {
    /// As a queue with a limit, whatever is done.
    #[test]
    fn it_is_a_queue(most in 1usize..6, steps in proptest::collection::vec(any::<Option<u8>>(), 0..60)) {
        let (sender, mut receiver) = mailbox(most);
        let mut model = VecDeque::new();
        for step in steps {
            match step {
                Some(message) if model.len() < most => {
                    prop_assert_eq!(sender.try_send(message), Ok(()));
                    model.push_back(message);
                }
                Some(message) => {
                    prop_assert_eq!(sender.try_send(message), Err(TrySendError::Full(message)));
                }
                None => prop_assert_eq!(receiver.try_recv(), model.pop_front()),
            }
        }
    }
}
