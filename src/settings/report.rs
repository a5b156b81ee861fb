use serde::Deserialize;
use toml::Spanned;

use crate::diagnostic::Problem;

use super::{Seconds, Settings};

/// `[report]`: what is measured, and how. `docs/measures.md` defines every figure.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct ReportSettings {
    /// When the time to answer begins.
    pub clock_starts: ClockStart,
    /// Which calls have been routed through the IVR.
    pub ivr: Ivr,
    /// Of which calls those that are abandoned are a part.
    pub abandoned_of: AbandonedOf,
    /// What the service is held to.
    pub target: Targets,
}

/// When the time to answer begins. A moment that a call does not have is replaced by the one before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ClockStart {
    /// At the end of the introductory message.
    #[default]
    Introduced,
    /// When the INVITE came.
    Arrived,
    /// When we answered.
    Answered,
    /// When the caller began to wait for a handler.
    Queued,
}

/// Which calls have been routed through the IVR.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ivr {
    /// All that the menus have led somewhere.
    #[default]
    Led,
    /// Those that they have led elsewhere than to a handler.
    Streamed,
}

/// Of which calls those that are abandoned are a part.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AbandonedOf {
    /// Of all that were received.
    #[default]
    Received,
    /// Of those that were answered or abandoned.
    Offered,
}

/// `[report.target]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Targets {
    /// Fewer than so many hundredths of the calls are abandoned.
    pub abandoned: Spanned<f64>,
    /// The mean time to answer is at most so long.
    pub mean: Seconds,
    /// The 95th centile of it is at most so long.
    pub centile: Seconds,
}

impl Default for Targets {
    fn default() -> Self {
        Targets {
            abandoned: Spanned::new(0..0, 3.0),
            mean: Seconds::new(20),
            centile: Seconds::new(120),
        }
    }
}

impl Settings {
    pub(super) fn check_report(&self, problems: &mut Vec<Problem>) {
        let abandoned = &self.report.target.abandoned;
        if !(0.0..=100.0).contains(abandoned.get_ref()) {
            let message = format!("{} is no part of a hundred", abandoned.get_ref());
            problems.push(self.problem(abandoned.span(), message));
        }
    }
}
