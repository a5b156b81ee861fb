//! What supervisors order about callbacks: looked for in the store, given to the book, and what comes of it
//! written down. The book is the only one who writes a callback.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use crate::callback::{Book, By, Change, Event, Order, Refusal};
use crate::identity::Reference;
use crate::steady;
use crate::store::{OpenOrder, OrderRow, SharedStore, StoreError, Taking};

use super::service::Service;

/// Between two looks while the store answers, and at most while it does not.
const LOOK: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(15));

/// Looks for orders for as long as the server runs.
pub(super) async fn look_for(service: Arc<Service>) {
    let mut pause = LOOK.0;
    let mut were_there = false;
    loop {
        tokio::time::sleep(pause).await;
        match open(&service.store).await {
            Ok(orders) => {
                pause = LOOK.0;
                // That there are none any more is told as well: what has been taken up can be forgotten.
                let are_there = !orders.is_empty();
                if are_there || were_there {
                    service.book.orders(orders).await;
                }
                were_there = are_there;
            }
            Err(error) => {
                if pause == LOOK.0 {
                    tracing::warn!(%error, "orders about callbacks are not taken up");
                }
                pause = (pause * 2).min(LOOK.1);
            }
        }
    }
}

/// Orders that are still to be carried out. One that was, by a process that ended before it could say so, is
/// only said to be.
async fn open(store: &SharedStore) -> Result<Vec<OpenOrder>, StoreError> {
    let mut open = Vec::new();
    for order in store.open_orders().await? {
        let id = order.order.id;
        match store.is_logged(id).await? {
            true => store.order_taken(id, steady::now(), &Taking::Done).await?,
            false => open.push(order),
        }
    }
    Ok(open)
}

/// Orders that the book has been told of, for as long as the store has them as open.
#[derive(Debug, Default)]
pub(super) struct Orders {
    told: BTreeMap<u128, Told>,
    /// The one that the book is being told of.
    current: Option<u128>,
}

#[derive(Debug)]
struct Told {
    order: OrderRow,
    is_answered: bool,
}

impl Orders {
    /// Of the open orders those that the book is to be told of now.
    pub(super) fn news(&mut self, open: Vec<OpenOrder>, book: &Book) -> Vec<OrderRow> {
        self.told
            .retain(|id, _| open.iter().any(|open| open.order.id == *id));
        let news = open.into_iter().filter(|open| {
            // Who has just been promised a callback hears so first, and the book after that.
            let is_known = open.is_done || book.get(open.order.reference).is_some();
            is_known && !self.told.contains_key(&open.order.id)
        });
        news.map(|open| open.order).collect()
    }

    /// What the book is told of an order, and whose answer comes next.
    pub(super) fn tell(&mut self, order: OrderRow) -> Event {
        let by = By::Supervisor(order.by.clone());
        let event = Event::Ordered(order.reference, order.order.clone(), by);
        self.current = Some(order.id);
        let told = Told {
            order,
            is_answered: false,
        };
        self.told.insert(told.order.id, told);
        event
    }

    /// The book has done what follows from an order. One to close what is under way is answered later.
    pub(super) fn told(&mut self) {
        self.current = None;
    }

    /// The id of a change's entry in the log: that of the order which made it, with the reason for that in
    /// the entry; any other where no order did.
    pub(super) fn id(&self, reference: Reference, change: &mut Change) -> u128 {
        let is_ordered = matches!(change.by, By::Supervisor(_));
        let mut asked = self.asked(reference);
        let order = asked.find(|order| is_ordered && order.order.what() == change.what);
        let Some(order) = order else {
            return rand::random();
        };
        if !matches!(order.order, Order::Close { .. }) {
            change.detail = format!("{} ({})", change.detail, order.reason);
        }
        order.id
    }

    /// The book has answered about a callback. Gives which orders that answers, and what came of them.
    pub(super) fn answered(
        &mut self,
        reference: Reference,
        answer: Result<(), Refusal>,
    ) -> (Vec<u128>, Taking) {
        let ids: Vec<u128> = self.asked(reference).map(|order| order.id).collect();
        for id in &ids {
            if let Some(told) = self.told.get_mut(id) {
                told.is_answered = true;
            }
        }
        let taking = match answer {
            Ok(()) => Taking::Done,
            Err(refusal) => Taking::Refused(refusal.to_string()),
        };
        (ids, taking)
    }

    /// The orders about a callback of which the book speaks: the one that it is being told of, or else all
    /// that wait for an answer.
    fn asked(&self, reference: Reference) -> impl Iterator<Item = &OrderRow> {
        let waits = self.told.values().filter(|told| !told.is_answered);
        let waits = waits.map(|told| &told.order);
        waits.filter(move |order| {
            order.reference == reference && self.current.is_none_or(|id| id == order.id)
        })
    }
}

#[cfg(test)]
mod tests;
