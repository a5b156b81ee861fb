//! Whatever is pushed.

use proptest::prelude::*;

use super::*;

#[derive(Clone, Debug)]
enum Act {
    Push {
        after_us: u64,
        sequence: u16,
        timestamp: u32,
        length: usize,
    },
    /// A packet that follows the last, but for a jump.
    Follow {
        after_us: u64,
        jump: i32,
        length: usize,
    },
    Pull {
        after_us: u64,
    },
    Back,
    Restart,
}

fn push() -> impl Strategy<Value = Act> {
    let values = (
        0..1_000_000_000u64,
        any::<u16>(),
        any::<u32>(),
        0..1200usize,
    );
    values.prop_map(|(after_us, sequence, timestamp, length)| Act::Push {
        after_us,
        sequence,
        timestamp,
        length,
    })
}

fn follow() -> impl Strategy<Value = Act> {
    let jump = prop_oneof![8 => Just(0), 4 => -2500..2500, 1 => any::<i32>()];
    let values = (0..30_000u64, jump, 0..1200usize);
    values.prop_map(|(after_us, jump, length)| Act::Follow {
        after_us,
        jump,
        length,
    })
}

fn act() -> impl Strategy<Value = Act> {
    let pull = prop_oneof![6 => 0..30_000u64, 1 => any::<u64>()];
    prop_oneof![
        1 => push(),
        12 => follow(),
        12 => pull.prop_map(|after_us| Act::Pull { after_us }),
        1 => Just(Act::Back),
        1 => Just(Act::Restart),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn nothing_pushed_breaks_the_buffer_or_makes_it_louder(
        acts in proptest::collection::vec(act(), 1..300),
        peak in 1i16..=i16::MAX,
        seed: u64,
    ) {
        let mut random = Random::new(seed);
        let mut buffer = JitterBuffer::new();
        let mut now = Duration::ZERO;
        let (mut sequence, mut timestamp) = (0u16, 0u32);
        let mut out = [0; TURN];
        for act in acts {
            match act {
                Act::Push { after_us, sequence: s, timestamp: t, .. } => {
                    now = now.saturating_add(Duration::from_micros(after_us));
                    (sequence, timestamp) = (s, t);
                }
                Act::Follow { after_us, jump, length } => {
                    now = now.saturating_add(Duration::from_micros(after_us));
                    sequence = sequence.wrapping_add(1);
                    timestamp = timestamp.wrapping_add(length as u32 / 2).wrapping_add(jump as u32);
                }
                Act::Pull { after_us } => {
                    now = now.saturating_add(Duration::from_micros(after_us));
                    let played = buffer.pull(now, &mut out);
                    prop_assert!(out.iter().all(|s| s.unsigned_abs() <= peak.unsigned_abs()));
                    prop_assert!(played != Played::Silence || out == [0; TURN]);
                }
                Act::Back => now /= 2,
                Act::Restart => buffer.restart(),
            }
            if let Act::Push { length, .. } | Act::Follow { length, .. } = act {
                let samples: Vec<i16> = (0..length)
                    .map(|_| (i32::from(random.sample()) * i32::from(peak) / 32_768) as i16)
                    .collect();
                buffer.push(now, sequence, timestamp, &samples);
            }
            assert_within_limits(&buffer);
        }
    }

    /// Whatever came before, an even stream is soon heard exactly.
    #[test]
    fn an_even_stream_is_heard_whatever_came_before(
        before in proptest::collection::vec((any::<u16>(), any::<u32>(), 0u64..30), 0..40),
    ) {
        let mut buffer = JitterBuffer::new();
        let mut now = MS(0);
        let mut out = [0; TURN];
        for (sequence, timestamp, after) in before {
            now += MS(after);
            buffer.push(now, sequence, timestamp, &[3000; 320]);
            if after > 15 {
                buffer.pull(now, &mut out);
            }
        }
        for n in 0..50u32 {
            now += MS(20);
            buffer.push(now, 77 + n as u16, 1000 + n * 160, &[-3000; 320]);
            let played = buffer.pull(now + MS(3), &mut out);
            if n > 12 {
                prop_assert_eq!(played, Played::Sound);
                prop_assert_eq!(out, [-3000; TURN]);
            }
        }
    }
}
