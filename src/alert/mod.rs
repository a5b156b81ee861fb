//! Alerts: what somebody has to know at once. Each is a line in the log and a figure.

use crate::identity::Reference;

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

/// Where alerts are raised. Clones are the same.
#[derive(Clone, Debug, Default)]
pub struct Alerts;

impl Alerts {
    /// Tells whoever watches over the service. Never waits.
    pub fn raise(&self, alert: &Alert) {
        metrics::counter!("ivr111_alerts_total", "kind" => alert.kind).increment(1);
        let about = alert.about.map(|reference| reference.to_string());
        tracing::error!(kind = alert.kind, about, "alert: {}", alert.text);
    }
}
