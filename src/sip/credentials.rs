//! Answering a peer that asks who we are (RFC 3261 section 22).

use rsipstack::sip::{Header, Response};

use super::digest::{self, Question};
use super::leg::Credentials;
use super::message;
use super::wire;

/// The header that answers a 401 or 407 to a request of ours; none where it cannot be answered.
pub fn answer(
    credentials: &Credentials,
    response: &Response,
    method: &str,
    uri: &str,
) -> Option<Header> {
    let by_proxy = response.status_code.code() == 407;
    let name = if by_proxy {
        "Proxy-Authenticate"
    } else {
        "WWW-Authenticate"
    };
    let challenges = message::values(response, name);
    let challenges: Vec<&str> = challenges.iter().map(String::as_str).collect();
    let cnonce = wire::token();
    let question = Question {
        username: &credentials.username,
        password: &credentials.password,
        method,
        uri,
        cnonce: &cnonce,
        count: 1,
        again: false,
    };
    match digest::answer(&challenges, &question) {
        Ok(value) if by_proxy => Some(Header::ProxyAuthorization(value.into())),
        Ok(value) => Some(Header::Authorization(value.into())),
        Err(error) => {
            tracing::warn!(user = credentials.username, %error, "a challenge stays unanswered");
            None
        }
    }
}
