use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use toml::Spanned;

use crate::diagnostic::{Problem, Source};
use crate::settings::Role;

use super::spread::Spread;
use super::time::{Clock, Profile};

/// A day, as its file says: `scenarios/<name>.toml`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Scenario {
    /// What it is, for people.
    pub name: String,
    /// Calls in all, where the command line says nothing else.
    pub calls: u32,
    /// Call handlers at the busiest time, where it says nothing else.
    pub handlers: u32,
    /// When the calls come.
    pub arrivals: Profile,
    /// Whence they come: a weight for each region.
    pub regions: BTreeMap<Spanned<String>, f64>,
    /// What callers are like.
    pub caller: CallerTable,
    /// What they want.
    pub choice: Vec<Spanned<Choice>>,
    /// Who answers.
    pub group: Vec<Spanned<Group>>,
    /// When they work.
    pub shift: Vec<Spanned<Shift>>,
    /// What their phones are like.
    #[serde(default)]
    pub phone: PhoneTable,
    /// What callers' phones are like, when they are called back.
    #[serde(default)]
    pub rung: RungTable,
    /// Crisis lines.
    #[serde(default)]
    pub crisis: CrisisTable,
    /// Control rooms, by trunk.
    #[serde(default)]
    pub control_room: BTreeMap<Spanned<String>, Control>,
    /// Providers that fail.
    #[serde(default)]
    pub fault: Vec<Spanned<Fault>>,
}

/// `[caller]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct CallerTable {
    /// The part that calls from a mobile, which tells no place.
    pub mobile: f64,
    /// The part whose number is withheld.
    pub withheld: f64,
    /// The part that calls through text relay.
    #[serde(default)]
    pub text_relay: f64,
    /// How long they wait for a handler before they hang up.
    pub patience: Spread,
    /// The part that presses its keys before the announcements are over.
    #[serde(default)]
    pub hurried: f64,
    /// How long after the prompt that asks for it the others press a key.
    pub reaction: Spread,
    /// The part that hangs up in the menus.
    #[serde(default)]
    pub lost_in_menu: f64,
    /// The part of those who have given up that calls again.
    #[serde(default)]
    pub redials: f64,
    /// After how long they do.
    pub redials_after: Spread,
    /// The part that keeps their place and hangs up, where that is offered.
    #[serde(default)]
    pub keeps_place: f64,
    /// The part that wants to speak at once, of those who are told that a call back is promised to them. The others
    /// leave it at that.
    #[serde(default)]
    pub speaks_now: f64,
}

/// `[[choice]]`: what somebody wants, and what comes of it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Choice {
    /// What it is, for people.
    pub name: String,
    /// How often it is wanted, as against others.
    pub weight: f64,
    /// The number dialled.
    #[serde(default = "dialled")]
    pub dialled: String,
    /// Keys, separated by commas; those who press none hear every prompt to its end.
    #[serde(default)]
    pub keys: String,
    /// How long they talk with whoever answers.
    pub talk: Spread,
    /// Into what the conversation turns, in parts of all of them.
    #[serde(default)]
    pub then: Then,
}

fn dialled() -> String {
    "111".to_owned()
}

/// Into what a conversation with a handler turns; what is left over is over then.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Then {
    /// A clinician is to call back.
    pub callback: f64,
    /// The caller is handed to a clinician.
    pub clinician: f64,
    /// The caller is handed to 999.
    pub emergency: f64,
}

/// `[[group]]`: people who answer.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Group {
    /// So many as a part of `handlers`. Those of all groups of handlers come to 1; clinicians come on top.
    pub part: f64,
    /// Their role, with the skills that come with it.
    pub role: Role,
    /// Skills besides.
    #[serde(default)]
    pub skills: Vec<String>,
    /// Languages besides English.
    #[serde(default)]
    pub languages: Vec<String>,
    /// They take everybody's callers, and work for no provider. All others are spread over the providers by the
    /// weights of the regions and the shares in them.
    #[serde(default)]
    pub for_all: bool,
}

/// `[[shift]]`: when people work.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Shift {
    /// It begins then.
    pub from: Clock,
    /// It ends then; before it begins, on the next day.
    pub to: Clock,
    /// The part of `handlers` that works it. At no time do all parts together come to more than 1.
    pub part: f64,
    /// Breaks.
    #[serde(default)]
    pub pause: Vec<Pause>,
}

/// A break of a shift. Not all take it at the same moment: each begins it within half an hour of then.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Pause {
    /// So many minutes after the shift has begun.
    pub after: u32,
    /// So many minutes long.
    pub minutes: u32,
}

/// `[phone]`: phones of those who answer.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct PhoneTable {
    /// How long it rings before they answer.
    pub answers_after: Spread,
    /// The part of the offers that nobody answers.
    pub missed: f64,
}

impl Default for PhoneTable {
    fn default() -> Self {
        PhoneTable {
            answers_after: Spread::Uniform(1.0, 4.0),
            missed: 0.0,
        }
    }
}

/// `[rung]`: callers' phones, when they are called back.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct RungTable {
    /// The part of the tries in which somebody answers.
    pub answered: f64,
    /// The part in which they are engaged.
    pub engaged: f64,
    /// How long the phone rings before somebody answers.
    pub answers_after: Spread,
    /// How long they talk.
    pub talk: Spread,
    /// The part of those who could not be reached that a clinician closes; of the others one more try is made at
    /// once.
    pub closed: f64,
}

impl Default for RungTable {
    fn default() -> Self {
        RungTable {
            answered: 0.8,
            engaged: 0.05,
            answers_after: Spread::Uniform(3.0, 20.0),
            talk: Spread::log_normal(540.0, 0.7),
            closed: 0.7,
        }
    }
}

/// `[crisis]`: crisis lines.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct CrisisTable {
    /// The part of the calls that they answer.
    pub answered: f64,
    /// How long they ring before that.
    pub answers_after: Spread,
    /// How long they talk.
    pub talk: Spread,
}

impl Default for CrisisTable {
    fn default() -> Self {
        CrisisTable {
            answered: 0.9,
            answers_after: Spread::Uniform(4.0, 20.0),
            talk: Spread::log_normal(1_200.0, 0.8),
        }
    }
}

/// `[control-room.<trunk>]`: an ambulance control room. Any other answers after one to five seconds.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Control {
    /// How long it rings before it answers.
    #[serde(default = "room_answers_after")]
    pub answers_after: Spread,
    /// It does not answer from then on.
    pub silent_from: Option<Clock>,
    /// And answers again from then on; at the end of the day where it is left out.
    pub silent_to: Option<Clock>,
}

pub(crate) fn room_answers_after() -> Spread {
    Spread::Uniform(1.0, 5.0)
}

/// `[[fault]]`: a provider fails. Its people are gone at once; that it has failed is written into the tables some
/// minutes later.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Fault {
    /// Which.
    pub provider: Spanned<String>,
    /// From then on.
    pub from: Clock,
    /// It is back then.
    pub to: Clock,
    /// So many minutes until it is marked as failed; left out, nobody marks it.
    pub marked_after: Option<u32>,
}

impl Scenario {
    /// Reads a file. What is wrong comes back with its place; what does not fit the tables is found by
    /// [`Scenario::check`].
    pub fn load(path: &Path) -> Result<(Self, Source), Problem> {
        let source = Source::read(path)?;
        Ok((source.toml()?, source))
    }
}
