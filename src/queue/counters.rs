use serde::Serialize;

/// What has happened in the queue since it began. Each caller and each offer is counted once for each thing
/// that has become of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counters {
    /// Callers who began to wait.
    pub joined: u64,
    /// Callers who waited again, after a conversation that was none or a transfer that failed.
    pub returned: u64,
    /// Callers who found the queue full.
    pub full: u64,
    /// Callers who hung up, or went elsewhere, while they waited.
    pub left: u64,
    /// Callers who chose to keep their place and be called back.
    pub kept: u64,
    /// Callers who were put through.
    pub connected: u64,
    /// Callers who kept their place and were given up.
    pub given_up: u64,
    /// Offers made.
    pub offered: u64,
    /// Offers made to handlers of another provider than the caller's own.
    pub overflowed: u64,
    /// Offers that nobody answered in time.
    pub missed: u64,
    /// Offers that the phone refused.
    pub refused: u64,
    /// Offers for which no phone could be rung, for a reason of ours.
    pub not_rung: u64,
    /// Offers taken back: the caller had gone, or another handler had answered, or the handler had gone.
    pub withdrawn: u64,
    /// Conversations that are over.
    pub over: u64,
}
