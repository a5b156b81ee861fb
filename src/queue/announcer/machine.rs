use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::flow::{Key, Utterance};
use crate::queue::Standing;

use super::heard::{Heard, Told};
use super::wording::{COMFORT, JOINED, KEEP_OFFER};

/// An announcement whose end is not heard of for so long has ended.
const LONGEST: Duration = Duration::from_secs(120);
/// Figures that have been asked for and do not come for so long are done without.
const PATIENCE: Duration = Duration::from_secs(5);
/// The key that takes the offer up.
const KEEP: char = '1';

/// When what is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Music for so long after the first words.
    pub first: Duration,
    /// Music for so long between two announcements; after zero seconds there is none but the first.
    pub every: Duration,
    /// The same for callers on text relay, from the first words on.
    pub every_by_relay: Duration,
    /// Figures that have not got better are told again only after so long.
    pub again: Duration,
    /// Keeping the place is offered to those who are to wait at least for so long.
    pub offer_keep_from: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            first: Duration::from_secs(30),
            every: Duration::from_secs(60),
            every_by_relay: Duration::from_secs(180),
            again: Duration::from_secs(180),
            offer_keep_from: Duration::from_secs(120),
        }
    }
}

/// What is known about the caller.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// Their place can be kept while they hang up.
    pub can_keep: bool,
    /// A text-relay assistant is on the line, who types all that is said: less is said, and an offer
    /// once made stands for the rest of the wait.
    pub text_relay: bool,
}

/// What happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// The caller begins to wait, or waits again.
    Started(Standing),
    /// The figures that were asked for. Any others are let pass.
    Standing(Standing),
    /// The last announcement has ended.
    SaidAll,
    /// A key.
    Key(Key),
    /// The deadline has come.
    Tick,
    /// Somebody else speaks to the caller from now on, until they wait again.
    Stopped,
}

/// What is to be done. In order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Say this in place of all that is heard; [`Event::SaidAll`] when it is done.
    Say(Vec<Utterance>),
    /// Music in place of all that is heard, until something else is to be.
    Music,
    /// Tell where the caller stands now, by [`Event::Standing`].
    AskStanding,
    /// Silence in place of all that is heard.
    Hush,
    /// The caller has chosen to keep the place and be called back. Nothing more is said until
    /// [`Event::Started`].
    Keep,
}

/// What the caller hears.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    /// Nothing by us.
    Off,
    /// An announcement, until then at most.
    Said(Timestamp),
    /// Music, until then.
    Music(Option<Timestamp>),
    /// Music, while figures are awaited until then.
    Asking(Timestamp),
}

/// Decides what one waiting caller hears.
#[derive(Clone, Debug)]
pub struct Announcer {
    settings: Settings,
    facts: Facts,
    mode: Mode,
    heard: Heard,
    /// Announcements since the first words.
    rounds: u32,
    /// Words of comfort that have been said.
    comforts: usize,
    /// It is the figures' turn, not that of comfort.
    figures_next: bool,
    /// The last announcement made the offer; the next one does not.
    just_offered: bool,
    /// The offer can be taken up.
    offered: bool,
}

/// A time after another one; the last one there is, where it would be later still.
fn later(now: Timestamp, by: Duration) -> Timestamp {
    let by = SignedDuration::try_from(by).unwrap_or(SignedDuration::MAX);
    now.checked_add(by).unwrap_or(Timestamp::MAX)
}

impl Announcer {
    /// An announcer that waits for [`Event::Started`].
    pub fn new(settings: Settings, facts: Facts) -> Self {
        Announcer {
            settings,
            facts,
            mode: Mode::Off,
            heard: Heard::default(),
            rounds: 0,
            comforts: 0,
            figures_next: false,
            just_offered: false,
            offered: false,
        }
    }

    /// When [`Event::Tick`] is due.
    pub fn deadline(&self) -> Option<Timestamp> {
        match self.mode {
            Mode::Off => None,
            Mode::Said(until) | Mode::Asking(until) => Some(until),
            Mode::Music(until) => until,
        }
    }

