use std::time::Duration;

use serde::{Deserialize, Deserializer, de};

/// A time in seconds, with a fraction where needed: `15`, `0.5`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Seconds(Duration);

impl Seconds {
    /// A whole number of seconds.
    pub const fn new(seconds: u64) -> Self {
        Seconds(Duration::from_secs(seconds))
    }

    /// As the standard library's type.
    pub const fn get(self) -> Duration {
        self.0
    }
}

impl<'de> Deserialize<'de> for Seconds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl de::Visitor<'_> for Visitor {
            type Value = Seconds;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a number of seconds, 0 to 1000000")
            }

            fn visit_i64<E: de::Error>(self, value: i64) -> Result<Seconds, E> {
                let seconds = u64::try_from(value).ok().filter(|s| *s <= 1_000_000);
                let wrong = || E::invalid_value(de::Unexpected::Signed(value), &self);
                seconds.map(Seconds::new).ok_or_else(wrong)
            }

            fn visit_f64<E: de::Error>(self, value: f64) -> Result<Seconds, E> {
                if !(0.0..=1_000_000.0).contains(&value) {
                    return Err(E::invalid_value(de::Unexpected::Float(value), &self));
                }
                Ok(Seconds(Duration::from_secs_f64(value)))
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}
