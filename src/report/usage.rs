use std::collections::BTreeMap;

use serde::Serialize;
use serde::ser::SerializeMap as _;

use crate::store::ReferralRow;

use super::suppress::Shape;
use super::words::or_dash;

/// What came of it where people were sent to a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// All who were sent there.
    Sent,
    /// The service has taken them.
    Accepted,
    /// They were told where to go.
    PatientTold,
    /// Nobody answered there.
    NoAnswer,
    /// The service did not take them.
    Declined,
    /// What came of it has not been told.
    NotTold,
}

impl Use {
    /// All of them; the first is the sum of the others.
    pub const ALL: [Use; 6] = [
        Use::Sent,
        Use::Accepted,
        Use::PatientTold,
        Use::NoAnswer,
        Use::Declined,
        Use::NotTold,
    ];

    /// One word.
    pub fn word(self) -> &'static str {
        match self {
            Use::Sent => "sent",
            Use::Accepted => "accepted",
            Use::PatientTold => "patient-told",
            Use::NoAnswer => "no-answer",
            Use::Declined => "declined",
            Use::NotTold => "not-told",
        }
    }

    /// What it is, in a few words.
    pub fn words(self) -> &'static str {
        match self {
            Use::Sent => "sent there",
            Use::Accepted => "taken",
            Use::PatientTold => "told to go there",
            Use::NoAnswer => "no answer",
            Use::Declined => "declined",
            Use::NotTold => "not told yet",
        }
    }

    fn of(row: &ReferralRow) -> Self {
        let outcome = row.outcome.as_deref();
        let found = Use::ALL
            .into_iter()
            .find(|one| Some(one.word()) == outcome && *one != Use::Sent);
        found.unwrap_or(Use::NotTold)
    }
}

pub(super) const USED: Shape = Shape {
    counts: &[0, 1, 2, 3, 4, 5],
    parts: &[],
    sums: &[(
        Use::Sent as usize,
        &[
            Use::Accepted as usize,
            Use::PatientTold as usize,
            Use::NoAnswer as usize,
            Use::Declined as usize,
            Use::NotTold as usize,
        ],
    )],
    times: &[],
};

/// How a service was used. A count that is held back is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Used(pub(super) [Option<u64>; Use::ALL.len()]);

impl Default for Used {
    fn default() -> Self {
        Used([Some(0); Use::ALL.len()])
    }
}

impl Used {
    /// How many; none where that is held back.
    pub fn get(&self, of: Use) -> Option<u64> {
        self.0[of as usize]
    }

    /// As people read it; a dash for none.
    pub fn shown(&self, of: Use) -> String {
        or_dash(self.get(of))
    }
}

impl Serialize for Used {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for of in Use::ALL {
            map.serialize_entry(of.word(), &self.get(of))?;
        }
        map.end()
    }
}

/// Counts how services were used.
#[derive(Clone, Debug, Default)]
pub struct Usage(BTreeMap<String, Used>);

impl Usage {
    /// Counts somebody who was sent to a service.
    pub fn add(&mut self, row: &ReferralRow) {
        let used = self.0.entry(row.service.clone()).or_default();
        for of in [Use::Sent, Use::of(row)] {
            if let Some(count) = &mut used.0[of as usize] {
                *count += 1;
            }
        }
    }

    /// How each service was used to which anybody was sent.
    pub fn services(self) -> BTreeMap<String, Used> {
        self.0
    }
}
