use std::time::Duration;

/// Where a caller stands in the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Their place, from 1.
    pub position: usize,
    /// How long they will wait, where that can be told.
    pub estimate: Option<Duration>,
    /// How many handlers are there who could take them, busy ones too.
    pub staffed: usize,
}
