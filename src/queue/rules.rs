use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// Which of several free handlers is offered a caller.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Strategy {
    /// Whoever has been free for longest.
    #[default]
    LongestIdle,
    /// Whoever has taken the fewest callers since they signed in.
    FewestCalls,
    /// Whoever has the highest levels of the skills that the caller needs.
    HighestSkill,
    /// All of them at once; the first to answer has the caller.
    RingAll,
    /// One after the other.
    RoundRobin,
}

impl Strategy {
    /// In words, for engineers.
    pub fn words(self) -> &'static str {
        match self {
            Strategy::LongestIdle => "whoever has been idle longest",
            Strategy::FewestCalls => "whoever has taken the fewest calls",
            Strategy::HighestSkill => "whoever has the highest skill",
            Strategy::RingAll => "all",
            Strategy::RoundRobin => "one after the other",
        }
    }
}

/// Whose handlers may take a caller besides those of the caller's own provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reach {
    /// These providers'.
    Providers(BTreeSet<String>),
    /// Everybody.
    Everyone,
}

/// A step by which callers reach further. A condition that is left out never holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overflow {
    /// Whom they reach then, besides those of the steps before.
    pub to: Reach,
    /// For whoever has waited for so long.
    pub after: Option<Duration>,
    /// For all of the region while more than so many wait.
    pub longer_than: Option<usize>,
    /// For all of the region while whoever came now would wait for longer.
    pub estimate_over: Option<Duration>,
}

impl Overflow {
    /// In words, for engineers: `harmoni, secamb after 1m or while more than 20 wait`.
    pub fn words(&self) -> String {
        let time = |time: Duration| {
            let time = jiff::SignedDuration::try_from(time).unwrap_or(jiff::SignedDuration::MAX);
            format!("{time:#}")
        };
        let to = match &self.to {
            Reach::Everyone => "everybody".to_owned(),
            Reach::Providers(providers) => {
                let providers: Vec<&str> = providers.iter().map(String::as_str).collect();
                providers.join(", ")
            }
        };
        let after = self.after.map(|after| format!("after {}", time(after)));
        let most = self.longer_than;
        let most = most.map(|most| format!("while more than {most} wait"));
        let slow = self.estimate_over;
        let slow = slow.map(|most| format!("while the wait would be over {}", time(most)));
        let when: Vec<String> = [after, most, slow].into_iter().flatten().collect();
        format!("{to} {}", when.join(" or "))
    }
}

/// What holds for the callers of a region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    /// Who is offered them.
    pub strategy: Strategy,
    /// A handler's phone rings for so long.
    pub ring: Duration,
    /// After a call, before the next one.
    pub wrap_up: Duration,
    /// Before somebody who refused or missed a caller is offered the next.
    pub breath: Duration,
    /// So many offers missed in a row make a handler not ready; 0 is never.
    pub missed: u32,
    /// Whoever is not ready for that is so again after this time.
    pub missed_pause: Duration,
    /// At most so many wait; whoever comes then is told so. Emergencies always find a place.
    pub capacity: Option<usize>,
    /// Steps by which callers reach further, in order.
    pub overflow: Vec<Overflow>,
}

impl Default for Rules {
    fn default() -> Self {
        Rules {
            strategy: Strategy::LongestIdle,
            ring: Duration::from_secs(15),
            wrap_up: Duration::ZERO,
            breath: Duration::from_secs(3),
            missed: 2,
            missed_pause: Duration::from_secs(300),
            capacity: None,
            overflow: Vec::new(),
        }
    }
}

/// What holds for everybody, and what for each region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// For regions that have no rules of their own.
    pub rules: Rules,
    /// For those that have.
    pub regions: BTreeMap<String, Rules>,
    /// By how much a priority is ahead of the one below: whoever has waited so much longer comes before
    /// them, so that nobody waits for ever. Emergencies are always first.
    pub ageing: Duration,
    /// A conversation that the handler's side ends sooner than this has not taken place.
    pub proof: Duration,
    /// How long a call takes, until calls have shown it.
    pub handling: Duration,
    /// Before a caller who keeps their place and could not be reached is tried again.
    pub retry: Duration,
    /// So often a caller who keeps their place is tried.
    pub tries: u32,
    /// For so long a handler is left to another node whose caller comes first.
    pub grace: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            rules: Rules::default(),
            regions: BTreeMap::new(),
            ageing: Duration::from_secs(600),
            proof: Duration::from_secs(3),
            handling: Duration::from_secs(420),
            retry: Duration::from_secs(120),
            tries: 2,
            grace: Duration::from_secs(2),
        }
    }
}

impl Settings {
    /// The rules of a region.
    pub fn of(&self, region: &str) -> &Rules {
        self.regions.get(region).unwrap_or(&self.rules)
    }

    /// Whether any region rings all handlers at once.
    pub(super) fn rings_all(&self) -> bool {
        let mut rules = self.regions.values().chain([&self.rules]);
        rules.any(|rules| rules.strategy == Strategy::RingAll)
    }
}
