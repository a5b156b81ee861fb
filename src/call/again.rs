//! Callers who ring again: looked up by their number while the welcome plays, and what follows from it.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::{Semaphore, oneshot};
use tokio::time::Instant;

use crate::callback::{By, Callback, Event};
use crate::flow::{AGAIN_KEPT, AGAIN_PLACE_KEPT, Before, Destination, Promised};
use crate::identity::{Number, Reference};
use crate::queue::shared::{Caller, Contact};
use crate::queue::{CLINICIAN, Wanted};
use crate::routing::Rule;
use crate::sip::leg::{Cause, Side};
use crate::store::{Known, Open};

use super::case::{Case, Gone};
use super::offers::Taken;
use super::service::Service;
use super::waiting_room::Ticket;

/// Who has gone on does not wait for what is looked up longer than until so long after it was asked.
const PATIENCE: Duration = Duration::from_secs(1);
/// A promise that is made anew is waited for so long, until it is on disk.
const WRITING: Duration = Duration::from_secs(3);
/// At most so many look-ups at once: a store that is slow has other things to do first.
static LOOKING: Semaphore = Semaphore::const_new(32);
/// On the display of whoever is given a caller to whom a callback is promised.
const BOOKED: &str = "CALLBACK BOOKED - ";

/// What is known of a caller's earlier calls.
#[derive(Default)]
pub(super) struct Again {
    looking: Option<Looking>,
    /// Their calls within the time that counts, this one included; 0 while that is not known.
    calls: u32,
    /// What they have been promised.
    open: Option<Open>,
    /// Keeps that from being made while they are on the line.
    on_the_line: Option<OnTheLine>,
    /// The place in the queue that is kept for them.
    place: Option<Caller>,
    /// They have it again, on the line.
    place_taken_up: bool,
    /// They speak to a clinician instead of waiting for that.
    speaks_now: bool,
    /// Several people call from that number, or for several: nothing is looked up.
    is_shared: bool,
}

/// Something that is being looked up.
pub(super) struct Looking {
    answer: oneshot::Receiver<Result<Known, String>>,
    since: Instant,
}

/// What has come of it; waits for ever where nothing is being looked up. Losing this future loses nothing.
pub(super) async fn found(looking: &mut Option<Looking>) -> Result<Known, String> {
    let Some(Looking { answer, .. }) = looking else {
        return std::future::pending().await;
    };
    let answer = answer.await;
    *looking = None;
    answer.unwrap_or_else(|_| Err("the look-up has broken off".to_owned()))
}

/// A conversation by which a callback may be done with.
pub(super) struct Talk {
    reference: Reference,
    account: String,
    since: Timestamp,
}

/// The callback is not made for as long as this is there: its caller is on the line.
struct OnTheLine {
    service: Arc<Service>,
    reference: Reference,
}

impl OnTheLine {
    async fn begin(service: &Arc<Service>, reference: Reference) -> Self {
        service.book.tell(Event::CallerRings(reference)).await;
        OnTheLine {
            service: Arc::clone(service),
            reference,
        }
    }
}

impl Drop for OnTheLine {
    fn drop(&mut self) {
        let (service, reference) = (Arc::clone(&self.service), self.reference);
        // However the call has ended; where the whole process ends, nothing is held back any more.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move {
                service.book.tell(Event::CallerHasRung(reference)).await;
            });
        }
    }
}

impl Case {
    /// Begins to look up whether they have called before. The first words do not wait for it.
    pub(super) fn looks_up(&mut self) {
        let is_line = self.plan.flow.is_for_professionals(&self.dialled.service);
        self.again.is_shared = is_line || self.region.rule == Rule::Registered;
        let Some(number) = self.who.best().cloned() else {
            return;
        };
        if !self.again.is_shared {
            self.again.looking = Some(self.look_up(number));
        }
    }

    fn look_up(&self, number: Number) -> Looking {
        let within = SignedDuration::try_from(self.plan.settings.again.within.get());
        let since = within
            .ok()
            .and_then(|within| self.clock.now().checked_sub(within).ok());
        let since = since.unwrap_or(Timestamp::UNIX_EPOCH);
        let store = Arc::clone(&self.service.store);
        let (tell, answer) = oneshot::channel();
        tokio::spawn(async move {
            let known = match LOOKING.try_acquire() {
                Ok(_place) => store.known(&number, since).await.map_err(|e| e.to_string()),
                Err(_) => Err("too many are being looked up".to_owned()),
            };
            let _ = tell.send(known);
        });
        Looking {
            answer,
            since: Instant::now(),
        }
    }

    /// What a flow has to know of earlier calls before it begins.
    pub(super) fn before(&self) -> Before {
        match self.again.looking {
            Some(_) => Before::Asked,
            None => Before::Nothing,
        }
    }

