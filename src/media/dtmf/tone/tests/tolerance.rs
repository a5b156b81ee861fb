//! What ITU-T Q.24 wants accepted and refused, in figures.

use super::*;

/// Places of the 5 ms grid at which a case is tried.
const PLACES: usize = 10;

/// In how many of all keys and places of the grid a case gives just this, and in how many nothing.
fn tally(law: Law, case: impl Fn(Key) -> Vec<i16>, wanted: impl Fn(Key) -> String) -> Tally {
    let mut tally = Tally::default();
    for code in 0..16 {
        let sound = case(key(code));
        for place in 0..PLACES {
            let mut samples = vec![0; 200 + place * 7 % HOP];
            samples.extend(&sound);
            samples.extend(silence(60));
            let keys = found_through(law, &samples);
            tally.tried += 1;
            tally.wanted += usize::from(keys == wanted(key(code)));
            tally.none += usize::from(keys.is_empty());
        }
    }
    tally
}

#[derive(Default)]
struct Tally {
    tried: usize,
    wanted: usize,
    none: usize,
}

impl Tally {
    fn all(&self) -> bool {
        self.wanted == self.tried
    }

    fn never(&self) -> bool {
        self.none == self.tried
    }

    fn per_cent(&self) -> f32 {
        100.0 * self.wanted as f32 / self.tried as f32
    }
}

#[test]
fn every_key_survives_both_laws() {
    println!("key   A-law   mu-law  (found of {HOP} places, 40 ms)");
    for code in 0..16 {
        let counts = [Law::A, Law::Mu].map(|law| {
            let of = |place: usize| {
                let sound = [vec![0; 200 + place], press(code, -10.0, 40), silence(60)].concat();
                usize::from(found_through(law, &sound) == once(key(code)))
            };
            (0..HOP).map(of).sum::<usize>()
        });
        let name = key(code).as_char();
        println!("{name:>3} {:>7} {:>8}", counts[0], counts[1]);
        assert_eq!(counts, [HOP; 2], "{name}");
    }
}

/// Two tones of 0 dBm0 each reach 2.9 dB beyond overload together, and are clipped.
#[test]
fn every_level_from_overload_down_to_the_floor_is_found_and_nothing_below() {
    println!("dBm0 per tone   A-law   mu-law  (% found, 40 ms)");
    let mut level = 0.0;
    while level >= -50.0 {
        let tallies =
            [Law::A, Law::Mu].map(|law| tally(law, |key| press(key.code(), level, 40), once));
        let [alaw, ulaw] = tallies.each_ref().map(Tally::per_cent);
        println!("{level:>13} {alaw:>7.1} {ulaw:>8.1}");
        if level >= -36.0 {
            assert!(tallies.iter().all(Tally::all), "{level}");
        }
        if level <= -41.0 {
            assert!(tallies.iter().all(Tally::never), "{level}");
        }
        level -= if (-42.0..-34.0).contains(&level) {
            1.0
        } else {
            3.0
        };
    }
}

#[test]
fn twist_up_to_eight_decibels_either_way_is_found_at_every_level() {
    let levels = [0.0, -6.0, -12.0, -20.0, -28.0];
    println!("high - low, dB {levels:>6?} dBm0 of the stronger (% found, 40 ms, A-law / mu-law)");
    for twist in (-14..=14).step_by(2) {
        let twist = twist as f32;
        print!("{twist:>13} ");
        for level in levels {
            let (low, high) = (level - twist.max(0.0), level + twist.min(0.0));
            let case = |key| tones(DualTone::new(key, low, high), 40);
            let tallies = [Law::A, Law::Mu].map(|law| tally(law, case, once));
            let [alaw, ulaw] = tallies.each_ref().map(Tally::per_cent);
            print!(" {alaw:>5.1}/{ulaw:<5.1}");
            if twist.abs() <= 8.0 {
                assert!(tallies.iter().all(Tally::all), "{twist} {level}");
            }
            if twist.abs() >= 12.0 {
                assert!(tallies.iter().all(Tally::never), "{twist} {level}");
            }
        }
        println!();
    }
}

#[test]
fn frequencies_are_found_to_one_and_a_half_per_cent_and_not_from_three_and_a_half() {
    println!("off by, %   low   high  both alike  both opposed  (% found, 40 ms)");
    for off in (-10..=10).map(|n| n as f32 * 0.5) {
        let case = |low: f32, high: f32| {
            move |key: Key| {
                let (l, h) = key.frequencies();
                let (l, h) = (l * (1.0 + low / 100.0), h * (1.0 + high / 100.0));
                tones(DualTone::of(l, -10.0, h, -10.0), 40)
            }
        };
        let cases = [(off, 0.0), (0.0, off), (off, off), (off, -off)];
        let tallies = cases.map(|(low, high)| tally(Law::A, case(low, high), once));
        let [low, high, alike, opposed] = tallies.each_ref().map(Tally::per_cent);
        println!("{off:>9} {low:>5.1} {high:>6.1} {alike:>11.1} {opposed:>13.1}");
        if off.abs() <= 1.5 {
            assert!(tallies.iter().all(Tally::all), "{off}");
        }
        if off.abs() >= 3.5 {
            assert!(tallies.iter().all(Tally::never), "{off}");
        }
    }
}

