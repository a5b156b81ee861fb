//! Waiting for what a media thread tells, but not for ever.

use super::*;

/// The next event of any leg.
pub(super) fn next_event(events: &mut mailbox::Receiver<(LegId, Event)>) -> (LegId, Event) {
    let mut next = None;
    wait_until(|| {
        next = events.try_recv();
        next.is_some()
    });
    next.unwrap()
}
