use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use arc_swap::ArcSwap;
use axum::Router;
use axum::extract::{ConnectInfo, DefaultBodyLimit, Request, State};
use axum::http::header;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouter};
use utoipa_axum::routes;

use crate::settings::DeskRole;

use super::assessment::{Shelf, act, clinician, reading, refer};
use super::directory;
use super::document;
use super::me;
use super::people::People;
use super::refusal::Refusal;
use super::signing_in::{Guesses, sign_in};
use super::source::DeskSource;

/// The largest body that is read, in bytes.
const BODY: usize = 64 * 1024;

/// What the API works with. Cheap to clone; all clones are one.
#[derive(Clone)]
pub struct Api {
    /// Everybody who may sign in; exchanged when settings are read anew.
    pub people: Arc<ArcSwap<People>>,
    /// Whether passwords may be sent here at all.
    pub is_private: bool,
    /// What it works with.
    pub source: Arc<dyn DeskSource>,
    guesses: Arc<Guesses>,
    pub(super) shelf: Arc<Shelf>,
}

impl Api {
    /// An API that those people may use, if it `is_private`.
    pub fn new(
        people: Arc<ArcSwap<People>>,
        is_private: bool,
        source: Arc<dyn DeskSource>,
    ) -> Self {
        Api {
            people,
            is_private,
            source,
            guesses: Arc::default(),
            shelf: Arc::default(),
        }
    }
}

/// Routes that are described as they are added.
struct Guarded {
    router: OpenApiRouter<Api>,
    api: Api,
}

impl Guarded {
    /// Adds routes for people of some roles, and for nobody else.
    fn open_to(
        mut self,
        roles: &'static [DeskRole],
        (schemas, mut paths, methods): UtoipaMethodRouter<Api>,
    ) -> Self {
        for item in paths.paths.values_mut() {
            let operations = [
                &mut item.get,
                &mut item.put,
                &mut item.post,
                &mut item.delete,
            ];
            for operation in operations.into_iter().flatten() {
                document::guard(operation, roles);
            }
        }
        let door = Door {
            api: self.api.clone(),
            roles,
        };
        let methods = methods.layer(from_fn_with_state(door, enter));
        self.router = self.router.routes((schemas, paths, methods));
        self
    }
}

/// Who may come in.
#[derive(Clone)]
struct Door {
    api: Api,
    roles: &'static [DeskRole],
}

async fn enter(State(door): State<Door>, mut request: Request, next: Next) -> Response {
    if !door.api.is_private {
        let why = "nobody can sign in here: this server listens on more than loopback, and nothing says that \
                   a proxy brings TLS ([http] behind-tls)";
        return Refusal::not_yours(why).into_response();
    }
    let from = request.extensions().get::<ConnectInfo<SocketAddr>>();
    let from = from.map_or(IpAddr::from([0; 4]), |from| from.0.ip());
    let people = door.api.people.load();
    let person = match sign_in(&people, &door.api.guesses, request.headers(), from) {
        Ok(person) => person,
        Err(refusal) => return refusal.into_response(),
    };
    if !door.roles.contains(&person.role) {
        let roles: Vec<&str> = door.roles.iter().map(|role| role.word()).collect();
        let why = format!(
            "this is for the roles {}, and {} is a {}",
            roles.join(", "),
            person.name,
            person.role.word()
        );
        return Refusal::not_yours(why).into_response();
    }
    request.extensions_mut().insert(person);
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers
        .entry(header::CACHE_CONTROL)
        .or_insert(header::HeaderValue::from_static("no-store"));
    response
}

/// Everything under `/api/v1` that needs somebody signed in, and the document that describes it.
pub(in crate::desk) fn router(api: &Api) -> Router {
    use DeskRole::{Clinician, Commissioner, Handler, Provider, Supervisor};
    let guarded = Guarded {
        router: OpenApiRouter::default(),
        api: api.clone(),
    };
    let all: &[DeskRole] = &[Handler, Clinician, Supervisor, Provider, Commissioner];
    let assess: &[DeskRole] = &[Handler, Clinician];
    let watch: &[DeskRole] = &[Handler, Clinician, Supervisor];
    let guarded = guarded
        .open_to(all, routes!(me::me))
        .open_to(watch, routes!(reading::pathways))
        .open_to(assess, routes!(act::begin))
        .open_to(watch, routes!(reading::list))
        .open_to(watch, routes!(reading::one))
        .open_to(assess, routes!(act::answer))
        .open_to(assess, routes!(act::back))
        .open_to(assess, routes!(act::danger))
        .open_to(assess, routes!(act::hand_over))
        .open_to(assess, routes!(act::taken_by_999))
        .open_to(assess, routes!(refer::search))
        .open_to(assess, routes!(refer::refer))
        .open_to(assess, routes!(refer::referred))
        .open_to(assess, routes!(act::callback))
        .open_to(assess, routes!(act::advised))
        .open_to(&[Clinician], routes!(clinician::confirm))
        .open_to(&[Clinician], routes!(clinician::change))
        .open_to(&[Clinician], routes!(clinician::abandon))
        .open_to(all, routes!(directory::services))
        .open_to(all, routes!(directory::service))
        .open_to(all, routes!(directory::search))
        .open_to(&[Provider, Supervisor], routes!(directory::set_capacity));
    let inner = OpenApiRouter::with_openapi(document::begun()).nest("/api/v1", guarded.router);
    let (router, document) = inner.split_for_parts();
    let document: Arc<str> = document.to_json().unwrap_or_default().into();
    let described = get(async move || {
        let kind = [(header::CONTENT_TYPE, "application/json")];
        (kind, document.to_string())
    });
    router
        .route("/api/v1/openapi.json", described)
        .method_not_allowed_fallback(async || Refusal::not_so())
        .layer(DefaultBodyLimit::max(BODY))
        .with_state(api.clone())
}
