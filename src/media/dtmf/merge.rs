//! One key pressed is one key received, whichever carriers bring it.
//!
//! A peer may send a key as a telephone-event and by SIP INFO, and leave the tones in the sound
//! besides. Each carrier reports every press once and in order; so a report is a copy exactly when
//! another carrier has already reported a press of that key which this carrier has not. The same
//! key from the same carrier is always a second press.

use std::{collections::VecDeque, time::Duration};

use super::key::{Carrier, Key};

/// How long after a press another carrier's copy of it may come: an INFO is sent when the key is
/// let go, and its first transmission may be lost (RFC 3261 T1 = 500 ms, twice).
const WINDOW: Duration = Duration::from_millis(1600);
/// Presses remembered; more cannot be keyed within the window.
const REMEMBERED: usize = 24;

#[derive(Clone, Copy, Debug)]
struct Press {
    key: Key,
    /// The last moment the key was known to be down.
    last: Duration,
    carriers: [bool; 3],
}

/// Tells presses from copies of them.
#[derive(Debug, Default)]
pub struct Merge {
    /// The oldest first. Room is made with the first key: most legs never see one.
    presses: VecDeque<Press>,
}

impl Merge {
    /// A carrier reports a key; whether it is a press that has not been reported yet. Of several
    /// presses that it may be a copy of, it is a copy of the oldest.
    pub fn on_key(&mut self, now: Duration, key: Key, carrier: Carrier) -> bool {
        let mut oldest: Option<&mut Press> = None;
        for press in &mut self.presses {
            let matches = press.key == key
                && !press.carriers[carrier as usize]
                && now.saturating_sub(press.last) <= WINDOW;
            if matches && oldest.as_ref().is_none_or(|old| press.last < old.last) {
                oldest = Some(press);
            }
        }
        if let Some(press) = oldest {
            press.carriers[carrier as usize] = true;
            return false;
        }
        let mut carriers = [false; 3];
        carriers[carrier as usize] = true;
        if self.presses.len() == REMEMBERED {
            self.presses.pop_front();
        }
        self.presses.push_back(Press {
            key,
            last: now,
            carriers,
        });
        true
    }

    /// The key that a carrier reported last is still down: a copy may come later by as much.
    pub fn on_held(&mut self, now: Duration, key: Key, carrier: Carrier) {
        let latest = self
            .presses
            .iter_mut()
            .filter(|press| press.key == key && press.carriers[carrier as usize])
            .max_by_key(|press| press.last);
        if let Some(press) = latest {
            press.last = press.last.max(now);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MS: fn(u64) -> Duration = Duration::from_millis;

    fn key(name: char) -> Key {
        Key::from_char(name).unwrap()
    }

    #[test]
    fn an_info_after_the_event_is_the_same_press() {
        let mut merge = Merge::default();
        assert!(merge.on_key(MS(0), key('1'), Carrier::Event));
        assert!(!merge.on_key(MS(300), key('1'), Carrier::Info));
        assert!(!merge.on_key(MS(40), key('1'), Carrier::Tone));
    }

    #[test]
    fn the_same_key_pressed_twice_is_two_presses_on_every_mix_of_carriers() {
        let mut merge = Merge::default();
        assert!(merge.on_key(MS(0), key('1'), Carrier::Event));
        assert!(merge.on_key(MS(200), key('1'), Carrier::Event));
        assert!(!merge.on_key(MS(260), key('1'), Carrier::Info));
        assert!(!merge.on_key(MS(300), key('1'), Carrier::Info));
        assert!(merge.on_key(MS(400), key('1'), Carrier::Info));
    }

    #[test]
    fn an_info_at_the_end_of_a_long_press_is_the_same_press() {
        let mut merge = Merge::default();
        assert!(merge.on_key(MS(0), key('1'), Carrier::Event));
        for n in 1..300 {
            merge.on_held(MS(n * 20), key('1'), Carrier::Event);
        }
        assert!(!merge.on_key(MS(6200), key('1'), Carrier::Info));
    }

    #[test]
    fn another_carrier_much_later_is_another_press() {
        let mut merge = Merge::default();
        assert!(merge.on_key(MS(0), key('1'), Carrier::Event));
        assert!(merge.on_key(MS(5000), key('1'), Carrier::Info));
    }

    proptest! {
        /// Presses at a human pace, each carried by any carriers with delays of their own.
        #[test]
        fn one_press_is_one_key_whichever_carriers_bring_it(
            presses in proptest::collection::vec((0u8..4, 90u64..900), 1..20),
            event: bool, tone: bool, info_delay in 0u64..700, tone_delay in 30u64..80,
        ) {
            let mut reports = Vec::new();
            let mut at = 0;
            for &(code, pace) in &presses {
                at += pace;
                let key = Key::from_code(code).unwrap();
                if event {
                    reports.push((at, key, Carrier::Event));
                }
                if tone {
                    reports.push((at + tone_delay, key, Carrier::Tone));
                }
                reports.push((at + info_delay, key, Carrier::Info));
            }
            reports.sort_by_key(|&(at, ..)| at);
            let mut merge = Merge::default();
            let count = reports
                .into_iter()
                .filter(|&(at, key, carrier)| merge.on_key(MS(at), key, carrier))
                .count();
            prop_assert_eq!(count, presses.len());
        }
    }
}
