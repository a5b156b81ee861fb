use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwap;
use tokio::sync::{mpsc, watch};

use crate::callback;
use crate::desk::Readiness;
use crate::media::Engine;
use crate::queue;
use crate::routing::RegionId;
use crate::settings::Settings;
use crate::sip::{Endpoint, Hop, Incoming, Registrations, TrunkLines, Wire};
use crate::store::{Store, StoreError, Timeline};

use super::plan::Plan;
use super::waiting_room::WaitingRoom;
use super::{book_keeper, handlers, reception};

/// Events that the book of callbacks has not looked at yet.
const BOOK_EVENTS: usize = 1_024;

/// What a service is made of.
pub struct ServiceParts {
    /// Signalling.
    pub endpoint: Endpoint,
    /// Sound.
    pub engine: Engine,
    /// The trunks.
    pub lines: Arc<TrunkLines>,
    /// The phones of handlers and clinicians.
    pub registrations: Arc<Registrations>,
    /// What must survive.
    pub store: Store,
    /// What was written down beforehand.
    pub plan: Plan,
    /// Whether new calls are taken.
    pub readiness: Readiness,
}

/// How the server stands towards its calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stage {
    Serving,
    /// No new calls; running ones go on.
    Draining,
    /// Running calls end.
    Stopping,
}

/// Everything that calls share.
pub struct Service {
    endpoint: Endpoint,
    pub(super) engine: Engine,
    pub(super) lines: Arc<TrunkLines>,
    pub(super) registrations: Arc<Registrations>,
    pub(super) store: Store,
    pub(super) timeline: Timeline,
    pub(super) plan: ArcSwap<Plan>,
    pub(super) waiting_room: WaitingRoom,
    pub(super) book: mpsc::Sender<callback::Event>,
    readiness: Readiness,
    turns: Mutex<HashMap<RegionId, u64>>,
    calls: watch::Sender<u32>,
    stage: watch::Sender<Stage>,
}

impl Service {
    /// Puts back what the store holds — who was signed in, which callbacks have been promised — and
    /// takes calls from then on.
    pub async fn start(
        parts: ServiceParts,
        incoming: mpsc::Receiver<Incoming>,
    ) -> Result<Arc<Self>, StoreError> {
        let settings = &parts.plan.settings;
        let room = WaitingRoom::new(queue_settings(settings));
        let book = callback::Book::new(book_settings(settings));
        let promised = parts.store.callbacks(false).await?;
        let (events, receiver) = mpsc::channel(BOOK_EVENTS);
        let service = Arc::new(Service {
            endpoint: parts.endpoint,
            engine: parts.engine,
            lines: parts.lines,
            registrations: parts.registrations,
            timeline: Timeline::start(parts.store.clone()),
            store: parts.store,
            plan: ArcSwap::from_pointee(parts.plan),
            waiting_room: room.clone(),
            book: events,
            readiness: parts.readiness,
            turns: Mutex::default(),
            calls: watch::Sender::new(0),
            stage: watch::Sender::new(Stage::Serving),
        });
        handlers::restore(&service).await?;
        tokio::spawn(room.keep_time());
        tokio::spawn(handlers::follow(Arc::clone(&service)));
        let keeper = book_keeper::keep(Arc::clone(&service), receiver, book, promised);
        tokio::spawn(keeper);
        tokio::spawn(reception::receive(Arc::clone(&service), incoming));
        Ok(service)
    }

    /// Takes a new plan: calls that begin from now on follow it, those that run keep theirs. Trunks
    /// and accounts change at once.
    pub fn publish(&self, plan: Plan, passwords: crate::settings::Passwords) {
        let passwords = Arc::new(passwords);
        let settings = &plan.settings;
        self.lines
            .reload(settings.trunk.clone(), Arc::clone(&passwords));
        self.registrations.reload(&settings.account, passwords);
        self.plan.store(Arc::new(plan));
        handlers::refresh(self);
    }

