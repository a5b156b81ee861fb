use std::collections::BTreeMap;
use std::time::Duration;

use crate::queue::CLINICIAN;

use super::deadline::Deadline;

/// What a disposition says of a callback: by when, and who is to make it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disposition {
    /// By when.
    pub deadline: Deadline,
    /// The skill of whoever is to make it.
    pub skill: String,
}

/// A disposition that does not lead to a callback, or that nobody knows.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no disposition that leads to a callback")]
pub struct UnknownDisposition(pub String);

/// Dispositions that lead to a callback, by their codes. Codes are texts and never numbers: `Dx012` is not
/// `Dx12`, and `dx12` is neither.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dispositions(BTreeMap<String, Disposition>);

const MINUTES: u64 = 60;
const HOURS: u64 = 60 * MINUTES;

/// Code, seconds (none: at once), skill.
const SHIPPED: [(&str, Option<u64>, &str); 12] = [
    ("Dx11", Some(HOURS), CLINICIAN),
    ("Dx12", Some(2 * HOURS), CLINICIAN),
    ("Dx13", Some(6 * HOURS), CLINICIAN),
    ("Dx14", Some(12 * HOURS), CLINICIAN),
    ("Dx15", Some(24 * HOURS), CLINICIAN),
    ("Dx17", Some(HOURS), "dental-nurse"),
    ("Dx32", None, CLINICIAN),
    ("Dx33", Some(20 * MINUTES), CLINICIAN),
    ("Dx34", Some(HOURS), CLINICIAN),
    ("Dx35", Some(2 * HOURS), CLINICIAN),
    ("Dx38", Some(6 * HOURS), CLINICIAN),
    ("Dx80", Some(6 * HOURS), "pharmacist"),
];

impl Default for Dispositions {
    fn default() -> Self {
        let shipped = SHIPPED.iter().map(|(code, within, skill)| {
            let within = within.map(Duration::from_secs);
            let disposition = Disposition {
                deadline: within.map_or(Deadline::Immediate, Deadline::Within),
                skill: (*skill).to_owned(),
            };
            ((*code).to_owned(), disposition)
        });
        Dispositions(shipped.collect())
    }
}

impl Dispositions {
    /// What a code stands for.
    pub fn find(&self, code: &str) -> Result<&Disposition, UnknownDisposition> {
        let found = self.0.get(code);
        found.ok_or_else(|| UnknownDisposition(code.to_owned()))
    }

    /// Puts one in, or in place of what its code has stood for.
    pub fn set(&mut self, code: &str, disposition: Disposition) {
        self.0.insert(code.to_owned(), disposition);
    }

    /// All codes.
    pub fn codes(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}
