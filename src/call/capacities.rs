//! What the capacities of services have been set to, at whichever node.

use std::sync::Arc;
use std::time::Duration;

use crate::directory::{Capacities, CapacitySetting, Colour, ServiceId};
use crate::store::{CapacityRow, StoreError};

use super::service::Service;

/// So soon it is known here what was set at another node.
const LOOK: Duration = Duration::from_secs(2);

impl Service {
    /// What they have been set to, as it is known here.
    pub fn capacities(&self) -> Arc<Capacities> {
        self.capacities.load_full()
    }

    /// Sets one. It is in the store when this returns, and holds here.
    pub async fn set_capacity(&self, setting: CapacitySetting) -> Result<(), StoreError> {
        let row = CapacityRow {
            service: setting.service.to_string(),
            colour: setting.colour.word().to_owned(),
            since: setting.since,
            until: setting.until,
            by: setting.by.clone(),
        };
        self.store.set_capacity(&row).await?;
        self.capacities.rcu(|known| {
            let mut known = Capacities::clone(known);
            // Somebody may have set it later at another node: that stands.
            let _ = known.put(setting.clone());
            known
        });
        tracing::info!(
            service = row.service,
            colour = row.colour,
            by = row.by,
            "a capacity is set"
        );
        Ok(())
    }
}

/// Looks at what others set, for as long as the server runs. While the store is away, what was known holds.
pub(super) async fn follow(service: Arc<Service>) {
    loop {
        match service.store.capacities().await {
            Ok(rows) => take(&service, rows),
            Err(error) => tracing::debug!(%error, "capacities cannot be read"),
        }
        tokio::time::sleep(LOOK).await;
    }
}

fn take(service: &Service, rows: Vec<CapacityRow>) {
    service.capacities.rcu(|known| {
        let mut known = Capacities::clone(known);
        for setting in rows.iter().filter_map(setting) {
            // What is known here may be newer.
            let _ = known.put(setting);
        }
        known
    });
}

/// A row as a setting; none for one that nobody here has written.
fn setting(row: &CapacityRow) -> Option<CapacitySetting> {
    Some(CapacitySetting {
        service: ServiceId::new(&row.service).ok()?,
        colour: Colour::from_word(&row.colour)?,
        since: row.since,
        until: row.until,
        by: row.by.clone(),
    })
}
