use std::fmt;

use serde::{Deserialize, Serialize};
use toml::Spanned;

use crate::diagnostic::{Problem, Source};
use crate::identity::Number;

use super::provider::Provider;
use super::queue_rules::QueueTable;

/// A region's name in the tables: the name of its file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RegionId(String);

impl RegionId {
    /// A region by its name; whether there is one, the tables know.
    pub fn new(id: impl Into<String>) -> Self {
        RegionId(id.into())
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RegionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A number to dial and the trunk to dial it by.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Outbound {
    /// The trunk's name.
    pub trunk: Spanned<String>,
    /// The number, as a person writes it.
    pub number: Spanned<String>,
}

/// A region as its file says: `routing/regions/<id>.toml`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Region {
    /// The region's name for people.
    pub name: String,
    /// Who takes its calls.
    pub provider: Spanned<Vec<Provider>>,
    /// Its crisis line.
    pub crisis: Option<Outbound>,
    /// Its ambulance service.
    #[serde(default)]
    pub ambulance: Ambulance,
    /// Its queue.
    #[serde(default)]
    pub queue: QueueTable,
    /// How its callers are called back.
    #[serde(default)]
    pub callback: CallbackTable,
}

/// `[callback]`
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct CallbackTable {
    /// Who is rung first.
    pub order: CallbackOrder,
}

/// Who is rung first when a promised callback is made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CallbackOrder {
    /// The clinician, who hears how the caller's phone rings.
    #[default]
    ClinicianFirst,
    /// The caller, who hears how the clinician's phone rings; the clinician is held meanwhile.
    CallerFirst,
}

/// `[ambulance]`
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Ambulance {
    /// Control rooms by trunk, in order.
    pub control_rooms: Vec<Spanned<String>>,
}

impl Region {
    /// The names of its providers.
    pub fn provider_ids(&self) -> std::collections::BTreeSet<String> {
        let providers = self.provider.get_ref().iter();
        providers
            .map(|provider| provider.id.get_ref().clone())
            .collect()
    }

    /// What is wrong with the region's sense.
    pub(super) fn check(&self, source: &Source) -> Vec<Problem> {
        let mut problems = Vec::new();
        let providers = self.provider.get_ref();
        let sum: u32 = providers.iter().map(|p| p.share).sum();
        if sum != 100 {
            let message = format!("the providers' shares come to {sum}, not 100");
            problems.push(source.problem(self.provider.span(), message));
        }
        for (n, provider) in providers.iter().enumerate() {
            let id = provider.id.get_ref();
            if providers[..n].iter().any(|p| p.id.get_ref() == id) {
                let message = format!("provider `{id}` stands twice");
                problems.push(source.problem(provider.id.span(), message));
            }
        }
        if let Some(crisis) = &self.crisis
            && let Err(error) = Number::parse(crisis.number.get_ref())
        {
            let message = format!("the crisis line cannot be dialled: {error}");
            problems.push(source.problem(crisis.number.span(), message));
        }
        problems
    }

    /// Trunks that the region names but that are not among those known.
    pub(super) fn check_trunks(&self, source: &Source, known: &[&str]) -> Vec<Problem> {
        let rooms = self.ambulance.control_rooms.iter();
        rooms
            .chain(self.crisis.iter().map(|c| &c.trunk))
            .filter(|trunk| !known.contains(&trunk.get_ref().as_str()))
            .map(|trunk| {
                let message = format!("there is no trunk `{}`", trunk.get_ref());
                let problem = source.problem(trunk.span(), message);
                problem.help(format!("trunks are: {}", known.join(", ")))
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn region(callback: &str) -> Result<Region, toml::de::Error> {
        toml::from_str(&format!("name = \"Kent\"\nprovider = []\n{callback}"))
    }

    #[test]
    fn the_clinician_is_rung_first_where_nothing_says_otherwise() {
        let order = |text| region(text).unwrap().callback.order;
        assert_eq!(order(""), CallbackOrder::ClinicianFirst);
        let caller = "[callback]\norder = \"caller-first\"";
        assert_eq!(order(caller), CallbackOrder::CallerFirst);
        assert!(region("[callback]\norder = \"nurse-first\"").is_err());
    }
}
