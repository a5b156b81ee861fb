//! What is written down of a hunt when it is over, in whatever way.

use jiff::Timestamp;
use serde::Serialize;

use crate::emergency::{Event, Try};
use crate::store::{EmergencyTransfer, TimelineEntry};

use super::super::clock::Clock;
use super::super::log::Log;
use super::chase::Chase;

/// A try, as it is written down.
#[derive(Serialize)]
struct Row {
    room: String,
    dialled: Timestamp,
    responded: Option<Timestamp>,
    rang: Option<Timestamp>,
    answered: Option<Timestamp>,
    proved: Option<Timestamp>,
    ended: Option<Timestamp>,
    status: Option<u16>,
    why: Option<&'static str>,
}

/// Where a hunt is written down, once.
pub(super) struct Record {
    pub(super) log: Log,
    pub(super) clock: Clock,
    pub(super) asked_at: Timestamp,
}

impl Chase {
    /// Writes down how the hunt went, unless that has been done.
    pub(super) fn write_down(&mut self) {
        let Some(record) = self.record.take() else {
            return;
        };
        let now = record.clock.now();
        let was_connected = self.hunt.is_connected();
        let was_over = self.hunt.is_over();
        self.hunt.on(now, Event::CallerGone);
        let tries = self.hunt.tries().all();
        let taken = tries.iter().rev().find(|entry| entry.proved.is_some());
        let taken = taken.filter(|_| was_connected || was_over);
        let outcome = match (was_over, was_connected) {
            (true, _) => "room-hung-up",
            (false, true) => "caller-hung-up",
            (false, false) => "not-answered",
        };
        let left_out = self.hunt.tries().left_out();
        if left_out > 0 {
            let text = format!("{left_out} more tries are not written down one by one");
            record.log.happened("control-room", &text);
        }
        let rows: Vec<Row> = tries.iter().map(|entry| self.row(entry)).collect();
        let transfer = EmergencyTransfer {
            asked_at: record.asked_at,
            first_invite_at: tries.first().map(|entry| entry.dialled),
            answered_at: taken.and_then(|entry| entry.answered),
            proved_at: taken.and_then(|entry| entry.proved),
            ended_at: now,
            room: taken.map(|entry| self.name_of(entry.attempt)),
            outcome,
            tries: serde_json::to_string(&rows).unwrap_or_default(),
        };
        record
            .log
            .record(TimelineEntry::Transferred(Box::new(transfer)));
    }

    fn row(&self, entry: &Try) -> Row {
        Row {
            room: self.name_of(entry.attempt),
            dialled: entry.dialled,
            responded: entry.responded,
            rang: entry.rang,
            answered: entry.answered,
            proved: entry.proved,
            ended: entry.ended,
            status: entry.why.and_then(|why| why.status),
            why: entry.why.map(|why| why.text),
        }
    }
}

impl Drop for Chase {
    /// A caller who hangs up, or a server that ends, lets a hunt go without a word.
    fn drop(&mut self) {
        self.write_down();
    }
}
