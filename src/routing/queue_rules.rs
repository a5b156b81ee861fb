use std::collections::BTreeSet;

use serde::Deserialize;
use toml::Spanned;

use crate::diagnostic::{Problem, Source};
use crate::queue::{self, Overflow, Reach, Strategy};
use crate::settings::{QueueSettings, Seconds};

use super::region::{Region, RegionId};
use super::tables::Tables;

/// `[queue]` of a region: what is left out is as the settings have it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct QueueTable {
    /// Which of several free handlers is offered a caller.
    pub strategy: Option<Strategy>,
    /// How long a handler's phone rings.
    pub ring: Option<Seconds>,
    /// After a call, before the next one.
    pub wrap_up: Option<Seconds>,
    /// So many offers missed in a row make a handler not ready; 0 is never.
    pub missed: Option<u32>,
    /// At most so many wait.
    pub capacity: Option<usize>,
    /// Steps by which callers reach further, in order.
    pub overflow: Vec<Step>,
}

/// `[[queue.overflow]]`: to whom, and when. Each condition is enough by itself.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Step {
    /// To these providers.
    pub providers: Vec<Spanned<String>>,
    /// To the providers of these regions.
    pub regions: Vec<Spanned<String>>,
    /// To everybody.
    pub everyone: bool,
    /// For whoever has waited for so long.
    pub after: Option<Seconds>,
    /// While more than so many wait.
    pub longer_than: Option<usize>,
    /// While whoever came now would wait for longer.
    pub estimate_over: Option<Seconds>,
}

impl Tables {
    /// The rules of the queue: those of the settings, and what each region says itself.
    pub fn queue_settings(&self, settings: &QueueSettings) -> queue::Settings {
        let mut all = settings.rules();
        for (id, region) in self.all_regions() {
            let table = &region.queue;
            let mut rules = all.rules.clone();
            rules.strategy = table.strategy.unwrap_or(rules.strategy);
            rules.ring = table.ring.map_or(rules.ring, Seconds::get);
            rules.wrap_up = table.wrap_up.map_or(rules.wrap_up, Seconds::get);
            rules.missed = table.missed.unwrap_or(rules.missed);
            rules.capacity = table.capacity.or(rules.capacity);
            rules.overflow = self.overflow(region, settings);
            all.regions.insert(id.to_string(), rules);
        }
        all.rules.overflow = vec![everyone(settings)];
        all
    }

    fn overflow(&self, region: &Region, settings: &QueueSettings) -> Vec<Overflow> {
        let steps = &region.queue.overflow;
        if steps.is_empty() {
            let partners = Overflow {
                to: Reach::Providers(region.provider_ids()),
                after: Some(settings.partners_after.get()),
                longer_than: None,
                estimate_over: None,
            };
            return vec![partners, everyone(settings)];
        }
        steps.iter().map(|step| self.step(step)).collect()
    }

    fn step(&self, step: &Step) -> Overflow {
        let named = step
            .providers
            .iter()
            .map(|provider| provider.get_ref().clone());
        let of_regions = step.regions.iter().filter_map(|name| {
            let id = RegionId::new(name.get_ref().as_str());
            Some(self.region(&id)?.provider_ids())
        });
        Overflow {
            to: match step.everyone {
                true => Reach::Everyone,
                false => Reach::Providers(named.chain(of_regions.flatten()).collect()),
            },
            after: step.after.map(Seconds::get),
            longer_than: step.longer_than,
            estimate_over: step.estimate_over.map(Seconds::get),
        }
    }

    /// Steps that lead to nobody, or that never come.
    pub(super) fn check_overflow(&self) -> Vec<Problem> {
        let known: BTreeSet<String> = self
            .all_regions()
            .flat_map(|(_, region)| region.provider_ids())
            .collect();
        let mut problems = Vec::new();
        for (region, source) in self.regions_with_sources() {
            for step in &region.queue.overflow {
                problems.extend(self.check_step(step, source, &known));
            }
        }
        problems
    }

    fn check_step(&self, step: &Step, source: &Source, known: &BTreeSet<String>) -> Vec<Problem> {
        let mut problems = Vec::new();
        for provider in step
            .providers
            .iter()
            .filter(|p| !known.contains(p.get_ref()))
        {
            let message = format!("no region has the provider `{}`", provider.get_ref());
            problems.push(source.problem(provider.span(), message));
        }
        for name in &step.regions {
            if !self.has_region(&RegionId::new(name.get_ref().as_str())) {
                let message = format!("there is no region `{}`", name.get_ref());
                problems.push(source.problem(name.span(), message));
            }
        }
        let names = step.providers.iter().chain(&step.regions);
        let place = names.map(Spanned::span).next().unwrap_or(0..0);
        if place == (0..0) && !step.everyone {
            let problem = source.problem(0..0, "a step of overflow leads to nobody");
            problems.push(problem.help("write `providers`, `regions` or `everyone = true`"));
        }
        if step.after.is_none() && step.longer_than.is_none() && step.estimate_over.is_none() {
            let problem = source.problem(place, "a step of overflow never comes");
            problems.push(problem.help("write `after`, `longer-than` or `estimate-over`"));
        }
        problems
    }
}

fn everyone(settings: &QueueSettings) -> Overflow {
    Overflow {
        to: Reach::Everyone,
        after: Some(settings.everyone_after.get()),
        longer_than: None,
        estimate_over: None,
    }
}
