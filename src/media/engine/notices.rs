//! What the media threads have to say, said by a thread that may wait: a log that stands still must not
//! hold up sound.

use std::{
    io,
    sync::mpsc::{SyncSender, sync_channel},
};

use super::pace::Complaint;

/// Notices that may wait to be said; more are not said.
const WAITING: usize = 64;

/// Something for the log.
#[derive(Debug)]
pub(super) enum Notice {
    /// The thread fell behind.
    Behind {
        thread: u16,
        complaint: Complaint,
        legs: u64,
    },
    /// A leg ran into a fault of ours, and has been given up.
    Fault { thread: u16, port: u16 },
    /// A conference has no place for another leg.
    Full { thread: u16 },
    /// The system does not let the thread go before others.
    Unfavoured { thread: u16 },
    /// The system refused something; `what` follows from it.
    Refused {
        thread: u16,
        what: &'static str,
        error: io::Error,
    },
}

/// The way to the log. The thread behind it ends when the last clone is gone.
#[derive(Clone, Debug)]
pub(super) struct Notices(SyncSender<Notice>);

impl Notices {
    pub(super) fn start() -> io::Result<Notices> {
        let (sender, receiver) = sync_channel(WAITING);
        std::thread::Builder::new()
            .name("media-log".into())
            .spawn(move || receiver.into_iter().for_each(write))?;
        Ok(Notices(sender))
    }

    /// Hands a notice over, and never waits.
    pub(super) fn say(&self, notice: Notice) {
        let _ = self.0.try_send(notice);
    }
}

fn write(notice: Notice) {
    match notice {
        Notice::Behind {
            thread,
            complaint,
            legs,
        } => tracing::warn!(
            thread,
            late = complaint.late,
            skipped = complaint.skipped,
            worst_ms = complaint.worst.as_millis() as u64,
            legs,
            "the media thread fell behind"
        ),
        Notice::Fault { thread, port } => {
            tracing::error!(
                thread,
                port,
                "a leg's sound ran into a fault, and is given up"
            );
        }
        Notice::Full { thread } => {
            tracing::error!(thread, "a conference is full: a leg stays where it was");
        }
        Notice::Unfavoured { thread } => tracing::info!(
            thread,
            "the media thread has no priority over other threads: CAP_SYS_NICE would give it"
        ),
        Notice::Refused {
            thread,
            what,
            error,
        } => tracing::error!(thread, %error, "{what}"),
    }
}
