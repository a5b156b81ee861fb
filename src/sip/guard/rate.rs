use std::collections::HashMap;
use std::net::IpAddr;
use std::time::{Duration, Instant};

use super::limits::Limits;

/// Addresses whose refusals are counted one by one; further ones share a single allowance.
const ADDRESSES: usize = 4_096;

#[derive(Clone, Copy, Debug)]
struct Bucket {
    tokens: f64,
    at: Instant,
}

/// How many more refusals each address is worth. A hostile peer costs only itself, and the table is bounded.
#[derive(Debug)]
pub(super) struct Allowance {
    per_second: f64,
    burst: f64,
    addresses: HashMap<IpAddr, Bucket>,
    others: Option<Bucket>,
}

impl Allowance {
    pub fn new(limits: &Limits) -> Self {
        Allowance {
            per_second: f64::from(limits.refusals_per_second),
            burst: f64::from(limits.refusal_burst),
            addresses: HashMap::new(),
            others: None,
        }
    }

    /// Whether an address may be refused once more; takes one from its allowance.
    pub fn take(&mut self, address: IpAddr, now: Instant) -> bool {
        let full = Bucket {
            tokens: self.burst,
            at: now,
        };
        if self.addresses.len() >= ADDRESSES && !self.addresses.contains_key(&address) {
            self.forget_rested(now);
        }
        let room = self.addresses.len() < ADDRESSES || self.addresses.contains_key(&address);
        let bucket = if room {
            self.addresses.entry(address).or_insert(full)
        } else {
            self.others.get_or_insert(full)
        };
        bucket.tokens = refilled(bucket, now, self.per_second, self.burst);
        bucket.at = now;
        let enough = bucket.tokens >= 1.0;
        if enough {
            bucket.tokens -= 1.0;
        }
        enough
    }

    /// Drops those whose allowance is whole again.
    fn forget_rested(&mut self, now: Instant) {
        let (rate, burst) = (self.per_second, self.burst);
        let tired = |b: &mut Bucket| refilled(b, now, rate, burst) < burst;
        self.addresses.retain(|_, bucket| tired(bucket));
    }
}

fn refilled(bucket: &Bucket, now: Instant, rate: f64, burst: f64) -> f64 {
    let passed: Duration = now.saturating_duration_since(bucket.at);
    (bucket.tokens + passed.as_secs_f64() * rate).min(burst)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_uses_up_only_its_own_allowance() {
        let limits = Limits {
            refusals_per_second: 1,
            refusal_burst: 2,
            ..Limits::default()
        };
        let mut allowance = Allowance::new(&limits);
        let now = Instant::now();
        let (a, b) = ([10, 0, 0, 1].into(), [10, 0, 0, 2].into());
        let taken: Vec<bool> = (0..3).map(|_| allowance.take(a, now)).collect();
        assert_eq!(taken, [true, true, false]);
        assert!(allowance.take(b, now));
        assert!(allowance.take(a, now + Duration::from_secs(1)));
    }

    #[test]
    fn the_table_does_not_grow_without_bound() {
        let mut allowance = Allowance::new(&Limits::default());
        let now = Instant::now();
        for n in 0..10_000_u32 {
            allowance.take(IpAddr::V4(n.into()), now);
        }
        assert_eq!(allowance.addresses.len(), ADDRESSES);
        assert!(!allowance.take(IpAddr::V4(99_999.into()), now));
    }
}
