use std::time::Duration;

/// Of how many callers it is remembered for how long they have waited, the latest most of all.
const REMEMBERED: f64 = 200.0;

/// How many of those who wait hang up.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Loss {
    /// Seconds that callers have waited, until they were answered or have hung up.
    waited: f64,
    /// How many have hung up.
    left: f64,
}

impl Loss {
    /// Somebody has waited for so long, and has hung up or has been answered.
    pub(super) fn ends(&mut self, waited: Duration, has_left: bool) {
        let keep = 1.0 - 1.0 / REMEMBERED;
        self.waited = self.waited * keep + waited.as_secs_f64();
        self.left = self.left * keep + if has_left { 1.0 } else { 0.0 };
    }

    /// The part of those who wait that hangs up in a second.
    pub(super) fn per_second(&self) -> f64 {
        match self.waited > 0.0 {
            true => self.left / self.waited,
            false => 0.0,
        }
    }
}
