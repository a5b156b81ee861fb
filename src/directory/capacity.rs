use std::collections::HashMap;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::id::ServiceId;

/// Whether a service has room for more patients.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Colour {
    /// It has.
    #[default]
    Green,
    /// Hardly: it is offered, and that is said.
    Amber,
    /// It has not, and is not offered.
    Red,
}

impl Colour {
    /// As it stands in tables, in the store and in the API.
    pub fn word(self) -> &'static str {
        match self {
            Colour::Green => "green",
            Colour::Amber => "amber",
            Colour::Red => "red",
        }
    }

    /// The colour of a word; none for any other text.
    pub fn from_word(word: &str) -> Option<Self> {
        let all = [Colour::Green, Colour::Amber, Colour::Red];
        all.into_iter().find(|colour| colour.word() == word)
    }
}

/// What somebody has set the capacity of a service to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct CapacitySetting {
    /// Of which service.
    pub service: ServiceId,
    /// To what.
    pub colour: Colour,
    /// Since when.
    pub since: Timestamp,
    /// When it is green again by itself; only green may last until it is set otherwise.
    pub until: Option<Timestamp>,
    /// Who set it.
    pub by: String,
}

/// Why a capacity is not set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum CapacityError {
    /// Red and amber never last for ever.
    #[error("say when it is green again: after 15 minutes to 120 hours")]
    NoReturn,
    /// The time is too short or too long.
    #[error("it is green again after 15 minutes to 120 hours, no sooner and no later")]
    Return,
    /// Green does not return to green.
    #[error("green lasts until it is set otherwise: give no time")]
    GreenReturns,
    /// Somebody has set it later than that.
    #[error("it has been set again since")]
    Older,
}

/// What has been set, over what the directory says. Reading it takes the time: red and amber end by themselves.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<CapacitySetting>", into = "Vec<CapacitySetting>")]
pub struct Capacities(HashMap<ServiceId, CapacitySetting>);

impl Capacities {
    /// The shortest time after which a service is green again by itself.
    pub const SHORTEST: Duration = Duration::from_secs(15 * 60);
    /// The longest.
    pub const LONGEST: Duration = Duration::from_secs(120 * 60 * 60);
    /// The most characters kept of who set it.
    const LONGEST_NAME: usize = 100;

    /// Sets what a service's capacity is from a moment on, and after what time it is green again. What was set
    /// later already stands.
    pub fn set(
        &mut self,
        service: &ServiceId,
        colour: Colour,
        at: Timestamp,
        returns_after: Option<Duration>,
        by: &str,
    ) -> Result<&CapacitySetting, CapacityError> {
        let after = |after| {
            SignedDuration::try_from(after)
                .ok()
                .and_then(|d| at.checked_add(d).ok())
        };
        let setting = CapacitySetting {
            service: service.clone(),
            colour,
            since: at,
            until: match returns_after {
                Some(time) => Some(after(time).ok_or(CapacityError::Return)?),
                None => None,
            },
            by: by.chars().take(Capacities::LONGEST_NAME).collect(),
        };
        self.put(setting)
    }

    /// Puts in what was set before, as the store has it. It is held against the same limits.
    pub fn put(&mut self, setting: CapacitySetting) -> Result<&CapacitySetting, CapacityError> {
        setting.check()?;
        let known = self.0.get(&setting.service);
        if known.is_some_and(|known| known.since > setting.since) {
            return Err(CapacityError::Older);
        }
        let entry = self.0.entry(setting.service.clone());
        Ok(entry.insert_entry(setting).into_mut())
    }

    /// A service's colour at a moment. What the directory says holds only where nobody has set anything; what was
    /// set and has ended is green.
    pub fn of(&self, service: &ServiceId, otherwise: Colour, now: Timestamp) -> Colour {
        let set = self.0.get(service);
        set.map_or(otherwise, |setting| setting.colour_at(now))
    }

    /// What is set for a service and has not ended.
    pub fn in_force(&self, service: &ServiceId, now: Timestamp) -> Option<&CapacitySetting> {
        let set = self.0.get(service);
        set.filter(|setting| setting.until.is_none_or(|until| now < until))
    }

    /// All that was set, by the services' names.
    pub fn settings(&self) -> Vec<&CapacitySetting> {
        let mut settings: Vec<&CapacitySetting> = self.0.values().collect();
        settings.sort_by(|a, b| a.service.cmp(&b.service));
        settings
    }

    /// Whether nobody has set anything.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl CapacitySetting {
    fn check(&self) -> Result<(), CapacityError> {
        let Some(until) = self.until else {
            return match self.colour {
                Colour::Green => Ok(()),
                _ => Err(CapacityError::NoReturn),
            };
        };
        if self.colour == Colour::Green {
            return Err(CapacityError::GreenReturns);
        }
        let time = Duration::try_from(until.duration_since(self.since));
        let allowed = Capacities::SHORTEST..=Capacities::LONGEST;
        match time.is_ok_and(|time| allowed.contains(&time)) {
            true => Ok(()),
            false => Err(CapacityError::Return),
        }
    }

    /// The colour that it gives at a moment.
    pub fn colour_at(&self, now: Timestamp) -> Colour {
        match self.until {
            Some(until) if now >= until => Colour::Green,
            _ => self.colour,
        }
    }
}

impl TryFrom<Vec<CapacitySetting>> for Capacities {
    type Error = CapacityError;

    fn try_from(settings: Vec<CapacitySetting>) -> Result<Self, CapacityError> {
        let mut capacities = Capacities::default();
        for setting in settings {
            capacities.put(setting)?;
        }
        Ok(capacities)
    }
}

impl From<Capacities> for Vec<CapacitySetting> {
    fn from(capacities: Capacities) -> Self {
        let mut settings: Vec<CapacitySetting> = capacities.0.into_values().collect();
        settings.sort_by(|a, b| a.service.cmp(&b.service));
        settings
    }
}
