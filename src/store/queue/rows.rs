use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::callback::Callback;
use crate::identity::Number;
use crate::queue::HandlerId;
use crate::queue::shared::{Caller, CallerRow, Contact, HandlerRow, OfferRow, Standing};

use super::super::dialect::{Dialect, Row};
use super::super::error::StoreError;
use super::words::Word;

/// A node has begun.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entered {
    /// The epoch in which it now works.
    pub epoch: i64,
    /// What was left of its earlier epoch.
    pub left: Taken,
}

/// Whether a lease still stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Renewed {
    /// It stands.
    Renewed,
    /// Another has taken over, or the node has been started again. [`enter`](super::SharedQueue::enter)
    /// anew.
    Superseded,
}

/// What was taken over.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// From these nodes.
    pub nodes: Vec<String>,
    /// Callers to be called back, at their old place.
    pub kept: Vec<CallerRow>,
    /// Callers who cannot be called back. They are removed, as are those who have been promised a
    /// callback: they stand nowhere here, and their promise in `promised`.
    pub lost: Vec<CallerRow>,
    /// Offers that have been ended; their handlers are free.
    pub ended: Vec<OfferRow>,
    /// Promised callbacks that are now to be made here.
    pub promised: Vec<Callback>,
}

impl Taken {
    /// Whether that is nothing.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
            && self.kept.is_empty()
            && self.lost.is_empty()
            && self.ended.is_empty()
            && self.promised.is_empty()
    }
}

pub(in crate::store) fn caller<D: Dialect>(row: &Row<D>) -> Result<CallerRow, StoreError> {
    let reference = row.reference("reference")?;
    let wrong = |what: &str| StoreError::Row(format!("{what} of caller {reference}"));
    let number = row.maybe_text("number")?;
    let number = number.map(|number| Number::parse(&number)).transpose();
    let contact = Contact {
        number: number.map_err(|_| wrong("the number"))?,
        text_relay: row.flag("text_relay")?,
        language: row.text("language")?,
        display: row.text("display")?,
        postcode: row.maybe_text("postcode")?,
        promised: row.flag("promised")?,
    };
    let caller = Caller {
        reference,
        wanted: read_json(&row.text("wanted")?).ok_or_else(|| wrong("whom to wait for"))?,
        place: Word::read(&row.text("place")?)?,
        since: row.time("since")?,
        not_before: row.maybe_time("not_before")?,
        contact,
        kept: row.flag("kept")?,
        tries: row.count("tries")?,
    };
    Ok(CallerRow {
        caller,
        node: row.text("node")?,
        epoch: row.int("epoch")?,
    })
}

pub(super) fn handler<D: Dialect>(row: &Row<D>) -> Result<HandlerRow, StoreError> {
    let handler = row.text("handler")?;
    let wrong = |what: &str| StoreError::Row(format!("{what} of handler {handler}"));
    let reason = row.maybe_text("reason")?;
    let reason = reason.map(|reason| read_json(&reason).ok_or_else(|| wrong("the reason")));
    Ok(HandlerRow {
        node: row.text("node")?,
        standing: Standing {
            state: Word::read(&row.text("state")?)?,
            since: row.time("since")?,
            until: row.maybe_time("until")?,
            reason: reason.transpose()?,
            missed: row.count("missed")?,
        },
        calls: row.count("calls")?,
        desk: read_json(&row.text("profile")?).ok_or_else(|| wrong("the profile"))?,
        handler: HandlerId::new(handler),
    })
}

pub(super) fn offer<D: Dialect>(row: &Row<D>) -> Result<OfferRow, StoreError> {
    let ended = match (row.maybe_time("ended_at")?, row.maybe_text("outcome")?) {
        (Some(at), Some(word)) => Some((at, Word::read(&word)?)),
        _ => None,
    };
    Ok(OfferRow {
        id: row.int("id")?,
        reference: row.reference("reference")?,
        handler: HandlerId::new(row.text("handler")?),
        node: row.text("node")?,
        epoch: row.int("epoch")?,
        offered_at: row.time("offered_at")?,
        until: row.time("until")?,
        answered_at: row.maybe_time("answered_at")?,
        ended,
    })
}

/// Reads all rows, each with `read`. One that cannot be read is left out, said in the log and counted: it
/// keeps nobody else from being answered.
pub(in crate::store) fn readable<D: Dialect, T>(
    rows: &[Row<D>],
    mut read: impl FnMut(&Row<D>) -> Result<T, StoreError>,
) -> Vec<T> {
    let mut unread: Option<StoreError> = None;
    let read_or_count = |row| match read(row) {
        Ok(read) => Some(read),
        Err(error) => {
            metrics::counter!("ivr111_queue_rows_unread_total").increment(1);
            unread.get_or_insert(error);
            None
        }
    };
    let all: Vec<T> = rows.iter().filter_map(read_or_count).collect();
    if let Some(first) = unread {
        let rows = rows.len() - all.len();
        tracing::error!(rows, %first, "rows of the store are left out");
    }
    all
}

/// What is wrong with it is not said: there may be something in it that nobody should know.
fn read_json<T: DeserializeOwned>(text: &str) -> Option<T> {
    serde_json::from_str(text).ok()
}

pub(super) fn json(value: &impl Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|_| StoreError::Request("to store what JSON cannot hold"))
}