    /// What has been looked up is known. Gives what the caller is to be told of it.
    pub(super) async fn is_known(&mut self, known: Result<Known, String>) -> Option<Promised> {
        let known = match known {
            Ok(known) => known,
            Err(error) => {
                self.log
                    .happened("again", format!("not looked up: {error}"));
                metrics::counter!("ivr111_callers_not_looked_up_total").increment(1);
                return None;
            }
        };
        self.again.calls = known.calls.saturating_add(1);
        if known.calls > 0 {
            let detail = format!("call {} in {} h", self.again.calls, self.hours());
            self.log.happened("again", detail);
        }
        let Some(open) = known.open else {
            self.again.place = known.kept;
            let place = self.again.place.as_ref()?;
            self.log
                .happened("again", format!("place {} is kept", place.reference));
            return Some(Promised::Place);
        };
        let Callback {
            reference,
            deadline,
            priority,
            ..
        } = open.callback;
        self.log
            .happened("again", format!("callback {reference} is booked"));
        metrics::counter!("ivr111_callers_with_callback_total").increment(1);
        if open.here {
            let on_the_line = OnTheLine::begin(&self.service, reference).await;
            self.again.on_the_line = Some(on_the_line);
        }
        self.again.open = Some(open);
        Some(Promised::Callback { deadline, priority })
    }

    /// Where a caller goes who has called before. Nobody waits for that on their way to 999, or to a line
    /// outside the house; and for a provider who sets a capacity it is no matter.
    pub(super) async fn sent_again(&mut self, destination: Destination) -> Destination {
        use Destination::{Capacity, CrisisLine, Emergency, Kept, Service};
        if matches!(
            destination,
            Emergency | CrisisLine { .. } | Service { .. } | Capacity | Kept
        ) {
            return destination;
        }
        if let Some(looking) = self.again.looking.take() {
            let patience = PATIENCE.saturating_sub(looking.since.elapsed());
            let known = tokio::time::timeout(patience, found(&mut Some(looking))).await;
            let known = known.unwrap_or_else(|_| Err("the store does not answer".to_owned()));
            self.is_known(known).await;
        }
        if !self.calls_often() {
            return destination;
        }
        if matches!(destination, Destination::HandlerQueue { .. }) {
            self.log.happened("again", "a clinician first");
            metrics::counter!("ivr111_callers_to_clinician_again_total").increment(1);
        }
        destination.clinicians_first()
    }

    /// The look-up goes on while the caller goes on.
    pub(super) fn still_looking(&mut self, looking: Option<Looking>) {
        self.again.looking = looking;
    }

    pub(super) fn take_looking(&mut self) -> Option<Looking> {
        self.again.looking.take()
    }

    /// The caller wants to speak to somebody instead of waiting for the callback.
    pub(super) fn speaks_now(&mut self) {
        self.again.speaks_now = true;
        self.chosen = Some("to speak now".to_owned());
        let promised = self.again.open.as_ref().map(|open| &open.callback);
        let promised = promised.map(|callback| (&callback.region, &callback.postcode));
        let kept = self.again.place.as_ref();
        let kept = kept.map(|place| (&place.wanted.region, &place.contact.postcode));
        if let Some((region, postcode)) = promised.or(kept) {
            let (region, postcode) = (region.clone(), postcode.clone());
            self.is_where_they_were(&region, postcode);
        }
    }

    /// It is about the same need as the call before: where nothing tells against it, they are where they were.
    fn is_where_they_were(&mut self, region: &str, postcode: Option<String>) {
        let Some(region) = self.plan.tables.region_again(&self.region, region) else {
            return;
        };
        if region != self.region {
            self.region = region;
            self.record_region(None);
        }
        self.whereabouts.keyed = self.whereabouts.keyed.take().or(postcode);
    }

    fn calls_often(&self) -> bool {
        self.plan.settings.again.is_often(self.again.calls)
    }

    fn hours(&self) -> u64 {
        self.plan
            .settings
            .again
            .within
            .get()
            .as_secs()
            .div_ceil(3_600)
    }

    /// What a display says before all else of somebody who has called before; nothing of others.
    pub(super) fn marks(&self) -> String {
        let mut marks = String::new();
        if self.calls_often() {
            let calls = ordinal(self.again.calls);
            marks = format!("{calls} CALL IN {} H - ", self.hours());
        }
        if self.again.open.is_some() {
            marks.push_str(BOOKED);
        }
        marks
    }

    /// The place that is kept for the caller, for them to have again on the line: with all the time that they
    /// have waited, and the higher priority. Nothing where there is none. It stays kept: whoever hangs up is
    /// called when it is their turn, as before.
    pub(super) fn takes_up_place(&mut self, wanted: Wanted) -> Option<Ticket> {
        let kept = self.again.place.clone();
        let kept = kept.filter(|_| !self.again.place_taken_up)?;
        let priority = wanted.priority.max(kept.wanted.priority);
        let wanted = match self.again.speaks_now && !self.calls_often() {
            true => kept.wanted,
            false => Wanted { priority, ..wanted },
        };
        let caller = Caller {
            reference: self.log.reference(),
            wanted,
            not_before: None,
            kept: false,
            tries: 0,
            contact: self.contact_of(&kept.contact),
            ..kept
        };
        let ticket = self.service.waiting_room.restore(&caller);
        self.log.happened("again", "has the kept place on the line");
        self.again.place_taken_up = true;
        // Only now: somebody has the place at every moment.
        self.gives_up_place();
        Some(ticket)
    }

