//! Leaving out or repeating a few milliseconds of sound, so that nobody notices.

use super::{TURN, blend};

/// The most that is left out or repeated at a time: 15 ms, a period of the deepest voices.
pub(super) const LONGEST: usize = 240;
/// The least: 2.5 ms.
pub(super) const SHORTEST: usize = 40;
/// Samples over which the one place passes into the other: 10 ms.
const SEAM: usize = 160;
/// A mean level below which any two places are alike: -50 dBFS.
const QUIET: u32 = 100;
/// In thousandths, how alike two places must be while there is time to wait for better ones.
const ALIKE: u32 = 250;

/// The sound around a turn that begins [`LONGEST`] samples into it.
pub(super) type Around = [i16; LONGEST + TURN + LONGEST];

/// Finds the place among candidates at which the sound best goes on instead of where it is. `haste`
/// says in thousandths how much worse than alike the place may be; from 750 any will do.
pub(super) fn place(
    around: &Around,
    candidates: impl Iterator<Item = usize>,
    haste: u32,
) -> Option<usize> {
    let here = &around[LONGEST..LONGEST + SEAM];
    let (difference, best) = candidates
        .filter_map(|at| Some((difference(here, around.get(at..at + SEAM)?), at)))
        .min()?;
    let there = &around[best..best + SEAM];
    let level = level(here) + level(there);
    let alike = difference.saturating_mul(1000) <= level.saturating_mul(ALIKE + haste);
    (alike || level < 2 * QUIET * COMPARED).then_some(best)
}

/// Plays a turn that goes on at another place.
pub(super) fn play(around: &Around, place: usize, out: &mut [i16; TURN]) {
    let here = &around[LONGEST..LONGEST + TURN];
    let there = &around[place.min(2 * LONGEST)..];
    for (n, (out, (&here, &there))) in out.iter_mut().zip(here.iter().zip(there)).enumerate() {
        *out = blend(here, there, (n + 1).min(SEAM), SEAM);
    }
}

/// Samples of a seam that are compared.
const COMPARED: u32 = SEAM as u32 / 2;

fn difference(a: &[i16], b: &[i16]) -> u32 {
    let pairs = a.iter().zip(b).step_by(2);
    pairs.map(|(&a, &b)| u32::from(a.abs_diff(b))).sum()
}

fn level(samples: &[i16]) -> u32 {
    let every_other = samples.iter().step_by(2);
    every_other.map(|s| u32::from(s.unsigned_abs())).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::mix::testing::{Random, largest_step, sine};

    #[test]
    fn a_sine_goes_on_a_whole_number_of_periods_away() {
        let around: Around = std::array::from_fn(|n| sine(200.0, 10_000.0, n));
        let later = (LONGEST + SHORTEST..=2 * LONGEST).step_by(2);
        assert!(matches!(place(&around, later, 0), Some(at) if (at - LONGEST).is_multiple_of(80)));
        let earlier = (0..=LONGEST - SHORTEST).step_by(2);
        assert!(
            matches!(place(&around, earlier, 0), Some(at) if (LONGEST - at).is_multiple_of(80))
        );
    }

    #[test]
    fn the_seam_does_not_click_wherever_it_is() {
        let around: Around = std::array::from_fn(|n| sine(437.0, 20_000.0, n));
        let own = largest_step(&around);
        for at in (0..=2 * LONGEST).step_by(2) {
            let mut out = [0; TURN];
            play(&around, at, &mut out);
            let first = i32::from(out[0]) - i32::from(around[LONGEST - 1]);
            let step = largest_step(&out).max(first.abs());
            assert!(step <= own + 2 * 20_000 / SEAM as i32 + 2, "{at}: {step}");
            assert_eq!(out[TURN - 1], around[at + TURN - 1]);
        }
    }

    #[test]
    fn noise_waits_unless_it_is_quiet_or_there_is_haste() {
        let mut random = Random::new(3);
        let loud: Around = std::array::from_fn(|_| random.sample());
        let candidates = || (LONGEST + SHORTEST..=2 * LONGEST).step_by(2);
        assert_eq!(place(&loud, candidates(), 0), None);
        assert!(place(&loud, candidates(), 750).is_some());
        let quiet = loud.map(|s| s / 400);
        assert!(place(&quiet, candidates(), 0).is_some());
    }
}
