use std::fmt;

use serde::{Deserialize, Serialize};

/// Minutes in a day.
pub(super) const DAY: u16 = 24 * 60;

/// Minutes of a day from which, and up to which, something is open. An end before the beginning is on
/// the next day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(super) struct Span {
    pub(super) from: u16,
    pub(super) to: u16,
}

impl Span {
    /// From midnight to midnight.
    pub(super) const ALL_DAY: Span = Span { from: 0, to: DAY };

    /// Up to which minute of its own day it lasts.
    pub(super) fn end_today(self) -> u16 {
        if self.to < self.from { DAY } else { self.to }
    }

    /// Up to which minute of the next day it lasts; 0 where it is over by midnight.
    pub(super) fn end_tomorrow(self) -> u16 {
        if self.to < self.from { self.to } else { 0 }
    }
}

impl TryFrom<String> for Span {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let wrong = || format!("`{text}` are no hours; write them as 08:00-18:30 or 22:00-06:00");
        let (from, to) = text.split_once('-').ok_or_else(wrong)?;
        let from = minutes(from).filter(|m| *m < DAY).ok_or_else(wrong)?;
        let to = minutes(to).ok_or_else(wrong)?;
        if from == to {
            return Err(wrong());
        }
        Ok(Span { from, to })
    }
}

impl From<Span> for String {
    fn from(span: Span) -> String {
        span.to_string()
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Span { from, to } = self;
        let (from_hour, from) = (from / 60, from % 60);
        let (to_hour, to) = (to / 60, to % 60);
        write!(f, "{from_hour:02}:{from:02}-{to_hour:02}:{to:02}")
    }
}

fn minutes(text: &str) -> Option<u16> {
    let (hours, minutes) = text.trim().split_once(':')?;
    if hours.len() != 2 || minutes.len() != 2 {
        return None;
    }
    let (hours, minutes): (u16, u16) = (hours.parse().ok()?, minutes.parse().ok()?);
    let sound = minutes < 60 && hours * 60 + minutes <= DAY;
    sound.then_some(hours * 60 + minutes)
}
