use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};
use sha2::{Digest as _, Sha256};

use crate::audit::hex;

use super::response::equal;

/// How long a nonce may be used. Phones keep one for their refreshes; past this they are told it is
/// stale and go on without asking their user.
const LIFETIME: SignedDuration = SignedDuration::from_mins(5);
/// A nonce from further ahead than this did not come from a clock that was merely put back.
const AHEAD: SignedDuration = SignedDuration::from_secs(5);
/// Nonces whose counts are remembered. Only nonces that a right password came with take a place.
const REMEMBERED: usize = 16_384;
/// Hexadecimal digits of the time, the number and the seal.
const TIME: usize = 16;
const NUMBER: usize = 16;
const SEAL: usize = 32;

/// Gives out nonces, and tells a fresh use of one from a replay.
///
/// A nonce carries its time and a keyed hash over it, so none needs to be kept until it has been used.
pub struct Nonces {
    secret: [u8; 32],
    given: u64,
    counts: HashMap<String, Seen>,
    /// Nonces up to this number are stale: their counts may have been forgotten. Numbers, unlike
    /// times, are not put back.
    floor: u64,
}

/// When a nonce was given out, and its running number.
#[derive(Clone, Copy)]
struct Stamp {
    time: Timestamp,
    number: u64,
}

/// The highest count seen with a nonce.
struct Seen {
    stamp: Stamp,
    count: u32,
}

/// What can be said of a nonce and its count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freshness {
    /// Ours, in time, and the count is a new one.
    Fresh,
    /// Not ours, too old, or a count that has been used: to be answered with a new nonce.
    Stale,
}

impl Nonces {
    /// `secret` must be random, and new with each start: the counts do not outlive the process.
    pub fn new(secret: [u8; 32]) -> Self {
        Nonces {
            secret,
            given: 0,
            counts: HashMap::new(),
            floor: 0,
        }
    }

    /// A new nonce.
    pub fn give(&mut self, now: Timestamp) -> String {
        self.given = self.given.wrapping_add(1);
        let time = now.as_millisecond().max(0);
        let stem = format!("{time:016x}{:016x}", self.given);
        let seal = self.seal(&stem);
        stem + &seal
    }

    /// Takes note of a use of a nonce. To be called only once the password has been proved, so that
    /// nobody else can fill the book.
    pub fn use_once(&mut self, now: Timestamp, nonce: &str, count: u32) -> Freshness {
        let Some(stamp) = self.stamp_of(nonce) else {
            return Freshness::Stale;
        };
        let age = now.duration_since(stamp.time);
        if stamp.number <= self.floor || age > LIFETIME || age < -AHEAD {
            return Freshness::Stale;
        }
        if let Some(seen) = self.counts.get_mut(nonce) {
            if count <= seen.count {
                return Freshness::Stale;
            }
            seen.count = count;
            return Freshness::Fresh;
        }
        if count == 0 {
            return Freshness::Stale;
        }
        self.make_room(now);
        if stamp.number <= self.floor {
            return Freshness::Stale;
        }
        self.counts.insert(nonce.to_owned(), Seen { stamp, count });
        Freshness::Fresh
    }

    /// Forgets what has gone out of date; where that is not enough, the older half of the rest.
    fn make_room(&mut self, now: Timestamp) {
        if self.counts.len() < REMEMBERED {
            return;
        }
        let in_time = |seen: &Seen| now.duration_since(seen.stamp.time) <= LIFETIME;
        self.counts.retain(|_, seen| in_time(seen));
        if self.counts.len() < REMEMBERED {
            return;
        }
        let mut numbers: Vec<u64> = self.counts.values().map(|s| s.stamp.number).collect();
        let middle = numbers.len() / 2;
        let (_, median, _) = numbers.select_nth_unstable(middle);
        self.floor = self.floor.max(*median);
        let floor = self.floor;
        self.counts.retain(|_, seen| seen.stamp.number > floor);
    }

