//! What came of the real run, held against what was foreseen.

use ivr111::simulate::Script;
use ivr111::simulate::scenario::{Scenario, Spread};
use ivr111::store::Course;

use super::figures::{Figures, NAMES, central, seconds, spread};

/// How much later than scripted a slow machine may make things, in each conversation.
const SLOW: f64 = 0.3;
/// By how much figures may differ because two of so many callers hang up, or have waited for five seconds, within
/// milliseconds of being answered. Four of five wait.
fn close(callers: usize) -> Figures {
    let two = 200.0 / callers as f64;
    [0.0, 0.0, two, two * 1.25]
}

/// The same scenario on a slow machine.
pub fn slower(scenario: &Scenario) -> Scenario {
    let mut slower = scenario.clone();
    if let Spread::Uniform(from, to) = scenario.phone.answers_after {
        slower.phone.answers_after = Spread::Uniform(from + SLOW, to + SLOW);
    }
    slower
}

/// A part of a call, from a moment to another one.
type Part = (&'static str, fn(&Course) -> Option<f64>);

/// Parts of a call that no other caller and no handler has a hand in.
const PARTS: [Part; 5] = [
    ("arrived to answered", |call| {
        seconds(Some(call.arrived_at), call.answered_at)
    }),
    ("answered to introduced", |call| {
        seconds(call.answered_at, call.introduced_at)
    }),
    ("introduced to led", |call| {
        seconds(call.introduced_at, call.led_at)
    }),
    ("led to queued", |call| seconds(call.led_at, call.queued_at)),
    ("handled to ended", |call| {
        seconds(call.handled_at, call.ended_at)
    }),
];

/// How much later people called than they were to, after the first of them.
fn later_than_scripted(real: &[Course], scripts: &[Script]) -> Vec<f64> {
    let both = real.iter().zip(scripts);
    let after = |call: &Course| seconds(Some(real[0].arrived_at), Some(call.arrived_at)).unwrap();
    let wanted = |script: &Script| seconds(Some(scripts[0].at), Some(script.at)).unwrap();
    both.map(|(call, script)| after(call) - wanted(script))
        .collect()
}

/// How much longer each part took for real than simulated, the median and the most.
pub fn parts(real: &[Course], simulated: &[Course], scripts: &[Script]) {
    differ("called", later_than_scripted(real, scripts));
    for (name, part) in PARTS {
        let both = real.iter().zip(simulated);
        let both = both.filter_map(|(one, other)| Some(part(one)? - part(other)?));
        differ(name, both.collect());
    }
}

fn differ(name: &str, mut more: Vec<f64>) {
    more.sort_by(f64::total_cmp);
    let (median, least, most) = (more[more.len() / 2], more[0], more[more.len() - 1]);
    println!(
        "{name}: {} times, for real {:+.0} ms (median), {:+.0} to {:+.0} ms",
        more.len(),
        1_000.0 * median,
        1_000.0 * least,
        1_000.0 * most
    );
    assert!(
        median.abs() < SLOW,
        "{name}: {median} s more than simulated"
    );
}

/// Holds the real figures against those of simulated days: of other callers, and of the same ones, whose phones were
/// answered now sooner and now later. Among the latter, a real run may be anywhere between the promptest machine and one
/// on which each conversation takes [`SLOW`] longer, with five standard deviations on either side, so that what is random
/// in it does not fail it.
pub fn lies_within(
    served: (&Figures, usize),
    anybody: &[Figures],
    same: &[Figures],
    slow: &[Figures],
) {
    let (served, callers) = served;
    let close = close(callers);
    for (place, name) in NAMES.into_iter().enumerate() {
        let real = served[place];
        let (low, middle, high) = central(anybody, place);
        let ((prompt, either_way), (late, late_way)) = (spread(same, place), spread(slow, place));
        let least = prompt.min(late) - 5.0 * either_way - close[place];
        let most = prompt.max(late) + 5.0 * late_way + close[place];
        println!(
            "{name}: {real:.2} for real; simulated {middle:.2} ({low:.2} to {high:.2}); the same \
             callers {prompt:.2} +- {either_way:.2}, on a slow machine {late:.2} +- {late_way:.2} \
             (may be {least:.2} to {most:.2})"
        );
        assert!(
            (low..=high).contains(&real),
            "{name}: {real} is not foreseen"
        );
        assert!(
            (least..=most).contains(&real),
            "{name}: {real} is not foreseen for these callers"
        );
    }
}
