//! Who is signed in: the registrar's latest state, carried into the queue and into the store.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::mpsc;

use crate::queue::shared::{Desk, Phone};
use crate::queue::{Codes, Event, HandlerId};
use crate::sip::Registered;
use crate::sip::registrar::Binding;
use crate::steady;
use crate::store::{StoreError, StoredBinding};

use super::phones;
use super::service::Service;

/// Before a registration that could not be stored is stored again.
const AGAIN: Duration = Duration::from_secs(5);
/// By so much longer a phone is registered before other nodes are told.
const LONGER: SignedDuration = SignedDuration::from_secs(30);
/// What runs out within this time is told anew in any case.
const SOON: SignedDuration = SignedDuration::from_secs(60);

/// Puts back the phones that were registered before a restart.
pub(super) async fn restore(service: &Service) -> Result<(), StoreError> {
    let now = steady::now();
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
    let mut told: HashMap<String, Vec<Phone>> = HashMap::new();
    loop {
        let latest = Arc::clone(&changes.borrow_and_update());
        for account in known.keys().filter(|a| !latest.contains_key(*a)) {
            let handler = HandlerId::new(account.as_str());
            service.waiting_room.tell(Event::SignedOut { handler });
        }
        let now = steady::now();
        told.retain(|account, _| latest.contains_key(account));
        for (account, bindings) in latest.iter() {
            let phones: Vec<Phone> = bindings.iter().map(phones::told).collect();
            let before = told.get(account);
            if before.is_none_or(|before| are_news(before, &phones, now)) {
                sign_in(&service, account, phones.clone());
                told.insert(account.clone(), phones);
            }
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
        for phone in phones::phones(&service, &handler) {
            let from = format!("<sip:111@{}>", service.ours(&phone.hop));
            service.wire().message(phone.hop, &phone.uri, &from, &text);
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
    for (account, bindings) in latest.iter() {
        sign_in(
            service,
            account,
            bindings.iter().map(phones::told).collect(),
        );
    }
}

/// Whoever answers callers is in the queue while their phone is there; a supervisor is not.
fn sign_in(service: &Service, account: &str, phones: Vec<Phone>) {
    let plan = service.plan.load();
    let accounts = &plan.settings.account;
    let found = accounts.iter().find(|a| a.user.get_ref() == account);
    let handler = HandlerId::new(account);
    match found.filter(|a| a.role.answers_callers()) {
        Some(account) => {
            let profile = account.profile();
            let desk = Desk { profile, phones };
            service.waiting_room.signed_in(handler, desk);
        }
        None => service.waiting_room.tell(Event::SignedOut { handler }),
    }
}

/// Whether it is worth telling others of somebody's phones again. A phone that is still the same is, once
/// its registration lasts noticeably longer, or where what they know of it runs out soon.
fn are_news(told: &[Phone], phones: &[Phone], now: Timestamp) -> bool {
    let same = |(told, phone): (&Phone, &Phone)| {
        let longer = phone.expires.duration_since(told.expires).abs();
        let is_soon_over = told.expires.duration_since(now) < SOON && !longer.is_zero();
        told.uri == phone.uri && told.via == phone.via && longer <= LONGER && !is_soon_over
    };
    told.len() != phones.len() || !told.iter().zip(phones).all(same)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mere_refresh_is_told_now_and_then() {
        let at = |second: i64| Timestamp::from_second(1_800_000_000 + second).unwrap();
        let phone = |uri: &str, expires: i64| Phone {
            uri: uri.into(),
            via: "udp:192.0.2.1:5070".into(),
            expires: at(expires),
        };
        let told = [phone("sip:a@192.0.2.1", 3_600)];
        let news = |phones: &[Phone], now| are_news(&told, phones, at(now));
        assert!(!news(&told, 3_599));
        assert!(!news(&[phone("sip:a@192.0.2.1", 3_630)], 30));
        assert!(news(&[phone("sip:a@192.0.2.1", 3_631)], 31));
        assert!(news(&[phone("sip:a@192.0.2.1", 3_601)], 3_550));
        assert!(news(&[phone("sip:a@192.0.2.1", 60)], 10));
        assert!(news(&[phone("sip:b@192.0.2.1", 3_600)], 0));
        assert!(news(&[], 0));
    }
}
