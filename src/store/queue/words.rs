use super::super::error::StoreError;
use crate::queue::Place;
use crate::queue::shared::{HandlerState, OfferOutcome};

/// What stands in a row as one word.
pub(in crate::store) trait Word: Copy + 'static {
    const ALL: &'static [Self];

    fn word(self) -> &'static str;

    fn read(word: &str) -> Result<Self, StoreError> {
        let found = Self::ALL.iter().find(|one| one.word() == word);
        found
            .copied()
            .ok_or_else(|| StoreError::Row(format!("the word {word:?}")))
    }
}

impl Word for HandlerState {
    const ALL: &'static [Self] = &[
        HandlerState::Available,
        HandlerState::Offered,
        HandlerState::Talking,
        HandlerState::WrapUp,
        HandlerState::NotReady,
    ];

    fn word(self) -> &'static str {
        match self {
            HandlerState::Available => "available",
            HandlerState::Offered => "offered",
            HandlerState::Talking => "talking",
            HandlerState::WrapUp => "wrap-up",
            HandlerState::NotReady => "not-ready",
        }
    }
}

impl Word for OfferOutcome {
    const ALL: &'static [Self] = &[
        OfferOutcome::Talked,
        OfferOutcome::Missed,
        OfferOutcome::Refused,
        OfferOutcome::Withdrawn,
        OfferOutcome::NodeLost,
        OfferOutcome::Expired,
    ];

    fn word(self) -> &'static str {
        match self {
            OfferOutcome::Talked => "talked",
            OfferOutcome::Missed => "missed",
            OfferOutcome::Refused => "refused",
            OfferOutcome::Withdrawn => "withdrawn",
            OfferOutcome::NodeLost => "node-lost",
            OfferOutcome::Expired => "expired",
        }
    }
}

impl Word for Place {
    const ALL: &'static [Self] = &[Place::InTurn, Place::Anyway, Place::Top];

    fn word(self) -> &'static str {
        match self {
            Place::InTurn => "in-turn",
            Place::Anyway => "anyway",
            Place::Top => "top",
        }
    }
}
