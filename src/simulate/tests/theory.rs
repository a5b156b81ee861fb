//! What a floor of handlers does to its callers, known without the machines under test: the laws of Erlang (callers
//! who wait for ever, callers who give up), the exact path of one stream of callers through handlers who answer first
//! come first served, and an estimate of the law from that path.
//!
//! The laws hold for callers who arrive at random (Poisson), talk for an exponential time and bear waiting for an
//! exponential time, all independent. The path holds for any stream.

mod estimate;
mod path;
#[cfg(test)]
mod tests;

pub use estimate::{Floor, Measured, estimate};
pub use path::{Caller, Known, Outcome, Path};

/// Weights this much smaller than the largest are left out of a law.
const NEGLIGIBLE: f64 = 1e-22;
/// At most so many states on either side of the likeliest: enough for a load of 0.99999 of the handlers.
const MOST_STATES: u32 = 10_000_000;

/// What the callers of a floor in its stationary law meet. Times in seconds, from [`erlang_c`] in mean talks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Waiting {
    /// The share of callers who find every handler busy.
    pub probability: f64,
    /// The mean time in the queue of all callers: those who do not wait and those who give up count too.
    pub mean: f64,
    /// The mean time in the queue of those who are answered; nothing when nobody is.
    pub answered_mean: Option<f64>,
    /// The mean time in the queue of those who give up; nothing when nobody does.
    pub abandoned_mean: Option<f64>,
    /// The share of callers who give up.
    pub abandoned: f64,
}

impl Waiting {
    /// Everyone waits, for ever: a floor whose queue grows without end.
    const FOR_EVER: Self = Self {
        probability: 1.0,
        mean: f64::INFINITY,
        answered_mean: None,
        abandoned_mean: None,
        abandoned: 0.0,
    };
}

/// Erlang C: nobody gives up. `offered` is in erlangs (arrivals per second times mean talk), and the times that come
/// back are in mean talks. A load of `handlers` or more, or nonsense, waits for ever.
pub fn erlang_c(handlers: u32, offered: f64) -> Waiting {
    law(handlers, offered, 1.0, 0.0)
}

/// Erlang A: as Erlang C, but a caller gives up after an exponential patience; an infinite mean patience is Erlang C.
/// Nonsense (no talk, no patience, no number) waits for ever.
pub fn erlang_a(
    handlers: u32,
    arrivals_per_s: f64,
    mean_talk_s: f64,
    mean_patience_s: f64,
) -> Waiting {
    law(
        handlers,
        arrivals_per_s,
        mean_talk_s.recip(),
        mean_patience_s.recip(),
    )
}

/// The stationary law of the chain that counts the callers present: up by one at the rate `arrivals`, down by one at
/// `ends` for each who talks and `leaves` for each who waits.
///
/// The weights are multiplied outwards from the likeliest state, which weighs 1: nothing overflows, and what
/// underflows does not matter. They are added from the smallest up on the lower side, and there are few on the upper.
fn law(handlers: u32, arrivals: f64, ends: f64, leaves: f64) -> Waiting {
    let capacity = f64::from(handlers) * ends;
    let lawful = arrivals > 0.0 && arrivals.is_finite() && ends > 0.0 && ends.is_finite();
    let patient = leaves >= 0.0 && leaves.is_finite();
    if !lawful || !patient || (leaves == 0.0 && arrivals >= capacity) {
        return Waiting::FOR_EVER;
    }
    let departures = |present: u32| {
        let waiting = f64::from(present.saturating_sub(handlers));
        f64::from(present.min(handlers)) * ends + waiting * leaves
    };
    let likeliest = if arrivals < capacity {
        arrivals / ends
    } else {
        f64::from(handlers) + (arrivals - capacity) / leaves
    } as u32;
    let mut below = Vec::new();
    let mut weight = 1.0;
    for present in (likeliest.saturating_sub(MOST_STATES)..likeliest).rev() {
        weight *= departures(present + 1) / arrivals;
        if weight < NEGLIGIBLE {
            break;
        }
        below.push((present, weight));
    }
    let mut sums = Sums::new(handlers, capacity, leaves);
    for (present, weight) in below.into_iter().rev() {
        sums.add(present, weight);
    }
    weight = 1.0;
    for present in likeliest..likeliest.saturating_add(MOST_STATES) {
        sums.add(present, weight);
        weight *= arrivals / departures(present + 1);
        if weight < NEGLIGIBLE {
            break;
        }
    }
    sums.waiting(arrivals)
}

/// Sums over the states of a chain, by weight, and what a caller who arrives into the next state above would meet.
///
/// A caller who finds `ahead` others waiting sees the queue before them move at the rate `capacity + ahead · leaves`
/// and gives up at the rate `leaves`. Each step lasts 1 / (sum of both) in the mean, whichever way it ends, and they
/// are answered if every step ends with a move, down to the step with nobody ahead.
struct Sums {
    handlers: u32,
    capacity: f64,
    leaves: f64,
    all: f64,
    busy: f64,
    waiting: f64,
    answered_wait: f64,
    /// The next number of callers ahead whose step is not yet in `answered` and `lasts`.
    ahead: u32,
    /// The chance that every step down to nobody ahead ends with a move, and how long they last together.
    answered: f64,
    lasts: f64,
}

impl Sums {
    fn new(handlers: u32, capacity: f64, leaves: f64) -> Self {
        let (all, busy, waiting, answered_wait) = (0.0, 0.0, 0.0, 0.0);
        Self {
            handlers,
            capacity,
            leaves,
            all,
            busy,
            waiting,
            answered_wait,
            ahead: 0,
            answered: 1.0,
            lasts: 0.0,
        }
    }

    fn add(&mut self, present: u32, weight: f64) {
        self.all += weight;
        let Some(waiting) = present.checked_sub(self.handlers) else {
            return;
        };
        while self.ahead <= waiting {
            let moves = self.capacity + f64::from(self.ahead) * self.leaves;
            self.answered *= moves / (moves + self.leaves);
            self.lasts += (moves + self.leaves).recip();
            self.ahead += 1;
        }
        self.busy += weight;
        self.waiting += weight * f64::from(waiting);
        self.answered_wait += weight * self.answered * self.lasts;
    }

    /// A caller who arrives finds the law itself (PASTA): hence the probability. The mean wait of all is the mean
    /// number waiting over the arrivals (Little); of those waiting each gives up at the rate `leaves`: hence the share
    /// who do. What the answered did not wait, those who give up did.
    fn waiting(&self, arrivals: f64) -> Waiting {
        let mean = self.waiting / self.all / arrivals;
        let abandoned = self.leaves * mean;
        let answered_wait = self.answered_wait / self.all;
        Waiting {
            probability: self.busy / self.all,
            mean,
            answered_mean: (self.handlers > 0).then(|| answered_wait / (1.0 - abandoned)),
            abandoned_mean: (abandoned > 0.0).then(|| (mean - answered_wait) / abandoned),
            abandoned,
        }
    }
}
