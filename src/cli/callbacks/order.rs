use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use crate::callback::{Order, Stage};
use crate::identity::Reference;
use crate::queue::CLINICIAN;
use crate::settings::Settings;
use crate::store::{OrderRow, SharedStore, StoreError, Taking};

use super::super::args::{Ordered, Reassign, Reschedule};
use super::super::ask::{ask, settings};
use super::super::{Outcome, output};

/// How long somebody waits at the prompt for the node to take an order up, and how often is asked.
const WAIT: Duration = Duration::from_secs(5);
const ASKED: Duration = Duration::from_millis(100);

pub(super) fn reassign(arguments: &Reassign) -> Outcome {
    let to = match settings(&arguments.ordered.config) {
        Ok(settings) => to(&settings, &arguments.to),
        Err(outcome) => return outcome,
    };
    match to {
        Ok(order) => give(&arguments.ordered, order),
        Err(error) => output::failed(error),
    }
}

pub(super) fn reschedule(arguments: &Reschedule) -> Outcome {
    let order = Order::Reschedule {
        due: arguments.at,
        deadline: arguments.deadline,
    };
    give(&arguments.ordered, order)
}

pub(super) fn close(arguments: &Ordered) -> Outcome {
    let order = Order::Close {
        reason: arguments.reason.clone(),
    };
    give(arguments, order)
}

/// Who is to make it: a clinician by account, or whoever has a skill that some clinician has.
fn to(settings: &Settings, to: &str) -> Result<Order, String> {
    let accounts = settings.account.iter();
    let clinicians: Vec<_> = accounts
        .filter(|account| account.profile().skills.contains_key(CLINICIAN))
        .collect();
    let named = clinicians.iter().any(|a| a.user.get_ref() == to);
    if named {
        return Ok(Order::Reassign {
            skill: CLINICIAN.to_owned(),
            clinician: Some(to.to_owned()),
        });
    }
    let mut able = clinicians.iter();
    if able.any(|a| a.profile().skills.contains_key(to)) {
        return Ok(Order::Reassign {
            skill: to.to_owned(),
            clinician: None,
        });
    }
    let users: Vec<&str> = clinicians
        .iter()
        .map(|a| a.user.get_ref().as_str())
        .collect();
    Err(format!(
        "--to {to}: no clinician is called so or has that skill; write nurse, gp or an account: {}",
        users.join(", ")
    ))
}

/// What was found, or came of the order.
enum Given {
    Unknown,
    IsDone,
    Taken(Taking),
    Waits,
}

fn give(arguments: &Ordered, order: Order) -> Outcome {
    let reference = arguments.reference;
    let word = order.word();
    let order = OrderRow {
        id: rand::random(),
        reference,
        at: Timestamp::now(),
        by: arguments.by.clone(),
        order,
        reason: arguments.reason.clone(),
    };
    let given = ask(&arguments.config, async |store| {
        match store.callback(reference).await? {
            None => return Ok(Given::Unknown),
            Some(callback) if callback.stage == Stage::Done => return Ok(Given::IsDone),
            Some(_) => {}
        }
        store.order(&order).await?;
        taking(&store, order.id).await
    });
    match given {
        Err(outcome) => outcome,
        Ok(Given::Unknown) => unknown(reference),
        Ok(Given::IsDone) => wrong(format!("{reference} is done already")),
        Ok(Given::Taken(Taking::Done)) => {
            output::line(format!("{reference}: {word}: done"));
            Outcome::Good
        }
        Ok(Given::Taken(Taking::Refused(why))) => {
            wrong(format!("{reference}: {word}: refused: {why}"))
        }
        Ok(Given::Waits) => wrong(format!(
            "{reference}: {word}: not taken up yet. The node that makes this callback takes the order up \
             as soon as it runs, and one to close it once nobody is being rung or talks. \
             `ivr111 callbacks show {reference}` tells what came of it"
        )),
    }
}

/// Waits for what comes of an order, for as long as somebody waits at the prompt.
async fn taking(store: &SharedStore, id: u128) -> Result<Given, StoreError> {
    let until = Instant::now() + WAIT;
    loop {
        if let Some(taking) = store.order_result(id).await? {
            return Ok(Given::Taken(taking));
        }
        if Instant::now() >= until {
            return Ok(Given::Waits);
        }
        tokio::time::sleep(ASKED).await;
    }
}

pub(super) fn unknown(reference: Reference) -> Outcome {
    wrong(format!("the store holds no callback {reference}"))
}

fn wrong(what: String) -> Outcome {
    eprintln!("ivr111: {what}");
    Outcome::Wrong
}
