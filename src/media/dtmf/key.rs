//! A key of the telephone, and what carried it.

use std::fmt;

/// One of the sixteen DTMF keys.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key(u8);

/// The keys in the order of their event codes (RFC 4733 section 3.2).
const NAMES: &[u8; 16] = b"0123456789*#ABCD";

/// Low and high frequency groups of ITU-T Q.23, in hertz.
pub(crate) const LOW: [f32; 4] = [697.0, 770.0, 852.0, 941.0];
pub(crate) const HIGH: [f32; 4] = [1209.0, 1336.0, 1477.0, 1633.0];

/// The keypad of ITU-T Q.23: rows by low, columns by high frequency.
const PAD: [[u8; 4]; 4] = [*b"123A", *b"456B", *b"789C", *b"*0#D"];

impl Key {
    /// The key with this name: a digit, `*`, `#` or `A` to `D` in either case.
    pub fn from_char(name: char) -> Option<Key> {
        let name = u8::try_from(name.to_ascii_uppercase()).ok()?;
        let code = NAMES.iter().position(|&n| n == name)?;
        Some(Key(code as u8))
    }

    /// The key with this event code; `None` above 15, which are no keys.
    pub fn from_code(code: u8) -> Option<Key> {
        (code < 16).then_some(Key(code))
    }

    /// Its name.
    pub fn as_char(self) -> char {
        char::from(NAMES[usize::from(self.0 & 15)])
    }

    /// Its event code, 0 to 15 (RFC 4733 section 3.2).
    pub fn code(self) -> u8 {
        self.0
    }

    /// Its low and high frequency in hertz (ITU-T Q.23).
    pub fn frequencies(self) -> (f32, f32) {
        let name = NAMES[usize::from(self.0 & 15)];
        let place = |row: &[u8; 4]| row.iter().position(|&n| n == name);
        PAD.iter()
            .zip(LOW)
            .find_map(|(row, low)| place(row).map(|column| (low, HIGH[column])))
            .unwrap_or((LOW[0], HIGH[0]))
    }

    /// The key in this row and column of the pad.
    pub(crate) fn at(row: usize, column: usize) -> Option<Key> {
        Key::from_char(char::from(*PAD.get(row)?.get(column)?))
    }
}

/// Masked: keyed digits are personal data.
impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(•)")
    }
}

/// How a key came to us.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Carrier {
    /// A telephone-event in RTP (RFC 4733).
    Event,
    /// Tones in the sound (ITU-T Q.23).
    Tone,
    /// A SIP INFO request.
    Info,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_goes_by_name_code_and_place() {
        for code in 0..16 {
            let key = Key::from_code(code).unwrap();
            assert_eq!(Key::from_char(key.as_char()), Some(key));
            let (low, high) = key.frequencies();
            let row = LOW.iter().position(|&f| f == low).unwrap();
            let column = HIGH.iter().position(|&f| f == high).unwrap();
            assert_eq!(Key::at(row, column), Some(key));
        }
        assert_eq!(Key::from_code(16), None);
        assert_eq!(Key::from_char('E'), None);
        assert_eq!(Key::from_char('é'), None);
        let frequencies = Key::from_char('8').unwrap().frequencies();
        assert_eq!(frequencies, (852.0, 1336.0));
    }

    #[test]
    fn a_key_is_not_shown_in_logs() {
        assert!(!format!("{:?}", Key::from_code(7)).contains('7'));
    }
}