    /// When we gave a nonce out; none when it is not ours.
    fn stamp_of(&self, nonce: &str) -> Option<Stamp> {
        if nonce.len() != TIME + NUMBER + SEAL || !nonce.is_ascii() {
            return None;
        }
        let (stem, seal) = nonce.split_at(TIME + NUMBER);
        if !equal(seal, &self.seal(stem)) {
            return None;
        }
        let (time, number) = stem.split_at(TIME);
        let time = i64::from_str_radix(time, 16).ok()?;
        Some(Stamp {
            time: Timestamp::from_millisecond(time).ok()?,
            number: u64::from_str_radix(number, 16).ok()?,
        })
    }

    fn seal(&self, stem: &str) -> String {
        let mut seal = hex::encode(&keyed_hash(&self.secret, stem.as_bytes()));
        seal.truncate(SEAL);
        seal
    }
}

/// HMAC-SHA-256 (RFC 2104) with a key shorter than the hash's block.
fn keyed_hash(key: &[u8; 32], text: &[u8]) -> [u8; 32] {
    let padded = |pad: u8| {
        let mut block = [pad; 64];
        for (byte, key) in block.iter_mut().zip(key) {
            *byte ^= key;
        }
        block
    };
    let inner = Sha256::new().chain_update(padded(0x36)).chain_update(text);
    let outer = Sha256::new().chain_update(padded(0x5c));
    outer.chain_update(inner.finalize()).finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + seconds).unwrap()
    }

    #[test]
    fn the_keyed_hash_is_hmac() {
        assert_eq!(
            hex::encode(&keyed_hash(&[7; 32], b"abc")),
            "127da4ced6a839b8f6118bc244684d2663e70cb5ff0adeefca89d7e74d5a0525"
        );
    }

    #[test]
    fn a_count_is_good_once_and_only_upwards() {
        let mut nonces = Nonces::new([7; 32]);
        let nonce = nonces.give(at(0));
        assert_eq!(nonces.use_once(at(0), &nonce, 0), Freshness::Stale);
        assert_eq!(nonces.use_once(at(0), &nonce, 1), Freshness::Fresh);
        assert_eq!(nonces.use_once(at(1), &nonce, 1), Freshness::Stale);
        assert_eq!(nonces.use_once(at(1), &nonce, 5), Freshness::Fresh);
        assert_eq!(nonces.use_once(at(1), &nonce, 4), Freshness::Stale);
    }

    #[test]
    fn an_old_a_foreign_and_a_changed_nonce_are_stale() {
        let mut nonces = Nonces::new([7; 32]);
        let nonce = nonces.give(at(0));
        assert_eq!(nonces.use_once(at(301), &nonce, 1), Freshness::Stale);
        assert_eq!(nonces.use_once(at(-6), &nonce, 1), Freshness::Stale);
        let foreign = Nonces::new([8; 32]).give(at(0));
        let changed = nonce.replacen('0', "1", 1);
        for nonce in ["", "é", &nonce[1..], &foreign, &changed] {
            assert_eq!(
                nonces.use_once(at(0), nonce, 1),
                Freshness::Stale,
                "{nonce}"
            );
        }
        assert_eq!(nonces.use_once(at(300), &nonce, 1), Freshness::Fresh);
        assert_ne!(nonces.give(at(0)), nonces.give(at(0)));
    }

    #[test]
    fn a_full_book_forgets_no_replay() {
        let mut nonces = Nonces::new([7; 32]);
        let now = |n: usize| Timestamp::from_millisecond(1_800_000_000_000 + n as i64).unwrap();
        let mut used = Vec::new();
        for n in 0..REMEMBERED + 10 {
            let nonce = nonces.give(now(n));
            assert_eq!(nonces.use_once(now(n), &nonce, 1), Freshness::Fresh);
            used.push(nonce);
            assert!(nonces.counts.len() <= REMEMBERED);
        }
        for nonce in &used {
            let again = nonces.use_once(now(used.len()), nonce, 1);
            assert_eq!(again, Freshness::Stale);
        }
    }
}
