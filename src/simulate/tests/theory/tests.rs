use super::estimate::exponential;
use super::*;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

const MINUTE: u64 = 60_000_000_000;

fn close(a: f64, b: f64, within: f64) {
    assert!(
        (a - b).abs() <= within * b.abs(),
        "{a} is not {b} within {within}"
    );
}

/// The closed form of Erlang C in logarithms: the chance to wait.
fn closed_c(handlers: u32, offered: f64) -> f64 {
    let mut logs = vec![0.0];
    for k in 1..=handlers {
        logs.push(logs[k as usize - 1] + offered.ln() - f64::from(k).ln());
    }
    let last = logs[handlers as usize] - (1.0 - offered / f64::from(handlers)).ln();
    let below: f64 = logs[..handlers as usize]
        .iter()
        .map(|log| (log - last).exp())
        .sum();
    1.0 / (1.0 + below)
}

#[test]
fn one_handler_by_hand() {
    for rho in [0.01, 0.5, 0.9, 0.999] {
        let law = erlang_c(1, rho);
        close(law.probability, rho, 1e-12);
        close(law.mean, rho / (1.0 - rho), 1e-11);
        close(law.answered_mean.unwrap(), rho / (1.0 - rho), 1e-11);
        assert_eq!((law.abandoned_mean, law.abandoned), (None, 0.0));
    }
}

#[test]
fn two_handlers_by_hand() {
    let law = erlang_c(2, 1.0);
    close(law.probability, 1.0 / 3.0, 1e-14);
    close(law.mean, 1.0 / 3.0, 1e-14);
}

#[test]
fn many_handlers_as_the_closed_form_of_erlang_c_says() {
    for handlers in [1, 2, 10, 100, 1_000, 5_000] {
        for rho in [0.1, 0.7, 0.9, 0.97, 0.99, 0.9999] {
            let offered = rho * f64::from(handlers);
            let (law, wait) = (erlang_c(handlers, offered), closed_c(handlers, offered));
            // A chance that weighs next to nothing against the likeliest state is left out of the law.
            if wait < 1e-12 {
                assert!(law.probability < 1e-11, "{law:?} is not {wait}");
                continue;
            }
            close(law.probability, wait, 1e-9);
            close(law.mean, wait / (f64::from(handlers) - offered), 1e-9);
        }
    }
}

#[test]
fn a_load_of_all_handlers_or_nonsense_waits_for_ever() {
    let bad = f64::NAN;
    let laws = [
        erlang_c(10, 10.0),
        erlang_c(10, 11.0),
        erlang_c(0, 1.0),
        erlang_c(10, bad),
    ];
    let more = [
        (1.0, 0.0, 9.0),
        (1.0, 9.0, 0.0),
        (bad, 9.0, 9.0),
        (1.0, -9.0, 9.0),
        (1.0, 9.0, bad),
    ];
    let more = more.map(|(arrivals, talk, patience)| erlang_a(10, arrivals, talk, patience));
    for law in laws.iter().chain(&more) {
        assert_eq!((law.probability, law.mean), (1.0, f64::INFINITY));
    }
}

#[test]
fn great_patience_is_erlang_c() {
    let (c, for_ever) = (
        erlang_c(100, 95.0),
        erlang_a(100, 0.5, 190.0, f64::INFINITY),
    );
    close(for_ever.probability, c.probability, 1e-12);
    close(for_ever.mean, 190.0 * c.mean, 1e-12);
    let mut further = f64::INFINITY;
    for patience in [1e4, 1e6, 1e8, 1e10] {
        let a = erlang_a(100, 0.5, 190.0, patience);
        let off = (a.mean / (190.0 * c.mean) - 1.0).abs();
        assert!(off < further / 50.0, "{off} at {patience}");
        further = off;
    }
}

#[test]
fn patience_as_long_as_talk_is_the_infinite_floor() {
    for (handlers, offered) in [
        (1_u32, 1.0_f64),
        (10, 12.0),
        (1_000, 1_010.0),
        (1_000, 900.0),
    ] {
        let log = |k: u32| {
            f64::from(k) * offered.ln() - offered - (1..=k).map(|i| f64::from(i).ln()).sum::<f64>()
        };
        let mut poisson = log(handlers).exp();
        let (mut busy, mut waiting) = (0.0, 0.0);
        for k in handlers..handlers + 5_000 {
            busy += poisson;
            waiting += poisson * f64::from(k - handlers);
            poisson *= offered / f64::from(k + 1);
        }
        let law = erlang_a(handlers, offered / 200.0, 200.0, 200.0);
        close(law.probability, busy, 1e-9);
        close(law.mean, waiting * 200.0 / offered, 1e-9);
        close(law.abandoned, waiting / offered, 1e-9);
    }
}

