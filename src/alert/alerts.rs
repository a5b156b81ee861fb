use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use serde::Serialize;

use crate::identity::Reference;
use crate::settings::Webhook;
use crate::steady;

use super::said::Said;
use super::sender::Sender;

/// Something that somebody has to know at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alert {
    /// What kind, in one word, by which alerts are counted and told apart.
    pub kind: &'static str,
    /// The call or the callback that it is about.
    pub about: Option<Reference>,
    /// What is wrong, without personal data.
    pub text: String,
}

/// An alert as the webhook is told of it.
#[derive(Serialize)]
pub(super) struct Told<'a> {
    pub(super) kind: &'static str,
    pub(super) about: Option<String>,
    pub(super) text: &'a str,
    pub(super) at: String,
    pub(super) node: &'a str,
}

/// Where alerts are raised. Clones are the same. The default one has no webhook.
#[derive(Clone, Debug, Default)]
pub struct Alerts(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    said: Mutex<Said>,
    node: String,
    webhook: Option<Sender>,
}

impl Alerts {
    /// Alerts of a node, which go to a webhook as well. Fails when no thread can be started for that.
    pub fn start(node: &str, webhook: Option<&Webhook>) -> io::Result<Self> {
        let webhook = webhook.map(|to| Sender::start(to.clone())).transpose()?;
        Ok(Alerts(Arc::new(Shared {
            said: Mutex::default(),
            node: node.to_owned(),
            webhook,
        })))
    }

    /// Tells whoever watches over the service. Never waits. What has been told within the last minute in the
    /// same words about the same call is only counted.
    pub fn raise(&self, alert: &Alert) {
        metrics::counter!("ivr111_alerts_total", "kind" => alert.kind).increment(1);
        let shared = &self.0;
        let mut said = shared.said.lock().unwrap_or_else(PoisonError::into_inner);
        let is_news = said.is_news(Instant::now(), alert);
        drop(said);
        if !is_news {
            metrics::counter!("ivr111_alerts_repeated_total", "kind" => alert.kind).increment(1);
            return;
        }
        let about = alert.about.map(|reference| reference.to_string());
        tracing::error!(kind = alert.kind, about, "alert: {}", alert.text);
        if let Some(webhook) = &shared.webhook {
            webhook.send(&Told {
                kind: alert.kind,
                about,
                text: &alert.text,
                at: steady::now().to_string(),
                node: &shared.node,
            });
        }
    }
}
