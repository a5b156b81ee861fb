use std::sync::Arc;
use std::time::Duration;

use crate::alert::Alerts;
use crate::call::{Plan, Service, ServiceParts, keep_positions};
use crate::desk::Readiness;
use crate::live::{Found, Journal};
use crate::media::{Engine, EngineConfig, Keep, Recorder};
use crate::settings::{KEPT_FOR_EMERGENCIES, Passwords, Settings, Transport};
use crate::sip::digest::Algorithm;
use crate::sip::guard::Limits;
use crate::sip::{Doorkeeper, Endpoint, EndpointConfig, Listening, Registrations, TrunkLines};
use crate::store::SharedStore;

/// What rsipstack reads at once from a UDP socket is a little more than this.
const LARGEST_DATAGRAM: usize = 8_000;
/// How long another process that runs under the node's name may take to end: one that was killed, and that
/// the database has not missed yet.
const PREDECESSOR: Duration = Duration::from_secs(5);

/// Starts the service, with sockets that another process has listened on where there are any. Gives the addresses
/// as well on which it answers.
pub(super) async fn start(
    plan: Plan,
    passwords: Passwords,
    readiness: Readiness,
    store: SharedStore,
    inherited: Vec<Listening>,
) -> Result<(Arc<Service>, String), Box<dyn std::error::Error>> {
    let settings = &plan.settings;
    store.claim_name(PREDECESSOR).await?;
    let live = open_journal(settings, store.node());
    let webhook = settings.alert.webhook.as_ref();
    let alerts = Alerts::start(store.node(), webhook.map(|webhook| webhook.get_ref()))?;
    let media = &settings.media;
    let address = *media.address.get_ref();
    let mut sound = EngineConfig::new(address, media.ports.0.clone());
    sound.advertise = media.advertise.unwrap_or(address);
    sound.silence = media.silence.get();
    sound.threads = media.threads.get().into();
    sound.reserve = KEPT_FOR_EMERGENCIES as usize;
    if let Some((journal, _)) = &live {
        sound.keep = Some(Keep::new(keep_positions(journal.clone())?));
    }
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
        endpoint_config(settings, inherited),
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
        live,
    };
    Ok((Service::start(parts, incoming).await, addresses.join(" ")))
}

/// Where calls are kept for another process. One that cannot be opened keeps nobody from being answered.
fn open_journal(settings: &Settings, node: &str) -> Option<(Journal, Found)> {
    let folder = settings.path(&settings.live.folder);
    let opened = Journal::open(&folder, node);
    let opened = opened.inspect_err(|error| {
        tracing::error!(%error, "calls would not outlive this process: they cannot be kept");
    });
    let (journal, found) = opened.ok()?;
    if found.torn > 0 {
        let bytes = found.torn;
        tracing::warn!(bytes, "the process before ended while it wrote down a call");
    }
    Some((journal, found))
}

fn endpoint_config(settings: &Settings, inherited: Vec<Listening>) -> EndpointConfig {
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
        opens_later: true,
        inherited,
    }
}
