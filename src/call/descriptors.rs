//! How many descriptors are left: each call needs some, and a call to 999 must find them.

use nix::sys::resource::{Resource, getrlimit};

/// So many are kept for calls to 999, and for whatever else has to be opened meanwhile.
const KEPT: u64 = 256;
/// Where few are allowed at all, this part of them is kept.
const PART: u64 = 4;
/// Where the system shows which ones are open.
const OPEN: &str = "/proc/self/fd";

/// How many descriptors this process may have open.
#[derive(Clone, Copy, Debug)]
pub(super) struct Descriptors {
    limit: u64,
}

impl Descriptors {
    /// As many as the system allows now; any number where it does not say.
    pub(super) fn of_this_process() -> Self {
        let limit = getrlimit(Resource::RLIMIT_NOFILE).map_or(u64::MAX, |(soft, _)| soft);
        Descriptors { limit }
    }

    /// Whether ordinary calls must not take any more of them. Where the system does not say how many are
    /// open, none are scarce.
    pub(super) fn are_scarce(self) -> bool {
        let open = std::fs::metadata(OPEN).map_or(0, |metadata| metadata.len());
        // Before Linux 6.2 the folder has no size, and is counted.
        let open = match open {
            0 => std::fs::read_dir(OPEN).map_or(0, |all| all.count() as u64),
            open => open,
        };
        self.are_scarce_with(open)
    }

    fn are_scarce_with(self, open: u64) -> bool {
        let kept = KEPT.min(self.limit / PART);
        open >= self.limit - kept
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_ones_are_kept() {
        let many = Descriptors { limit: 65_536 };
        assert!(!many.are_scarce_with(65_279) && many.are_scarce_with(65_280));
        let few = Descriptors { limit: 100 };
        assert!(!few.are_scarce_with(74) && few.are_scarce_with(75));
        let any = Descriptors { limit: u64::MAX };
        assert!(!any.are_scarce_with(1_000_000));
    }

    #[test]
    fn this_process_has_some_left() {
        assert!(!Descriptors::of_this_process().are_scarce());
        let none = Descriptors { limit: 0 };
        assert!(none.are_scarce());
    }
}
