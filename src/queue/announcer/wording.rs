use crate::flow::Utterance;

use super::heard::Figures;
use super::wait::WAITS;

/// Places after this one are not told one by one.
pub(super) const LAST_POSITION: usize = 30;
/// Said to whoever begins to wait.
pub(super) const JOINED: &str = "queue-joined";
/// The offer to keep the place and be called back.
pub(super) const KEEP_OFFER: &str = "queue-keep-offer";
/// Said in turn, between two tellings of where the caller stands.
pub(super) const COMFORT: [&str; 4] = [
    "queue-comfort",
    "queue-comfort-2",
    "queue-comfort-3",
    "queue-comfort-4",
];

const NEXT: &str = "queue-position-next";
const BEFORE: &str = "queue-position-before";
const AFTER: &str = "queue-position-after";
const BEYOND: &str = "queue-position-beyond";

/// A number's recording. The small ones are those that telephone numbers are read with.
fn number(n: usize) -> String {
    let kind = if n < 10 { "digit" } else { "number" };
    format!("{kind}-{n}")
}

/// Every recording that a waiting caller may hear, by name, without the music.
pub fn prompts() -> impl Iterator<Item = String> {
    let names = [JOINED, KEEP_OFFER, NEXT, BEFORE, AFTER, BEYOND];
    let waits = WAITS.into_iter().map(|wait| wait.prompt);
    let fixed = names.into_iter().chain(COMFORT).chain(waits);
    let numbers = (2..=LAST_POSITION).map(number);
    fixed.map(str::to_owned).chain(numbers)
}

impl Figures {
    /// The figures in words: the place, then the wait where one is told.
    pub(super) fn words(self) -> Vec<Utterance> {
        let position = match self.position {
            0 | 1 => vec![Utterance::prompt(NEXT)],
            n if n <= LAST_POSITION => vec![
                Utterance::prompt(BEFORE),
                Utterance::Prompt(number(n)),
                Utterance::prompt(AFTER),
            ],
            _ => vec![Utterance::prompt(BEYOND)],
        };
        let wait = self.wait.map(|wait| Utterance::prompt(wait.prompt));
        position.into_iter().chain(wait).collect()
    }
}
