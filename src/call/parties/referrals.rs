//! Replies to phones that refer the call to somebody.

use crate::transfer::ReferralId;

use super::{Parties, PartyId, Referral};

/// Referrals that one call remembers; whoever refers it more often is refused.
const REFERRALS: usize = 64;

impl Parties {
    /// Gives a referral a number, by which it is replied to.
    pub(in crate::call) fn remember(&mut self, from: PartyId, referral: &Referral) -> ReferralId {
        if self.referrals.len() >= REFERRALS {
            self.referrals.clear();
        }
        self.referrals.push((from, referral.refer));
        ReferralId(self.referrals.len() as u64 - 1)
    }

    /// Accepts a referral.
    pub(in crate::call) fn accept(&self, id: ReferralId) {
        self.reply(id, Ok(()));
    }

    /// Refuses it.
    pub(in crate::call) fn refuse(&self, id: ReferralId, status: u16) {
        self.reply(id, Err(status));
    }

    fn reply(&self, ReferralId(number): ReferralId, accepted: Result<(), u16>) {
        let known = usize::try_from(number)
            .ok()
            .and_then(|n| self.referrals.get(n));
        if let Some((from, refer)) = known
            && let Some(party) = self.find(*from)
        {
            party.signalling.refer_reply(*refer, accepted);
        }
    }

    /// Tells the phone how it goes.
    pub(in crate::call) fn progress(&self, ReferralId(number): ReferralId, status: u16) {
        let known = usize::try_from(number)
            .ok()
            .and_then(|n| self.referrals.get(n));
        if let Some((from, refer)) = known
            && let Some(party) = self.find(*from)
        {
            party.signalling.refer_progress(*refer, status);
        }
    }
}
