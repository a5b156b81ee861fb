use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Date;

use crate::queue::{HandlerId, Profile};
use crate::routing::{RegionId, Tables};

use super::draws::{For, Source};
use super::moment::{Day, later};
use super::scenario::{Group, Scenario, Shift};

/// The first account of the rota; others are counted on.
const FIRST: usize = 10_001;
/// Breaks begin within so many seconds of their time.
const BREAKS_WITHIN: f64 = 1_800.0;

/// Somebody who works.
#[derive(Clone, Debug)]
pub(super) struct Member {
    pub(super) id: HandlerId,
    pub(super) profile: Profile,
    /// From then, to then.
    pub(super) shift: (Timestamp, Timestamp),
    /// Breaks: from, to.
    pub(super) breaks: Vec<(Timestamp, Timestamp)>,
}

/// Everybody who works on a day.
#[derive(Clone, Debug)]
pub struct Rota {
    pub(super) members: Vec<Member>,
    /// Call handlers at work at the busiest time.
    handlers: u32,
}

impl Rota {
    /// The rota of a scenario for so many handlers at the busiest time, and the clinicians beside them: each shift has its
    /// part of them, spread over the groups and, by the weights of the regions and the shares in them, over the
    /// providers. The seed decides when each takes their breaks.
    pub fn new(scenario: &Scenario, tables: &Tables, date: Date, handlers: u32, seed: u64) -> Self {
        let mut planner = Planner {
            source: Source::new(seed ^ 0x0f1c_e0fd_a115),
            providers: providers(scenario, tables),
            groups: vec![0.0; scenario.group.len()],
            shares: vec![BTreeMap::new(); scenario.group.len()],
            members: Vec::new(),
        };
        let (today, yesterday) = (Day::of(date), date.yesterday().unwrap_or(date));
        let yesterday = Day::of(yesterday);
        for shift in &scenario.shift {
            let shift = shift.get_ref();
            let people = (f64::from(handlers) * shift.part).round() as usize;
            let days: &[&Day] = match shift.from < shift.to {
                true => &[&today],
                // A night has two ends of which one is in this day.
                false => &[&yesterday, &today],
            };
            for day in days {
                let times = times(shift, day);
                planner.staff(scenario, shift, people, times);
            }
        }
        Rota {
            members: planner.members,
            handlers,
        }
    }

    /// Call handlers at work at the busiest time, if nobody had a break.
    pub fn handlers(&self) -> u32 {
        self.handlers
    }

    /// All who work on the day, in whichever shift.
    pub fn people(&self) -> usize {
        self.members.len()
    }
}

/// When a shift begins and ends that begins on a day.
fn times(shift: &Shift, day: &Day) -> (Timestamp, Timestamp) {
    let at = |minutes: u32| day.at(f64::from(minutes) * 60.0);
    let to = match shift.from < shift.to {
        true => at(shift.to.0),
        false => later(day.end(), Duration::from_secs(u64::from(shift.to.0) * 60)),
    };
    (at(shift.from.0), to)
}

/// Each provider with its weight among all.
fn providers(scenario: &Scenario, tables: &Tables) -> Vec<(String, f64)> {
    let sum: f64 = scenario.regions.values().sum();
    let mut weights: BTreeMap<String, f64> = BTreeMap::new();
    for (name, weight) in &scenario.regions {
        let id = RegionId::new(name.get_ref().as_str());
        let Some(region) = tables.region(&id) else {
            continue;
        };
        for provider in region.provider.get_ref() {
            let share = f64::from(provider.share) / 100.0;
            let entry = weights.entry(provider.id.get_ref().clone());
            *entry.or_default() += share * weight / sum;
        }
    }
    weights.into_iter().collect()
}

/// Spreads people so that each part is as near to its weight as whole people can be, at every moment.
struct Planner {
    source: Source,
    providers: Vec<(String, f64)>,
    /// How many each group is behind by.
    groups: Vec<f64>,
    /// The same of each provider in each group.
    shares: Vec<BTreeMap<String, f64>>,
    members: Vec<Member>,
}

impl Planner {
    fn staff(
        &mut self,
        scenario: &Scenario,
        shift: &Shift,
        people: usize,
        times: (Timestamp, Timestamp),
    ) {
        let parts: f64 = scenario
            .group
            .iter()
            .map(|group| group.get_ref().part)
            .sum();
        let people = (people as f64 * parts).round() as usize;
        for _ in 0..people {
            for (behind, group) in self.groups.iter_mut().zip(&scenario.group) {
                *behind += group.get_ref().part / parts;
            }
            let most = (0..self.groups.len()).max_by(|one, other| {
                let (one_is, other_is) = (self.groups[*one], self.groups[*other]);
                one_is.total_cmp(&other_is).then(other.cmp(one))
            });
            let Some((place, group)) = most.zip(most.and_then(|place| scenario.group.get(place)))
            else {
                return;
            };
            self.groups[place] -= 1.0;
            let provider = self.provider(place, group.get_ref());
            self.add(group.get_ref(), provider, shift, times);
        }
    }

    fn provider(&mut self, place: usize, group: &Group) -> Option<String> {
        if group.for_all {
            return None;
        }
        let behind = self.shares.get_mut(place)?;
        for (provider, weight) in &self.providers {
            *behind.entry(provider.clone()).or_default() += weight;
        }
        let most = behind.iter().max_by(|one, other| one.1.total_cmp(other.1));
        let most = most.map(|(provider, _)| provider.clone())?;
        *behind.entry(most.clone()).or_default() -= 1.0;
        Some(most)
    }

    fn add(
        &mut self,
        group: &Group,
        provider: Option<String>,
        shift: &Shift,
        (from, to): (Timestamp, Timestamp),
    ) {
        let number = self.members.len();
        let skills = group.role.skills().iter().map(|skill| (*skill).to_owned());
        let mut profile = Profile::with_skills(skills.chain(group.skills.iter().cloned()));
        profile.languages = group.languages.iter().cloned().collect();
        profile.provider = provider;
        let draws = self.source.of(number as u64);
        let breaks = shift.pause.iter().enumerate().map(|(n, pause)| {
            let after = f64::from(pause.after) * 60.0;
            let after = after + BREAKS_WITHIN * draws.get(For::Keys, n);
            let begins = later(from, Duration::from_secs_f64(after));
            let long = Duration::from_secs(u64::from(pause.minutes) * 60);
            (begins, later(begins, long).min(to))
        });
        self.members.push(Member {
            id: HandlerId::new((FIRST + number).to_string()),
            profile,
            shift: (from, to),
            breaks: breaks.filter(|(from, to)| from < to).collect(),
        });
    }
}
