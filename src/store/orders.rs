use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::callback::{By, Order, Stage};
use crate::identity::Reference;

use super::dialect::{Dialect, Row, values};
use super::error::StoreError;
use super::history::{HistoryRow, Timed};
use super::log::{by_text, id_text};
use super::sql::Sql;

/// No more orders are taken up at once.
const AT_ONCE: u32 = 1_000;
/// The longest result, in characters.
const RESULT: usize = 200;
const DONE: &str = "done";
const REFUSED: &str = "refused: ";

/// What a supervisor orders about a callback.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderRow {
    /// Unlike that of any other order. The log's entry of what the order has changed has it as well.
    pub id: u128,
    /// About which callback.
    pub reference: Reference,
    /// When it was given.
    pub at: Timestamp,
    /// By whom: the supervisor's name.
    pub by: String,
    /// What.
    pub order: Order,
    /// Why, in a few words, without personal data.
    pub reason: String,
}

/// An order that nobody has taken up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenOrder {
    /// The order.
    pub order: OrderRow,
    /// The store has its callback as done.
    pub is_done: bool,
}

/// What came of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Taking {
    /// It has been carried out.
    Done,
    /// It has not, and why.
    Refused(String),
}

/// Orders of supervisors about callbacks. Whoever orders stores it; the node that makes the callback takes
/// it up: nobody else writes a callback.
#[async_trait]
pub trait Orders {
    /// Stores an order; storing the same one again changes nothing.
    async fn order(&self, order: &OrderRow) -> Result<(), StoreError>;

    /// Orders about callbacks of this node that nobody has taken up, the oldest first, and no more at once
    /// than can be seen to. One that cannot be read is refused here.
    async fn open_orders(&self) -> Result<Vec<OpenOrder>, StoreError>;

    /// An order has been taken up, and this came of it. What came of it first stands.
    async fn order_taken(&self, id: u128, at: Timestamp, result: &Taking)
    -> Result<(), StoreError>;

    /// What came of an order; none where nobody has taken it up.
    async fn order_result(&self, id: u128) -> Result<Option<Taking>, StoreError>;
}

#[async_trait]
impl<D: Dialect> Orders for Sql<D> {
    async fn order(&self, order: &OrderRow) -> Result<(), StoreError> {
        let sql = "INSERT INTO callback_order (id, reference, at, by_whom, kind) \
                   VALUES ($1, $2, $3, $4, $5) ON CONFLICT (id) DO NOTHING";
        let kind = Kind::of(order);
        let kind = serde_json::to_string(&kind)
            .map_err(|_| StoreError::Request("to store what JSON cannot hold"))?;
        let values = values![
            id_text(order.id),
            order.reference,
            order.at,
            &order.by,
            kind
        ];
        self.run(sql, values).await?;
        Ok(())
    }

    async fn open_orders(&self) -> Result<Vec<OpenOrder>, StoreError> {
        let sql = "SELECT o.*, c.stage FROM callback_order o JOIN callback c ON c.reference = o.reference \
                   WHERE o.taken_at IS NULL AND c.node = $1 ORDER BY o.at, o.id LIMIT $2";
        let rows = self.rows(sql, values![&self.node, AT_ONCE]).await?;
        let mut orders = Vec::with_capacity(rows.len());
        for row in &rows {
            match read(row) {
                Ok(order) => orders.push(OpenOrder {
                    order,
                    is_done: row.text("stage")? == Stage::Done.word(),
                }),
                Err(error) => {
                    tracing::error!(%error, "an order about a callback is refused");
                    let refused = Taking::Refused("it cannot be read".to_owned());
                    self.taken(&row.text("id")?, row.int("at")?, &refused)
                        .await?;
                }
            }
        }
        Ok(orders)
    }

    async fn order_taken(
        &self,
        id: u128,
        at: Timestamp,
        result: &Taking,
    ) -> Result<(), StoreError> {
        self.taken(&id_text(id), at.as_millisecond(), result).await
    }

