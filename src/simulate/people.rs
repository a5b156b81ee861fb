use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;

use crate::identity::{Caller, CallerNumber, Number};
use crate::routing::{RegionId, Tables};

use super::conduct::Script;
use super::draws::{Draws, For, Source};
use super::moment::{Day, later};
use super::scenario::Scenario;

/// Calls of one person are this far apart in their numbering.
const ATTEMPT: u64 = 1 << 40;
/// Mobile numbers from Ofcom's range for drama: there are a thousand.
const MOBILES: &str = "07700900";

/// Somebody who calls: all that they bring with them, and nothing that the tables decide.
#[derive(Clone, Debug)]
pub(super) struct Person {
    /// When they call.
    pub(super) at: Timestamp,
    /// Which of all callers they are.
    pub(super) who: u64,
    /// So often they have called before.
    pub(super) attempt: u64,
    /// The region in which they are, by its place in the scenario's list.
    pub(super) home: usize,
    /// Their number, as the network gives it.
    pub(super) number: CallerNumber,
    pub(super) text_relay: bool,
    /// What they want, by its place in the scenario's list.
    pub(super) choice: usize,
    pub(super) draws: Draws,
    /// What is known of them, where it is; all else is drawn.
    pub(super) script: Option<Arc<Script>>,
}

impl Person {
    pub(super) fn caller(&self) -> Caller {
        Caller::of(self.number.clone(), self.text_relay)
    }
}

/// A region from which people call.
#[derive(Clone, Debug)]
pub(super) struct Home {
    pub(super) region: RegionId,
    codes: Vec<String>,
}

/// Everybody who calls on a day.
#[derive(Clone, Debug)]
pub struct People {
    pub(super) day: Day,
    pub(super) scenario: Scenario,
    pub(super) homes: Vec<Home>,
    /// The part of the callers whose region is this one or one before.
    regions: Vec<f64>,
    /// The same of what they want.
    choices: Vec<f64>,
    source: Source,
    calls: u64,
    /// Those of whom it is known what they do, where nobody else calls.
    scripts: Option<Vec<Script>>,
}

impl People {
    /// So many people who call on a day as a scenario has it; the same for the same seed. The tables say which area codes
    /// the regions have.
    pub fn new(scenario: Scenario, tables: &Tables, date: Date, calls: u32, seed: u64) -> Self {
        let homes = scenario.regions.keys().map(|name| {
            let region = RegionId::new(name.get_ref().as_str());
            let codes = tables.area_codes_of(&region);
            Home {
                codes: codes.into_iter().map(str::to_owned).collect(),
                region,
            }
        });
        let choices = scenario.choice.iter();
        People {
            day: Day::of(date),
            homes: homes.collect(),
            regions: cumulative(scenario.regions.values().copied()),
            choices: cumulative(choices.map(|choice| choice.get_ref().weight)),
            source: Source::new(seed),
            calls: u64::from(calls),
            scripts: None,
            scenario,
        }
    }

    /// These people, who call on a day whose rest is as a scenario has it. The seed decides what they do of which nothing
    /// is known.
    pub fn of(
        scenario: Scenario,
        tables: &Tables,
        date: Date,
        scripts: Vec<Script>,
        seed: u64,
    ) -> Self {
        let mut people = Self::new(scenario, tables, date, 0, seed);
        for script in &scripts {
            if people.home_in(&script.region).is_none() {
                people.homes.push(Home {
                    region: script.region.clone(),
                    codes: Vec::new(),
                });
            }
        }
        people.calls = scripts.len() as u64;
        people.scripts = Some(scripts);
        people
    }

    fn home_in(&self, region: &RegionId) -> Option<usize> {
        self.homes.iter().position(|home| home.region == *region)
    }

    /// The numbers of somebody, by who they are.
    pub(super) fn draws_of(&self, who: u64) -> Draws {
        self.source.of(who)
    }

    /// What the day is called.
    pub fn name(&self) -> &str {
        &self.scenario.name
    }

    /// How many call, redials left out.
    pub fn calls(&self) -> u64 {
        self.calls
    }

    /// All of them, in the order of time.
    pub(super) fn all(&self) -> Vec<Person> {
        let mut all: Vec<Person> = match &self.scripts {
            Some(scripts) => scripts
                .iter()
                .zip(0..)
                .map(|(script, who)| {
                    let home = self.home_in(&script.region).unwrap_or_default();
                    Person::of_script(who, script.clone(), home, self)
                })
                .collect(),
            None => (0..self.calls).map(|who| self.person(who)).collect(),
        };
        all.sort_by_key(|person| (person.at, person.who));
        all
    }

