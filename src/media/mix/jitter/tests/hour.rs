//! An hour of drift and jitter.

use super::*;

const SECOND: usize = 16_000;

/// What an hour, or a part of it, was like.
#[derive(Debug, Default)]
struct Figures {
    turns: u32,
    concealed: u32,
    silent: u32,
    /// From the mouth to the ear, in ms.
    shortest: f64,
    longest: f64,
    last: f64,
    step: i32,
}

/// Runs a path; the figures leave out the first ten seconds.
fn run(path: &Path, seconds: u64, table: &[i16]) -> Figures {
    let packets = path.packets(seconds, &mut Random::new(seconds + path.jitter_us));
    let end = MS(seconds * 1000 - 5000);
    let mut figures = Figures {
        shortest: f64::MAX,
        ..Figures::default()
    };
    let mut before = 0;
    play(
        &mut JitterBuffer::new(),
        &packets,
        |n| table[n % SECOND],
        |now, played, out, buffer| {
            let first = i32::from(out[0]) - i32::from(before);
            figures.step = figures.step.max(first.abs()).max(largest_step(out));
            before = out[TURN - 1];
            if now < MS(10_000) || now > end {
                return;
            }
            figures.turns += 1;
            figures.concealed += u32::from(played == Played::Concealed);
            figures.silent += u32::from(played == Played::Silence);
            // The sample that this turn ended with, as the sender counts.
            let (timestamp, place) = buffer.anchor.unwrap();
            let units = timestamp.wrapping_sub(path.first_timestamp);
            let sample = i64::from(units) * 2 + buffer.next - place;
            let spoken = sample as f64 / 16.0 * (1.0 + path.drift_ppm as f64 / 1e6);
            let heard = now.as_secs_f64() * 1000.0 + 20.0 - path.phase_us as f64 / 1000.0;
            figures.last = heard - spoken;
            figures.shortest = figures.shortest.min(figures.last);
            figures.longest = figures.longest.max(figures.last);
        },
    );
    figures
}

fn table(hertz: f64) -> Vec<i16> {
    (0..SECOND).map(|n| sine(hertz, 10_000.0, n)).collect()
}

#[test]
fn an_hour_of_jitter_loss_duplicates_and_drift() {
    let table = table(437.0);
    let own = largest_step(&table);
    for drift_ppm in [-500, 0, 500] {
        let path = Path {
            drift_ppm,
            jitter_us: 60_000,
            lost_percent: 1,
            twice_percent: 1,
            ..Path::default()
        };
        let figures = run(&path, 3600, &table);
        let share = f64::from(figures.concealed) / f64::from(figures.turns) * 100.0;
        println!("{drift_ppm} ppm: {share:.3} % concealed, own step {own}, {figures:.1?}");
        // A lost packet of 20 ms lies in two turns.
        assert!((0.9..2.3).contains(&share), "{share}");
        assert_eq!(figures.silent, 0);
        let kept = Path {
            lost_percent: 0,
            ..path
        };
        let late = run(&kept, 3600, &table).concealed;
        println!(
            "{drift_ppm} ppm without loss: {late} turns concealed, for packets that came late"
        );
        assert!(late <= 20, "{late}");
        // A packet, the jitter, the floor of 25 ms, and 25 ms for what is still forgotten.
        assert!(figures.longest < 20.0 + 60.0 + 25.0 + 25.0, "{figures:?}");
        assert!(figures.shortest > 20.0 + 60.0 + 10.0, "{figures:?}");
        assert!(figures.step <= own * 13 / 10 + 50, "{figures:?}");
    }
}

#[test]
fn clocks_apart_by_a_thousand_ppm_never_come_to_click_or_to_wait() {
    for hertz in [100.0, 437.0, 1003.0] {
        let table = table(hertz);
        let own = largest_step(&table);
        for drift_ppm in [-1000, 1000] {
            let path = Path {
                drift_ppm,
                ..Path::default()
            };
            let figures = run(&path, 3600, &table);
            println!("{hertz} Hz, {drift_ppm} ppm: own step {own}, {figures:.1?}");
            assert_eq!((figures.concealed, figures.silent), (0, 0));
            assert!(figures.longest < 20.0 + 25.0 + 20.0, "{figures:?}");
            assert!(figures.shortest > 20.0 + 10.0, "{figures:?}");
            assert!(figures.step <= own * 13 / 10 + 50, "{figures:?}");
        }
    }
}

#[test]
fn noise_and_drift_stay_together_too() {
    let mut random = Random::new(77);
    let table: Vec<i16> = (0..SECOND).map(|_| random.sample() / 4).collect();
    for drift_ppm in [-1000, 1000] {
        let path = Path {
            drift_ppm,
            jitter_us: 10_000,
            ..Path::default()
        };
        let figures = run(&path, 1200, &table);
        println!("noise, {drift_ppm} ppm: {figures:.1?}");
        assert!(figures.concealed <= 3 && figures.silent == 0, "{figures:?}");
        assert!(figures.longest < 20.0 + 10.0 + 25.0 + 30.0, "{figures:?}");
    }
}

/// The delay as an ear has it: when the beginnings of short tones are heard.
#[test]
fn the_delay_heard_from_outside_stays_within_bounds() {
    for drift_ppm in [-500, 500] {
        let path = Path {
            drift_ppm,
            jitter_us: 60_000,
            lost_percent: 1,
            ..Path::default()
        };
        let packets = path.packets(1200, &mut Random::new(3));
        let tone = table(500.0);
        // 200 ms of each second.
        let sound = |n: usize| {
            let within = n % SECOND;
            if within < 3200 { tone[within] } else { 0 }
        };
        let (mut delays, mut quiet) = (Vec::new(), 0u32);
        let mut buffer = JitterBuffer::new();
        play(&mut buffer, &packets, sound, |now, _, out, _| {
            for (n, sample) in out.iter().enumerate() {
                if sample.unsigned_abs() < 3000 {
                    quiet += 1;
                    continue;
                }
                let at = now.as_secs_f64() * 1000.0 + n as f64 / 16.0 - 7.0;
                if quiet > 8000 {
                    delays.push(at % (1000.0 * (1.0 + drift_ppm as f64 / 1e6)));
                }
                quiet = 0;
            }
        });
        let settled = &delays[10..];
        let longest = settled.iter().copied().fold(0.0, f64::max);
        let shortest = settled.iter().copied().fold(f64::MAX, f64::min);
        let count = delays.len();
        println!("{drift_ppm} ppm: {count} tones heard after {shortest:.1} to {longest:.1} ms");
        assert!(count >= 1190);
        // Where the packet that a tone begins in is lost, it begins 20 ms later.
        assert!(shortest > 85.0 && longest < 150.0, "{shortest} {longest}");
    }
}
