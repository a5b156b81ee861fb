//! Sound before everything else: a frame that is late is heard, a response that is late is not.

use super::notices::{Notice, Notices};

/// The nice value of media threads.
const NICE: i32 = -10;

/// Puts the calling thread before the others of the process, where the system lets us (CAP_SYS_NICE, or
/// `LimitNICE` of a systemd unit). Otherwise all goes on as before.
pub(super) fn raise(thread: u16, notices: &Notices) {
    // On Linux this concerns the calling thread alone.
    if rustix::process::setpriority_process(None, NICE).is_err() {
        notices.say(Notice::Unfavoured { thread });
    }
}
