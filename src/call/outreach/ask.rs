//! Asking one of our own people something, by keys.

use jiff::SignedDuration;

use crate::flow::{ENGLISH, Utterance};

use super::super::offers::{Offers, Taken};
use super::super::parties::{Happening, PartyId};
use super::Outreach;

/// The playlist that asks.
const ASKED: u64 = 4;
/// The playlist that says what has come of it.
const TOLD: u64 = 5;
/// After the words, before they are said again.
const WAIT: SignedDuration = SignedDuration::from_secs(5);
/// So often they are said: a phone that lies beside its hook holds nobody for ever.
const ROUNDS: u32 = 10;

impl Outreach<'_> {
    /// Asks until one of these keys comes. None where they have gone without one, or say nothing at all.
    pub(in crate::call) async fn asks(
        &mut self,
        whom: PartyId,
        words: &[Utterance],
        keys: &[char],
    ) -> Option<char> {
        let mut rounds = 0;
        let mut again_at = None;
        self.asked(whom, words);
        loop {
            tokio::select! {
                happening = self.case.parties.next() => match happening {
                    Happening::Key(id, key) if id == whom => {
                        if keys.contains(&key.char()) {
                            return Some(key.char());
                        }
                    }
                    Happening::Played(id, ASKED) if id == whom => {
                        rounds += 1;
                        again_at = self.case.clock.now().checked_add(WAIT).ok();
                    }
                    Happening::Ended(id, _) if id == whom => return None,
                    happening => self.not_yet(happening),
                },
                () = self.case.clock.at(again_at) => {
                    if rounds >= ROUNDS {
                        return None;
                    }
                    again_at = None;
                    self.asked(whom, words);
                }
            }
        }
    }

    fn asked(&self, whom: PartyId, words: &[Utterance]) {
        let playlist = self.case.plan.playlist(ENGLISH, words, ASKED);
        self.case.parties.play(whom, playlist);
    }

    /// Says something to one of our own people, to its end.
    pub(in crate::call) async fn tells(&mut self, whom: PartyId, prompt: &str) {
        self.says(whom, ENGLISH, prompt, TOLD);
        loop {
            match self.case.parties.next().await {
                Happening::Played(_, TOLD) => return,
                Happening::Ended(id, _) if id == whom => return,
                happening => self.not_yet(happening),
            }
        }
    }

    /// Lets somebody go who has, or was to have, the caller: their phone before themselves.
    pub(in crate::call) fn lets_go(&mut self, offers: &Offers, taken: Taken) {
        self.case.parties.hang_up(taken.phone);
        // It is not they who broke it off.
        offers.leave();
        drop(taken);
    }
}
