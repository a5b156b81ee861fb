use std::collections::{BTreeSet, HashMap};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwap;
use tokio::sync::watch;

use crate::alert::Alerts;
use crate::desk::Readiness;
use crate::directory::Capacities;
use crate::identity::Reference;
use crate::live::{Found, Journal, Key};
use crate::media::{Engine, LATENESS_US, Recorder, RecordingStats, Stats};
use crate::routing::RegionId;
use crate::sip::{Endpoint, Hop, Registrations, TrunkLines, Wire};
use crate::store::{SharedStore, Timeline};

use super::book_keeper::BookDesk;
use super::chain_head;
use super::descriptors::Descriptors;
use super::desks::Desks;
use super::keeper::KeeperDesk;
use super::kept_places::KeptPlaces;
use super::outliving::Kept;
use super::plan::Plan;
use super::ring_backs::RingBacks;
use super::waiting_room::WaitingRoom;

/// How long the store may take for the last things to be written down.
const LAST_WRITES: Duration = Duration::from_secs(10);

/// At most so many calls at once by which somebody steers: few seconds each, and half of the pairs of ports
/// that callers leave over.
const CODES: u32 = 50;

/// What a service is made of.
pub struct ServiceParts {
    /// Signalling.
    pub endpoint: Endpoint,
    /// Sound.
    pub engine: Engine,
    /// Where calls are recorded, if they are.
    pub recorder: Option<Recorder>,
    /// The trunks.
    pub lines: Arc<TrunkLines>,
    /// The phones of handlers and clinicians.
    pub registrations: Arc<Registrations>,
    /// What must survive.
    pub store: SharedStore,
    /// What was written down beforehand.
    pub plan: Plan,
    /// Whether new calls are taken.
    pub readiness: Readiness,
    /// Where alerts are raised.
    pub alerts: Alerts,
    /// Where calls are kept for another process, and what the one before has left; none where they are not.
    pub live: Option<(Journal, Found)>,
}

/// How the server stands towards its calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stage {
    Serving,
    /// No new calls; running ones go on.
    Draining,
    /// Running calls end, but for those to 999.
    Stopping,
    /// All calls end.
    Ending,
}

/// Everything that calls share.
pub struct Service {
    endpoint: Endpoint,
    pub(super) engine: Engine,
    pub(super) recorder: Option<Recorder>,
    pub(super) lines: Arc<TrunkLines>,
    pub(super) registrations: Arc<Registrations>,
    pub(super) store: SharedStore,
    pub(super) timeline: Timeline,
    pub(super) plan: ArcSwap<Plan>,
    pub(super) waiting_room: WaitingRoom,
    pub(super) desks: Desks,
    pub(super) capacities: ArcSwap<Capacities>,
    pub(super) ring_backs: RingBacks,
    pub(super) book: BookDesk,
    pub(super) kept_places: KeptPlaces,
    pub(super) keeper: KeeperDesk,
    pub(super) alerts: Alerts,
    live: Option<Journal>,
    readiness: Readiness,
    turns: Mutex<HashMap<RegionId, u64>>,
    /// Calls of the process before that are gone on with.
    going_on: Mutex<BTreeSet<Reference>>,
    calls: watch::Sender<u32>,
    /// Those among them that are put through to 999.
    emergencies: watch::Sender<u32>,
    codes: AtomicU32,
    stage: watch::Sender<Stage>,
}

impl Service {
    pub(super) fn new(
        parts: ServiceParts,
        live: Option<Journal>,
        waiting_room: WaitingRoom,
        book: BookDesk,
        keeper: KeeperDesk,
    ) -> Self {
        Service {
            endpoint: parts.endpoint,
            engine: parts.engine,
            recorder: parts.recorder,
            lines: parts.lines,
            registrations: parts.registrations,
            timeline: Timeline::start(Arc::clone(&parts.store)),
            store: parts.store,
            plan: ArcSwap::from_pointee(parts.plan),
            waiting_room,
            desks: Desks::default(),
            capacities: ArcSwap::default(),
            ring_backs: RingBacks::default(),
            book,
            kept_places: KeptPlaces::default(),
            keeper,
            alerts: parts.alerts,
            live,
            readiness: parts.readiness,
            turns: Mutex::default(),
            going_on: Mutex::default(),
            calls: watch::Sender::new(0),
            emergencies: watch::Sender::new(0),
            codes: AtomicU32::new(0),
            stage: watch::Sender::new(Stage::Serving),
        }
    }

