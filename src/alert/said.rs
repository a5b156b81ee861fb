use std::collections::VecDeque;
use std::hash::{BuildHasher as _, RandomState};
use std::time::{Duration, Instant};

use super::alerts::Alert;

/// What has been said is not said again for so long.
const AGAIN: Duration = Duration::from_secs(60);
/// So much of what has been said is remembered. More than that within a minute is said again.
const MOST: usize = 1_024;

/// What has been said lately.
#[derive(Debug, Default)]
pub(super) struct Said {
    hasher: RandomState,
    /// The oldest first.
    lately: VecDeque<(Instant, u64)>,
}

impl Said {
    /// Whether an alert is to be told now; then it has been.
    pub(super) fn is_news(&mut self, now: Instant, alert: &Alert) -> bool {
        while let Some((at, _)) = self.lately.front()
            && (now.duration_since(*at) >= AGAIN || self.lately.len() >= MOST)
        {
            self.lately.pop_front();
        }
        let about = alert.about.map(|reference| reference.to_string());
        let this = self.hasher.hash_one((alert.kind, about, &alert.text));
        if self.lately.iter().any(|(_, said)| *said == this) {
            return false;
        }
        self.lately.push_back((now, this));
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::Reference;

    fn alert(text: &str, about: u64) -> Alert {
        Alert {
            kind: "control-room-failed",
            about: Some(Reference::new(about, 0)),
            text: text.to_owned(),
        }
    }

    #[test]
    fn the_same_is_said_once_a_minute() {
        let (mut said, start) = (Said::default(), Instant::now());
        let after = |seconds| start + Duration::from_secs(seconds);
        assert!(said.is_news(after(0), &alert("one", 1)));
        assert!(!said.is_news(after(1), &alert("one", 1)));
        assert!(said.is_news(after(1), &alert("two", 1)));
        assert!(said.is_news(after(1), &alert("one", 2)));
        assert!(!said.is_news(after(59), &alert("one", 1)));
        assert!(said.is_news(after(60), &alert("one", 1)));
    }

    #[test]
    fn what_is_remembered_has_a_limit() {
        let (mut said, now) = (Said::default(), Instant::now());
        for about in 0..5_000 {
            assert!(said.is_news(now, &alert("one", about)));
        }
        assert!(said.lately.len() <= MOST);
    }
}
