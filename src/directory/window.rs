use std::time::Duration;

const MINUTE: u64 = 60;
const HALF_HOUR: Duration = Duration::from_secs(30 * MINUTE);
const HOUR: Duration = Duration::from_secs(60 * MINUTE);

/// A service that closes within this time, or opens for no longer, is not offered.
pub const LEAST: Duration = HALF_HOUR;

/// Within what time a service must be open, by the time that the disposition allows: an hour for what is needed at
/// once, half an hour more for up to half an hour, twice as long for up to an hour, an hour less for anything longer.
pub fn window(within: Duration) -> Duration {
    if within.is_zero() {
        HOUR
    } else if within <= HALF_HOUR {
        within + HALF_HOUR
    } else if within <= HOUR {
        within * 2
    } else {
        within - HOUR
    }
}
