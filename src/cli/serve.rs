//! `ivr111 serve`

mod live;
mod signals;
mod signed;
mod staffed;
mod starting;

use std::net::SocketAddr;
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

use crate::call::{DrainLimits, Service};
use crate::desk::{self, Api, People, Readiness, Served};
use crate::sip::{Listening, Transport};
use crate::store;

use super::args::Serve;
use super::handover::{Predecessor, Program, Purpose, Socket, Successor, tell_supervisor};
use super::{Outcome, logging, output, place, raise_descriptor_limit};
use live::Watched;
use signals::{Signals, Wish};
use signed::{Follower, Known, Loaded, load, not_followed};
use staffed::Staffed;

/// Limits by which waits are counted, in seconds: among them those that commissioners ask about.
const WAITS: [f64; 11] = [
    5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1_200.0, 1_800.0, 3_600.0,
];
/// How long running calls may take to end when somebody presses Ctrl-C.
const INTERRUPTED: DrainLimits = DrainLimits {
    calls: Duration::from_secs(1),
    emergencies: Duration::ZERO,
};

pub(super) fn run(arguments: &Serve) -> Outcome {
    let file = &arguments.config.config;
    let loaded = match load(file, &Known::default()) {
        Ok(loaded) => loaded,
        Err(unloaded) => {
            output::problems(&unloaded.problems);
            return Outcome::Failed;
        }
    };
    let plan = &loaded.plan;
    // Ends last, so that whatever is said until then is written.
    let _log = match logging::start(&plan.settings.log) {
        Ok(log) => log,
        Err(error) => return output::failed(error),
    };
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
    match runtime.block_on(serve(file, loaded, metrics)) {
        Ok(()) => Outcome::Good,
        Err(error) => {
            let failed = output::failed(error);
            // Nothing is taken apart: what has been taken up of the process before is there for the next one.
            std::process::exit(failed.status());
        }
    }
}

async fn serve(
    file: &Path,
    loaded: Loaded,
    metrics: PrometheusHandle,
) -> Result<(), Box<dyn std::error::Error>> {
    let Loaded {
        plan,
        passwords,
        mut follower,
    } = loaded;
    follower.tell();
    // Before anything answers, so that no signal is missed.
    let mut signals = Signals::listen()?;
    let program = Program::here()?;
    let store = store::open_even_away(&place(&plan.settings)).await?;
    let (listening, inherited_http) = inherited().await?;
    let readiness = Readiness::default();
    let (http, numbers) = (
        *plan.settings.http.listen.get_ref(),
        plan.settings.service.numbers.get_ref().join(", "),
    );
    let limits = DrainLimits {
        calls: plan.settings.drain.limit.get(),
        emergencies: plan.settings.drain.emergency.get(),
    };
    let people = Arc::new(ArcSwap::from_pointee(People::new(
        &plan.settings,
        &passwords,
    )));
    let is_private = plan.settings.http.is_private();
    let begun = starting::start(
        plan,
        passwords,
        readiness.clone(),
        Arc::clone(&store),
        listening,
    );
    let (service, addresses) = begun.await?;
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let measured = Arc::clone(&service);
    let staffed = Staffed {
        service: Arc::clone(&service),
        store: Arc::clone(&store),
    };
    let served = Served {
        readiness: readiness.clone(),
        metrics: Arc::new(move || {
            measured.measure();
            metrics.run_upkeep();
            metrics.render()
        }),
        live: Arc::new(Watched {
            service: Arc::clone(&service),
            store: Arc::clone(&store),
        }),
        api: Api::new(Arc::clone(&people), is_private, Arc::new(staffed)),
    };
    let http_socket = desk::serve(http, inherited_http, served, async {
        let _ = stopped.await;
    })
    .await?;
    readiness.ready();
    tell_supervisor("READY=1");
    output::line(format!(
        "answering {numbers} on {addresses}; http on {http}"
    ));
    loop {
        let wish = tokio::select! {
            wish = signals.next() => wish,
            () = follower.due() => Wish::Follow,
        };
        match wish {
            Wish::Follow => follower.follow(&service).await,
            Wish::Reload => reload(file, &service, &mut follower, &people).await,
            Wish::Replace => replace(&program, &service, (http, &http_socket)).await,
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

/// What another process has listened on, where this one takes over from it: once that one has let go.
async fn inherited() -> std::io::Result<(Vec<Listening>, Option<OwnedFd>)> {
    let Some(predecessor) = Predecessor::here()? else {
        return Ok((Vec::new(), None));
    };
    let left = tokio::task::spawn_blocking(|| predecessor.lets_go()).await;
    let left = left.map_err(std::io::Error::other)??;
    let (mut listening, mut http) = (Vec::new(), None);
    for Socket {
        purpose,
        address,
        socket,
    } in left
    {
        let transport = match purpose {
            Purpose::Udp => Transport::Udp,
            Purpose::Tcp => Transport::Tcp,
            Purpose::Http => {
                http = Some(socket);
                continue;
            }
        };
        listening.push(Listening {
            transport,
            address,
            socket,
        });
    }
    Ok((listening, http))
}

/// Lets a new process of the newest binary go on, and ends this one. Where that process does not come so far,
/// nothing changes.
async fn replace(program: &Program, service: &Service, (http, socket): (SocketAddr, &OwnedFd)) {
    tracing::info!("a new process is started, to go on with all calls");
    let program = program.clone();
    let prepared = tokio::task::spawn_blocking(move || Successor::prepare(&program)).await;
    let successor = match prepared.map_err(std::io::Error::other).flatten() {
        Ok(successor) => successor,
        Err(error) => {
            tracing::error!(%error, "the new process does not come up; this one goes on");
            return;
        }
    };
    let process = successor.id();
    tracing::info!(process, "another process goes on with all calls");
    service.let_go().await;
    let mut sockets: Vec<Socket<_>> = service
        .sockets()
        .iter()
        .map(|listening| Socket {
            purpose: match listening.transport {
                Transport::Tcp => Purpose::Tcp,
                _ => Purpose::Udp,
            },
            address: listening.address,
            socket: listening.socket.as_fd(),
        })
        .collect();
    sockets.push(Socket {
        purpose: Purpose::Http,
        address: http,
        socket: socket.as_fd(),
    });
    if let Err(error) = successor.go(&sockets) {
        // It goes on all the same, as after a power cut.
        tracing::error!(%error, "the new process is not given the sockets");
    }
    // Nothing is taken apart: whatever says goodbye would say it to those who go on.
    std::process::exit(0);
}

/// Takes a new plan when it is sound, and else keeps the old one and says why.
async fn reload(file: &Path, service: &Service, follower: &mut Follower, people: &ArcSwap<People>) {
    let (path, known) = (file.to_path_buf(), follower.known());
    let loaded = tokio::task::spawn_blocking(move || load(&path, &known)).await;
    match loaded {
        Ok(Ok(loaded)) => {
            people.store(Arc::new(People::new(
                &loaded.plan.settings,
                &loaded.passwords,
            )));
            service.publish(loaded.plan, loaded.passwords).await;
            *follower = loaded.follower;
            tracing::info!("settings, tables, flow and prompts are read anew");
            follower.tell();
        }
        Ok(Err(unloaded)) => {
            let problems = unloaded.problems.len();
            match unloaded.is_unsigned {
                true => not_followed(service, &unloaded.problems),
                false => output::problems(&unloaded.problems),
            }
            tracing::error!(
                problems,
                "nothing is changed: what is to be read is not sound"
            );
        }
        Err(error) => tracing::error!(%error, "nothing is changed"),
    }
}