    fn person(&self, who: u64) -> Person {
        let draws = self.source.of(who);
        let seconds = self.scenario.arrivals.moment(draws.get(For::Arrival, 0));
        let home = chosen(&self.regions, draws.get(For::Region, 0));
        Person {
            at: self.day.at(seconds),
            who,
            attempt: 0,
            home,
            number: self.number(who, home, draws.get(For::Identity, 0)),
            text_relay: draws.happens(For::TextRelay, self.scenario.caller.text_relay),
            choice: chosen(&self.choices, draws.get(For::Choice, 0)),
            draws,
            script: None,
        }
    }

    /// The same person, who calls once more after a time.
    pub(super) fn again(&self, person: &Person, now: Timestamp) -> Person {
        let after = self.scenario.caller.redials_after;
        let after = after.draw(person.draws.two(For::RedialAfter, 0));
        let attempt = person.attempt + 1;
        Person {
            at: later(now, after),
            attempt,
            draws: self.source.of(person.who + attempt * ATTEMPT),
            ..person.clone()
        }
    }

    fn number(&self, who: u64, home: usize, part: f64) -> CallerNumber {
        let table = &self.scenario.caller;
        if part < table.withheld {
            return CallerNumber::Withheld;
        }
        let codes = self.homes.get(home).map_or(&[][..], |home| &home.codes);
        let is_mobile = part < table.withheld + table.mobile;
        let number = match codes.get(who as usize % codes.len().max(1)) {
            Some(code) if !is_mobile => {
                let rest = 11_usize.saturating_sub(code.len());
                let digits = format!("{:06}", who % 1_000_000);
                // With a nine in front: no number of a service begins so.
                let digits: String = "9".chars().chain(digits.chars().rev()).collect();
                format!("{code}{:0<rest$.rest$}", digits)
            }
            _ => format!("{MOBILES}{:03}", who % 1_000),
        };
        Number::parse(&number).map_or(CallerNumber::Unavailable, CallerNumber::Known)
    }
}

/// Sums of weights up to each, as parts of all.
pub(super) fn cumulative(weights: impl Iterator<Item = f64> + Clone) -> Vec<f64> {
    let sum: f64 = weights.clone().sum();
    let mut so_far = 0.0;
    let parts = weights.map(|weight| {
        so_far += weight / sum;
        so_far
    });
    parts.collect()
}

/// Which of them a number between 0 and 1 falls to.
pub(super) fn chosen(cumulative: &[f64], part: f64) -> usize {
    let place = cumulative.partition_point(|up_to| *up_to < part);
    place.min(cumulative.len().saturating_sub(1))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::flow::Key;

    fn scenario() -> Scenario {
        let text = super::super::scenario::shipped("winter-monday").unwrap();
        toml::from_str(text).unwrap()
    }

    fn script(at: &str, region: &str) -> Script {
        Script {
            at: at.parse().unwrap(),
            number: CallerNumber::Withheld,
            text_relay: false,
            region: RegionId::new(region),
            dialled: "111".to_owned(),
            keys: vec![(Key::new('3').unwrap(), Duration::from_millis(700))],
            hurried: true,
            patience: Duration::from_secs(41),
            talk: Duration::from_secs(97),
        }
    }

    #[test]
    fn people_of_whom_all_is_known_do_that_and_nothing_else() {
        let tables = Tables::load(std::path::Path::new("routing")).unwrap();
        let date = "2026-12-28".parse().unwrap();
        let scripts = vec![
            script("2026-12-28T10:00:02Z", "london"),
            script("2026-12-28T10:00:01Z", "elsewhere"),
        ];
        let scripted = scripts.clone();
        let people = People::of(scenario(), &tables, date, scripts, 7);
        assert_eq!(people.calls(), 2);
        let all = people.all();
        assert_eq!(
            all.iter().map(|person| person.who).collect::<Vec<_>>(),
            [1, 0]
        );
        for (person, script) in all.iter().zip(scripted.iter().rev()) {
            assert_eq!((person.at, &person.number), (script.at, &script.number));
            assert_eq!(people.homes[person.home].region, script.region);
            assert_eq!(people.dialled(person), "111");
            assert_eq!(people.keys(person, 0), Some(vec![script.keys[0].0]));
            assert_eq!(people.keys(person, 1), None);
            assert_eq!(people.reaction(person, 0), script.keys[0].1);
            assert!(people.is_hurried(person));
            assert_eq!(people.patience(person), script.patience);
            assert_eq!(people.patience_in_menu(person), script.patience);
            assert_eq!(people.talk(person), script.talk);
            assert_eq!(people.then(person).callback, 0.0);
            assert!(!people.redials(person));
        }
    }
}
