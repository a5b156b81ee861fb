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

/// How calls are spread over a day: by a weight for each quarter-hour, or for each hour, whose quarters are alike then; or
/// evenly over a stretch of it, `{ from = "10:00", minutes = 10 }`, with none outside.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(try_from = "Written")]
pub struct Profile(Shape);

#[derive(Clone, Debug, PartialEq)]
enum Shape {
    /// The part of the day's calls that has come by the end of each quarter-hour.
    Quarters(Vec<f64>),
    /// Even from then on, for so many seconds, both by the clock on the wall.
    Stretch { from: f64, seconds: f64 },
}

/// As it stands in a file.
#[derive(Deserialize)]
#[serde(
    untagged,
    expecting = "write 24 or 96 weights, or { from = \"10:00\", minutes = 10 }"
)]
enum Written {
    Weights(Vec<f64>),
    Stretch(Stretch),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Stretch {
    from: Clock,
    minutes: u32,
}

impl TryFrom<Written> for Profile {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        let Stretch { from, minutes } = match written {
            Written::Weights(weights) => return weights.try_into(),
            Written::Stretch(stretch) => stretch,
        };
        let ends = from.0.checked_add(minutes);
        match minutes > 0 && ends.is_some_and(|end| end <= DAY) {
            true => Ok(Profile(Shape::Stretch {
                from: f64::from(from.0) * 60.0,
                seconds: f64::from(minutes) * 60.0,
            })),
            false => Err(format!(
                "{minutes} minutes are no stretch of the day: one has a minute or more, and ends by 24:00"
            )),
        }
    }
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
        Ok(Profile(Shape::Quarters(by.collect())))
    }
}

impl Profile {
    /// All quarter-hours alike.
    pub fn even() -> Self {
        let by = (1..=QUARTERS).map(|n| n as f64 / QUARTERS as f64);
        Profile(Shape::Quarters(by.collect()))
    }

    /// The moment by which so large a part of the day's calls has come, in seconds since midnight.
    pub fn moment(&self, part: f64) -> f64 {
        let by = match &self.0 {
            Shape::Quarters(by) => by,
            Shape::Stretch { from, seconds } => return from + part * seconds,
        };
        let quarter = by.partition_point(|by| *by < part).min(QUARTERS - 1);
        let before = match quarter {
            0 => 0.0,
            quarter => by[quarter - 1],
        };
        let within = by[quarter] - before;
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

    fn read(text: &str) -> Result<Profile, toml::de::Error> {
        #[derive(Deserialize)]
        struct File {
            arrivals: Profile,
        }
        toml::from_str::<File>(&format!("arrivals = {text}")).map(|file| file.arrivals)
    }

    #[test]
    fn calls_come_evenly_in_a_stretch_and_at_no_other_time() {
        let stretch = read("{ from = \"10:00\", minutes = 10 }").unwrap();
        for (part, seconds) in [(0.0, 36_000.0), (0.25, 36_150.0), (1.0, 36_600.0)] {
            assert!((stretch.moment(part) - seconds).abs() < 1e-6);
        }
        let last = read("{ from = \"23:50\", minutes = 10 }").unwrap();
        assert!(last.moment(1.0) <= 86_400.0);
        assert_eq!(
            read("[1, 1]").unwrap_err().message(),
            "2 weights are neither 24 hours nor 96 quarter-hours"
        );
    }

    #[test]
    fn what_is_no_stretch_of_the_day_is_refused() {
        for (text, message) in [
            ("{ from = \"10:00\", minutes = 0 }", "a minute or more"),
            ("{ from = \"23:51\", minutes = 10 }", "ends by 24:00"),
            (
                "{ from = \"10:00\", minutes = 4294967295 }",
                "ends by 24:00",
            ),
            ("{ from = \"10:00\" }", "write 24 or 96 weights"),
            (
                "{ from = \"10:70\", minutes = 5 }",
                "write 24 or 96 weights",
            ),
            (
                "{ from = \"10:00\", minutes = 5, to = 3 }",
                "write 24 or 96 weights",
            ),
            ("\"10:00\"", "write 24 or 96 weights"),
        ] {
            let error = read(text).unwrap_err().to_string();
            assert!(error.contains(message), "{text}: {error}");
        }
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
