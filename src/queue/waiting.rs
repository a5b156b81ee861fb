use std::collections::BTreeSet;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::flow::Priority;
use crate::identity::Reference;

use super::eligibility::{Kind, Needs};
use super::event::Place;
use super::handler::HandlerId;
use super::lines::LineId;
use super::wanted::Wanted;

/// Which caller comes first: emergencies, then those who have been with a handler already, then by time of
/// arrival, from which each priority takes some time off, or by the time that has been promised.
pub(super) type Turn = (u8, Timestamp, Reference);

/// Somebody who waits.
#[derive(Clone, Debug)]
pub(super) struct Waiting {
    pub(super) wanted: Wanted,
    pub(super) place: Place,
    pub(super) since: Timestamp,
    /// Whose phones ring for them.
    pub(super) offered_to: BTreeSet<HandlerId>,
    /// Who has let them ring or has refused them: asked again only after all others.
    pub(super) passed_over: BTreeSet<HandlerId>,
    /// Steps of overflow that their waiting has brought.
    pub(super) steps: usize,
    /// They wait at another node, which rings for them.
    pub(super) elsewhere: bool,
    /// So often a handler was left to that node in vain.
    pub(super) lapses: u32,
    /// They are not on the line, and have been tried so often.
    pub(super) kept: Option<u32>,
    /// To be offered to nobody before then: they could not be reached.
    pub(super) not_before: Option<Timestamp>,
    /// What they want, as the lines have it.
    pub(super) kind: Option<Kind>,
    /// The line that they stand in.
    pub(super) line: Option<LineId>,
    /// When something happens to them by time alone.
    pub(super) due: Option<Timestamp>,
}

impl Waiting {
    pub(super) fn new(wanted: Wanted, place: Place, since: Timestamp) -> Self {
        Waiting {
            wanted,
            place,
            since,
            offered_to: BTreeSet::new(),
            passed_over: BTreeSet::new(),
            steps: 0,
            elsewhere: false,
            lapses: 0,
            kept: None,
            not_before: None,
            kind: None,
            line: None,
            due: None,
        }
    }

    pub(super) fn is_emergency(&self) -> bool {
        self.wanted.priority == Priority::Emergency
    }

    pub(super) fn turn(&self, ticket: Reference, ageing: Duration) -> Turn {
        let counts_from = self.wanted.counts_from(self.since);
        let levels = match self.wanted.priority {
            Priority::Emergency => return (0, counts_from, ticket),
            Priority::YoungOrOld => 2,
            Priority::HealthProfessional => 1,
            Priority::Ordinary => 0,
        };
        // Where a time has been promised, the priority decides only between two of the same.
        let ageing = match self.wanted.deadline {
            Some(_) => Duration::from_millis(1),
            None => ageing,
        };
        let ahead = SignedDuration::try_from(ageing).unwrap_or(SignedDuration::MAX);
        let ahead = ahead.saturating_mul(levels);
        let from = counts_from.checked_sub(ahead).unwrap_or(Timestamp::MIN);
        let tier = if self.place == Place::Top { 1 } else { 2 };
        (tier, from, ticket)
    }

    /// None before the lines know what they want.
    pub(super) fn needs(&self) -> Option<Needs> {
        Some(Needs {
            kind: self.kind.clone()?,
            steps: self.steps,
            passed_over: self.passed_over.clone(),
        })
    }
}
