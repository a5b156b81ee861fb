use serde::Deserialize;

/// Quarter-hours of a day.
const QUARTERS: usize = 96;
/// Minutes of a day.
const DAY: u32 = 24 * 60;

/// A time of day in London, as `"07:30"`; `"24:00"` is the end of the day. Minutes since midnight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub struct Clock(pub u32);

impl TryFrom<String> for Clock {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let wrong = || format!("`{text}` is no time of day; write it as 07:30");
        let (hours, minutes) = text.split_once(':').ok_or_else(wrong)?;
        let two = |text: &str| match text.len() {
            2 => text.parse::<u32>().ok(),
            _ => None,
        };
        let (hours, minutes) = two(hours).zip(two(minutes)).ok_or_else(wrong)?;
        let clock = hours * 60 + minutes;
        match minutes < 60 && clock <= DAY {
            true => Ok(Clock(clock)),
            false => Err(wrong()),
        }
    }
}

/// How calls are spread over a day: a weight for each quarter-hour, or for each hour, whose quarters are alike then.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(try_from = "Vec<f64>")]
pub struct Profile {
    /// The part of the day's calls that has come by the end of each quarter-hour.
    by: Vec<f64>,
}

impl TryFrom<Vec<f64>> for Profile {
    type Error = String;

    fn try_from(weights: Vec<f64>) -> Result<Self, String> {
        let each = match weights.len() {
            24 => 4,
            QUARTERS => 1,
            other => {
                return Err(format!(
                    "{other} weights are neither 24 hours nor 96 quarter-hours"
                ));
            }
        };
        if weights
            .iter()
            .any(|weight| !weight.is_finite() || *weight < 0.0)
        {
            return Err("a weight is a number from 0 on".to_owned());
        }
        let sum = weights.iter().sum::<f64>() * f64::from(each);
        if sum <= 0.0 || !sum.is_finite() {
            return Err("nobody calls at any time: all weights are 0".to_owned());
        }
        let mut so_far = 0.0;
        let quarters = weights
            .iter()
            .flat_map(|weight| (0..each).map(move |_| weight));
        let by = quarters.map(|weight| {
            so_far += weight / sum;
            so_far
        });
        Ok(Profile { by: by.collect() })
    }
}

impl Profile {
    /// All quarter-hours alike.
    pub fn even() -> Self {
        let by = (1..=QUARTERS).map(|n| n as f64 / QUARTERS as f64);
        Profile { by: by.collect() }
    }

    /// The moment by which so large a part of the day's calls has come, in seconds since midnight.
    pub fn moment(&self, part: f64) -> f64 {
        let quarter = self.by.partition_point(|by| *by < part).min(QUARTERS - 1);
        let before = match quarter {
            0 => 0.0,
            quarter => self.by[quarter - 1],
        };
        let within = self.by[quarter] - before;
        let into = match within > 0.0 {
            true => ((part - before) / within).clamp(0.0, 1.0),
            false => 0.0,
        };
        (quarter as f64 + into) * 900.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_day_are_read_and_others_refused() {
        let read = |text: &str| Clock::try_from(text.to_owned());
        assert_eq!(read("07:30"), Ok(Clock(450)));
        assert_eq!(read("24:00"), Ok(Clock(1_440)));
        for wrong in ["7:30", "24:01", "07:60", "0730", "", "ab:cd"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn calls_are_spread_by_their_weights() {
        let mut weights = vec![0.0; 24];
        (weights[8], weights[20]) = (3.0, 1.0);
        let profile = Profile::try_from(weights).unwrap();
        let hour = |part: f64| profile.moment(part) / 3_600.0;
        assert!((hour(0.0) - 0.0).abs() < 1e-9 || (hour(0.0) - 8.0).abs() < 1e-9);
        assert!((hour(0.375) - 8.5).abs() < 1e-9);
        assert!((hour(0.875) - 20.5).abs() < 1e-9);
        assert!((hour(1.0) - 21.0).abs() < 1e-6);
        assert!((Profile::even().moment(0.5) - 43_200.0).abs() < 1e-6);
    }

    #[test]
    fn weights_of_nothing_are_refused() {
        for weights in [
            vec![],
            vec![0.0; 24],
            vec![-1.0; 24],
            vec![1.0; 25],
            vec![f64::NAN; 96],
        ] {
            assert!(Profile::try_from(weights).is_err());
        }
    }
}
