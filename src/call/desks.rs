//! Conversations by the handler who is in them: where a supervisor's call finds the one it is for, where a
//! handler's call to a colleague finds the caller it is about, and where what they order at their desk arrives.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use crate::callback::Disposition;
use crate::identity::Reference;
use crate::mailbox::{self, mailbox};
use crate::queue::HandlerId;
use crate::sip::Incoming;
use crate::transfer::{Command, Event, ServiceLine, Supervision};

/// What a conversation has not yet looked at; more is turned away.
const UNSEEN: usize = 4;

/// What somebody who calls wants of a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Wish {
    /// To watch over it.
    Supervise(Supervision),
    /// The handler in it consults somebody.
    Consult(HandlerId),
}

/// A call of one of our own people that belongs into a conversation.
pub(super) struct Visit {
    /// Who calls.
    pub(super) from: HandlerId,
    pub(super) wish: Wish,
    pub(super) incoming: Box<Incoming>,
}

/// What a handler orders at their desk for the caller they talk with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ordered {
    /// What they could have said by keys.
    Command(Command),
    /// A callback by a disposition.
    Callback(Disposition),
    /// The caller is put through to a service.
    PutThrough(ServiceLine),
}

/// What has come of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It has been done: the service has answered, the callback is promised, a control room has the caller.
    Done,
    /// It came to nothing: nobody has answered, or the caller did not want it.
    Failed,
    /// Something else is under way.
    NotNow,
}

/// Where an answer goes. Where it is dropped, the order came to nothing.
pub(super) struct Reply(oneshot::Sender<Answer>);

impl Reply {
    /// Answers. Nobody may listen any more: the desk has gone.
    pub(super) fn send(self, answer: Answer) {
        let _ = self.0.send(answer);
    }
}

/// An order and where its answer goes.
pub(super) struct Order {
    pub(super) what: Ordered,
    pub(super) reply: Reply,
}

impl Order {
    /// What it means to a conversation.
    pub(super) fn event(&self) -> Event {
        match &self.what {
            Ordered::Command(command) => Event::Commanded(*command),
            Ordered::Callback(_) => Event::Commanded(Command::Callback),
            Ordered::PutThrough(line) => Event::PutThrough(line.clone()),
        }
    }
}

/// Something that comes to a conversation from outside.
pub(super) enum Knock {
    Visit(Visit),
    Order(Order),
}

/// The caller with whom a handler talks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct About {
    /// The call.
    pub reference: Reference,
    /// The caller's region.
    pub region: String,
    /// The first half of their postcode, as far as it is known.
    pub outward: Option<String>,
    /// What they speak.
    pub language: String,
}

/// A conversation, as others see it.
struct Open {
    /// Unlike that of any other.
    number: u64,
    about: About,
    visits: mailbox::Sender<Visit>,
    orders: mailbox::Sender<Order>,
}

#[derive(Default)]
struct Known {
    desks: HashMap<HandlerId, Open>,
    opened: u64,
}

/// All conversations with a handler. Clones are the same.
#[derive(Clone, Default)]
pub(super) struct Desks(Arc<Mutex<Known>>);

impl Desks {
    /// A handler is in a conversation until the desk is dropped.
    pub(super) fn open(&self, handler: &HandlerId, about: About) -> Desk {
        let ((to_visit, visits), (to_order, orders)) = (mailbox(UNSEEN), mailbox(UNSEEN));
        let mut known = self.lock();
        known.opened += 1;
        let open = Open {
            number: known.opened,
            about,
            visits: to_visit,
            orders: to_order,
        };
        let number = open.number;
        known.desks.insert(handler.clone(), open);
        Desk {
            desks: self.clone(),
            handler: handler.clone(),
            number,
            visits,
            orders,
        }
    }

    /// With whom a handler talks; none where with nobody.
    pub(super) fn about(&self, handler: &HandlerId) -> Option<About> {
        let known = self.lock();
        known.desks.get(handler).map(|open| open.about.clone())
    }

    /// Brings an order to the conversation of a handler about that call. None where they are in no such one, or
    /// where too much comes at once.
    pub(super) fn order(
        &self,
        handler: &HandlerId,
        call: Reference,
        what: Ordered,
    ) -> Option<oneshot::Receiver<Answer>> {
        let known = self.lock();
        let open = known.desks.get(handler);
        let open = open.filter(|open| open.about.reference == call)?;
        let (reply, answer) = oneshot::channel();
        let order = Order {
            what,
            reply: Reply(reply),
        };
        let sent = open.orders.try_send(order);
        sent.ok().map(|()| answer)
    }

    /// Leads a call to the conversation of a handler. It comes back where the handler is in none, or where
    /// too many come at once.
    pub(super) fn visit(&self, handler: &HandlerId, visit: Visit) -> Result<(), Visit> {
        let known = self.lock();
        match known.desks.get(handler) {
            Some(open) => open
                .visits
                .try_send(visit)
                .map_err(|full| full.into_inner()),
            None => Err(visit),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A handler's place in a conversation.
pub(super) struct Desk {
    desks: Desks,
    handler: HandlerId,
    number: u64,
    visits: mailbox::Receiver<Visit>,
    orders: mailbox::Receiver<Order>,
}

impl Desk {
    /// The handler.
    pub(super) fn handler(&self) -> &HandlerId {
        &self.handler
    }

    /// What comes next. Losing this future loses nothing.
    pub(super) async fn next(&mut self) -> Knock {
        tokio::select! {
            Some(visit) = self.visits.recv() => Knock::Visit(visit),
            Some(order) = self.orders.recv() => Knock::Order(order),
            else => std::future::pending().await,
        }
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        let mut known = self.desks.lock();
        // The same handler may be in another conversation by now.
        let ours = known
            .desks
            .get(&self.handler)
            .is_some_and(|open| open.number == self.number);
        if ours {
            known.desks.remove(&self.handler);
        }
    }
}
