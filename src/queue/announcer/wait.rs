use std::cmp::Ordering;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

/// A wait as it is said. Shorter ones are less.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wait {
    /// It stands for estimates up to this one.
    pub(super) most: Duration,
    /// The recording that says it.
    pub(super) prompt: &'static str,
}

const fn up_to(seconds: u64, prompt: &'static str) -> Wait {
    Wait {
        most: Duration::from_secs(seconds),
        prompt,
    }
}

/// An hour and more; nothing is promised by it.
const LONGEST: Wait = Wait {
    most: Duration::MAX,
    prompt: "queue-wait-over-60",
};

/// Every wait that can be said, the shortest first. "Less than two minutes" is said only where half a
/// minute is to spare.
pub(super) const WAITS: [Wait; 12] = [
    up_to(90, "queue-wait-under-2"),
    up_to(2 * 60, "queue-wait-2"),
    up_to(3 * 60, "queue-wait-3"),
    up_to(4 * 60, "queue-wait-4"),
    up_to(5 * 60, "queue-wait-5"),
    up_to(10 * 60, "queue-wait-10"),
    up_to(15 * 60, "queue-wait-15"),
    up_to(20 * 60, "queue-wait-20"),
    up_to(30 * 60, "queue-wait-30"),
    up_to(45 * 60, "queue-wait-45"),
    up_to(60 * 60, "queue-wait-60"),
    LONGEST,
];

impl Wait {
    /// An estimate, rounded up to a wait that can be said.
    pub(super) fn of(estimate: Duration) -> Self {
        let fits = WAITS.into_iter().find(|wait| estimate <= wait.most);
        fits.unwrap_or(LONGEST)
    }

    /// When it is over, where it begins now; the longest promises nothing.
    pub(super) fn over(self, now: Timestamp) -> Option<Timestamp> {
        let most = SignedDuration::try_from(self.most).ok()?;
        now.checked_add(most).ok()
    }
}

impl PartialEq for Wait {
    fn eq(&self, other: &Self) -> bool {
        self.most == other.most
    }
}

impl Eq for Wait {}

impl PartialOrd for Wait {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Wait {
    fn cmp(&self, other: &Self) -> Ordering {
        self.most.cmp(&other.most)
    }
}
