//! `ivr111 serve`

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::alert::Alerts;
use crate::call::{DrainLimits, Plan, Service, ServiceParts};
use crate::desk::{self, Readiness};
use crate::media::{Engine, EngineConfig, Recorder};
use crate::settings::{KEPT_FOR_EMERGENCIES, Passwords, Settings, Transport};
use crate::sip::digest::Algorithm;
use crate::sip::guard::Limits;
use crate::sip::{Doorkeeper, Endpoint, EndpointConfig, Registrations, TrunkLines};
use crate::store;

use super::args::Serve;
use super::{Outcome, logging, output, place, raise_descriptor_limit};

/// What rsipstack reads at once from a UDP socket is a little more than this.
const LARGEST_DATAGRAM: usize = 8_000;
/// Limits by which waits are counted, in seconds: among them those that commissioners ask about.
const WAITS: [f64; 11] = [
    5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1_200.0, 1_800.0, 3_600.0,
];
/// How long another process that runs under the node's name may take to end: one that was killed, and that
/// the database has not missed yet.
const PREDECESSOR: Duration = Duration::from_secs(5);
/// How long running calls may take to end when somebody presses Ctrl-C.
const INTERRUPTED: DrainLimits = DrainLimits {
    calls: Duration::from_secs(1),
    emergencies: Duration::ZERO,
};

pub(super) fn run(arguments: &Serve) -> Outcome {
    let file = &arguments.config.config;
    let (plan, passwords) = match load(file) {
        Ok(loaded) => loaded,
        Err(problems) => {
            output::problems(&problems);
            return Outcome::Failed;
        }
    };
    if let Err(error) = logging::start(&plan.settings.log) {
        return output::failed(error);
    }
    raise_descriptor_limit();
    let times = Matcher::Suffix("_after_seconds".to_owned());
    let metrics = PrometheusBuilder::new()
        .set_buckets_for_metric(times, &WAITS)
        .and_then(PrometheusBuilder::install_recorder);
    let metrics = match metrics {
        Ok(metrics) => metrics,
        Err(error) => return output::failed(error),
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => return output::failed(error),
    };
    match runtime.block_on(serve(file, plan, passwords, metrics)) {
        Ok(()) => Outcome::Good,
        Err(error) => output::failed(error),
    }
}

fn load(file: &Path) -> Result<(Plan, Passwords), Vec<crate::diagnostic::Problem>> {
    let plan = Plan::load(file)?;
    let passwords = plan.settings.passwords(|name| std::env::var(name).ok());
    Ok((plan, passwords.map_err(|problem| vec![problem])?))
}

async fn serve(
    file: &Path,
    plan: Plan,
    passwords: Passwords,
    metrics: PrometheusHandle,
) -> Result<(), Box<dyn std::error::Error>> {
    // Before anything answers, so that no signal is missed.
    let mut signals = Signals::listen()?;
    let readiness = Readiness::default();
    let (http, numbers) = (
        *plan.settings.http.listen.get_ref(),
        plan.settings.service.numbers.get_ref().join(", "),
    );
    let limits = DrainLimits {
        calls: plan.settings.drain.limit.get(),
        emergencies: plan.settings.drain.emergency.get(),
    };
    let (service, addresses) = start(plan, passwords, readiness.clone()).await?;
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let measured = Arc::clone(&service);
    let http = desk::serve(
        http,
        readiness.clone(),
        Arc::new(move || {
            measured.measure();
            metrics.run_upkeep();
            metrics.render()
        }),
        async {
            let _ = stopped.await;
        },
    )
    .await?;
    readiness.ready();
    output::line(format!(
        "answering {numbers} on {addresses}; http on {http}"
    ));
    loop {
        match signals.next().await {
            Wish::Reload => reload(file, &service).await,
            Wish::Drain => {
                tracing::info!("no new calls; waiting for the running ones");
                tokio::select! {
                    () = service.drain(limits) => {}
                    () = signals.again() => service.drain(INTERRUPTED).await,
                }
                break;
            }
            Wish::Stop => {
                service.drain(INTERRUPTED).await;
                break;
            }
        }
    }
    let _ = stop.send(());
    Ok(())
}

