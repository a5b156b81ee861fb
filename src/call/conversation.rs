use crate::sip::leg::{Cause, Side};

use super::case::{Case, Gone};
use super::parties::{Happening, PartyId};

impl Case {
    /// Lets the caller and somebody else hear each other. What was being said to the caller is over.
    pub(super) fn join(&mut self, with: PartyId) {
        self.said += 1;
        self.parties.join(self.caller, with);
    }

    /// Lets the caller and several others hear each other.
    pub(super) fn confer(&mut self, with: &[PartyId]) {
        self.said += 1;
        self.parties.confer(self.caller, with);
    }

    /// Lets the caller and somebody else talk, until the other one has gone. The caller's own end is an
    /// error, as everywhere.
    pub(super) async fn talk(&mut self, with: PartyId) -> Result<Cause, Gone> {
        self.join(with);
        loop {
            if let Happening::Ended(id, cause) = self.next().await?
                && id == with
            {
                return Ok(cause);
            }
        }
    }
}

/// Who ended a conversation, for the timeline.
pub(super) fn ended_by(cause: &Cause) -> &'static str {
    match cause.by {
        Side::Far => "the other side hung up",
        Side::Near => "we hung up",
        Side::Network => "the other side was lost",
    }
}
