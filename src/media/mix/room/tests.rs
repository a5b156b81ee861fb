//! Conferences.

use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::media::mix::testing::{Random, amplitude, sine};

const MS: fn(u64) -> Duration = Duration::from_millis;

/// Members of a room that each say a sine of their own, and what each has heard.
struct Conference {
    room: Room,
    /// Id, frequency and amplitude.
    voices: Vec<(usize, f64, f64)>,
    turns: u64,
    heard: Vec<Vec<i16>>,
}

impl Conference {
    fn new(voices: &[(usize, f64, f64)]) -> Conference {
        let mut room = Room::new();
        for &(id, ..) in voices {
            assert!(room.enter(id, Audience::Everyone));
        }
        room.turn(MS(0));
        Conference {
            room,
            voices: voices.to_vec(),
            turns: 0,
            heard: vec![Vec::new(); voices.len()],
        }
    }

    fn go_on(&mut self, turns: u64) {
        for _ in 0..turns {
            for &(id, hertz, level) in &self.voices {
                let from = self.turns as usize * TURN;
                let says: [i16; TURN] = std::array::from_fn(|n| sine(hertz, level, from + n));
                let at = MS(self.turns * 20 + 3);
                let timestamp = (self.turns as u32).wrapping_mul(160).wrapping_sub(700);
                self.room.push(id, at, self.turns as u16, timestamp, &says);
            }
            self.turns += 1;
            self.room.turn(MS(self.turns * 20));
            for (heard, &(id, ..)) in self.heard.iter_mut().zip(&self.voices) {
                heard.extend(self.room.hear(id).into_iter().flatten());
            }
        }
    }

    /// How loud a member heard a frequency in the last half second.
    fn level(&self, member: usize, hertz: f64) -> f64 {
        let heard = &self.heard[member];
        amplitude(hertz, &heard[heard.len() - 8000..])
    }
}

const THREE: [(usize, f64, f64); 3] = [
    (11, 400.0, 9000.0),
    (5, 700.0, 8000.0),
    (900, 1100.0, 7000.0),
];

#[test]
fn each_hears_the_two_others_and_not_itself() {
    let mut conference = Conference::new(&THREE);
    conference.go_on(100);
    for member in 0..3 {
        let levels = THREE.map(|(_, hertz, _)| conference.level(member, hertz));
        println!("member {member} hears {levels:.1?}");
        for (voice, &(_, _, said)) in THREE.iter().enumerate() {
            if voice == member {
                assert!(levels[voice] < said / 100.0);
            } else {
                assert!((levels[voice] - said).abs() < said / 100.0);
            }
        }
    }
}

#[test]
fn a_sum_that_fits_is_exact() {
    let mut conference = Conference::new(&THREE);
    conference.go_on(100);
    let heard = &conference.heard[0];
    let fits = (0..2000).find(|delay| {
        (8000..16_000).all(|n| heard[n + delay] == sine(700.0, 8000.0, n) + sine(1100.0, 7000.0, n))
    });
    println!("three members hear each other exactly, {fits:?} samples later");
    assert!(fits.is_some());
}

#[test]
fn a_whisper_reaches_one_and_a_listener_reaches_nobody() {
    let mut conference = Conference::new(&THREE);
    conference.room.set_audience(900, Audience::Nobody);
    conference.go_on(100);
    let whispered = |conference: &Conference| [0, 1, 2].map(|m| conference.level(m, 1100.0));
    println!("listening: {:.1?}", whispered(&conference));
    assert!(whispered(&conference).iter().all(|&level| level < 1.0));
    // It hears the others all the same.
    assert!(conference.level(2, 400.0) > 8900.0 && conference.level(2, 700.0) > 7900.0);

    conference.room.set_audience(900, Audience::Only(11));
    conference.go_on(50);
    println!("whispering: {:.1?}", whispered(&conference));
    assert!(matches!(whispered(&conference), [a, b, c] if a > 6900.0 && b < 1.0 && c < 1.0));

    conference.room.set_audience(900, Audience::Everyone);
    conference.go_on(50);
    println!("barging in: {:.1?}", whispered(&conference));
    assert!(matches!(whispered(&conference), [a, b, c] if a > 6900.0 && b > 6900.0 && c < 1.0));

    // A whisper to itself, or to one that is not there, is for nobody.
    for nobody in [900, 12] {
        conference.room.set_audience(900, Audience::Only(nobody));
        conference.go_on(50);
        assert!(whispered(&conference).iter().all(|&level| level < 1.0));
    }
}