async fn start(
    plan: Plan,
    passwords: Passwords,
    readiness: Readiness,
) -> Result<(Arc<Service>, String), Box<dyn std::error::Error>> {
    let settings = &plan.settings;
    let store = store::open_even_away(&place(settings)).await?;
    store.claim_name(PREDECESSOR).await?;
    let webhook = settings.alert.webhook.as_ref();
    let alerts = Alerts::start(store.node(), webhook.map(|webhook| webhook.get_ref()))?;
    let media = &settings.media;
    let address = *media.address.get_ref();
    let mut sound = EngineConfig::new(address, media.ports.0.clone());
    sound.advertise = media.advertise.unwrap_or(address);
    sound.silence = media.silence.get();
    sound.threads = media.threads.get().into();
    sound.reserve = KEPT_FOR_EMERGENCIES as usize;
    let engine = Engine::start(sound)?;
    let recordings = media.recordings.as_ref();
    let recorder = recordings
        .map(|folder| Recorder::start(&settings.path(folder)))
        .transpose()?;
    let algorithms = settings.sip.digest.get_ref().iter();
    let algorithms: Vec<Algorithm> = algorithms.filter_map(|name| name.parse().ok()).collect();
    let doorkeeper = Arc::new(Doorkeeper::new(&settings.sip.realm, algorithms));
    let passwords = Arc::new(passwords);
    let lines = Arc::new(TrunkLines::new(
        settings.trunk.clone(),
        settings.service.numbers.get_ref().clone(),
        Arc::clone(&passwords),
        Arc::clone(&doorkeeper),
    ));
    let registrations = Arc::new(Registrations::new(&settings.account, passwords, doorkeeper));
    let (endpoint, incoming) = Endpoint::start(
        endpoint_config(settings),
        Arc::clone(&lines),
        Arc::clone(&registrations),
    )
    .await?;
    let bound = endpoint.bound().iter();
    let addresses: Vec<String> = bound
        .map(|(transport, address)| format!("{}:{address}", transport.to_string().to_lowercase()))
        .collect();
    let parts = ServiceParts {
        endpoint,
        engine,
        recorder,
        lines,
        registrations,
        store,
        plan,
        readiness,
        alerts,
    };
    Ok((Service::start(parts, incoming).await?, addresses.join(" ")))
}

fn endpoint_config(settings: &Settings) -> EndpointConfig {
    let limits = &settings.sip.limits;
    let listen = settings.sip.listen.get_ref().iter().map(|peer| {
        let transport = match peer.transport {
            Transport::Udp => crate::sip::Transport::Udp,
            Transport::Tcp => crate::sip::Transport::Tcp,
        };
        (transport, peer.address)
    });
    EndpointConfig {
        listen: listen.collect(),
        user_agent: format!("ivr111/{}", env!("CARGO_PKG_VERSION")),
        limits: Limits {
            udp_message: limits.message.min(LARGEST_DATAGRAM),
            tcp_message: limits.message,
            headers: limits.headers,
            header: limits.header,
            body: limits.body,
            connections: limits.connections,
            ..Limits::default()
        },
    }
}

/// Takes a new plan when it is sound, and else keeps the old one and says why.
async fn reload(file: &Path, service: &Service) {
    let path = file.to_path_buf();
    let loaded = tokio::task::spawn_blocking(move || load(&path)).await;
    match loaded {
        Ok(Ok((plan, passwords))) => {
            service.publish(plan, passwords).await;
            tracing::info!("settings, tables, flow and prompts are read anew");
        }
        Ok(Err(problems)) => {
            output::problems(&problems);
            let problems = problems.len();
            tracing::error!(
                problems,
                "nothing is changed: what is to be read is not sound"
            );
        }
        Err(error) => tracing::error!(%error, "nothing is changed"),
    }
}

enum Wish {
    Reload,
    Drain,
    Stop,
}

struct Signals {
    reload: Signal,
    drain: Signal,
    stop: Signal,
}

impl Signals {
    fn listen() -> std::io::Result<Self> {
        Ok(Signals {
            reload: signal(SignalKind::hangup())?,
            drain: signal(SignalKind::terminate())?,
            stop: signal(SignalKind::interrupt())?,
        })
    }

    async fn next(&mut self) -> Wish {
        tokio::select! {
            _ = self.reload.recv() => Wish::Reload,
            _ = self.drain.recv() => Wish::Drain,
            _ = self.stop.recv() => Wish::Stop,
        }
    }

    /// Somebody does not want to wait for the running calls.
    async fn again(&mut self) {
        tokio::select! {
            _ = self.drain.recv() => {}
            _ = self.stop.recv() => {}
        }
    }
}
