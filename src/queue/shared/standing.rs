//! What a handler does, as the machine has it and as the rows have it.

use jiff::Timestamp;

use super::super::handler::{Handler, State};
use super::rows::{HandlerState, OfferRow, Standing};

/// A handler who neither rings nor talks, as a row; none of one who does.
pub(super) fn row(
    handler: &Handler,
    before: Option<&Standing>,
    now: Timestamp,
) -> Option<Standing> {
    let mut standing = Standing::available(now);
    standing.missed = handler.missed;
    match &handler.state {
        State::Available { since, from } => {
            (standing.since, standing.until) = (*since, *from);
        }
        State::WrapUp { since, until } => {
            standing.state = HandlerState::WrapUp;
            (standing.since, standing.until) = (*since, Some(*until));
        }
        State::NotReady { reason, until } => {
            standing.state = HandlerState::NotReady;
            standing.until = *until;
            standing.reason = Some(reason.clone());
            let same = |b: &&Standing| b.state == standing.state && b.reason == standing.reason;
            standing.since = before.filter(same).map_or(now, |before| before.since);
        }
        State::Offered { .. } | State::Talking { .. } => return None,
    }
    Some(standing)
}

/// What a row says that a handler does. Who rings or talks does so by an offer.
pub(super) fn state(standing: &Standing, offer: Option<&OfferRow>) -> Option<State> {
    if let Some(offer) = offer {
        let ticket = offer.reference;
        return Some(match offer.answered_at {
            Some(since) => State::Talking { ticket, since },
            None => State::Offered {
                ticket,
                until: offer.until,
                idle_since: offer.offered_at,
            },
        });
    }
    let since = standing.since;
    match standing.state {
        HandlerState::Available => Some(State::Available {
            since,
            from: standing.until,
        }),
        HandlerState::WrapUp => Some(match standing.until {
            Some(until) => State::WrapUp { since, until },
            None => State::Available { since, from: None },
        }),
        HandlerState::NotReady => Some(State::NotReady {
            reason: standing.reason.clone()?,
            until: standing.until,
        }),
        HandlerState::Offered | HandlerState::Talking => None,
    }
}

/// Whether two rows say the same by now: what has ended by time alone need not be written down.
pub(super) fn is_same(one: &Standing, other: &Standing, now: Timestamp) -> bool {
    let by_now = |standing: &Standing| {
        let passed = standing.until.filter(|until| *until <= now);
        let (state, since, until) = match (standing.state, passed) {
            (HandlerState::Available, Some(_)) => (HandlerState::Available, standing.since, None),
            (HandlerState::WrapUp, Some(until)) => (HandlerState::Available, until, None),
            (state, _) => (state, standing.since, standing.until),
        };
        let millis = |time: Timestamp| time.as_millisecond();
        let until = until.map(millis);
        (
            state,
            millis(since),
            until,
            standing.reason.clone(),
            standing.missed,
        )
    };
    by_now(one) == by_now(other)
}
