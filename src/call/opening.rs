//! Opening the service, and giving it a new plan.

use std::sync::Arc;

use tokio::sync::mpsc;

use crate::callback;
use crate::queue;
use crate::settings::{Passwords, Settings};
use crate::sip::Incoming;
use crate::store::StoreError;

use super::offers::Offers;
use super::plan::Plan;
use super::service::{Service, ServiceParts};
use super::waiting_room::WaitingRoom;
use super::{book_keeper, handlers, kept_place, providers, reception};

impl Service {
    /// Puts back what the store holds — who was signed in, which callbacks have been promised, who keeps a place — and
    /// takes calls from then on.
    pub async fn start(
        parts: ServiceParts,
        incoming: mpsc::Receiver<Incoming>,
    ) -> Result<Arc<Self>, StoreError> {
        let settings = &parts.plan.settings;
        let tables = &parts.plan.tables;
        let (room, made_not_ready) = WaitingRoom::new(tables.queue_settings(&settings.queue));
        room.set_failed(&tables.failed_providers());
        let book = callback::Book::new(book_settings(settings));
        let promised = parts.store.promises().await?;
        let kept = parts.store.kept_places().await?;
        let interrupted = parts.store.end_interrupted_calls().await?;
        if interrupted > 0 {
            tracing::warn!(interrupted, "calls were cut off when the server ended");
        }
        let (desk, messages) = book_keeper::desk();
        let service = Arc::new(Service::new(parts, room.clone(), desk));
        // Before anybody else can wait or answer.
        for place in kept {
            // One need has one promise: it was being made when the server ended.
            if promised.iter().any(|p| p.reference == place.reference) {
                drop(service.places.forget(place.reference));
                continue;
            }
            let offers = Offers::new(room.restore(&place));
            tokio::spawn(kept_place::hold(Arc::clone(&service), place, offers));
        }
        handlers::restore(&service).await?;
        tokio::spawn(room.keep_time());
        tokio::spawn(handlers::follow(Arc::clone(&service)));
        tokio::spawn(handlers::remember(Arc::clone(&service)));
        tokio::spawn(handlers::tell(Arc::clone(&service), made_not_ready));
        tokio::spawn(providers::watch(Arc::clone(&service)));
        let keeper = book_keeper::keep(Arc::clone(&service), messages, book, promised);
        tokio::spawn(keeper);
        tokio::spawn(reception::receive(Arc::clone(&service), incoming));
        Ok(service)
    }

    /// Takes a new plan: calls that begin from now on follow it, those that run keep theirs. Trunks,
    /// accounts, the queue and the book of callbacks change at once.
    pub async fn publish(&self, plan: Plan, passwords: Passwords) {
        let passwords = Arc::new(passwords);
        let settings = &plan.settings;
        self.lines.reload(
            settings.trunk.clone(),
            settings.service.numbers.get_ref().clone(),
            Arc::clone(&passwords),
        );
        self.registrations.reload(&settings.account, passwords);
        self.waiting_room.tell(queue::Event::Changed(
            plan.tables.queue_settings(&settings.queue),
        ));
        self.waiting_room
            .set_failed(&plan.tables.failed_providers());
        let book = callback::Event::Changed(book_settings(settings));
        self.book.tell(book).await;
        self.plan.store(Arc::new(plan));
        handlers::refresh(self);
    }
}

fn book_settings(settings: &Settings) -> callback::Settings {
    callback::Settings {
        attempts: settings.callback.attempts,
        retry: settings.callback.retry.get(),
        ..callback::Settings::default()
    }
}
