//! Registering at somebody else's registrar (RFC 3261 section 10.2): what a phone does.

use std::time::Duration;

use rsipstack::sip::{Header, Headers, Method, Request, Response, Uri, Version};

use crate::settings::Peer;

use super::error::SipError;
use super::leg::Credentials;
use super::transaction::Reply;
use super::trunks::uri_of;
use super::wire::{self, Hop, Wire};
use super::{credentials, message};

/// A registrar that answers later than this counts as silent.
const PATIENCE: Duration = Duration::from_secs(5);

/// Why somebody could not be registered.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// No answer came.
    #[error("{0} does not answer")]
    Silent(Peer),
    /// The registrar refused: 401 after credentials were given is a wrong password.
    #[error("the registrar answered {0}")]
    Refused(u16),
    /// The request could not be made or sent.
    #[error(transparent)]
    Sip(#[from] SipError),
}

/// Registers our address for a user, for so many seconds; with 0 it is taken away again.
pub async fn sign_in(
    wire: &Wire,
    registrar: Peer,
    credentials: &Credentials,
    expires: u32,
) -> Result<(), SignInError> {
    let hop = Hop::to(registrar);
    let call_id = wire::token();
    let mut authorization = None;
    for seq in 1..=2 {
        let request = register(wire, &hop, registrar, credentials, (&call_id, seq, expires))?;
        let response = ask(wire, &hop, request, authorization.take(), registrar).await?;
        let status = response.status_code.code();
        match status {
            200..=299 => return Ok(()),
            401 | 407 if seq == 1 => {
                let uri = uri_of("", registrar);
                authorization = credentials::answer(credentials, &response, "REGISTER", &uri);
                if authorization.is_none() {
                    return Err(SignInError::Refused(status));
                }
            }
            status => return Err(SignInError::Refused(status)),
        }
    }
    Err(SignInError::Refused(401))
}

fn register(
    wire: &Wire,
    hop: &Hop,
    registrar: Peer,
    credentials: &Credentials,
    (call_id, seq, expires): (&str, u32, u32),
) -> Result<Request, SipError> {
    let ours = wire
        .local_address(hop.transport, hop.address)
        .ok_or_else(|| SipError::NoListener(hop.transport.to_string()))?;
    let user = &credentials.username;
    let aor = format!("<sip:{user}@{}>", registrar.address);
    let mut headers = Headers::default();
    headers.push(Header::From(format!("{aor};tag={}", wire::token()).into()));
    headers.push(Header::To(aor.into()));
    headers.push(Header::CallId(call_id.into()));
    headers.push(Header::CSeq(format!("{seq} REGISTER").into()));
    headers.push(Header::MaxForwards(70u32.into()));
    headers.push(Header::Contact(
        format!("<{}>", contact(user, ours, registrar)).into(),
    ));
    headers.push(Header::Expires(expires.into()));
    let body = message::put_body(&mut headers, None);
    Ok(Request {
        method: Method::Register,
        uri: Uri::try_from(uri_of("", registrar).as_str())?,
        version: Version::V2,
        headers,
        body,
    })
}

fn contact(user: &str, ours: std::net::SocketAddr, registrar: Peer) -> String {
    let transport = registrar.transport;
    let address = ours;
    uri_of(user, Peer { transport, address })
}

async fn ask(
    wire: &Wire,
    hop: &Hop,
    mut request: Request,
    authorization: Option<Header>,
    registrar: Peer,
) -> Result<Response, SignInError> {
    request.headers.extend(authorization.into_iter().collect());
    let mut replies = wire.send(request, hop, None).await?;
    loop {
        let reply = tokio::time::timeout(PATIENCE, replies.recv()).await;
        match reply {
            Ok(Some(Reply::Response(response))) if response.status_code.code() < 200 => {}
            Ok(Some(Reply::Response(response))) => return Ok(*response),
            _ => return Err(SignInError::Silent(registrar)),
        }
    }
}
