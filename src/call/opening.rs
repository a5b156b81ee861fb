//! Opening the service, and giving it a new plan.

use std::sync::Arc;

use tokio::sync::mpsc;

use crate::callback;
use crate::queue;
use crate::settings::Passwords;
use crate::sip::Incoming;

use super::keeper::Keeper;
use super::plan::Plan;
use super::putting_back::{Left, not_read};
use super::service::{Service, ServiceParts};
use super::waiting_room::WaitingRoom;
use super::{
    book_keeper, capacities, chain_head, handlers, health, inheritance, keeper, orders, outliving,
    providers, reception,
};

impl Service {
    /// Puts back what the store holds — who was signed in, which callbacks have been promised, who keeps a place — and
    /// takes calls from then on. A store that is away or damaged keeps nobody from being answered: what it holds
    /// is put back once it can be read.
    pub async fn start(mut parts: ServiceParts, incoming: mpsc::Receiver<Incoming>) -> Arc<Self> {
        let live = parts.live.take();
        let settings = &parts.plan.settings;
        let tables = &parts.plan.tables;
        let rules = tables.queue_settings(&settings.queue);
        let (room, made_not_ready) = WaitingRoom::new(parts.store.node(), rules);
        room.set_failed(&tables.failed_providers());
        let book = callback::Book::new(settings.callback.book());
        let lease = settings.queue.lease.get_ref().get();
        let (mut keeper, keeper_desk, found) =
            Keeper::new(parts.store.clone(), room.clone(), lease);
        let (desk, messages) = book_keeper::desk();
        let (live, left) = live.unzip();
        let fallback = parts.plan.flow.fallback_skill();
        let taken_up = outliving::take_up(&left.unwrap_or_default(), &room, fallback);
        let go_on = taken_up.references();
        let service = Arc::new(Service::new(parts, live, room.clone(), desk, keeper_desk));
        // First of all: every moment is one in which callers hear nothing.
        let talks = taken_up.go_on(&service);
        service.endpoint().open();
        // Before anybody else can wait or answer. Where the store is away, nobody waits for it: the keeper
        // takes up what is in it once it is there.
        let is_there = keeper.begin().await;
        let promised = match is_there {
            true => service.store.promises().await.map_err(not_read).ok(),
            false => None,
        };
        let mut left = Left::all(go_on);
        if is_there {
            left.handlers(&service).await;
        }
        left.book = promised.is_none();
        tokio::spawn(left.put_back(Arc::clone(&service)));
        tokio::spawn(inheritance::see_to(Arc::clone(&service), found));
        tokio::spawn(keeper::watch(keeper, room.clone()));
        tokio::spawn(keeper::tidy(service.store.clone()));
        tokio::spawn(room.keep_time());
        tokio::spawn(handlers::follow(Arc::clone(&service)));
        tokio::spawn(handlers::remember(Arc::clone(&service)));
        tokio::spawn(handlers::tell(Arc::clone(&service), made_not_ready));
        tokio::spawn(providers::watch(Arc::clone(&service)));
        tokio::spawn(health::look(Arc::clone(&service)));
        tokio::spawn(capacities::follow(Arc::clone(&service)));
        let book = book_keeper::keep(
            Arc::clone(&service),
            messages,
            book,
            talks,
            promised.unwrap_or_default(),
        );
        tokio::spawn(book);
        tokio::spawn(orders::look_for(Arc::clone(&service)));
        tokio::spawn(chain_head::keep_telling(service.store.clone()));
        tokio::spawn(reception::receive(Arc::clone(&service), incoming));
        service
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
        let book = callback::Event::Changed(settings.callback.book());
        self.book.tell(book).await;
        self.plan.store(Arc::new(plan));
        handlers::refresh(self);
    }
}
