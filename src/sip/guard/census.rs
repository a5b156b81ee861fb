use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

/// Counts the connections that peers have opened.
#[derive(Debug, Default)]
pub(super) struct Census(Mutex<HashMap<IpAddr, usize>>);

impl Census {
    /// Lets one more in, unless there are `total` already or `each` from the same address.
    pub fn admit(self: &Arc<Self>, address: IpAddr, total: usize, each: usize) -> Option<Seat> {
        let mut seats = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let all: usize = seats.values().sum();
        let same = seats.get(&address).copied().unwrap_or(0);
        if all >= total || same >= each {
            return None;
        }
        seats.insert(address, same + 1);
        Some(Seat {
            census: Arc::clone(self),
            address,
        })
    }
}

/// One counted connection; dropping it gives the place back.
#[derive(Debug)]
pub(super) struct Seat {
    census: Arc<Census>,
    address: IpAddr,
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut seats = self.census.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = seats.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                seats.remove(&self.address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_free_again_when_its_connection_is_gone() {
        let census = Arc::new(Census::default());
        let (a, b) = ([10, 0, 0, 1].into(), [10, 0, 0, 2].into());
        let first = census.admit(a, 2, 1);
        assert!(first.is_some());
        assert!(census.admit(a, 2, 1).is_none(), "one from each address");
        let _second = census.admit(b, 2, 2).unwrap();
        assert!(census.admit(b, 2, 2).is_none(), "two in all");
        drop(first);
        assert!(census.admit(a, 2, 1).is_some());
    }
}
