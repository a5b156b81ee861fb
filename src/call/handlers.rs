//! Who is signed in: the registrar's latest state, carried into the queue and into the store.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::mpsc;

use crate::queue::{Codes, Event, HandlerId};
use crate::sip::registrar::Binding;
use crate::sip::{Hop, Registered};
use crate::store::{StoreError, StoredBinding};

use super::service::Service;

/// Before a registration that could not be stored is stored again.
const AGAIN: Duration = Duration::from_secs(5);

/// Puts back the phones that were registered before a restart.
pub(super) async fn restore(service: &Service) -> Result<(), StoreError> {
    let now = Timestamp::now();
    let stored = service.store.bindings(now).await?;
    let bindings = stored.into_iter().filter_map(|row| {
        let received = row.source.parse().ok()?;
        let binding = Binding {
            uri: row.contact,
            received,
            q: 1_000,
            expires: row.expires_at,
            refreshed: now,
            instance: None,
            call_id: String::new(),
            cseq: 0,
        };
        Some((row.account, binding))
    });
    service.registrations.restore(bindings.collect());
    Ok(())
}

/// Follows the registrar for as long as the server runs.
pub(super) async fn follow(service: Arc<Service>) {
    let mut changes = service.registrations.watch();
    let mut known = Arc::new(Registered::new());
    loop {
        let latest = Arc::clone(&changes.borrow_and_update());
        for account in known.keys().filter(|a| !latest.contains_key(*a)) {
            let handler = HandlerId::new(account.as_str());
            service.waiting_room.tell(Event::SignedOut { handler });
        }
        let news = latest
            .iter()
            .filter(|(a, phones)| known.get(*a) != Some(*phones));
        for (account, _) in news {
            sign_in(&service, account);
        }
        known = latest;
        if changes.changed().await.is_err() {
            return;
        }
    }
}

/// Writes down who is signed in, for as long as the server runs. A store that stalls holds up nobody who
/// signs in: the latest state is written when it is back.
pub(super) async fn remember(service: Arc<Service>) {
    let mut changes = service.registrations.watch();
    let mut known = Registered::new();
    loop {
        let latest = Arc::clone(&changes.borrow_and_update());
        let mut stored = Registered::clone(&latest);
        let mut failed = false;
        for (account, bindings) in changed(&known, &latest) {
            if let Err(error) = service.store.save_bindings(account, &bindings).await {
                tracing::error!(%error, account, "a registration is not stored");
                failed = true;
                // As the store has it, so that it is written when the store is back.
                match known.get(account) {
                    Some(before) => stored.insert(account.to_owned(), before.clone()),
                    None => stored.remove(account),
                };
            }
        }
        known = stored;
        tokio::select! {
            changed = changes.changed() => if changed.is_err() { return },
            () = tokio::time::sleep(AGAIN), if failed => {}
        }
    }
}

/// Tells handlers who have been made not ready that they are, on the displays of their phones, for as long
/// as the server runs.
pub(super) async fn tell(service: Arc<Service>, mut made_not_ready: mpsc::Receiver<HandlerId>) {
    while let Some(handler) = made_not_ready.recv().await {
        let text = not_ready(&service.plan.load().settings.codes.codes());
        for phone in service.registrations.phones(handler.as_str()) {
            let hop = Hop::to(phone.hop());
            let from = format!("<sip:111@{}>", service.ours(&hop));
            service.wire().message(hop, &phone.uri, &from, &text);
        }
    }
}

fn not_ready(codes: &Codes) -> String {
    format!(
        "You have missed too many calls in a row and are not ready. Dial {} when you are back.",
        codes.ready
    )
}

/// Signs everybody in with the skills of the plan that holds now.
pub(super) fn refresh(service: &Service) {
    let watch = service.registrations.watch();
    let latest = Arc::clone(&watch.borrow());
    for account in latest.keys() {
        sign_in(service, account);
    }
}

/// Whoever answers callers is in the queue while their phone is there; a supervisor is not.
fn sign_in(service: &Service, account: &str) {
    let plan = service.plan.load();
    let accounts = &plan.settings.account;
    let found = accounts.iter().find(|a| a.user.get_ref() == account);
    let handler = HandlerId::new(account);
    service
        .waiting_room
        .tell(match found.filter(|a| a.role.answers_callers()) {
            Some(account) => Event::SignedIn {
                handler,
                profile: account.profile(),
            },
            None => Event::SignedOut { handler },
        });
}

/// Accounts whose phones are other than they were, as the store wants them.
fn changed<'a>(
    known: &'a Registered,
    latest: &'a Registered,
) -> BTreeMap<&'a str, Vec<StoredBinding>> {
    let accounts = known.keys().chain(latest.keys());
    accounts
        .filter(|account| known.get(*account) != latest.get(*account))
        .map(|account| {
            let bindings = latest.get(account).into_iter().flatten();
            let stored = bindings.map(|binding| StoredBinding {
                account: account.clone(),
                contact: binding.uri.clone(),
                source: binding.received.to_string(),
                expires_at: binding.expires,
            });
            (account.as_str(), stored.collect())
        })
        .collect()
}
