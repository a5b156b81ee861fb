use std::f64::consts::PI;
use std::time::Duration;

use serde::Deserialize;

/// How long something takes, in seconds: `{ exactly = 5 }`, `{ from = 1, to = 4 }` (all alike likely),
/// `{ mean = 300 }` (exponential), or `{ mean = 480, cv = 0.8 }` (log-normal, `cv` being the standard deviation
/// as a part of the mean).
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(try_from = "Table")]
pub enum Spread {
    /// Always the same.
    Exactly(f64),
    /// Anything between two.
    Uniform(f64, f64),
    /// Exponential, by its mean.
    Exponential(f64),
    /// Log-normal, by the mean and the deviation of its logarithm.
    LogNormal {
        /// The mean of the logarithm.
        mu: f64,
        /// Its standard deviation.
        sigma: f64,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    exactly: Option<f64>,
    from: Option<f64>,
    to: Option<f64>,
    mean: Option<f64>,
    cv: Option<f64>,
}

/// Nothing takes longer than this, in seconds.
const LONGEST: f64 = 86_400.0;

impl TryFrom<Table> for Spread {
    type Error = String;

    fn try_from(table: Table) -> Result<Self, String> {
        let sound = |seconds: f64| (0.0..=LONGEST).contains(&seconds);
        match table {
            Table {
                exactly: Some(exactly),
                from: None,
                to: None,
                mean: None,
                cv: None,
            } if sound(exactly) => Ok(Spread::Exactly(exactly)),
            Table {
                exactly: None,
                from: Some(from),
                to: Some(to),
                mean: None,
                cv: None,
            } if sound(from) && sound(to) && from <= to => Ok(Spread::Uniform(from, to)),
            Table {
                exactly: None,
                from: None,
                to: None,
                mean: Some(mean),
                cv,
            } if sound(mean) && mean > 0.0 => match cv {
                None => Ok(Spread::Exponential(mean)),
                Some(cv) if (0.0..=10.0).contains(&cv) => Ok(Spread::log_normal(mean, cv)),
                Some(cv) => Err(format!(
                    "a deviation of {cv} times the mean is none; write 0 to 10"
                )),
            },
            _ => Err(
                "write { exactly = 5 }, { from = 1, to = 4 }, { mean = 300 } or \
                      { mean = 480, cv = 0.8 }, in seconds up to 86400"
                    .to_owned(),
            ),
        }
    }
}

impl Spread {
    /// Log-normal, by its mean and its standard deviation as a part of the mean.
    pub fn log_normal(mean: f64, cv: f64) -> Self {
        let variance = (1.0 + cv * cv).ln();
        Spread::LogNormal {
            mu: mean.ln() - variance / 2.0,
            sigma: variance.sqrt(),
        }
    }

    /// A time, made of two numbers between 0 and 1.
    pub fn draw(&self, (one, other): (f64, f64)) -> Duration {
        let seconds = match self {
            Spread::Exactly(seconds) => *seconds,
            Spread::Uniform(from, to) => from + (to - from) * one,
            Spread::Exponential(mean) => -mean * one.ln(),
            Spread::LogNormal { mu, sigma } => {
                // Box and Muller: two numbers that are spread evenly make a normal one.
                let normal = (-2.0 * one.ln()).sqrt() * (2.0 * PI * other).cos();
                (mu + sigma * normal).exp()
            }
        };
        Duration::from_secs_f64(seconds.clamp(0.0, LONGEST))
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::draws::{For, Source};
    use super::*;

    fn spread(text: &str) -> Result<Spread, toml::de::Error> {
        #[derive(Deserialize)]
        struct File {
            time: Spread,
        }
        toml::from_str::<File>(&format!("time = {text}")).map(|file| file.time)
    }

    #[test]
    fn times_have_the_mean_and_the_deviation_that_are_written_down() {
        let source = Source::new(5);
        for (text, mean, deviation) in [
            ("{ exactly = 5 }", 5.0, 0.0),
            ("{ from = 1, to = 4 }", 2.5, 0.866),
            ("{ mean = 300 }", 300.0, 300.0),
            ("{ mean = 480, cv = 0.8 }", 480.0, 384.0),
        ] {
            let spread = spread(text).unwrap();
            let times = (0..200_000).map(|n| spread.draw(source.of(n).two(For::Talk, 0)));
            let times: Vec<f64> = times.map(|time| time.as_secs_f64()).collect();
            let found = times.iter().sum::<f64>() / times.len() as f64;
            let squares = times.iter().map(|time| (time - found).powi(2)).sum::<f64>();
            let spread = (squares / times.len() as f64).sqrt();
            assert!((found - mean).abs() <= mean * 0.01, "{text}: {found}");
            assert!(
                (spread - deviation).abs() <= deviation * 0.02,
                "{text}: {spread}"
            );
        }
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in [
            "{}",
            "{ exactly = -1 }",
            "{ from = 4, to = 1 }",
            "{ from = 4 }",
            "{ mean = 0 }",
            "{ mean = 300, cv = 11 }",
            "{ mean = 300, exactly = 5 }",
            "{ average = 300 }",
            "{ mean = 100000 }",
        ] {
            assert!(spread(text).is_err(), "{text}");
        }
    }
}