    /// What was kept for the caller is not needed any more.
    pub(super) fn gives_up_place(&self) {
        if let Some(place) = &self.again.place {
            self.service.kept_places.give_up(place.reference);
        }
    }

    /// How the caller is called back who hangs up with a place that they had kept before.
    pub(super) fn kept_contact(&self) -> Option<Contact> {
        let place = self.again.place.as_ref()?;
        let contact = self.contact_of(&place.contact);
        self.again.place_taken_up.then_some(contact)
    }

    /// The number and all else by which a place is kept, with what is known now of the need.
    fn contact_of(&self, kept: &Contact) -> Contact {
        Contact {
            display: self.display(),
            postcode: self.whereabouts.keyed.clone(),
            ..kept.clone()
        }
    }

    /// What the caller was promised stands as it is.
    pub(super) async fn keep_promise(&mut self) -> Result<&'static str, Gone> {
        self.passage.served();
        if self.again.open.is_none() {
            self.log.happened("again", "the place stays kept");
            self.hears(AGAIN_PLACE_KEPT).await?;
            return Ok("the place stays kept");
        }
        self.log.happened("again", "the callback is kept");
        self.hears(AGAIN_KEPT).await?;
        Ok("the callback stands")
    }

    /// The promise of an earlier call that a new one would be a second of: to this caller, or to that number.
    pub(super) async fn promised_before(&mut self, number: &Number) -> Option<Open> {
        if self.again.open.is_some() || self.again.is_shared || self.display.is_some() {
            return self.again.open.clone();
        }
        let mut looking = Some(self.look_up(number.clone()));
        let known = tokio::time::timeout(PATIENCE, found(&mut looking)).await;
        known.ok()?.ok()?.open
    }

    /// One need has one promise: that of the earlier call holds from now on for what has been confirmed now,
    /// by the earlier of the two deadlines. Gives whether that is on disk.
    pub(super) async fn promise_anew(&mut self, open: Open, confirmed: Callback) -> bool {
        let before = open.callback;
        if !open.here {
            // Another node makes it; it stands as that node has it.
            return before.number == confirmed.number;
        }
        // What they have said anew counts, and what they said before where it agrees with that.
        let (region, postcode) = match self.region.agrees_with(&before.region) {
            true => (before.region, confirmed.postcode.or(before.postcode)),
            false => (confirmed.region, confirmed.postcode),
        };
        let callback = Callback {
            reference: before.reference,
            region,
            postcode,
            ..confirmed
        };
        let book = &self.service.book;
        let written = async {
            book.tell(Event::ConfirmedAgain(callback)).await;
            book.flush().await;
        };
        let written = tokio::time::timeout(WRITING, written).await.is_ok();
        let detail = match written {
            true => "promised before; confirmed anew",
            false => "promised before; not written down in time",
        };
        self.log.happened("callback", detail);
        written
    }

    /// A conversation begins; gives by what it may close the callback.
    pub(super) fn begins_to_talk(&self, taken: &Taken) -> Option<Talk> {
        let open = self.again.open.as_ref()?;
        if !open.here || !self.again.speaks_now {
            return None;
        }
        let account = taken.handler().to_string();
        let mut accounts = self.plan.settings.account.iter();
        let profile = accounts.find(|a| *a.user.get_ref() == account)?.profile();
        profile.skills.contains_key(CLINICIAN).then(|| Talk {
            reference: open.callback.reference,
            account,
            since: self.clock.now(),
        })
    }

    /// It is over. Who has talked with a clinician is not called back for the same; who was lost, or gone in a
    /// moment, is.
    pub(super) async fn has_talked(&mut self, talk: Option<Talk>, cause: &Cause) {
        let Some(talk) = talk.filter(|_| cause.by != Side::Network) else {
            return;
        };
        let by = By::Clinician(talk.account);
        let spoken_to = Event::SpokenTo(talk.reference, by, talk.since);
        self.service.book.tell(spoken_to).await;
        self.log.happened("again", "spoken to");
    }
}

/// `1ST`, `2ND`, `3RD`, `4TH`.
fn ordinal(number: u32) -> String {
    let ending = match (number % 100, number % 10) {
        (11..=13, _) => "TH",
        (_, 1) => "ST",
        (_, 2) => "ND",
        (_, 3) => "RD",
        _ => "TH",
    };
    format!("{number}{ending}")
}

#[cfg(test)]
mod tests {
    use super::ordinal;

    #[test]
    fn calls_are_counted_as_one_says_it() {
        let said = [1, 2, 3, 4, 11, 12, 13, 21, 100].map(ordinal);
        let wanted = [
            "1ST", "2ND", "3RD", "4TH", "11TH", "12TH", "13TH", "21ST", "100TH",
        ];
        assert_eq!(said, wanted);
    }
}
