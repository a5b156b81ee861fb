//! Holding a media thread up for as long as a test wants.

use std::{
    pin::Pin,
    sync::{
        Arc, Mutex,
        mpsc::{Receiver, Sender, channel},
    },
    task::{Context, Wake, Waker},
};

use super::{waiting::next_event, *};

/// A leg of no call. Whoever waits for its next event does not come back from being woken, and it is
/// the media thread that wakes him.
pub(super) struct Brake {
    leg: Leg,
    /// Takes event after event.
    events: Pin<Box<dyn Future<Output = ()>>>,
}

/// The thread stands still until this is dropped.
pub(super) struct Held(#[expect(dead_code, reason = "dropping it lets the thread go")] Sender<()>);

struct Grip {
    held: Sender<()>,
    let_go: Mutex<Receiver<()>>,
}

impl Wake for Grip {
    fn wake(self: Arc<Self>) {
        let _ = self.held.send(());
        let _ = self.let_go.lock().unwrap().recv();
    }
}

impl Brake {
    pub(super) fn new(bench: &Bench) -> Brake {
        let (to, mut events) = events();
        let leg = bench.open(to).unwrap();
        let events = Box::pin(async move { while events.recv().await.is_some() {} });
        Brake { leg, events }
    }

    /// Comes back when the thread stands still; it has done all that it was told before.
    pub(super) fn hold(&mut self) -> Held {
        let (held, is_held) = channel();
        let (go, let_go) = channel();
        let let_go = Mutex::new(let_go);
        let waker = Waker::from(Arc::new(Grip { held, let_go }));
        let mut context = Context::from_waker(&waker);
        assert!(self.events.as_mut().poll(&mut context).is_pending());
        self.leg.info_key(Key::from_char('1').unwrap());
        is_held.recv_timeout(Duration::from_secs(20)).unwrap();
        Held(go)
    }
}

#[test]
fn a_held_thread_does_nothing_until_it_is_let_go() {
    let engine = engine(18_500..=18_509);
    let mut brake = Brake::new(&engine);
    let (to, mut events) = events();
    let leg = engine.open(to).unwrap();
    for _ in 0..2 {
        let held = brake.hold();
        leg.info_key(Key::from_char('2').unwrap());
        assert!(events.try_recv().is_none());
        drop(held);
        let (id, event) = next_event(&mut events);
        assert_eq!(id, leg.id());
        assert!(matches!(event, Event::Key { .. }));
    }
}
