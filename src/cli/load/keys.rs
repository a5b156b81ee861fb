use std::str::FromStr;
use std::time::Duration;

use crate::media::Key;

/// Keys to press, each so many seconds after the answer: `1@3,2@8.5`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct TimedKeys(pub(super) Vec<(Duration, Key)>);

impl FromStr for TimedKeys {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split(',').map(str::trim).filter(|p| !p.is_empty());
        let mut keys = parts.map(one).collect::<Result<Vec<_>, _>>()?;
        keys.sort_by_key(|(at, _)| *at);
        Ok(TimedKeys(keys))
    }
}

fn one(text: &str) -> Result<(Duration, Key), String> {
    let wanted = || format!("`{text}` is not a key and its seconds, such as 1@3");
    let (key, seconds) = text.split_once('@').ok_or_else(wanted)?;
    let mut letters = key.chars();
    let (Some(letter), None) = (letters.next(), letters.next()) else {
        return Err(wanted());
    };
    let key = Key::from_char(letter).ok_or_else(wanted)?;
    let seconds = seconds.parse::<f64>().map_err(|_| wanted())?;
    let at = Duration::try_from_secs_f64(seconds).map_err(|_| wanted())?;
    Ok((at, key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_sorted_by_their_time() {
        let keys: TimedKeys = "2@8.5, 1@3".parse().unwrap();
        let keys: Vec<_> = keys
            .0
            .iter()
            .map(|(at, k)| (at.as_millis(), k.as_char()))
            .collect();
        assert_eq!(keys, [(3_000, '1'), (8_500, '2')]);
        assert_eq!("".parse(), Ok(TimedKeys::default()));
    }

    #[test]
    fn what_is_no_key_with_a_time_is_refused() {
        for wrong in ["1", "12@3", "x@3", "1@", "1@-3", "1@1e99", "@3"] {
            assert!(wrong.parse::<TimedKeys>().unwrap_err().contains(wrong));
        }
    }
}