#[test]
fn those_answered_and_those_who_give_up_by_hand() {
    // All rates one: one in e finds the floor empty, and who finds k present is answered with the chance 1 / (k + 1)
    // after waiting 1/2 + … + 1/(k + 1) in the mean.
    let law = erlang_a(1, 1.0, 1.0, 1.0);
    let (mut poisson, mut lasts, mut wait, mut answered) = ((-1.0_f64).exp(), 0.0, 0.0, 0.0);
    for k in 0..40 {
        let chance = 1.0 / f64::from(k + 1);
        answered += poisson * chance;
        wait += poisson * chance * lasts;
        lasts += 1.0 / f64::from(k + 2);
        poisson *= chance;
    }
    close(1.0 - law.abandoned, answered, 1e-12);
    close(law.answered_mean.unwrap(), wait / answered, 1e-12);
    let given_up = (law.mean - wait) / law.abandoned;
    close(law.abandoned_mean.unwrap(), given_up, 1e-12);
}

#[test]
fn without_handlers_everyone_gives_up() {
    let law = erlang_a(0, 0.1, 200.0, 90.0);
    close(law.mean, 90.0, 1e-12);
    close(law.abandoned, 1.0, 1e-12);
    close(law.abandoned_mean.unwrap(), 90.0, 1e-12);
    assert_eq!((law.probability, law.answered_mean), (1.0, None));
    let caller = Caller {
        after_ns: 1,
        talk_ns: 1,
        patience_ns: 90,
    };
    assert_eq!(
        Path::new(0).next(caller),
        Outcome {
            waited_ns: 90,
            abandoned: true
        }
    );
}

#[test]
fn a_path_by_hand() {
    let mut path = Path::new(2);
    // After, talk and patience in minutes; waited, gave up.
    let callers = [
        (0, 10, 5, 0, false),
        (1, 4, 5, 0, false),
        (1, 9, 5, 3, false),
        (1, 2, 6, 6, true),
        (0, 3, 7, 7, false),
        (20, 1, 0, 0, false),
    ];
    for (after, talk, patience, waited, abandoned) in callers {
        let [after_ns, talk_ns, patience_ns] =
            [after, talk, patience].map(|minutes| minutes * MINUTE);
        let outcome = path.next(Caller {
            after_ns,
            talk_ns,
            patience_ns,
        });
        assert_eq!(
            outcome,
            Outcome {
                waited_ns: waited * MINUTE,
                abandoned
            }
        );
    }
    assert_eq!(
        path.known(),
        Known {
            until_ns: 23 * MINUTE,
            ended: 4,
            talked_ns: 26 * MINUTE
        }
    );
    assert_eq!((path.busy(), path.now_ns()), (1, 23 * MINUTE));
}

#[test]
fn a_path_is_that_of_a_plain_list_of_handlers() {
    let mut rng = ChaCha8Rng::seed_from_u64(31);
    for handlers in [1_u32, 2, 3, 7, 20] {
        let (mut path, mut free_at, mut now) =
            (Path::new(handlers), vec![0_u64; handlers as usize], 0_u64);
        let mut seen = [0; 3];
        for _ in 0..20_000 {
            // Whole numbers this small make many ties.
            let caller = Caller {
                after_ns: rng.random_range(0..=64 / u64::from(handlers)),
                talk_ns: rng.random_range(0..60),
                patience_ns: rng.random_range(0..60),
            };
            now += caller.after_ns;
            let first = free_at.iter_mut().min().unwrap();
            let wait = first.saturating_sub(now);
            let abandoned = caller.patience_ns < wait;
            let waited_ns = if abandoned { caller.patience_ns } else { wait };
            if !abandoned {
                *first = now + wait + caller.talk_ns;
            }
            assert_eq!(
                path.next(caller),
                Outcome {
                    waited_ns,
                    abandoned
                }
            );
            seen[usize::from(abandoned) + usize::from(wait > 0)] += 1;
        }
        assert!(seen.iter().all(|times| *times > 100), "{seen:?}");
    }
}

#[test]
fn handlers_talk_just_as_long_as_the_callers_they_answer() {
    let mut rng = ChaCha8Rng::seed_from_u64(34);
    let mut draw = |mean_s: f64| exponential(&mut rng, mean_s * 1e9);
    for floor in [floor(10, 1.0, Some(360.0)), floor(1_000, 0.98, None)] {
        let (mut path, mut talks_ns, mut answered, mut waited) =
            (Path::new(floor.handlers), 0, 0, 0);
        for _ in 0..200_000 {
            let (after_ns, talk_ns) = (draw(1.0 / floor.arrivals_per_s), draw(floor.mean_talk_s));
            let patience_ns = floor.mean_patience_s.map_or(u64::MAX, &mut draw);
            let outcome = path.next(Caller {
                after_ns,
                talk_ns,
                patience_ns,
            });
            if !outcome.abandoned {
                talks_ns += talk_ns;
                answered += 1;
                waited += u64::from(outcome.waited_ns > 0);
            }
        }
        let days_later = Caller {
            after_ns: 10_000 * MINUTE,
            talk_ns: 1,
            patience_ns: u64::MAX,
        };
        path.next(days_later);
        assert_eq!(
            (path.known().talked_ns, path.known().ended),
            (talks_ns, answered)
        );
        assert!(waited > answered / 10, "{waited} of {answered}");
    }
}

