use std::fmt;
use std::net::SocketAddr;

use rsipstack::sip::prelude::HeadersExt as _;
use rsipstack::sip::{Request, Transport};

use super::body;
use super::error::SipError;
use super::message::{self, SDP};
use super::origin::{self, Origin};
use super::replaces::Replaces;

/// What an INVITE from outside says, before anybody has decided anything about it.
#[derive(Clone)]
pub struct Invitation {
    /// Where it came from.
    pub source: SocketAddr,
    /// By which transport.
    pub transport: Transport,
    /// Whose call it is.
    pub origin: Origin,
    /// The user part of the Request-URI, with escapes resolved: the number or code dialled.
    pub dialled: String,
    /// The From header.
    pub from: String,
    /// The P-Asserted-Identity values, in order.
    pub asserted: Vec<String>,
    /// The Privacy header (RFC 3323).
    pub privacy: Option<String>,
    /// The offer; none when the caller wants ours.
    pub sdp: Option<String>,
    /// The caller's location as a PIDF-LO document (RFC 6442).
    pub location: Option<String>,
    /// Where the caller's location can be asked for: the URIs of the Geolocation header that do not point
    /// into the request itself (RFC 6442).
    pub geolocation: Vec<String>,
    /// The dialog whose place the call is to take (RFC 3891), where one of our own people asks for it:
    /// [`super::Wire::leg_of`] finds the leg. Of a trunk's caller it is not looked at.
    pub replaces: Option<Replaces>,
    /// Call-ID, to find the call in a trace.
    pub call_id: String,
}

/// References to a location that are passed on.
const REFERENCES: usize = 4;

/// Each value of the Geolocation header that names somebody to ask, as it stands.
fn references(request: &Request) -> Vec<String> {
    let values = message::values(request, "Geolocation");
    let values = values.iter().flat_map(|value| value.split(','));
    let elsewhere = values.map(str::trim).filter(|value| {
        let uri = value.trim_start_matches('<').to_ascii_lowercase();
        value.starts_with('<') && !uri.starts_with("cid:")
    });
    elsewhere.take(REFERENCES).map(str::to_owned).collect()
}

impl fmt::Debug for Invitation {
    /// Leaves out who is calling and from where.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Invitation")
            .field("source", &self.source)
            .field("origin", &self.origin)
            .field("dialled", &self.dialled)
            .field("call_id", &self.call_id)
            .finish_non_exhaustive()
    }
}

impl Invitation {
    /// Reads an INVITE. Whose it is has been found already. Fails where From, Call-ID or Replaces cannot
    /// be read.
    pub fn read(
        request: &Request,
        source: SocketAddr,
        transport: Transport,
        origin: Origin,
    ) -> Result<Self, SipError> {
        let content_type = message::value(request, "Content-Type");
        let parts = body::parts(content_type.as_deref(), &request.body);
        let text = |content_type| {
            let part = body::find(&parts, content_type)?;
            String::from_utf8(part.body.clone()).ok()
        };
        let replaces = match origin.is_account() {
            true => Replaces::of(request)?,
            false => None,
        };
        Ok(Invitation {
            source,
            transport,
            origin,
            dialled: origin::dialled(request),
            from: request.from_header()?.value().to_owned(),
            asserted: message::values(request, "P-Asserted-Identity"),
            privacy: message::value(request, "Privacy"),
            sdp: text(SDP),
            location: text("application/pidf+xml"),
            geolocation: references(request),
            replaces,
            call_id: request.call_id_header()?.value().to_owned(),
        })
    }
}
