//! What the desk's API works with: the service and the store.

use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;

use crate::call::{About, Answer, Ordered, Service};
use crate::clinical::Codes;
use crate::desk::DeskSource;
use crate::directory::{Capacities, CapacitySetting, Directory};
use crate::identity::Reference;
use crate::pathway::Pathways;
use crate::steady;
use crate::store::{SharedStore, StoreError};
use crate::transfer::ServiceLine;

/// A service whose handlers work at desks.
pub(super) struct Staffed {
    pub(super) service: Arc<Service>,
    pub(super) store: SharedStore,
}

#[async_trait]
impl DeskSource for Staffed {
    fn now(&self) -> Timestamp {
        steady::now()
    }

    fn codes(&self) -> Arc<Codes> {
        Arc::clone(&self.service.plan().codes)
    }

    fn pathways(&self) -> Arc<Pathways> {
        Arc::clone(&self.service.plan().pathways)
    }

    fn directory(&self) -> Arc<Directory> {
        Arc::clone(&self.service.plan().directory)
    }

    fn capacities(&self) -> Arc<Capacities> {
        self.service.capacities()
    }

    async fn set_capacity(&self, setting: CapacitySetting) -> Result<(), StoreError> {
        self.service.set_capacity(setting).await
    }

    fn store(&self) -> &SharedStore {
        &self.store
    }

    fn talks_with(&self, account: &str) -> Option<About> {
        self.service.talks_with(account)
    }

    async fn order(&self, account: &str, call: Reference, what: Ordered) -> Option<Answer> {
        self.service.order(account, call, what).await
    }

    fn line_of(&self, service: &crate::directory::Service) -> ServiceLine {
        self.service.plan().line_of(service)
    }
}