    /// Takes no new calls, and waits for the running ones, but no longer than the limits say; then ends
    /// them: first those that are not put through to 999, and those last. Whoever is hung up on by that is called back, by another node or after a restart. What is to be
    /// written down is on disk when this returns.
    pub async fn drain(&self, limits: DrainLimits) {
        self.readiness.drain();
        self.stage.send_replace(Stage::Draining);
        let mut calls = self.calls.subscribe();
        let all_over = calls.wait_for(|calls| *calls == 0);
        if tokio::time::timeout(limits.calls, all_over).await.is_err() {
            let left = *self.calls.borrow();
            tracing::warn!(left, "calls are still running and are ended now");
            self.waiting_room.leave_behind();
            self.stage.send_replace(Stage::Stopping);
            let mut emergencies = self.emergencies.subscribe();
            let none_left = emergencies.wait_for(|calls| *calls == 0);
            if tokio::time::timeout(limits.emergencies, none_left)
                .await
                .is_err()
            {
                let left = *self.emergencies.borrow();
                tracing::error!(left, "calls to 999 are still running and are ended now");
            }
            self.stage.send_replace(Stage::Ending);
            let mut calls = self.calls.subscribe();
            let all_over = calls.wait_for(|calls| *calls == 0);
            let _ = tokio::time::timeout(Duration::from_secs(5), all_over).await;
        }
        let written = async {
            self.book.flush().await;
            self.keeper.end().await;
            self.timeline.flush().await;
            chain_head::tell(&self.store).await;
            self.store.close().await;
        };
        if tokio::time::timeout(LAST_WRITES, written).await.is_err() {
            tracing::error!("the store does not take what was still to be written down");
        }
    }

    /// Measures what is open now: calls, legs, ports, dialogs, tasks.
    pub fn measure(&self) {
        let sound = self.engine.stats();
        let (running, finished) = self.wire().transactions();
        let tasks = tokio::runtime::Handle::current()
            .metrics()
            .num_alive_tasks();
        let is_failing = self.journal().is_none_or(|journal| journal.is_failing());
        let gauges = [
            ("ivr111_calls", f64::from(*self.calls.borrow())),
            ("ivr111_live_failing", f64::from(u8::from(is_failing))),
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
            ("ivr111_media_faults_total", sound.faults),
            ("ivr111_media_unopened_total", sound.unopened),
            ("ivr111_media_commands_waited_total", sound.commands_waited),
        ];
        for (name, value) in counters {
            metrics::counter!(name).absolute(value);
        }
        if let Some(recorder) = &self.recorder {
            recordings(&recorder.stats());
        }
        self.waiting_room.measure();
        let busy = "ivr111_media_busy_microseconds_total";
        metrics::counter!(busy).absolute(sound.busy_us);
        lateness(&sound);
    }

    /// Where alerts are raised.
    pub fn alerts(&self) -> &Alerts {
        &self.alerts
    }

    /// How many calls are under way.
    pub(super) fn calls(&self) -> u32 {
        *self.calls.borrow()
    }

    /// How many of them are put through to 999.
    pub(super) fn emergencies(&self) -> u32 {
        *self.emergencies.borrow()
    }

    pub(super) fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    pub(super) fn journal(&self) -> Option<&Journal> {
        self.live.as_ref()
    }

    /// A call of the process before is gone on with, until that is told to be over.
    pub(super) fn goes_on(&self, reference: Reference, goes_on: bool) {
        let mut going_on = self.going_on.lock().unwrap_or_else(PoisonError::into_inner);
        match goes_on {
            true => going_on.insert(reference),
            false => going_on.remove(&reference),
        };
    }

    /// Whether such a call is.
    pub(super) fn is_going_on(&self, reference: Reference) -> bool {
        let going_on = self.going_on.lock().unwrap_or_else(PoisonError::into_inner);
        going_on.contains(&reference)
    }

