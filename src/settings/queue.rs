use serde::Deserialize;
use toml::Spanned;

use crate::diagnostic::Problem;
use crate::queue::{self, Rules, Strategy};

use super::{AnnounceSettings, Seconds, Settings};

/// A lease is no shorter than this, in seconds: it is renewed three times as often.
const SHORTEST_LEASE: u64 = 1;
/// And no longer: callers whose node is no more wait for it to run out.
const LONGEST_LEASE: u64 = 60;

/// `[queue]`: what holds for every region that does not say otherwise in its own table.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct QueueSettings {
    /// Which of several free handlers is offered a caller.
    pub strategy: Strategy,
    /// How long a handler's phone rings before the next one is tried.
    pub ring: Seconds,
    /// After a call, before the next one.
    pub wrap_up: Seconds,
    /// By how much a handler lengthens that with one code.
    pub extend: Seconds,
    /// So many offers missed in a row, and the handler is taken as not ready; 0 is never.
    pub missed: u32,
    /// Whoever is not ready for that is so again after this time.
    pub missed_pause: Seconds,
    /// At most so many wait in a region; emergencies always find a place. No limit where it is left out.
    pub capacity: Option<usize>,
    /// Whoever has waited for so long may go to the other providers of their region, where the region has
    /// no steps of its own.
    pub partners_after: Seconds,
    /// And to everybody after so long.
    pub everyone_after: Seconds,
    /// By how much a priority is ahead of the one below.
    pub ageing: Seconds,
    /// How long a call takes, until calls have shown it.
    pub handling: Seconds,
    /// Before a caller who keeps their place and could not be reached is tried again.
    pub retry: Seconds,
    /// So often they are tried.
    pub tries: u32,
    /// What callers hear while they wait.
    pub announce: AnnounceSettings,
    /// A transfer looks for somebody for so long before the caller is the handler's again.
    pub seek: Seconds,
    /// Whether a handler is told when a supervisor listens.
    pub supervision_told: bool,
    /// A node that has not been heard of for so long is no more, and the others that share its queue take
    /// over from it. What holds is what stood here when the node was started.
    pub lease: Spanned<Seconds>,
}

impl Default for QueueSettings {
    fn default() -> Self {
        QueueSettings {
            strategy: Strategy::LongestIdle,
            ring: Seconds::new(15),
            wrap_up: Seconds::new(0),
            extend: Seconds::new(60),
            missed: 2,
            missed_pause: Seconds::new(300),
            capacity: None,
            partners_after: Seconds::new(120),
            everyone_after: Seconds::new(600),
            ageing: Seconds::new(600),
            handling: Seconds::new(420),
            retry: Seconds::new(120),
            tries: 2,
            announce: AnnounceSettings::default(),
            seek: Seconds::new(60),
            supervision_told: true,
            lease: Spanned::new(0..0, Seconds::new(10)),
        }
    }
}

impl QueueSettings {
    /// As the queue has them, without any region's own.
    pub fn rules(&self) -> queue::Settings {
        queue::Settings {
            rules: Rules {
                strategy: self.strategy,
                ring: self.ring.get(),
                wrap_up: self.wrap_up.get(),
                missed: self.missed,
                missed_pause: self.missed_pause.get(),
                capacity: self.capacity,
                ..Rules::default()
            },
            ageing: self.ageing.get(),
            handling: self.handling.get(),
            retry: self.retry.get(),
            tries: self.tries,
            ..queue::Settings::default()
        }
    }
}

impl Settings {
    pub(super) fn check_lease(&self, problems: &mut Vec<Problem>) {
        let lease = &self.queue.lease;
        let fits = Seconds::new(SHORTEST_LEASE)..=Seconds::new(LONGEST_LEASE);
        if !fits.contains(lease.get_ref()) {
            let message = "a node would be taken over from while it is alive, or far too late";
            let help = format!("write {SHORTEST_LEASE} to {LONGEST_LEASE}");
            problems.push(self.problem(lease.span(), message).help(help));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Source;

    const SETTINGS: &str = include_str!("../../ivr111.toml");

    #[test]
    fn a_lease_has_one_to_sixty_seconds() {
        let problems = |lease: &str| {
            let text = SETTINGS.replace("lease = 10", &format!("lease = {lease}"));
            let settings = Settings::parse(Source::new("ivr111.toml", text)).unwrap();
            settings.check().len()
        };
        let shipped = Settings::parse(Source::new("ivr111.toml", SETTINGS)).unwrap();
        let left_out = QueueSettings::default();
        for settings in [shipped.queue, left_out] {
            assert_eq!(*settings.lease.get_ref(), Seconds::new(10));
        }
        assert_eq!(["1", "60"].map(problems), [0, 0]);
        assert_eq!(["0.9", "60.5", "0"].map(problems), [1, 1, 1]);
    }
}
