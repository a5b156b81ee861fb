use jiff::{SignedDuration, Timestamp};

use crate::settings::Peer;

/// A peer that has left so many OPTIONS in a row unanswered is down.
const MISSED: u32 = 2;

/// A peer that is to be asked now whether it is up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ask(pub Peer);

#[derive(Debug)]
struct State {
    peer: Peer,
    missed: u32,
    up: bool,
    asked: bool,
    next: Timestamp,
}

/// Which peers of a trunk are up, as their answers to OPTIONS tell.
#[derive(Debug)]
pub struct Health {
    every: SignedDuration,
    peers: Vec<State>,
}

impl Health {
    /// Peers are asked `every` so often, and are taken as up until they miss answers; with a zero
    /// interval nobody is asked and all stay up.
    pub fn new(peers: &[Peer], every: SignedDuration, now: Timestamp) -> Self {
        let state = |peer: &Peer| State {
            peer: *peer,
            missed: 0,
            up: true,
            asked: false,
            next: now,
        };
        Health {
            every,
            peers: peers.iter().map(state).collect(),
        }
    }

    /// The same peers as before keep their state: new settings make nobody well.
    pub fn after(mut self, before: Option<&Health>) -> Health {
        let before = before.filter(|_| !self.every.is_zero());
        for state in &mut self.peers {
            let mut known = before.into_iter().flat_map(|before| &before.peers);
            if let Some(known) = known.find(|known| known.peer == state.peer) {
                (state.missed, state.up, state.asked) = (known.missed, known.up, known.asked);
            }
        }
        self
    }

    /// Whom to ask now. A peer that has not answered the last question yet is not asked again.
    pub fn tick(&mut self, now: Timestamp) -> Vec<Ask> {
        if self.every.is_zero() {
            return vec![];
        }
        let mut asks = Vec::new();
        for state in &mut self.peers {
            if state.next <= now {
                state.next = now + self.every;
                if !state.asked {
                    state.asked = true;
                    asks.push(Ask(state.peer));
                }
            }
        }
        asks
    }

    /// When the next question is due; none where nobody is asked.
    pub fn deadline(&self) -> Option<Timestamp> {
        let asking = !self.every.is_zero();
        let next = self.peers.iter().map(|state| state.next).min();
        next.filter(|_| asking)
    }

    /// What came of a question: any response at all means up. Gives the new state when it changed.
    pub fn answered(&mut self, peer: Peer, responded: bool) -> Option<bool> {
        let state = self.peers.iter_mut().find(|state| state.peer == peer)?;
        state.asked = false;
        state.missed = if responded { 0 } else { state.missed + 1 };
        let up = state.missed < MISSED && (state.up || responded);
        let changed = up != state.up;
        state.up = up;
        changed.then_some(up)
    }

    /// Every peer in the order in which a call tries them: those that are up in the order of the
    /// settings, then those that are down, for they may have come back.
    pub fn order(&self) -> Vec<Peer> {
        let mut states: Vec<&State> = self.peers.iter().collect();
        states.sort_by_key(|state| !state.up);
        states.into_iter().map(|state| state.peer).collect()
    }

    /// Peers and whether they are up.
    pub fn peers(&self) -> impl Iterator<Item = (Peer, bool)> {
        self.peers.iter().map(|state| (state.peer, state.up))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).unwrap()
    }

    fn peers() -> [Peer; 2] {
        ["udp:192.0.2.1:5060", "tcp:192.0.2.2:5060"].map(|p| p.parse().unwrap())
    }

    #[test]
    fn two_missed_answers_take_a_peer_down_and_one_brings_it_back() {
        let [first, second] = peers();
        let mut health = Health::new(&peers(), SignedDuration::from_secs(30), at(0));
        assert_eq!(health.tick(at(0)), [Ask(first), Ask(second)]);
        assert_eq!(health.answered(first, false), None);
        assert_eq!(
            health.tick(at(30)),
            [Ask(first)],
            "the second still owes an answer"
        );
        assert_eq!(health.answered(first, false), Some(false));
        assert_eq!(health.order(), [second, first]);
        assert_eq!(health.answered(first, true), Some(true));
        assert_eq!(health.order(), [first, second]);
    }

    #[test]
    fn new_settings_make_nobody_well() {
        let [first, second] = peers();
        let every = SignedDuration::from_secs(30);
        let mut health = Health::new(&peers(), every, at(0));
        for seconds in [0, 30] {
            health.tick(at(seconds));
            health.answered(first, false);
        }
        let after = Health::new(&peers(), every, at(31)).after(Some(&health));
        assert_eq!(after.order(), [second, first]);
        let unasked = Health::new(&peers(), SignedDuration::ZERO, at(31)).after(Some(&health));
        assert_eq!(unasked.order(), [first, second]);
    }

    #[test]
    fn nobody_is_asked_where_the_interval_is_zero() {
        let mut health = Health::new(&peers(), SignedDuration::ZERO, at(0));
        assert!(health.tick(at(0)).is_empty() && health.deadline().is_none());
    }

    proptest! {
        #[test]
        fn whatever_happens_every_peer_stays_in_the_order_once(
            answers in proptest::collection::vec((0usize..2, any::<bool>()), 0..40)
        ) {
            let mut health = Health::new(&peers(), SignedDuration::from_secs(5), at(0));
            for (n, responded) in answers {
                health.answered(peers()[n], responded);
                let mut order = health.order();
                order.sort_by_key(Peer::to_string);
                prop_assert_eq!(order.len(), 2);
                prop_assert!(order[0] != order[1]);
            }
        }
    }
}
