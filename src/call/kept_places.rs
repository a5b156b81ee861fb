use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::sync::Notify;

use crate::identity::Reference;

/// The places that this node keeps for callers who have hung up, and the way to whoever holds each.
#[derive(Default)]
pub(super) struct KeptPlaces(Mutex<HashMap<Reference, Weak<Notify>>>);

impl KeptPlaces {
    /// A place is held from now on, for as long as what comes back is there. That tells when it is not needed
    /// any more, because its caller is on the line again.
    pub(super) fn hold(&self, place: Reference) -> Arc<Notify> {
        let told = Arc::new(Notify::new());
        let mut places = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        places.retain(|_, held| held.strong_count() > 0);
        places.insert(place, Arc::downgrade(&told));
        told
    }

    /// Its caller has another place, or another promise. Whoever holds it gives it up, once they are not ringing
    /// the caller at this moment.
    pub(super) fn give_up(&self, place: Reference) {
        let places = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(held) = places.get(&place).and_then(Weak::upgrade) {
            held.notify_one();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn whoever_holds_a_place_is_told_once_and_nobody_else() {
        let places = KeptPlaces::default();
        let [one, other] = [1, 2].map(|n| Reference::new(n, 0));
        // Told before they listen, they hear it all the same.
        let held = places.hold(one);
        let gone = places.hold(other);
        places.give_up(one);
        held.notified().await;
        drop(gone);
        places.give_up(other);
        drop(places.hold(one));
        assert_eq!(
            places.0.lock().unwrap().len(),
            1,
            "what is over is forgotten"
        );
    }
}
