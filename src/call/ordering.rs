//! What handlers order at their desks.

use std::sync::Arc;

use crate::identity::Reference;
use crate::queue::HandlerId;

use super::desks::{About, Answer, Ordered};
use super::plan::Plan;
use super::service::Service;

impl Service {
    /// Everything that people wrote down beforehand, as it holds for calls that begin now.
    pub fn plan(&self) -> Arc<Plan> {
        self.plan.load_full()
    }

    /// With whom a handler talks at this node; none where with nobody.
    pub fn talks_with(&self, account: &str) -> Option<About> {
        self.desks.about(&HandlerId::new(account))
    }

    /// Has a handler's order carried out in the call in which they are, and waits for what comes of it: as long as
    /// a service may ring, or as it takes to agree on a number for a callback. None where they are in no such call
    /// at this node, or where too much is ordered at once.
    pub async fn order(&self, account: &str, call: Reference, what: Ordered) -> Option<Answer> {
        let answer = self.desks.order(&HandlerId::new(account), call, what)?;
        // Whoever gives no answer has come to nothing with it.
        Some(answer.await.unwrap_or(Answer::Failed))
    }
}
