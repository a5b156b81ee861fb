use std::path::PathBuf;

use clap::Args;
use jiff::Timestamp;
use jiff::civil::Date;

use super::super::instant::instant;
use super::Config;

/// `simulate`
#[derive(Debug, Args)]
pub struct Simulate {
    #[command(flatten)]
    #[allow(missing_docs)]
    pub config: Config,
    /// The day in London, as 2026-12-28.
    #[arg(long, value_name = "DATE", required_unless_present = "replay")]
    pub day: Option<Date>,
    /// Leads stored calls through today's tables and flows instead: which of them would have gone elsewhere. From this time
    /// on and before that, as 2026-12-27..2026-12-28, London time or instants.
    #[arg(long, value_name = "FROM..TO", conflicts_with_all = ["day", "compare", "sweep"])]
    pub replay: Option<Period>,
    /// What the day is like: the name of one that comes with the program (winter-monday, ordinary-day), or a file.
    #[arg(long, default_value = "winter-monday", value_name = "NAME|FILE")]
    pub scenario: String,
    /// Calls in all; as the scenario has it where it is left out.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    pub calls: Option<u32>,
    /// People who answer at the busiest time; as the scenario has it where it is left out.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub handlers: Option<u32>,
    /// The same seed is the same day; another one is another.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Compares with the tables and flows of another folder: the same callers, on as many days as --days says, and the
    /// differences with their 95 % confidence intervals.
    #[arg(long, value_name = "FOLDER")]
    pub compare: Option<PathBuf>,
    /// Days that are compared, each with a seed of its own.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=1_000), requires = "compare")]
    pub days: u64,
    /// Simulates once for each number of handlers, and finds the smallest that meets the targets.
    #[arg(long, value_name = "handlers=FROM..TO:STEP", conflicts_with_all = ["compare", "handlers"])]
    pub sweep: Option<Sweep>,
    /// Prints JSON.
    #[arg(long)]
    pub json: bool,
    /// Writes a page with plots to this file besides.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["compare", "sweep", "replay"])]
    pub html: Option<PathBuf>,
}

/// From a moment on, and before another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    /// From then on.
    pub from: Timestamp,
    /// Before then.
    pub to: Timestamp,
}

impl std::str::FromStr for Period {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is no period; write 2026-12-27..2026-12-28");
        let (from, to) = text.split_once("..").ok_or_else(wrong)?;
        let (from, to) = (instant(from)?, instant(to)?);
        match from < to {
            true => Ok(Period { from, to }),
            false => Err(format!("{}: the first comes before the second", wrong())),
        }
    }
}

/// Numbers of handlers: from, to and in which steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sweep {
    from: u32,
    to: u32,
    step: u32,
}

/// No more days than this are simulated for one sweep.
const MOST: u32 = 200;

impl Sweep {
    /// Each number, the smallest first.
    pub fn numbers(self) -> impl Iterator<Item = u32> {
        (self.from..=self.to).step_by(self.step as usize)
    }
}

impl std::str::FromStr for Sweep {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is no sweep; write handlers=600..1200:50");
        let rest = text.strip_prefix("handlers=").ok_or_else(wrong)?;
        let (from, rest) = rest.split_once("..").ok_or_else(wrong)?;
        let (to, step) = rest.split_once(':').ok_or_else(wrong)?;
        let number = |text: &str| text.parse::<u32>().ok().filter(|number| *number > 0);
        let numbers = number(from).zip(number(to)).zip(number(step));
        let ((from, to), step) = numbers.ok_or_else(wrong)?;
        match from <= to && to <= 100_000 && (to - from) / step < MOST {
            true => Ok(Sweep { from, to, step }),
            false => Err(format!("{}; at most {MOST} numbers, up to 100000", wrong())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_has_two_ends() {
        let period: Period = "2026-12-27..2026-12-28T06:00".parse().unwrap();
        assert_eq!(period.to.to_string(), "2026-12-28T06:00:00Z");
        for wrong in ["2026-12-27", "2026-12-28..2026-12-27", "a..b", ".."] {
            assert!(wrong.parse::<Period>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_sweep_is_from_to_and_a_step() {
        let sweep: Sweep = "handlers=600..700:50".parse().unwrap();
        assert_eq!(sweep.numbers().collect::<Vec<_>>(), [600, 650, 700]);
        for wrong in [
            "600..700:50",
            "handlers=600..700",
            "handlers=0..700:50",
            "handlers=700..600:50",
            "handlers=1..700:0",
            "handlers=1..100000:1",
            "calls=1..2:1",
        ] {
            assert!(wrong.parse::<Sweep>().is_err(), "{wrong}");
        }
    }
}