    /// A call's place in the journal; none where there is no journal.
    pub(super) fn kept(&self, reference: Reference) -> Option<Kept> {
        let journal = self.live.clone()?;
        Some(Kept::new(journal, reference))
    }

    /// The same of a call that we make.
    pub(super) fn kept_ours(&self) -> Option<Kept> {
        self.live.clone().map(Kept::of_ours)
    }

    /// The same of a call that is in the journal already.
    pub(super) fn kept_as(&self, key: Key) -> Option<Kept> {
        let journal = self.live.clone()?;
        Some(Kept::taken_up(journal, key))
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
        if Descriptors::of_this_process().are_scarce() {
            tracing::error!("too few descriptors are left for another call");
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

    /// A place for a call by which somebody steers, which counts as a call too; none where there are as
    /// many of those as there may be. They are taken while draining: whoever is at work may go off it.
    pub(super) fn admit_code(&self) -> Option<Steering<'_>> {
        let within = |codes: u32| (codes < CODES).then_some(codes + 1);
        let order = Ordering::Relaxed;
        self.codes.fetch_update(order, order, within).ok()?;
        Some(Steering {
            codes: &self.codes,
            _running: self.count(),
        })
    }

    /// Waits until the server has got so far in its end.
    pub(super) async fn reaches(&self, stage: Stage) {
        let mut watch = self.stage.subscribe();
        let reached = watch.wait_for(|now| *now >= stage).await.is_ok();
        if !reached {
            std::future::pending::<()>().await;
        }
    }

    /// Waits until a call has to end. One that is put through to 999 outlasts all others.
    pub(super) async fn ends(&self, urgent: &AtomicBool) {
        self.reaches(Stage::Stopping).await;
        if urgent.load(Ordering::Acquire) {
            self.reaches(Stage::Ending).await;
        }
    }

    /// Counts a call as one that is put through to 999, until what comes back is dropped.
    pub(super) fn urgent(&self, urgent: &Arc<AtomicBool>) -> Urgent {
        urgent.store(true, Ordering::Release);
        self.emergencies.send_modify(|calls| *calls += 1);
        Urgent(self.emergencies.clone(), Arc::clone(urgent))
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

/// How long the server may take to end.
#[derive(Clone, Copy, Debug)]
pub struct DrainLimits {
    /// For calls to end by themselves.
    pub calls: Duration,
    /// For those that are put through to 999, after that.
    pub emergencies: Duration,
}

/// Counts a call to 999 until it is dropped.
pub(super) struct Urgent(watch::Sender<u32>, Arc<AtomicBool>);

impl Drop for Urgent {
    fn drop(&mut self) {
        self.1.store(false, Ordering::Release);
        self.0.send_modify(|calls| *calls = calls.saturating_sub(1));
    }
}

/// A call by which somebody steers, counted until it is dropped.
pub(super) struct Steering<'a> {
    codes: &'a AtomicU32,
    _running: Running<'a>,
}

impl Drop for Steering<'_> {
    fn drop(&mut self) {
        self.codes.fetch_sub(1, Ordering::Relaxed);
    }
}

/// How late frames left, as the series that a Prometheus histogram is made of.
fn lateness(sound: &Stats) {
    const NAME: &str = "ivr111_media_lateness_microseconds";
    let limits = LATENESS_US.iter().map(u64::to_string);
    let mut so_far = 0;
    for (limit, count) in limits.chain(["+Inf".into()]).zip(sound.lateness) {
        so_far += count;
        metrics::counter!(format!("{NAME}_bucket"), "le" => limit).absolute(so_far);
    }
    metrics::counter!(format!("{NAME}_sum")).absolute(sound.lateness_us);
    metrics::counter!(format!("{NAME}_count")).absolute(so_far);
}

fn recordings(stats: &RecordingStats) {
    metrics::gauge!("ivr111_recordings").set(stats.open as f64);
    let counters = [
        ("ivr111_recordings_bytes_total", stats.written),
        ("ivr111_recordings_packets_lost_total", stats.lost),
        ("ivr111_recordings_failed_total", stats.failed),
        ("ivr111_recordings_cut_total", stats.cut),
    ];
    for (name, value) in counters {
        metrics::counter!(name).absolute(value);
    }
}
