//! Reading and building messages: the few header operations that every part of the room needs.

use std::fmt::Write as _;
use std::net::IpAddr;

use rsipstack::sip::prelude::HeadersExt;
use rsipstack::sip::typed;
use rsipstack::sip::{
    HasHeaders, Header, Headers, Host, Method, Request, Response, StatusCode, ToTypedHeader as _,
    Uri, Version,
};

use super::error::SipError;

/// Methods this endpoint answers, as the value of `Allow` (RFC 3261 section 20.5).
const ALLOW: &str = "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE, PRACK, REGISTER";
/// The same towards those who may transfer calls (RFC 3515).
const ALLOW_REFER: &str = "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE, PRACK, REGISTER, REFER";
/// Extensions this endpoint knows, as the value of `Supported`.
const SUPPORTED: &str = "100rel";
/// The same towards those who may transfer calls and take them over (RFC 3891, RFC 4488).
const SUPPORTED_REFER: &str = "100rel, replaces, norefersub";
/// Body types this endpoint takes, as the value of `Accept`.
pub const ACCEPT: &str = "application/sdp, application/dtmf-relay, application/dtmf, multipart/mixed, application/pidf+xml";
/// The content type of a session description.
pub const SDP: &str = "application/sdp";

/// The header `Allow` towards a peer, by whether it may transfer calls.
pub fn allow(may_refer: bool) -> Header {
    let methods = if may_refer { ALLOW_REFER } else { ALLOW };
    Header::Allow(methods.into())
}

/// The header `Supported` towards a peer, by whether it may transfer calls.
pub fn supported(may_refer: bool) -> Header {
    let extensions = if may_refer {
        SUPPORTED_REFER
    } else {
        SUPPORTED
    };
    Header::Supported(extensions.into())
}

/// The tag of the From header; an absent or unreadable one is an error.
pub fn from_tag(message: &impl HeadersExt) -> Result<String, SipError> {
    let tag = message.from_header()?.tag()?;
    tag.map(|t| t.value().to_owned())
        .ok_or(SipError::Malformed("From without a tag"))
}

/// The tag of the To header, where there is one.
pub fn to_tag(message: &impl HeadersExt) -> Option<String> {
    let tag = message.to_header().ok()?.tag().ok()??;
    Some(tag.value().to_owned())
}

/// The address that the topmost Via names as the sender's; none where it is a name.
pub fn sent_by(message: &impl HeadersExt) -> Option<IpAddr> {
    match message
        .via_header()
        .ok()?
        .typed()
        .ok()?
        .uri
        .host_with_port
        .host
    {
        Host::IpAddr(ip) => Some(ip),
        Host::Domain(_) => None,
    }
}

/// The first Contact's URI.
pub fn contact_uri(message: &impl HeadersExt) -> Result<Uri, SipError> {
    let contacts = message.typed_contact_headers()?;
    let first = contacts.into_iter().next();
    first
        .map(|c| c.uri)
        .ok_or(SipError::Malformed("no Contact"))
}

/// Every value of a header that may stand several times, in order.
pub fn values(message: &impl HasHeaders, name: &str) -> Vec<String> {
    message
        .headers()
        .iter()
        .filter(|h| h.name().eq_ignore_ascii_case(name))
        .map(|h| h.value().trim().to_owned())
        .collect()
}

/// The value of a header that stands once.
pub fn value(message: &impl HasHeaders, name: &str) -> Option<String> {
    values(message, name).into_iter().next()
}

/// Whether a comma-separated header names a token, such as `Require: 100rel`.
pub fn has_token(message: &impl HasHeaders, name: &str, token: &str) -> bool {
    values(message, name)
        .iter()
        .flat_map(|v| v.split(','))
        .any(|t| t.trim().eq_ignore_ascii_case(token))
}

/// The Record-Route values, one URI each, in the order in which they stand (RFC 3261 section 12.1).
pub fn record_routes(message: &impl HeadersExt) -> Vec<String> {
    message
        .record_route_headers()
        .iter()
        .flat_map(|h| typed::RecordRoute::parse_header_list(h.value()).unwrap_or_default())
        .map(|route| {
            let mut text = format!("<{}>", route.uri);
            for param in &route.params {
                let _ = write!(text, "{param}");
            }
            text
        })
        .collect()
}

/// A response to `request`. `to_tag` is added where the request has none and the status is not 100;
/// Record-Route is copied into what may create a dialog (RFC 3261 sections 8.2.6.2 and 12.1.1).
pub fn response(
    request: &Request,
    status: u16,
    to_tag: Option<&str>,
    extra: Vec<Header>,
    body: Option<(&str, Vec<u8>)>,
) -> Response {
    let mut headers = Headers::default();
    for header in request.headers.iter() {
        match header {
            Header::Via(_) | Header::From(_) | Header::CallId(_) | Header::CSeq(_) => {
                headers.push(header.clone());
            }
            Header::To(to) => {
                let mut to = to.value().to_owned();
                if let Some(tag) = to_tag
                    && status != 100
                    && self::to_tag(request).is_none()
                {
                    let _ = write!(to, ";tag={tag}");
                }
                headers.push(Header::To(to.into()));
            }
            Header::RecordRoute(_) if request.method == Method::Invite && status < 300 => {
                headers.push(header.clone());
            }
            _ => {}
        }
    }
    headers.extend(extra);
    let body = put_body(&mut headers, body);
    Response {
        status_code: StatusCode::from(status),
        wire_reason: None,
        version: Version::V2,
        headers,
        body,
    }
}

/// What a transaction needs to know of its request, and an ACK or CANCEL repeats: no body, and nothing that
/// is for the peer's user.
pub fn head(request: &Request) -> Request {
    let mut headers = Headers::default();
    for header in request.headers.iter() {
        if matches!(
            header,
            Header::Via(_)
                | Header::From(_)
                | Header::To(_)
                | Header::CallId(_)
                | Header::CSeq(_)
                | Header::Route(_)
                | Header::MaxForwards(_)
                | Header::Authorization(_)
                | Header::ProxyAuthorization(_)
        ) {
            headers.push(header.clone());
        }
    }
    let body = put_body(&mut headers, None);
    Request {
        method: request.method,
        uri: request.uri.clone(),
        version: Version::V2,
        headers,
        body,
    }
}

/// The branch of the topmost Via.
pub fn branch(message: &impl HeadersExt) -> Option<String> {
    let via = message.via_header().ok()?.typed().ok()?;
    Some(via.branch()?.value().to_owned())
}

/// Adds Content-Type and Content-Length for a body, and gives back its bytes.
pub fn put_body(headers: &mut Headers, body: Option<(&str, Vec<u8>)>) -> Vec<u8> {
    let Some((content_type, bytes)) = body else {
        headers.push(Header::ContentLength(0u32.into()));
        return Vec::new();
    };
    headers.push(Header::ContentType(content_type.into()));
    let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    headers.push(Header::ContentLength(length.into()));
    bytes
}

/// A display name between quotes, with quotes and backslashes escaped and control characters left
/// out (RFC 3261 section 25.1, quoted-string).
pub fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars().filter(|c| !c.is_control()) {
        if matches!(c, '"' | '\\') {
            out.push('\\');
        }
        out.push(c);
    }
    out.push('"');
    out
}
