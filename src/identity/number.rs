use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A telephone number in E.164 (`+441632960001`). `Debug` hides all but its beginning.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Number(String);

/// Why a text is no number that can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum NumberError {
    /// Nothing there.
    #[error("no number")]
    Empty,
    /// Not digits, too short or too long.
    #[error("not a telephone number")]
    Malformed,
    /// 08979…, which networks put in for an invalid caller number. It is nobody's.
    #[error("08979 stands for an invalid caller number")]
    NetworkPlaceholder,
}

/// What a number is, by the first digits of the UK plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NumberKind {
    /// 01 and 02: a place.
    Geographic,
    /// 03: charged like a geographic one, but no place.
    NonGeographic,
    /// 07 but for 070 and 076: a mobile, which tells no place.
    Mobile,
    /// 070 and 076: personal numbers and pagers.
    Personal,
    /// 0800 and 0808.
    Freephone,
    /// 084, 087 and 09: the caller pays extra.
    Premium,
    /// Outside the UK.
    International,
    /// Any other UK number.
    Other,
}

impl Number {
    /// Reads a number as networks and people write it: +44…, 0044…, 0…, another country's +CC or
    /// 00CC; spaces, dots, hyphens and brackets are ignored, as is the (0) in +44 (0).
    pub fn parse(text: &str) -> Result<Number, NumberError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(NumberError::Empty);
        }
        let plus = text.starts_with('+');
        let mut digits = String::with_capacity(16);
        for c in text.strip_prefix('+').unwrap_or(text).chars() {
            match c {
                '0'..='9' => digits.push(c),
                ' ' | '.' | '-' | '(' | ')' => {}
                _ => return Err(NumberError::Malformed),
            }
        }
        let international = match (plus, digits.strip_prefix("00")) {
            (true, _) => Some(digits.as_str()),
            (false, rest) => rest,
        };
        let national = match international {
            Some(rest) => match rest.strip_prefix("44") {
                Some(uk) => uk.strip_prefix('0').unwrap_or(uk),
                None => return foreign(rest),
            },
            None => digits.strip_prefix('0').ok_or(NumberError::Malformed)?,
        };
        uk(national)
    }

    /// `+441632960001`.
    pub fn e164(&self) -> &str {
        &self.0
    }

    /// `01632960001` for a UK number; 00 and the country code for others.
    pub fn national(&self) -> String {
        match self.0.strip_prefix("+44") {
            Some(rest) => format!("0{rest}"),
            None => format!("00{}", &self.0[1..]),
        }
    }

    /// The number with all but its beginning hidden, for logs.
    pub fn masked(&self) -> String {
        let shown = self.0.len().saturating_sub(6).max(3).min(self.0.len());
        format!("{}******", &self.0[..shown])
    }

    /// What kind of number it is.
    pub fn kind(&self) -> NumberKind {
        let Some(rest) = self.0.strip_prefix("+44") else {
            return NumberKind::International;
        };
        match rest.as_bytes() {
            [b'1' | b'2', ..] => NumberKind::Geographic,
            [b'3', ..] => NumberKind::NonGeographic,
            // The Isle of Man's mobiles begin with 07624.
            [b'7', b'6', b'2', b'4', ..] => NumberKind::Mobile,
            [b'7', b'0' | b'6', ..] => NumberKind::Personal,
            [b'7', ..] => NumberKind::Mobile,
            [b'8', b'0', ..] => NumberKind::Freephone,
            [b'8', b'4' | b'7', ..] | [b'9', ..] => NumberKind::Premium,
            _ => NumberKind::Other,
        }
    }

    /// Whether a caller may be promised a call back to it; the error says why not.
    pub fn callable_back(&self) -> Result<(), &'static str> {
        match self.kind() {
            NumberKind::Premium => Err("premium-rate numbers are not called back"),
            NumberKind::Personal => Err("personal numbers and pagers are not called back"),
            NumberKind::International => Err("numbers abroad are not called back"),
            _ => Ok(()),
        }
    }

    /// What to dial so that a text-relay assistant is on the line: 18002 before the number.
    pub fn via_text_relay(&self) -> String {
        format!("18002{}", self.national())
    }
}

