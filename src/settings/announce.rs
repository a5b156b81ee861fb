use serde::Deserialize;
use toml::Spanned;

use crate::queue::announcer;

use super::Seconds;

/// `[queue.announce]`: what callers hear while they wait.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct AnnounceSettings {
    /// Music for so long after the first words.
    pub first: Seconds,
    /// Music for so long between two announcements; 0 is no announcement but the first words.
    pub every: Spanned<Seconds>,
    /// The same for callers on text relay, whose assistant types all that is said.
    pub every_by_relay: Spanned<Seconds>,
    /// Place and wait that have not got better are told again only after so long.
    pub again: Seconds,
    /// Whether callers are offered to keep their place and be called back.
    pub offer_keep: bool,
    /// It is offered to those whose estimated wait is at least so long.
    pub offer_keep_from: Seconds,
}

impl Default for AnnounceSettings {
    fn default() -> Self {
        AnnounceSettings {
            first: Seconds::new(30),
            every: Spanned::new(0..0, Seconds::new(60)),
            every_by_relay: Spanned::new(0..0, Seconds::new(180)),
            again: Seconds::new(180),
            offer_keep: true,
            offer_keep_from: Seconds::new(120),
        }
    }
}

impl AnnounceSettings {
    /// As an announcer has them.
    pub fn times(&self) -> announcer::Settings {
        announcer::Settings {
            first: self.first.get(),
            every: self.every.get_ref().get(),
            every_by_relay: self.every_by_relay.get_ref().get(),
            again: self.again.get(),
            offer_keep_from: self.offer_keep_from.get(),
        }
    }
}
