//! How many descriptors are left: each call needs some, and a call to 999 must find them.

use nix::sys::resource::{Resource, getrlimit};

/// So many are kept for calls to 999, and for whatever else has to be opened meanwhile.
const KEPT: u64 = 256;
/// Where few are allowed at all, this part of them is kept.
const PART: u64 = 4;
/// Where the system shows which ones are open.
const OPEN: &str = "/proc/self/fd";

/// How many descriptors this process has open, and may.
#[derive(Clone, Copy, Debug)]
pub(super) struct Descriptors {
    open: u64,
    /// Any number where the system does not say.
    limit: u64,
}

impl Descriptors {
    /// How it is now. Takes no descriptor. Where the system does not say how many are open, none are.
    pub(super) fn of_this_process() -> Self {
        let open = std::fs::metadata(OPEN).map_or(0, |metadata| metadata.len());
        // Before Linux 6.2 the folder has no size, and is counted.
        let open = match open {
            0 => std::fs::read_dir(OPEN).map_or(0, |all| all.count() as u64),
            open => open,
        };
        let limit = getrlimit(Resource::RLIMIT_NOFILE).map_or(u64::MAX, |(soft, _)| soft);
        Descriptors { open, limit }
    }

    /// How many may still be opened.
    pub(super) fn left(self) -> u64 {
        self.limit.saturating_sub(self.open)
    }

    /// Whether ordinary calls must not take any more of them.
    pub(super) fn are_scarce(self) -> bool {
        self.left() <= KEPT.min(self.limit / PART)
    }
}

#[cfg(test)]
impl Descriptors {
    /// With so many open of so many.
    pub(super) fn test(open: u64, limit: u64) -> Self {
        Descriptors { open, limit }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_ones_are_kept() {
        let are_scarce = |open, limit| Descriptors::test(open, limit).are_scarce();
        assert!(!are_scarce(65_279, 65_536) && are_scarce(65_280, 65_536));
        assert!(!are_scarce(74, 100) && are_scarce(75, 100));
        assert!(!are_scarce(1_000_000, u64::MAX));
        // The limit was lowered below what is open.
        assert!(are_scarce(40, 3) && are_scarce(0, 0));
    }

    #[test]
    fn what_is_opened_is_no_longer_left() {
        let now = Descriptors::of_this_process();
        assert!(!now.are_scarce());
        assert!(now.left() > 0 && now.left() < now.limit, "{now:?}");
    }
}
