//! Pager-mode messages (RFC 3428): a line of text for the display of a phone.

use std::time::Duration;

use rsipstack::sip::{Header, Headers, Method, Request, Uri, Version};

use super::error::SipError;
use super::message;
use super::transaction::Reply;
use super::wire::{self, Hop, Wire};

/// Longer texts must not go by UDP (RFC 3428 section 8), so that none is longer; in bytes.
const LONGEST: usize = 1_300;
/// A phone that takes no messages may well leave them unanswered.
const PATIENCE: Duration = Duration::from_secs(5);
/// What the body is.
const TEXT: &str = "text/plain;charset=UTF-8";

impl Wire {
    /// Shows a text on a phone: `uri` is its contact, `hop` leads there, and `from` is a From header
    /// without a tag. Nobody waits for it: a phone that takes no messages, or that is gone, is told
    /// nothing, and 5 s later nothing is left of it. A text of more than 1,300 bytes is cut.
    pub fn message(&self, hop: Hop, uri: &str, from: &str, text: &str) {
        let request = match page(uri, from, text) {
            Ok(request) => request,
            Err(error) => return tracing::warn!(%error, "a message cannot be written"),
        };
        let wire = self.clone();
        tokio::spawn(async move {
            let peer = hop.address;
            match tokio::time::timeout(PATIENCE, outcome(&wire, request, &hop)).await {
                Ok(Ok(Some(200..=299))) => {}
                Ok(Ok(Some(status))) => tracing::debug!(%peer, status, "a message was refused"),
                Ok(Err(error)) => tracing::debug!(%peer, %error, "a message was not sent"),
                Ok(Ok(None)) | Err(_) => tracing::debug!(%peer, "a message was not answered"),
            }
        });
    }
}

/// The status of the final response; none where nothing comes.
async fn outcome(wire: &Wire, request: Request, hop: &Hop) -> Result<Option<u16>, SipError> {
    let mut replies = wire.send(request, hop, None).await?;
    while let Some(Reply::Response(response)) = replies.recv().await {
        let status = response.status_code.code();
        if status >= 200 {
            return Ok(Some(status));
        }
    }
    Ok(None)
}

fn page(uri: &str, from: &str, text: &str) -> Result<Request, SipError> {
    let mut headers = Headers::default();
    let from = format!("{from};tag={}", wire::token());
    headers.push(Header::From(from.into()));
    headers.push(Header::To(format!("<{uri}>").into()));
    headers.push(Header::CallId(wire::token().into()));
    headers.push(Header::CSeq("1 MESSAGE".into()));
    headers.push(Header::MaxForwards(70u32.into()));
    let text = text.get(..text.floor_char_boundary(LONGEST));
    let text = text.unwrap_or_default().as_bytes().to_vec();
    let body = message::put_body(&mut headers, Some((TEXT, text)));
    Ok(Request {
        method: Method::Message,
        uri: Uri::try_from(uri)?,
        version: Version::V2,
        headers,
        body,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_cut_between_characters() {
        let text = format!("a{}", "é".repeat(LONGEST));
        let page = page("sip:1001@127.0.0.1", "<sip:111@127.0.0.1>", &text).unwrap();
        let body = String::from_utf8(page.body).unwrap();
        assert_eq!(body.len(), LONGEST - 1);
        assert!(text.starts_with(&body));
    }
}
