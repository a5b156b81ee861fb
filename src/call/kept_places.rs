use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use tokio::sync::oneshot;

use crate::identity::Reference;

/// The places that this node keeps for callers who have hung up, and the way to whoever holds each.
#[derive(Default)]
pub(super) struct KeptPlaces(Mutex<HashMap<Reference, oneshot::Sender<()>>>);

impl KeptPlaces {
    /// A place is held from now on, for as long as what comes back is there. That tells when it is not needed
    /// any more, because its caller is on the line again.
    pub(super) fn hold(&self, place: Reference) -> oneshot::Receiver<()> {
        let (tell, told) = oneshot::channel();
        let mut places = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        places.retain(|_, tell| !tell.is_closed());
        places.insert(place, tell);
        told
    }

    /// Its caller has another place, or another promise. Whoever holds it gives it up, once they are not ringing
    /// the caller at this moment.
    pub(super) fn give_up(&self, place: Reference) {
        let mut places = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(tell) = places.remove(&place) {
            let _ = tell.send(());
        }
    }
}
