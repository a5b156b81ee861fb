use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::clinical::{Codes, Disposition, DispositionCode, Kind};

use super::by::By;

/// What is needed, as it was decided: a case goes on by this, whatever is published meanwhile.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Need {
    /// The disposition.
    pub disposition: DispositionCode,
    /// What kind of help.
    pub kind: Kind,
    /// Within what time; zero is at once.
    pub within: Duration,
    /// The skill of whoever rings back, where somebody does.
    pub skill: Option<String>,
    /// What it becomes when a clinician has confirmed it; none where nobody has to.
    pub confirmed: Option<Box<Need>>,
    /// When it was decided.
    pub decided: Timestamp,
    /// Who decided it: whoever assessed, or the clinician who confirmed or changed it.
    pub by: By,
}

impl Need {
    /// What a disposition asks for, decided at a moment. None where nobody knows the code.
    ///
    /// What only a clinician gives is confirmed as itself, so that nobody else gives it either.
    pub fn of(code: &DispositionCode, codes: &Codes, at: Timestamp, by: &By) -> Option<Self> {
        let disposition = codes.disposition(code)?;
        let is_confirmed_form =
            (codes.dispositions()).any(|other| other.validated_as.as_ref() == Some(code));
        let confirmed = match &disposition.validated_as {
            _ if disposition.kind == Kind::LifeThreatening => None,
            Some(code) => Some(codes.disposition(code)?),
            None => is_confirmed_form.then_some(disposition),
        };
        let mut need = Need::plain(disposition, at, by);
        need.confirmed = confirmed.map(|d| Box::new(Need::plain(d, at, by)));
        Some(need)
    }

    fn plain(disposition: &Disposition, at: Timestamp, by: &By) -> Self {
        Need {
            disposition: disposition.code.clone(),
            kind: disposition.kind,
            within: disposition.within,
            skill: disposition.skill.clone(),
            confirmed: None,
            decided: at,
            by: by.clone(),
        }
    }

    /// The same with a clinician's word for it: what it becomes where it waits for that, and by whom.
    pub(super) fn confirmed_by(self, at: Timestamp, by: &By) -> Self {
        let confirmed = match self.confirmed {
            Some(confirmed) => Need {
                decided: at,
                ..*confirmed
            },
            None => self,
        };
        Need {
            by: by.clone(),
            ..confirmed
        }
    }

    /// Within what time a clinician has to confirm it: what it becomes then has its own time, and the two together
    /// must not be longer than this one.
    pub fn time_to_confirm(&self) -> Duration {
        let confirmed = self.confirmed.as_ref();
        let after = confirmed.map_or(Duration::ZERO, |confirmed| confirmed.within);
        self.within.saturating_sub(after)
    }

    /// By when help is due.
    pub fn deadline(&self) -> Timestamp {
        later(self.decided, self.within)
    }
}

/// So much later; at the end of time, then.
pub(super) fn later(at: Timestamp, by: Duration) -> Timestamp {
    let by = SignedDuration::try_from(by).unwrap_or(SignedDuration::MAX);
    at.checked_add(by).unwrap_or(Timestamp::MAX)
}
