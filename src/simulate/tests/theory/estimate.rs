//! A floor's law, estimated from a long exact path with the luck of its draws taken out.
//!
//! Every draw is independent of all that was before it. So its surplus over what is due in the mean is zero in the
//! mean, whatever the path makes of it, and so is the surplus times any weight that depends on nothing later:
//! - one arrival, less the arrivals due in the time since the last;
//! - the ends of talks, less those due in the time talked (talks are exponential, so have no memory);
//! - callers who gave up, less those due in the time they waited.
//!
//! Sums of such surpluses, weighted by how full the floor was, are the controls: the means of batches are regressed on
//! them, and what they explain was luck. No law of Erlang goes in.
//!
//! So two faults hide from the controls, which take them for luck: draws whose means are not the floor's, and handlers
//! who are busy for longer or shorter than the talk drawn. The first shows in [`Estimate::luck`], and both in
//! [`Estimate::plain`], coarsely; [`Known::talked_ns`] against the talks of those answered shows the second exactly.

use super::path::{Caller, Known, Outcome, Path};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// A floor to be estimated: who arrives, and who answers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Floor {
    /// How many answer; an estimate needs one at least.
    pub handlers: u32,
    /// Mean arrivals per second.
    pub arrivals_per_s: f64,
    /// The mean talk, in seconds.
    pub mean_talk_s: f64,
    /// The mean patience, in seconds; nothing when nobody gives up.
    pub mean_patience_s: Option<f64>,
}

/// A mean and its standard error.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measured {
    /// The mean.
    pub mean: f64,
    /// How far, one standard deviation, that mean would lie from the truth over many seeds, as batches tell it.
    pub error: f64,
}

/// What a long path tells of a floor's law.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// The share of callers who waited.
    pub probability: Measured,
    /// The mean wait of all callers, in seconds.
    pub wait_s: Measured,
    /// The share of callers who gave up.
    pub abandoned: Measured,
    /// The same three as they fell, luck included.
    pub plain: [Measured; MEASURES],
    /// Arrivals above what was due, less departures above what was due, per caller: zero within its error, unless the
    /// draws do not have the means they should.
    pub luck: Measured,
}

/// Batches of callers. The even ones tell how much luck to take out of the odd ones, and the other way round.
const BATCHES: usize = 200;
/// One in so many callers comes before any count, to fill the floor and bring it near its law.
const WARM_UP: u64 = 20;
/// How many measures there are: who waited, how long, who gave up.
const MEASURES: usize = 3;
/// How many weights there are for the luck of a draw.
const WEIGHTS: usize = 5;
/// The controls: luck by each weight, and two ways in which a batch leaves the floor fuller than it found it, which is
/// zero in the mean of a stationary law and next to nothing over all batches.
const CONTROLS: usize = WEIGHTS + 2;

/// Draws so many callers for a floor, takes them along the exact path and tells what befell them. The floor begins
/// empty; the first twentieth of the callers warms it up and is not counted. Sound from some ten mean talks a batch
/// on, that is 2,000 callers for each handler in all.
pub fn estimate(floor: &Floor, calls: u64, seed: u64) -> Estimate {
    let mut run = Run::new(floor, seed);
    let warm_up = calls / WARM_UP;
    run.batch(warm_up);
    let size = (calls - warm_up) / BATCHES as u64;
    let batches: [Batch; BATCHES] = std::array::from_fn(|_| run.batch(size));
    let plain = |measure: usize| spread(batches.iter().map(|batch| batch.measures[measure]));
    Estimate {
        probability: controlled(&batches, 0),
        wait_s: controlled(&batches, 1),
        abandoned: controlled(&batches, 2),
        plain: std::array::from_fn(plain),
        luck: spread(batches.iter().map(|batch| batch.controls[0])),
    }
}

/// Means over a batch of callers.
#[derive(Clone, Copy, Default)]
struct Batch {
    measures: [f64; MEASURES],
    controls: [f64; CONTROLS],
}

impl Batch {
    /// One surplus of a draw, by weights that were set before it.
    fn draw(&mut self, surplus: f64, weights: &[f64; WEIGHTS]) {
        for (control, weight) in self.controls.iter_mut().zip(weights) {
            *control += surplus * weight;
        }
    }
}

/// A path on its way, and the means its draws should have.
struct Run {
    rng: ChaCha8Rng,
    path: Path,
    handlers: f64,
    after_ns: f64,
    talk_ns: f64,
    patience_ns: Option<f64>,
    known: Known,
    fullness: f64,
    weights: [f64; WEIGHTS],
}

impl Run {
    fn new(floor: &Floor, seed: u64) -> Self {
        Self {
            rng: ChaCha8Rng::seed_from_u64(seed),
            path: Path::new(floor.handlers),
            handlers: f64::from(floor.handlers.max(1)),
            after_ns: 1e9 / floor.arrivals_per_s,
            talk_ns: 1e9 * floor.mean_talk_s,
            patience_ns: floor.mean_patience_s.map(|mean| 1e9 * mean),
            known: Known::default(),
            fullness: 0.0,
            weights: [0.0; WEIGHTS],
        }
    }

    /// Takes so many callers along the path.
    fn batch(&mut self, size: u64) -> Batch {
        let mut batch = Batch::default();
        let before = self.fullness;
        for _ in 0..size {
            self.caller(&mut batch);
        }
        let [waiting, waited] = [self.fullness, before].map(|fullness| fullness.max(0.0));
        batch.controls[WEIGHTS] = self.fullness - before;
        batch.controls[WEIGHTS + 1] = waiting * waiting - waited * waited;
        let all = batch.measures.iter_mut().chain(&mut batch.controls);
        all.for_each(|sum| *sum /= size.max(1) as f64);
        batch
    }

