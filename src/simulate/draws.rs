//! Randomness that is the caller's own: whatever the tables say, the same caller of the same seed does the same.

use rand::RngCore as _;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng as _;

/// What a number is drawn for. Each has a place of its own among a caller's numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum For {
    /// The moment of the call.
    Arrival,
    /// The region.
    Region,
    /// From which kind of number.
    Identity,
    /// What they want.
    Choice,
    /// How long they are ready to wait; two numbers.
    Patience,
    /// How long they talk; two numbers.
    Talk = 6,
    /// What comes of the conversation.
    Then = 8,
    /// Whether they hang up in the menus.
    MenuLoss,
    /// When they do.
    MenuLossAt,
    /// Whether they cut announcements short.
    Hurry,
    /// Whether they keep their place and hang up, where that is offered.
    Keep,
    /// Whether they call again after they have given up.
    Redial,
    /// After how long; two numbers.
    RedialAfter,
    /// Whether they are a text-relay assistant's.
    TextRelay = 16,
    /// What they do about a promise of which they are told.
    Promise,
    /// How long a conversation with a clinician takes, after the first one; two numbers.
    SecondTalk,
    /// Whether a crisis line answers, and how long it talks.
    Crisis = 20,
    /// How long that conversation takes; two numbers.
    CrisisTalk,
    /// Key presses: how quick each is, one after the other.
    Keys = 24,
    /// The caller's phone, when it is rung: three numbers for each try.
    Rung = 40,
}

/// Numbers that are drawn at once.
const FIRST: usize = 64;

/// A caller's numbers.
#[derive(Clone, Debug)]
pub(super) struct Draws([u32; FIRST]);

/// Where all callers' numbers come from.
#[derive(Clone, Debug)]
pub(super) struct Source(ChaCha8Rng);

impl Source {
    pub(super) fn new(seed: u64) -> Self {
        Source(ChaCha8Rng::seed_from_u64(seed))
    }

    /// The numbers of somebody, by who they are.
    pub(super) fn of(&self, who: u64) -> Draws {
        let mut own = self.0.clone();
        own.set_stream(who);
        let mut numbers = [0; FIRST];
        numbers.fill_with(|| own.next_u32());
        Draws(numbers)
    }
}

impl Draws {
    /// A number above 0 and below 1, always the same for the same purpose. `n` counts where there are several;
    /// beyond the last one they begin anew.
    pub(super) fn get(&self, purpose: For, n: usize) -> f64 {
        let place = (purpose as usize + n) % FIRST;
        let number = self.0.get(place).copied().unwrap_or_default();
        (f64::from(number) + 0.5) / 4_294_967_296.0
    }

    /// Two of them.
    pub(super) fn two(&self, purpose: For, n: usize) -> (f64, f64) {
        (self.get(purpose, n), self.get(purpose, n + 1))
    }

    /// Whether something happens that has this chance.
    pub(super) fn happens(&self, purpose: For, chance: f64) -> bool {
        self.get(purpose, 0) < chance
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_caller_of_the_same_seed_draws_the_same_and_others_do_not() {
        let numbers = |seed, who| Source::new(seed).of(who).0;
        assert_eq!(numbers(7, 3), numbers(7, 3));
        assert_ne!(numbers(7, 3), numbers(7, 4));
        assert_ne!(numbers(7, 3), numbers(8, 3));
    }

    #[test]
    fn numbers_are_spread_evenly() {
        let source = Source::new(1);
        let draws = (0..20_000).map(|who| source.of(who).get(For::Talk, 0));
        let draws: Vec<f64> = draws.collect();
        let mean = draws.iter().sum::<f64>() / draws.len() as f64;
        assert!((mean - 0.5).abs() < 0.01, "{mean}");
        assert!(draws.iter().all(|draw| (0.0..1.0).contains(draw)));
    }
}
