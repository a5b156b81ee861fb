//! The time by which the service keeps its promises: no machine's clock that is set moves it.

use std::sync::OnceLock;
use std::time::Instant;

use jiff::{SignedDuration, Timestamp};

static BEGUN: OnceLock<(Timestamp, Instant)> = OnceLock::new();

/// The time of day as it was when the process first asked, carried on by the monotonic clock. All who ask get
/// the same time, and it never jumps: a clock that is set an hour on signs nobody out, and one that is set back
/// delays no callback. What the machine's own clock says instead is told of by an alert.
pub fn now() -> Timestamp {
    let (wall, began) = BEGUN.get_or_init(|| (Timestamp::now(), Instant::now()));
    let passed = SignedDuration::try_from(began.elapsed()).unwrap_or_default();
    wall.checked_add(passed).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_time_of_day_and_never_goes_back() {
        let ahead = Timestamp::now().duration_since(now()).abs();
        // The machine's clock may be trimmed while tests run, but not by so much.
        assert!(ahead < SignedDuration::from_secs(60), "{ahead:?}");
        let mut before = now();
        for _ in 0..1_000 {
            let next = now();
            assert!(next >= before);
            before = next;
        }
    }
}
