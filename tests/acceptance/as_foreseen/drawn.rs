//! The callers of the real run, drawn from what the scenario says by numbers of our own.

use std::time::Duration;

use ivr111::flow::Key;
use ivr111::identity::{CallerNumber, Number};
use ivr111::routing::RegionId;
use ivr111::simulate::Script;
use ivr111::simulate::scenario::Scenario;
use jiff::{Timestamp, ToSpan as _};
use rand::Rng as _;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng as _;

/// How soon a hurried caller presses, at most; as the simulator has it.
const HURRIED: f64 = 1.5;

/// All of them, in the order in which they call: from a moment on, when the stretch begins.
pub fn scripts(scenario: &Scenario, first: Timestamp, seed: u64) -> Vec<Script> {
    let mut drawn = ChaCha8Rng::seed_from_u64(seed);
    let stretch = 1_000.0 * (scenario.arrivals.moment(1.0) - scenario.arrivals.moment(0.0));
    let arrivals = (0..scenario.calls).map(|_| (stretch * drawn.random::<f64>()) as i64);
    let mut arrivals: Vec<i64> = arrivals.collect();
    arrivals.sort_unstable();
    let each = arrivals.iter().zip(0..);
    let each = each.map(|(after, place)| {
        let at = first + after.milliseconds();
        script(scenario, at, place, &mut drawn)
    });
    each.collect()
}

fn script(scenario: &Scenario, at: Timestamp, place: u32, drawn: &mut ChaCha8Rng) -> Script {
    let mut two = || (drawn.random::<f64>(), drawn.random::<f64>());
    let weights = scenario.choice.iter().map(|choice| choice.get_ref().weight);
    let mut left = two().0 * weights.sum::<f64>();
    let choice = scenario.choice.iter().find(|choice| {
        left -= choice.get_ref().weight;
        left <= 0.0
    });
    let choice = choice.unwrap().get_ref();
    let hurried = two().0 < scenario.caller.hurried;
    let keys = choice.keys.split(',').filter_map(|key| key.parse().ok());
    let keys = keys.map(|key| {
        let after = match hurried {
            true => Duration::from_secs_f64(HURRIED * two().0),
            false => scenario.caller.reaction.draw(two()),
        };
        (Key::new(key).unwrap(), after)
    });
    let keys = keys.collect();
    let number = Number::parse(&format!("01273555{place:03}")).unwrap();
    Script {
        at,
        number: CallerNumber::Known(number),
        text_relay: false,
        region: RegionId::new("kent-surrey-sussex"),
        dialled: choice.dialled.clone(),
        keys,
        hurried,
        patience: scenario.caller.patience.draw(two()),
        talk: choice.talk.draw(two()),
    }
}