#[test]
fn tones_of_forty_milliseconds_are_found_and_of_twenty_three_are_not() {
    println!("tone, ms   -3 dBm0   -10   -30  (% found)");
    for tenths in (150..=420).step_by(10) {
        let ms = tenths as f32 / 10.0;
        let tallies = [-3.0, -10.0, -30.0].map(|level| {
            let case = |key: Key| {
                let mut sound = press(key.code(), level, 60);
                sound.truncate(tenths * 8 / 10);
                sound
            };
            tally(Law::A, case, once)
        });
        let [loud, middle, faint] = tallies.each_ref().map(Tally::per_cent);
        println!("{ms:>8} {loud:>9.1} {middle:>5.1} {faint:>5.1}");
        if ms <= 23.0 {
            assert!(tallies.iter().all(Tally::never), "{ms}");
        }
        if ms >= 40.0 {
            assert!(tallies.iter().all(Tally::all), "{ms}");
        }
    }
}

#[test]
fn a_short_break_leaves_one_key_and_forty_milliseconds_make_two() {
    println!("break, ms   once   twice  (% of presses of 60 ms, break, 60 ms)");
    for ms in 1..=45 {
        let case = |key: Key| {
            let (code, level) = (key.code(), -10.0);
            [press(code, level, 60), silence(ms), press(code, level, 60)].concat()
        };
        let one = tally(Law::A, case, once);
        let two = tally(Law::A, case, |key| once(key).repeat(2));
        println!("{ms:>9} {:>6.1} {:>7.1}", one.per_cent(), two.per_cent());
        assert_eq!(one.wanted + two.wanted, one.tried, "{ms}");
        if ms <= 18 {
            assert!(one.all(), "{ms}");
        }
        if ms >= 40 {
            assert!(two.all(), "{ms}");
        }
    }
}

#[test]
fn long_sequences_are_read_exactly_at_every_pace() {
    let paces = [
        ("40 and 40", [40.0, 40.0], [40.0, 40.0]),
        ("40 and 60", [40.0, 40.0], [60.0, 60.0]),
        ("50 and 50", [50.0, 50.0], [50.0, 50.0]),
        ("100 and 40", [100.0, 100.0], [40.0, 40.0]),
        ("40 and 200", [40.0, 40.0], [200.0, 200.0]),
        ("40-90 and 40-90", [40.0, 90.0], [40.0, 90.0]),
        ("40-600 and 40-600", [40.0, 600.0], [40.0, 600.0]),
    ];
    println!("tone and gap, ms    keys  wrong runs of 40 (random level, twist, frequency, place)");
    for (name, tone, gap) in paces {
        let (mut dice, mut wrong) = (Dice(5), 0);
        for run in 0..40 {
            let mut samples = vec![0; 160 + dice.below(800)];
            let mut pressed = String::new();
            for _ in 0..60 {
                let key = key(dice.below(16) as u8);
                pressed.push(key.as_char());
                samples.extend(random_press(&mut dice, key, tone));
                let gap = dice.between(gap[0], gap[1]) * 8.0;
                samples.extend(vec![0; gap.round() as usize]);
            }
            samples.extend(silence(60));
            wrong += usize::from(found_through([Law::A, Law::Mu][run % 2], &samples) != pressed);
        }
        println!("{name:<18} {:>5} {wrong:>6}", 40 * 60);
        assert_eq!(wrong, 0, "{name}");
    }
}

/// A press as a telephone may make it: -3 to -28 dBm0, twist to 8 dB, 1.5 % off.
fn random_press(dice: &mut Dice, key: Key, ms: [f32; 2]) -> Vec<i16> {
    let (low, high) = key.frequencies();
    let (low, high) = (
        low * dice.between(0.985, 1.015),
        high * dice.between(0.985, 1.015),
    );
    let (level, twist) = (dice.between(-28.0, -3.0), dice.between(-8.0, 8.0));
    let length = (dice.between(ms[0], ms[1]) * 8.0).round() as usize;
    let mut tone = DualTone::of(low, level - twist.max(0.0), high, level + twist.min(0.0));
    // The tones begin anywhere in their turn.
    for _ in 0..dice.below(80) {
        tone.next_sample();
    }
    (0..length).map(|_| tone.next_sample()).collect()
}
