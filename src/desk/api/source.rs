use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;

use crate::call::{About, Answer, Ordered};
use crate::clinical::Codes;
use crate::directory::{Capacities, CapacitySetting, Directory, Service};
use crate::identity::Reference;
use crate::pathway::Pathways;
use crate::store::{SharedStore, StoreError};
use crate::transfer::ServiceLine;

/// What the API works with: what people wrote down beforehand, the store, and the calls in which handlers are.
#[async_trait]
pub trait DeskSource: Send + Sync {
    /// The time by which everything is written down.
    fn now(&self) -> Timestamp;

    /// The codes that there are.
    fn codes(&self) -> Arc<Codes>;

    /// The pathways.
    fn pathways(&self) -> Arc<Pathways>;

    /// The services.
    fn directory(&self) -> Arc<Directory>;

    /// What their capacities have been set to.
    fn capacities(&self) -> Arc<Capacities>;

    /// Sets one, here and at every other node.
    async fn set_capacity(&self, setting: CapacitySetting) -> Result<(), StoreError>;

    /// What must survive.
    fn store(&self) -> &SharedStore;

    /// With whom somebody talks who has a phone here.
    fn talks_with(&self, account: &str) -> Option<About>;

    /// Has an order of theirs carried out in that call, and waits for what comes of it; none where they are not in it.
    async fn order(&self, account: &str, call: Reference, what: Ordered) -> Option<Answer>;

    /// How a service is rung.
    fn line_of(&self, service: &Service) -> ServiceLine;
}
