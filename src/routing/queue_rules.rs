use std::collections::BTreeSet;

use serde::Deserialize;
use toml::Spanned;

use crate::diagnostic::{Problem, Source};
use crate::queue::{self, Overflow, Reach, Strategy};
use crate::settings::{QueueSettings, Seconds, Settings};

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
    /// Whoever is not ready for that is so again after this time.
    pub missed_pause: Option<Seconds>,
    /// At most so many wait.
    pub capacity: Option<usize>,
    /// Steps by which callers reach further, in order.
    pub overflow: Vec<Spanned<Step>>,
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
            rules.missed_pause = table.missed_pause.map_or(rules.missed_pause, Seconds::get);
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
        let steps = steps.iter().map(Spanned::get_ref);
        steps.map(|step| self.step(step)).collect()
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
        let known = self.providers();
        let mut problems = Vec::new();
        for (region, source) in self.regions_with_sources() {
            let steps = &region.queue.overflow;
            for step in steps {
                problems.extend(self.check_names(step.get_ref(), source, &known));
                problems.extend(check_step(step, source));
            }
            let everyone = steps.iter().position(|step| step.get_ref().everyone);
            if let Some(step) = everyone.and_then(|n| steps.get(n + 1)) {
                let problem = source.problem(step.span(), "a step of overflow leads to nobody");
                problems.push(problem.help("the one before it leads to everybody already"));
            }
        }
        problems
    }

    /// Accounts that work for a provider who takes no region's calls: nobody would ever be theirs.
    pub fn check_providers(&self, settings: &Settings) -> Vec<Problem> {
        let known = self.providers();
        let accounts = settings.account.iter();
        let providers = accounts.filter_map(|account| account.provider.as_ref());
        let unknown = providers.filter(|provider| !known.contains(provider.get_ref()));
        let problems = unknown.map(|provider| {
            let message = format!("no region has the provider `{}`", provider.get_ref());
            let known: Vec<&str> = known.iter().map(String::as_str).collect();
            let help = format!("providers are: {}", known.join(", "));
            settings.problem(provider.span(), message).help(help)
        });
        problems.collect()
    }

    /// Providers and regions that there are not.
    fn check_names(&self, step: &Step, source: &Source, known: &BTreeSet<String>) -> Vec<Problem> {
        let providers = step.providers.iter();
        let providers = providers.filter(|provider| !known.contains(provider.get_ref()));
        let providers = providers.map(|provider| {
            let message = format!("no region has the provider `{}`", provider.get_ref());
            source.problem(provider.span(), message)
        });
        let regions = step.regions.iter();
        let regions = regions.filter(|name| !self.has_region(&RegionId::new(name.get_ref())));
        let regions = regions.map(|name| {
            let message = format!("there is no region `{}`", name.get_ref());
            source.problem(name.span(), message)
        });
        providers.chain(regions).collect()
    }
}

fn check_step(spanned: &Spanned<Step>, source: &Source) -> Vec<Problem> {
    let step = spanned.get_ref();
    let mut problems = Vec::new();
    if step.providers.is_empty() && step.regions.is_empty() && !step.everyone {
        let problem = source.problem(spanned.span(), "a step of overflow leads to nobody");
        problems.push(problem.help("write `providers`, `regions` or `everyone = true`"));
    }
    if step.after.is_none() && step.longer_than.is_none() && step.estimate_over.is_none() {
        let problem = source.problem(spanned.span(), "a step of overflow never comes");
        problems.push(problem.help("write `after`, `longer-than` or `estimate-over`"));
    }
    problems
}

fn everyone(settings: &QueueSettings) -> Overflow {
    Overflow {
        to: Reach::Everyone,
        after: Some(settings.everyone_after.get()),
        longer_than: None,
        estimate_over: None,
    }
}

#[cfg(test)]
mod tests;
