//! What supervisors order about callbacks.

use super::super::*;
use super::lab::{Lab, at};
use super::on_both;
use super::suite::{callback, entry};
use crate::callback::{Callback, Order, Stage};

on_both! {
    orders_wait_for_the_node_that_makes_the_callback,
    what_came_of_an_order_first_stands,
    an_order_that_cannot_be_read_is_refused,
}

fn order(id: u128, n: u64, order: Order) -> OrderRow {
    OrderRow {
        id,
        reference: callback(n).reference,
        at: at(id as i64),
        by: "Sister Mary".into(),
        order,
        reason: "asked for".into(),
    }
}

fn close() -> Order {
    Order::Close {
        reason: "asked for".into(),
    }
}

async fn orders_wait_for_the_node_that_makes_the_callback(lab: &Lab) {
    let (leeds, york) = (lab.node("leeds").await, lab.node("york").await);
    leeds.book(&callback(1), &entry()).await.unwrap();
    york.book(&callback(2), &entry()).await.unwrap();
    let to = |clinician: Option<&str>| Order::Reassign {
        skill: "gp".into(),
        clinician: clinician.map(str::to_owned),
    };
    let at_time = |deadline| Order::Reschedule {
        due: at(900_000),
        deadline,
    };
    let orders = [
        order(1, 1, to(None)),
        order(2, 1, to(Some("2002"))),
        order(3, 1, at_time(None)),
        order(4, 1, at_time(Some(at(1_800_000)))),
        order(u128::MAX - 5, 1, close()),
    ];
    let orders = orders.map(|order| OrderRow {
        at: at(order.id.min(5) as i64),
        ..order
    });
    for order in orders.iter().rev() {
        york.order(order).await.unwrap();
        york.order(order).await.unwrap();
    }
    let open = orders.map(|order| OpenOrder {
        order,
        is_done: false,
    });
    assert_eq!(leeds.open_orders().await.unwrap(), open);
    let done = Callback {
        stage: Stage::Done,
        ..callback(1)
    };
    leeds.save(&done, &entry()).await.unwrap();
    let open = leeds.open_orders().await.unwrap();
    assert!(open.len() == 5 && open.iter().all(|open| open.is_done));
    assert!(york.open_orders().await.unwrap().is_empty());
    york.order(&order(7, 2, close())).await.unwrap();
    assert_eq!(york.open_orders().await.unwrap().len(), 1);
    // About nothing that anybody has promised.
    york.order(&order(8, 3, close())).await.unwrap();
    assert_eq!(york.open_orders().await.unwrap().len(), 1);
}

async fn what_came_of_an_order_first_stands(lab: &Lab) {
    let store = lab.store().await;
    store.book(&callback(1), &entry()).await.unwrap();
    store.order(&order(1, 1, close())).await.unwrap();
    store.order(&order(2, 1, close())).await.unwrap();
    assert_eq!(store.order_result(1).await.unwrap(), None);
    assert_eq!(store.order_result(9).await.unwrap(), None);
    store.order_taken(1, at(5), &Taking::Done).await.unwrap();
    let why = Taking::Refused("no such callback is open here".into());
    store.order_taken(1, at(6), &why).await.unwrap();
    store.order_taken(2, at(6), &why).await.unwrap();
    assert_eq!(store.order_result(1).await.unwrap(), Some(Taking::Done));
    assert_eq!(store.order_result(2).await.unwrap(), Some(why));
    assert!(store.open_orders().await.unwrap().is_empty());
    let history = store.history(callback(1).reference).await.unwrap();
    let orders = history.iter().filter(|row| row.kind == "order");
    let orders: Vec<&str> = orders.map(|row| row.detail.as_str()).collect();
    let refused = "(asked for): refused: no such callback is open here";
    assert_eq!(orders, ["(asked for): done", refused]);
    let by = history.last().unwrap().by.as_deref();
    assert_eq!(by, Some("supervisor Sister Mary"));
}

async fn an_order_that_cannot_be_read_is_refused(lab: &Lab) {
    let store = lab.store().await;
    store.book(&callback(1), &entry()).await.unwrap();
    store.order(&order(1, 1, close())).await.unwrap();
    store.order(&order(2, 1, close())).await.unwrap();
    let sql = "UPDATE callback_order SET kind = '{}' WHERE at < 1800000000002";
    assert_eq!(lab.sql(sql).await.unwrap(), 1);
    let open = store.open_orders().await.unwrap();
    assert_eq!(open.len(), 1);
    assert_eq!(open[0].order, order(2, 1, close()));
    let refused = Taking::Refused("it cannot be read".into());
    assert_eq!(store.order_result(1).await.unwrap(), Some(refused));
}
