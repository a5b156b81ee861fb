use serde::Serialize;

use crate::clinical::{DiscriminatorCode, DispositionCode};
use crate::directory::{Criterion, Missed, SearchRecord, ServiceId};

use super::super::names::Names;
use super::part_of_week::PartOfWeek;

/// A single change of the directory by which a service would have been found that was not.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Change {
    /// The service.
    pub service: ServiceId,
    /// What about it.
    #[serde(flatten)]
    pub what: What,
}

/// What is to be otherwise about a service.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case", tag = "change")]
pub enum What {
    /// It has room.
    Room,
    /// It is open.
    Open {
        /// When it was not, or not in time.
        when: PartOfWeek,
    },
    /// It takes a disposition.
    Take {
        /// Which.
        disposition: DispositionCode,
    },
    /// It can do what was needed.
    Offer {
        /// All that it has to be able to do together, in the order of their codes.
        discriminators: Vec<DiscriminatorCode>,
    },
}

impl Change {
    /// The change by which a search would have found a service that it lost; none where the service lacked what is no
    /// provision, such as the place.
    pub(super) fn of(record: &SearchRecord, missed: &Missed) -> Option<Self> {
        let what = match missed.criterion {
            Criterion::Capacity => What::Room,
            Criterion::Opening => What::Open {
                when: PartOfWeek::of_hour(record.hour_of_week),
            },
            Criterion::Disposition => What::Take {
                disposition: record.disposition.clone(),
            },
            Criterion::Discriminators => {
                let mut discriminators = record.discriminators.clone();
                discriminators.sort();
                discriminators.dedup();
                What::Offer { discriminators }
            }
            Criterion::Status
            | Criterion::Distance
            | Criterion::Catchment
            | Criterion::SymptomGroup
            | Criterion::Gender
            | Criterion::Age
            | Criterion::Surgery => return None,
        };
        Some(Change {
            service: missed.service.clone(),
            what,
        })
    }

    /// The criterion that the service failed.
    pub fn criterion(&self) -> Criterion {
        match self.what {
            What::Room => Criterion::Capacity,
            What::Open { .. } => Criterion::Opening,
            What::Take { .. } => Criterion::Disposition,
            What::Offer { .. } => Criterion::Discriminators,
        }
    }

    /// The change as a sentence without its full stop: "Brighton Dental Access opens: Sunday, 08:00 to 18:00".
    pub fn words(&self, names: &Names) -> String {
        let service = names.service(self.service.as_str());
        match &self.what {
            What::Room => format!("{service} has room"),
            What::Open { when } => format!("{service} opens: {}", when.words()),
            What::Take { disposition } => {
                format!("{service} takes {}", names.disposition(disposition))
            }
            What::Offer { discriminators } => {
                let all = discriminators.iter().map(|one| names.discriminator(one));
                format!("{service} offers {}", all.collect::<Vec<_>>().join(" and "))
            }
        }
    }
}