#[test]
fn who_is_shut_out_hears_5_ms_and_no_more() {
    let mut conference = Conference::new(&[(0, 100.0, 20_000.0), (1, 100.0, 0.0), (2, 100.0, 0.0)]);
    conference.go_on(50);
    conference.room.set_audience(0, Audience::Only(2));
    conference.go_on(2);
    let heard = &conference.heard[1][50 * TURN..];
    assert!(heard[..RAMP / 2].iter().any(|&s| s != 0));
    assert!(heard[RAMP - 1..].iter().all(|&s| s == 0));
}

#[test]
fn too_loud_a_sum_is_limited_and_never_changes_sign() {
    let full = 32_767.0;
    let mut conference = Conference::new(&[(0, 250.0, full), (1, 250.0, full), (2, 250.0, full)]);
    conference.go_on(50);
    let heard = &conference.heard[0][10 * TURN..];
    let one = conference.room.members[1].says;
    let other = conference.room.members[2].says;
    for (n, &sample) in conference.room.hear(0).unwrap().iter().enumerate() {
        let sum = i32::from(one[n]) + i32::from(other[n]);
        assert_eq!(i32::from(sample), sum.clamp(-32_767, 32_767));
    }
    let limited = heard.iter().filter(|s| s.unsigned_abs() == 32_767).count();
    println!(
        "two sines of full scale: {limited} of {} samples limited",
        heard.len()
    );
    assert!(limited > heard.len() / 4);
    assert!(heard.iter().all(|&s| s != i16::MIN));
}

#[test]
fn eight_have_place_and_who_leaves_makes_some() {
    let mut room = Room::new();
    for id in 0..MEMBERS {
        assert!(room.enter(id * 7, Audience::Everyone));
    }
    assert!(!room.enter(1000, Audience::Everyone));
    assert!(room.enter(7, Audience::Nobody));
    assert_eq!(room.len(), MEMBERS);
    room.leave(21);
    room.leave(21);
    assert!(room.hear(21).is_none());
    assert!(room.enter(1000, Audience::Everyone));
    assert_eq!(room.hear(1000), Some(&[0; TURN]));
}

#[test]
fn who_has_left_is_not_heard_and_who_restarts_is() {
    let mut conference = Conference::new(&THREE);
    conference.go_on(100);
    conference.room.leave(5);
    conference.go_on(50);
    assert!(conference.level(0, 700.0) < 1.0);
    conference.room.restart(900);
    // The new source counts from elsewhere.
    conference.turns += 40_000;
    conference.go_on(10);
    let heard = &conference.heard[0];
    let level = amplitude(1100.0, &heard[heard.len() - 6 * TURN..]);
    assert!(level > 6900.0, "{level}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    /// Whoever is in and whatever is done, each hears the limited sum of those it may.
    #[test]
    fn each_hears_those_whose_audience_it_is_of(
        acts in proptest::collection::vec((0u8..12, 0usize..10, 0usize..10, any::<u32>()), 1..200),
    ) {
        let mut room = Room::new();
        let mut random = Random::new(acts.len() as u64);
        let mut now = MS(0);
        for (act, member, other, value) in acts {
            let audience = [Audience::Everyone, Audience::Only(other), Audience::Nobody];
            let audience = audience[value as usize % 3];
            match act {
                0 | 1 => {
                    let known = room.hear(member).is_some();
                    let full = room.len() == MEMBERS;
                    prop_assert_eq!(room.enter(member, audience), known || !full);
                }
                2 if value % 4 == 0 => room.leave(member),
                3 => room.set_audience(member, audience),
                4 => room.restart(member),
                5..=8 => {
                    let says: [i16; TURN] = std::array::from_fn(|_| random.sample());
                    room.push(member, now, value as u16, value & 0xFFFF, &says);
                }
                _ => {
                    now += MS(u64::from(value % 50));
                    room.turn(now);
                    // Once more, so that nobody is coming in or going out.
                    now += MS(20);
                    room.turn(now);
                    for listener in &room.members {
                        for n in 0..TURN {
                            let others = room.members.iter().filter(|m| {
                                m.id != listener.id && m.audience.has(listener.id)
                            });
                            let sum: i32 = others.map(|m| i32::from(m.says[n])).sum();
                            prop_assert_eq!(i32::from(listener.hears[n]), sum.clamp(-32_767, 32_767));
                        }
                    }
                }
            }
        }
    }
}
