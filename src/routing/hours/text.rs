use std::fmt;
use std::str::FromStr;

use super::span::Span;
use super::{Hours, Week};

/// What stands for no opening at all, of a day or altogether.
const CLOSED: &str = "closed";
const ALWAYS: &str = "always";
const BANK_HOLIDAYS: &str = "bank-holidays";

/// In one line, which is read back exactly: `mon 08:00-12:00 13:00-18:30; bank-holidays closed; 2026-12-26
/// 10:00-12:00`.
impl fmt::Display for Hours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = Vec::new();
        parts.extend(self.always.then(|| ALWAYS.to_owned()));
        let week = Week::NAMES.into_iter().zip(self.week.days());
        let open = week.filter(|(_, spans)| !spans.is_empty());
        parts.extend(open.map(|(name, spans)| part(name, spans)));
        let bank_holidays = self.bank_holidays.iter();
        parts.extend(bank_holidays.map(|spans| part(BANK_HOLIDAYS, spans)));
        let dates = self.dates.iter();
        parts.extend(dates.map(|(date, spans)| part(&date.to_string(), spans)));
        match parts.is_empty() {
            true => f.write_str(CLOSED),
            false => f.write_str(&parts.join("; ")),
        }
    }
}

fn part(name: &str, spans: &[Span]) -> String {
    let spans: Vec<String> = spans.iter().map(ToString::to_string).collect();
    match spans.is_empty() {
        true => format!("{name} {CLOSED}"),
        false => format!("{name} {}", spans.join(" ")),
    }
}

impl FromStr for Hours {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut hours = Hours::never();
        if text.trim() == CLOSED {
            return Ok(hours);
        }
        for part in text.split(';').map(str::trim) {
            let (name, spans) = part.split_once(' ').unwrap_or((part, ""));
            if name == ALWAYS && spans.is_empty() {
                hours.always = true;
                continue;
            }
            let spans = spans_of(spans).map_err(|error| match spans.is_empty() {
                true => format!("`{part}` are no hours: write `always`, or `mon 08:00-18:30; …`"),
                false => error,
            })?;
            hours.add(name, spans)?;
        }
        Ok(hours)
    }
}

impl Hours {
    fn add(&mut self, name: &str, spans: Vec<Span>) -> Result<(), String> {
        let twice = || format!("`{name}` stands twice");
        let day = Week::NAMES.iter().position(|day| *day == name);
        if let Some(slot) = day.and_then(|day| self.week.days_mut().into_iter().nth(day)) {
            if !slot.is_empty() {
                return Err(twice());
            }
            *slot = spans;
            return Ok(());
        }
        if name == BANK_HOLIDAYS {
            return match self.bank_holidays.replace(spans) {
                Some(_) => Err(twice()),
                None => Ok(()),
            };
        }
        let wrong =
            |_| format!("`{name}` is no day: write mon to sun, bank-holidays or 2026-12-25");
        let date = name.parse().map_err(wrong)?;
        match self.dates.insert(date, spans) {
            Some(_) => Err(twice()),
            None => Ok(()),
        }
    }
}

fn spans_of(text: &str) -> Result<Vec<Span>, String> {
    if text.trim() == CLOSED {
        return Ok(Vec::new());
    }
    let spans = text.split_whitespace().map(str::to_owned);
    let spans: Result<Vec<Span>, String> = spans.map(Span::try_from).collect();
    spans.and_then(|spans| match spans.is_empty() {
        true => Err("no hours".to_owned()),
        false => Ok(spans),
    })
}