    /// Takes what has happened and gives what to do.
    pub fn on(&mut self, now: Timestamp, event: Event) -> Vec<Action> {
        match (event, self.mode) {
            (Event::Started(standing), _) => self.start(now, &standing),
            (Event::Stopped, mode) if mode != Mode::Off => self.stop(),
            (Event::Key(key), mode) if mode != Mode::Off => self.key(now, key),
            (Event::SaidAll, Mode::Said(_)) => self.music(now),
            (Event::Standing(standing), Mode::Asking(_)) => self.round(now, Some(&standing)),
            (Event::Tick, mode) if self.deadline().is_some_and(|at| at <= now) => match mode {
                Mode::Off => vec![],
                Mode::Said(_) => self.music(now),
                Mode::Music(_) => self.due(now),
                Mode::Asking(_) => self.round(now, None),
            },
            _ => vec![],
        }
    }

    /// The figures that the caller has been told since this was last asked, for the timeline.
    pub fn take_told(&mut self) -> Option<Told> {
        self.heard.take_told()
    }

    fn start(&mut self, now: Timestamp, standing: &Standing) -> Vec<Action> {
        self.rounds = 0;
        self.figures_next = false;
        self.just_offered = false;
        self.offered = false;
        let figures = self.heard.figures(now, standing);
        self.heard.told(now, standing, figures);
        let mut said = vec![Utterance::prompt(JOINED)];
        said.extend(figures.words());
        self.say(now, said)
    }

    fn stop(&mut self) -> Vec<Action> {
        self.mode = Mode::Off;
        self.offered = false;
        vec![Action::Hush]
    }

    fn key(&mut self, now: Timestamp, key: Key) -> Vec<Action> {
        if self.offered && key.char() == KEEP {
            let mut actions = self.stop();
            actions.push(Action::Keep);
            return actions;
        }
        match self.mode {
            Mode::Said(_) => self.music(now),
            _ => vec![],
        }
    }

    fn say(&mut self, now: Timestamp, said: Vec<Utterance>) -> Vec<Action> {
        self.mode = Mode::Said(later(now, LONGEST));
        vec![Action::Say(said)]
    }

    fn music(&mut self, now: Timestamp) -> Vec<Action> {
        let every = if self.facts.text_relay {
            self.settings.every_by_relay
        } else {
            self.settings.every
        };
        let first = self.rounds == 0 && !self.facts.text_relay;
        let pause = if first { self.settings.first } else { every };
        self.mode = Mode::Music((!every.is_zero()).then(|| later(now, pause)));
        vec![Action::Music]
    }

    /// It is time for an announcement: figures are asked for where they may be needed.
    fn due(&mut self, now: Timestamp) -> Vec<Action> {
        if !self.figures_next && !self.may_offer() {
            return self.round(now, None);
        }
        self.mode = Mode::Asking(later(now, PATIENCE));
        vec![Action::AskStanding]
    }

    /// Figures where it is their turn and they are news, else comfort; then the offer.
    fn round(&mut self, now: Timestamp, standing: Option<&Standing>) -> Vec<Action> {
        let figures = standing.filter(|_| self.figures_next);
        let mut said = figures
            .and_then(|standing| self.news(now, standing))
            .unwrap_or_default();
        self.figures_next = said.is_empty();
        if said.is_empty() {
            said.extend(self.comfort());
        }
        let offer = self.may_offer() && standing.is_some_and(|s| self.is_worth_it(s));
        if offer {
            said.push(Utterance::prompt(KEEP_OFFER));
        }
        self.just_offered = offer;
        self.offered = offer || self.offered && self.facts.text_relay;
        self.rounds = self.rounds.saturating_add(1);
        self.say(now, said)
    }

    fn news(&mut self, now: Timestamp, standing: &Standing) -> Option<Vec<Utterance>> {
        let figures = self.heard.figures(now, standing);
        let again = self.settings.again;
        let news = self.heard.is_news(now, standing, figures, again);
        news.then(|| {
            self.heard.told(now, standing, figures);
            figures.words()
        })
    }

    fn comfort(&mut self) -> Option<Utterance> {
        let name = COMFORT.get(self.comforts % COMFORT.len());
        self.comforts = self.comforts.wrapping_add(1);
        name.map(|name| Utterance::prompt(name))
    }

    fn may_offer(&self) -> bool {
        self.facts.can_keep && !self.just_offered
    }

    /// Whether the wait is so long that the caller may like to hang up. Nobody can tell how long it is
    /// when no handler is there.
    fn is_worth_it(&self, standing: &Standing) -> bool {
        let from = self.settings.offer_keep_from;
        let long = standing.estimate.map(|estimate| estimate >= from);
        long.unwrap_or(standing.staffed == 0)
    }
}