fn uk(national: &str) -> Result<Number, NumberError> {
    if national.starts_with("8979") {
        return Err(NumberError::NetworkPlaceholder);
    }
    let lengths = match national.as_bytes() {
        [b'1', ..] => 9..=10,
        // 0800 1111 and 0845 46 4x are the short ones.
        [b'8', ..] => 7..=10,
        [b'2' | b'3' | b'5' | b'7' | b'9', ..] => 10..=10,
        _ => return Err(NumberError::Malformed),
    };
    if !lengths.contains(&national.len()) {
        return Err(NumberError::Malformed);
    }
    Ok(Number(format!("+44{national}")))
}

/// E.164 allows 15 digits; no country has numbers of fewer than 7 with its code.
fn foreign(digits: &str) -> Result<Number, NumberError> {
    if digits.starts_with('0') || !(7..=15).contains(&digits.len()) {
        return Err(NumberError::Malformed);
    }
    Ok(Number(format!("+{digits}")))
}

impl fmt::Debug for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}

impl From<Number> for String {
    fn from(number: Number) -> String {
        number.0
    }
}

impl TryFrom<String> for Number {
    type Error = NumberError;

    fn try_from(text: String) -> Result<Self, NumberError> {
        Number::parse(&text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_way_of_writing_gives_one_number() {
        for text in [
            "+441632960001",
            "00441632960001",
            "01632960001",
            "+44 (0)1632 960-001",
            " 01632.960.001 ",
        ] {
            let number = Number::parse(text).unwrap();
            assert_eq!(number.e164(), "+441632960001", "{text}");
            assert_eq!(number.national(), "01632960001");
        }
    }

    #[test]
    fn the_placeholder_is_nobodys_however_it_is_written() {
        for text in ["08979123456", "+448979123456", "0044897912345"] {
            assert_eq!(Number::parse(text), Err(NumberError::NetworkPlaceholder));
        }
    }

    #[test]
    fn what_is_no_number_is_refused() {
        assert_eq!(Number::parse(" "), Err(NumberError::Empty));
        for text in [
            "111",
            "anonymous",
            "0163296",
            "01632960001x",
            "+0123456789",
            "+44",
        ] {
            assert_eq!(Number::parse(text), Err(NumberError::Malformed), "{text}");
        }
    }

    #[test]
    fn kinds_follow_the_plan() {
        let kind = |text: &str| Number::parse(text).unwrap().kind();
        assert_eq!(kind("01632960001"), NumberKind::Geographic);
        assert_eq!(kind("02079460001"), NumberKind::Geographic);
        assert_eq!(kind("07700900001"), NumberKind::Mobile);
        assert_eq!(kind("08081570001"), NumberKind::Freephone);
        assert_eq!(kind("09098790001"), NumberKind::Premium);
        assert_eq!(kind("+33123456789"), NumberKind::International);
        assert!(
            Number::parse("09098790001")
                .unwrap()
                .callable_back()
                .is_err()
        );
        assert!(
            Number::parse("07700900001")
                .unwrap()
                .callable_back()
                .is_ok()
        );
    }

    #[test]
    fn debug_hides_the_number() {
        let number = Number::parse("07700900123").unwrap();
        assert_eq!(format!("{number:?}"), "+447700******");
    }

    proptest! {
        #[test]
        fn no_text_panics_and_what_is_read_stays(text in "[+0-9 ()a-z.-]{0,20}") {
            if let Ok(number) = Number::parse(&text) {
                prop_assert_eq!(Number::parse(number.e164()), Ok(number.clone()));
                prop_assert_eq!(Number::parse(&number.national()), Ok(number));
            }
        }
    }
}