    /// One caller more. The weights are those set by the caller before until the path has shown the virtual wait, and
    /// then those of that wait, for what is left to chance is whether the caller bears it.
    fn caller(&mut self, batch: &mut Batch) {
        let rng = &mut self.rng;
        let after_ns = exponential(rng, self.after_ns);
        let talk_ns = exponential(rng, self.talk_ns);
        let patience_ns = self
            .patience_ns
            .map_or(u64::MAX, |mean| exponential(rng, mean));
        let outcome = self.path.next(Caller {
            after_ns,
            talk_ns,
            patience_ns,
        });
        let known = self.path.known();
        let ended = (known.ended - self.known.ended) as f64;
        let talked_ns = known.talked_ns.wrapping_sub(self.known.talked_ns) as f64;
        self.known = known;
        let arrived = 1.0 - after_ns as f64 / self.after_ns;
        batch.draw(arrived - (ended - talked_ns / self.talk_ns), &self.weights);
        self.fullness = self.fullness_after(outcome);
        self.weights = weights(self.fullness);
        let (waited_ns, gave_up) = (
            outcome.waited_ns as f64,
            f64::from(u8::from(outcome.abandoned)),
        );
        if let Some(mean) = self.patience_ns.filter(|_| outcome.waited_ns > 0) {
            batch.draw(waited_ns / mean - gave_up, &self.weights);
        }
        let waits = f64::from(u8::from(outcome.waited_ns > 0));
        for (sum, more) in batch
            .measures
            .iter_mut()
            .zip([waits, waited_ns * 1e-9, gave_up])
        {
            *sum += more;
        }
    }

    /// How full a caller leaves the floor: handlers free (below zero) or ends of talk to wait for (above), over the
    /// root of the handlers, the size by which both swing.
    fn fullness_after(&self, outcome: Outcome) -> f64 {
        let callers = if outcome.waited_ns > 0 {
            let virtual_wait_ns = self.known.until_ns.saturating_sub(self.path.now_ns());
            virtual_wait_ns as f64 / self.talk_ns * self.handlers
        } else {
            self.path.busy() as f64 - self.handlers
        };
        callers / self.handlers.sqrt()
    }
}

/// What one caller more might cost those who come later, up to factors the regression finds: it grows with the queue
/// while nobody gives up, and fades with the handlers free. Any weights would be right; these leave little luck.
fn weights(fullness: f64) -> [f64; WEIGHTS] {
    let (free, queue) = ((-fullness).max(0.0), fullness.max(0.0));
    let fades = (1.0 + free).recip();
    [1.0, fades, fades * fades, queue, (1.0 + queue).recip()]
}

/// An exponential time of this mean, in whole nanoseconds: the half makes cutting off rounding, and is far quicker.
pub(super) fn exponential(rng: &mut ChaCha8Rng, mean_ns: f64) -> u64 {
    (0.5 - mean_ns * (1.0 - rng.random::<f64>()).ln()) as u64
}

/// The mean of batches, and its error.
fn spread(batches: impl Iterator<Item = f64> + Clone) -> Measured {
    let count = batches.clone().count() as f64;
    let mean = batches.clone().sum::<f64>() / count;
    let squares: f64 = batches.map(|batch| (batch - mean).powi(2)).sum();
    Measured {
        mean,
        error: (squares / (count - 1.0) / count).sqrt(),
    }
}

/// The mean of a measure, the luck taken out of each half as the other half tells it.
fn controlled(batches: &[Batch], measure: usize) -> Measured {
    let half = |odd: usize| batches.iter().skip(odd).step_by(2);
    let [even, odd] = [0, 1].map(|odd| {
        let slopes = slopes(half(1 - odd), measure);
        spread(half(odd).map(|batch| {
            let luck = batch
                .controls
                .iter()
                .zip(slopes)
                .map(|(control, slope)| control * slope);
            batch.measures[measure] - luck.sum::<f64>()
        }))
    });
    Measured {
        mean: (even.mean + odd.mean) / 2.0,
        error: even.error.hypot(odd.error) / 2.0,
    }
}

/// How a measure goes with each control: least squares, by Gauss-Jordan elimination of the normal equations. A control
/// that tells nothing beyond those before it gets no part.
fn slopes<'a>(batches: impl Iterator<Item = &'a Batch> + Clone, measure: usize) -> [f64; CONTROLS] {
    let mean: [f64; CONTROLS] =
        std::array::from_fn(|i| spread(batches.clone().map(|batch| batch.controls[i])).mean);
    let mut rows = [[0.0; CONTROLS + 1]; CONTROLS];
    for batch in batches {
        let [mut row, mut left] = [[batch.measures[measure]; CONTROLS + 1], [0.0; CONTROLS + 1]];
        for (i, mean) in mean.iter().enumerate() {
            left[i] = batch.controls[i] - mean;
            row[i] = left[i];
        }
        for (sums, left) in rows.iter_mut().zip(left) {
            sums.iter_mut()
                .zip(row)
                .for_each(|(sum, right)| *sum += left * right);
        }
    }
    let own: [f64; CONTROLS] = std::array::from_fn(|i| rows[i][i]);
    for i in 0..CONTROLS {
        let pivot = rows[i];
        let tells = pivot[i] > own[i] * 1e-10;
        for (k, row) in rows.iter_mut().enumerate() {
            let part = if k == i {
                1.0 - pivot[i].recip()
            } else {
                row[i] / pivot[i]
            };
            let part = if tells {
                part
            } else {
                f64::from(u8::from(k == i))
            };
            row.iter_mut()
                .zip(pivot)
                .for_each(|(to, from)| *to -= part * from);
        }
    }
    rows.map(|row| row[CONTROLS])
}