#[test]
fn time_ends_without_harm() {
    let mut path = Path::new(1);
    let caller = Caller {
        after_ns: u64::MAX / 2 + 9,
        talk_ns: u64::MAX,
        patience_ns: u64::MAX,
    };
    for _ in 0..4 {
        assert!(!path.next(caller).abandoned);
    }
    assert_eq!(path.now_ns(), u64::MAX);
}

#[test]
fn draws_are_exponential() {
    let (mut rng, count, mean) = (ChaCha8Rng::seed_from_u64(32), 1_000_000, 1e9);
    let (mut sum, mut squares, mut longer) = (0.0, 0.0, 0.0);
    for _ in 0..count {
        let drawn = exponential(&mut rng, mean) as f64 / mean;
        sum += drawn;
        squares += drawn * drawn;
        longer += f64::from(u8::from(drawn > 1.0));
    }
    let root = f64::from(count).sqrt();
    let off = [
        (sum, 1.0, 1.0),
        (squares, 2.0, 20.0_f64.sqrt()),
        (longer, (-1.0_f64).exp(), 0.482),
    ]
    .map(|(sum, mean, deviation)| (sum / f64::from(count) - mean) / deviation * root);
    assert!(off.iter().all(|errors| errors.abs() < 4.0), "{off:?}");
}

/// A floor with a mean talk of three minutes, at this load for each handler.
fn floor(handlers: u32, load: f64, patience_s: Option<f64>) -> Floor {
    let arrivals_per_s = load * f64::from(handlers) / 180.0;
    Floor {
        handlers,
        arrivals_per_s,
        mean_talk_s: 180.0,
        mean_patience_s: patience_s,
    }
}

fn law_of(floor: &Floor) -> Waiting {
    let patience = floor.mean_patience_s.unwrap_or(f64::INFINITY);
    erlang_a(
        floor.handlers,
        floor.arrivals_per_s,
        floor.mean_talk_s,
        patience,
    )
}

/// How many standard errors off.
fn off(measured: Measured, truth: f64) -> f64 {
    (measured.mean - truth) / measured.error
}

/// The estimate agrees with the law, and is sharp enough for that to mean something.
fn agrees(floor: &Floor, calls: u64) {
    let (law, told) = (law_of(floor), estimate(floor, calls, 111));
    for (measured, truth) in [(told.probability, law.probability), (told.wait_s, law.mean)] {
        assert!(
            measured.error < 0.007 * truth,
            "{measured:?} of {truth} is too coarse"
        );
        assert!(
            off(measured, truth).abs() < 4.0,
            "{measured:?} is not {truth}"
        );
    }
    assert!(off(told.luck, 0.0).abs() < 4.0, "{:?}", told.luck);
    match floor.mean_patience_s {
        Some(_) => assert!(
            off(told.abandoned, law.abandoned).abs() < 4.0,
            "{told:?} is not {law:?}"
        ),
        None => assert_eq!(told.abandoned.mean, 0.0),
    }
}

#[test]
fn the_path_obeys_erlang_c() {
    agrees(&floor(10, 0.9, None), 500_000);
    agrees(&floor(100, 0.95, None), 1_000_000);
    agrees(&floor(1_000, 0.97, None), 5_000_000);
}

#[test]
fn the_path_obeys_erlang_a() {
    agrees(&floor(10, 1.0, Some(360.0)), 200_000);
    agrees(&floor(100, 1.0, Some(360.0)), 500_000);
    agrees(&floor(1_000, 1.0, Some(360.0)), 2_000_000);
}

#[test]
fn a_handler_more_or_fewer_in_a_thousand_shows() {
    let [at, other] = [floor(1_000, 1.0, Some(360.0)), floor(999, 1.0, Some(360.0))];
    let fewer = law_of(&Floor {
        arrivals_per_s: at.arrivals_per_s,
        ..other
    });
    let told = estimate(&at, 2_000_000, 112);
    assert!(
        off(told.probability, fewer.probability) < -8.0,
        "{told:?} for {fewer:?}"
    );
    assert!(
        off(told.wait_s, fewer.mean) < -8.0,
        "{told:?} for {fewer:?}"
    );
}

#[test]
fn the_waits_of_those_answered_and_those_who_give_up_as_they_fall() {
    let floor = floor(3, 1.1, Some(180.0));
    let (law, mut rng, mut path) = (law_of(&floor), ChaCha8Rng::seed_from_u64(33), Path::new(3));
    let mut sums = [(0.0, 0.0); 2];
    for _ in 0..1_000_000 {
        let mut draw = |mean_s: f64| exponential(&mut rng, mean_s * 1e9);
        let (after_ns, talk_ns) = (draw(1.0 / floor.arrivals_per_s), draw(180.0));
        let outcome = path.next(Caller {
            after_ns,
            talk_ns,
            patience_ns: draw(180.0),
        });
        let sum = &mut sums[usize::from(outcome.abandoned)];
        *sum = (sum.0 + outcome.waited_ns as f64 * 1e-9, sum.1 + 1.0);
    }
    let [answered, given_up] = sums.map(|(sum, count)| sum / count);
    close(answered, law.answered_mean.unwrap(), 0.02);
    close(given_up, law.abandoned_mean.unwrap(), 0.02);
}