    async fn order_result(&self, id: u128) -> Result<Option<Taking>, StoreError> {
        let sql = "SELECT result FROM callback_order WHERE id = $1";
        let rows = self.rows(sql, values![id_text(id)]).await?;
        let row = rows.first();
        let result = row.map_or(Ok(None), |row| row.maybe_text("result"))?;
        Ok(result.map(|result| match result.strip_prefix(REFUSED) {
            Some(why) => Taking::Refused(why.to_owned()),
            None => Taking::Done,
        }))
    }
}

impl<D: Dialect> Sql<D> {
    async fn taken(&self, id: &str, at: i64, result: &Taking) -> Result<(), StoreError> {
        let sql = "UPDATE callback_order SET taken_at = $2, result = $3 \
                   WHERE id = $1 AND taken_at IS NULL";
        let result = match result {
            Taking::Done => DONE.to_owned(),
            Taking::Refused(why) => format!("{REFUSED}{}", short(why)),
        };
        self.run(sql, values![id, at, result]).await?;
        Ok(())
    }
}

fn short(why: &str) -> String {
    why.chars().take(RESULT).collect()
}

/// An order as JSON. Times are milliseconds, like all others of the store.
#[derive(Serialize, Deserialize)]
struct Kind {
    reason: String,
    #[serde(flatten)]
    what: What,
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "order", rename_all = "kebab-case")]
enum What {
    Reassign {
        skill: String,
        clinician: Option<String>,
    },
    Reschedule {
        due: i64,
        deadline: Option<i64>,
    },
    Close,
}

impl Kind {
    fn of(row: &OrderRow) -> Kind {
        let what = match &row.order {
            Order::Reassign { skill, clinician } => What::Reassign {
                skill: skill.clone(),
                clinician: clinician.clone(),
            },
            Order::Reschedule { due, deadline } => What::Reschedule {
                due: due.as_millisecond(),
                deadline: deadline.map(Timestamp::as_millisecond),
            },
            Order::Close { .. } => What::Close,
        };
        let reason = row.reason.clone();
        Kind { reason, what }
    }

    fn order(self) -> Result<(Order, String), StoreError> {
        let order = match self.what {
            What::Reassign { skill, clinician } => Order::Reassign { skill, clinician },
            What::Reschedule { due, deadline } => Order::Reschedule {
                due: super::dialect::time(due)?,
                deadline: deadline.map(super::dialect::time).transpose()?,
            },
            What::Close => Order::Close {
                reason: self.reason.clone(),
            },
        };
        Ok((order, self.reason))
    }
}

fn read<D: Dialect>(row: &Row<D>) -> Result<OrderRow, StoreError> {
    let reference = row.reference("reference")?;
    let wrong = || StoreError::Row(format!("an order about callback {reference}"));
    let kind: Kind = serde_json::from_str(&row.text("kind")?).map_err(|_| wrong())?;
    let (order, reason) = kind.order()?;
    Ok(OrderRow {
        id: u128::from_str_radix(&row.text("id")?, 16).map_err(|_| wrong())?,
        reference,
        at: row.time("at")?,
        by: row.text("by_whom")?,
        order,
        reason,
    })
}

pub(super) fn history<D: Dialect>(row: &Row<D>) -> Result<Timed, StoreError> {
    let (what, ordered) = match read(row) {
        Ok(row) => (row.order.word(), detail(&row)),
        Err(_) => ("order", "it cannot be read".to_owned()),
    };
    let result = row.maybe_text("result")?;
    let result = result.as_deref().unwrap_or("not taken up yet");
    let shown = HistoryRow {
        at: row.time("at")?.to_string(),
        kind: "order",
        what: what.to_owned(),
        by: Some(by_text(&By::Supervisor(row.text("by_whom")?))),
        detail: format!("{ordered}: {result}"),
        node: None,
        entry: None,
    };
    Ok((row.int("at")?, shown))
}

fn detail(row: &OrderRow) -> String {
    match &row.order {
        Order::Close { .. } => format!("({})", row.reason),
        order => format!("{} ({})", order.detail(), row.reason),
    }
}
