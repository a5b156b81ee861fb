//! A clinician who is waited for on behalf of the book of callbacks.

use tokio::sync::{oneshot, watch};

use crate::callback::Callback;
use crate::routing::{CallbackOrder, RegionId};

use super::offers::{Offers, Taken};
use super::outreach::{Found, Outreach, Whom};
use super::service::Service;
use super::waiting_room::Engaged;

/// What the book has to say to whoever makes a callback. Where its other end is gone, the callback is not to
/// be made any longer.
pub(super) struct Leash {
    /// The try is written down: the caller may be rung.
    pub(super) ring: oneshot::Receiver<()>,
    /// As which callback a clinician is waited for.
    pub(super) sought: watch::Receiver<Callback>,
    /// Tells this one from those who have made the callback before.
    pub(super) serial: u64,
}

/// A clinician for a callback.
pub(super) enum Clinician {
    /// On the line.
    There(Taken),
    /// Held, and not rung yet.
    Held(Engaged),
}

/// What displays say of a callback.
pub(super) fn display(service: &Service, callback: &Callback, what: &str) -> String {
    let plan = service.plan.load();
    let region = plan.tables.region(&RegionId::new(&callback.region));
    let postcode = callback.postcode.iter().map(|code| format!(", {code}"));
    let region = region.map_or("", |region| &region.name);
    format!("{region}: {what}{}", postcode.collect::<String>())
}

/// Whom a callback is for.
pub(super) fn whom(callback: &Callback, display: String) -> Whom {
    Whom {
        number: callback.number.clone(),
        text_relay: callback.text_relay,
        language: callback.language.clone(),
        region: callback.region.clone(),
        postcode: callback.postcode.clone(),
        provider: None,
        display,
        is_promised: true,
    }
}

/// Begins to wait for a clinician, however many wait: a promise is kept.
pub(super) fn wait(service: &Service, callback: &Callback, display: String) -> Offers {
    let (wanted, place) = callback.wanted();
    let contact = whom(callback, display).contact();
    let room = &service.waiting_room;
    Offers::new(room.join_at(place, callback.reference, wanted, contact))
}

/// Waits for a clinician, and for another one where the book says so meanwhile. None where nobody is to be
/// waited for any longer.
pub(super) async fn clinician(
    outreach: &mut Outreach<'_>,
    offers: &mut Offers,
    sought: &mut watch::Receiver<Callback>,
    order: CallbackOrder,
) -> Option<Clinician> {
    loop {
        let found = async {
            match order {
                CallbackOrder::ClinicianFirst => match outreach.find(offers).await {
                    Found::Taken(taken) => Some(Clinician::There(taken)),
                    // Of nobody who is not on the line, and keeps no place.
                    Found::GivenUp | Found::CallerGone | Found::TakenOver => None,
                },
                CallbackOrder::CallerFirst => {
                    let held = outreach.reserve(offers).await;
                    held.map(Clinician::Held)
                }
            }
        };
        tokio::select! {
            biased;
            found = found => return found,
            changed = sought.changed() => {
                changed.ok()?;
                let (wanted, place) = sought.borrow_and_update().wanted();
                offers.wait_otherwise(wanted, place);
            }
        }
    }
}