    /// Takes no new calls, and waits for the running ones, but no longer than `limit`; then ends them.
    /// What they have written down is on disk when this returns.
    pub async fn drain(&self, limit: Duration) {
        self.readiness.drain();
        self.stage.send_replace(Stage::Draining);
        let mut calls = self.calls.subscribe();
        let all_over = calls.wait_for(|calls| *calls == 0);
        if tokio::time::timeout(limit, all_over).await.is_err() {
            let left = *self.calls.borrow();
            tracing::warn!(left, "calls are still running and are ended now");
            self.stage.send_replace(Stage::Stopping);
            let mut calls = self.calls.subscribe();
            let all_over = calls.wait_for(|calls| *calls == 0);
            let _ = tokio::time::timeout(Duration::from_secs(5), all_over).await;
        }
        self.timeline.flush().await;
        self.store.close().await;
    }

    /// Measures what is open now: calls, legs, ports, dialogs, tasks.
    pub fn measure(&self) {
        let sound = self.engine.stats();
        let (running, finished) = self.wire().transactions();
        let tasks = tokio::runtime::Handle::current()
            .metrics()
            .num_alive_tasks();
        let gauges = [
            ("ivr111_calls", f64::from(*self.calls.borrow())),
            ("ivr111_media_legs", sound.legs as f64),
            ("ivr111_media_ports", sound.ports as f64),
            ("ivr111_media_running", f64::from(u8::from(sound.running))),
            ("ivr111_sip_dialogs", self.wire().open_dialogs() as f64),
            ("ivr111_sip_transactions", running as f64),
            ("ivr111_sip_transactions_kept", finished as f64),
            ("ivr111_tasks", tasks as f64),
        ];
        for (name, value) in gauges {
            metrics::gauge!(name).set(value);
        }
        let counters = [
            ("ivr111_rtp_packets_in_total", sound.packets_in),
            ("ivr111_rtp_packets_out_total", sound.packets_out),
            ("ivr111_rtp_packets_relayed_total", sound.relayed),
            ("ivr111_rtp_send_errors_total", sound.send_errors),
            ("ivr111_media_events_lost_total", sound.events_lost),
            ("ivr111_media_late_ticks_total", sound.late_ticks),
            ("ivr111_media_skipped_ticks_total", sound.skipped_ticks),
        ];
        for (name, value) in counters {
            metrics::counter!(name).absolute(value);
        }
    }

    pub(super) fn wire(&self) -> &Wire {
        self.endpoint.wire()
    }

    /// Our address as the peer behind a hop sees it.
    pub(super) fn ours(&self, hop: &Hop) -> SocketAddr {
        let ours = self.wire().local_address(hop.transport, hop.address);
        ours.unwrap_or((Ipv4Addr::LOCALHOST, 5060).into())
    }

    /// A place for one more call; none while draining, or with as many calls as there may be.
    pub(super) fn admit(&self, most: u32) -> Option<Running<'_>> {
        if *self.stage.borrow() != Stage::Serving {
            return None;
        }
        let within = |calls: &mut u32| {
            let room = *calls < most;
            *calls += u32::from(room);
            room
        };
        self.calls
            .send_if_modified(within)
            .then_some(Running(&self.calls))
    }

    /// A call that counts, however many there are: one of ours that goes out.
    pub(super) fn count(&self) -> Running<'_> {
        self.calls.send_modify(|calls| *calls += 1);
        Running(&self.calls)
    }

    /// Waits until the server has got so far in its end.
    pub(super) async fn reaches(&self, stage: Stage) {
        let mut watch = self.stage.subscribe();
        let reached = watch.wait_for(|now| *now >= stage).await.is_ok();
        if !reached {
            std::future::pending::<()>().await;
        }
    }

    /// The number of the next call in a region, by which its provider is decided.
    pub(super) fn turn(&self, region: &RegionId) -> u64 {
        let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
        let turn = turns.entry(region.clone()).or_default();
        *turn = turn.wrapping_add(1);
        *turn
    }
}

/// Counts a call until it is dropped.
pub(super) struct Running<'a>(&'a watch::Sender<u32>);

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.send_modify(|calls| *calls = calls.saturating_sub(1));
    }
}

fn queue_settings(settings: &Settings) -> queue::Settings {
    queue::Settings {
        ring: settings.queue.ring.get(),
        wrap_up: settings.queue.wrap_up.get(),
        missed: settings.queue.missed,
        ..queue::Settings::default()
    }
}

fn book_settings(settings: &Settings) -> callback::Settings {
    callback::Settings {
        attempts: settings.callback.attempts,
        retry: settings.callback.retry.get(),
        ..callback::Settings::default()
    }
}
