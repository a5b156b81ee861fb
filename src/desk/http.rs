use std::net::SocketAddr;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use thiserror::Error;
use tokio::net::TcpListener;

use super::Readiness;
use super::api::{self, Api};
use super::live::{self, LiveSource};

/// Why the HTTP side does not serve.
#[derive(Debug, Error)]
pub enum DeskError {
    /// The address is taken or not ours.
    #[error("cannot listen on http {address}: {cause}")]
    Listen {
        /// The address asked for.
        address: SocketAddr,
        /// The system's answer.
        cause: std::io::Error,
    },
}

/// Measures, and gives it as Prometheus text.
pub type Metrics = Arc<dyn Fn() -> String + Send + Sync>;

/// What is served.
pub struct Served {
    /// Whether new calls are taken.
    pub readiness: Readiness,
    /// What is measured.
    pub metrics: Metrics,
    /// What a live summary is made of.
    pub live: Arc<dyn LiveSource>,
    /// The desk's API.
    pub api: Api,
}

#[derive(Clone)]
struct Shared {
    readiness: Readiness,
    metrics: Metrics,
}

/// Binds the address, or takes a socket that another process has listened on, and serves until `stop` is done;
/// gives the socket once more, for another process. `/readyz` answers 200 while new calls are taken
/// and 503 before and after; `/metrics` is Prometheus text; `/api/v1/live` is a
/// [live summary](crate::report::Live) as JSON; the rest of `/api/v1` is the [`Api`].
pub async fn serve(
    address: SocketAddr,
    inherited: Option<OwnedFd>,
    served: Served,
    stop: impl Future<Output = ()> + Send + 'static,
) -> Result<OwnedFd, DeskError> {
    let listen = |cause| DeskError::Listen { address, cause };
    let listener = match inherited {
        Some(socket) => TcpListener::from_std(socket.into()).map_err(listen)?,
        None => TcpListener::bind(address).await.map_err(listen)?,
    };
    let socket = listener.as_fd().try_clone_to_owned().map_err(listen)?;
    let router = Router::new()
        .route("/readyz", get(readyz))
        .route("/metrics", get(measured))
        .with_state(Shared {
            readiness: served.readiness,
            metrics: served.metrics,
        })
        .merge(live::routes(served.live))
        .merge(api::router(&served.api))
        .into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move {
        let served = axum::serve(listener, router).with_graceful_shutdown(stop);
        if let Err(error) = served.await {
            tracing::error!(%error, "the HTTP side has stopped");
        }
    });
    Ok(socket)
}

async fn readyz(State(shared): State<Shared>) -> (StatusCode, &'static str) {
    let status = if shared.readiness.is_ready() {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    (status, shared.readiness.word())
}

async fn measured(State(shared): State<Shared>) -> String {
    (shared.metrics)()
}
