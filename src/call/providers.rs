//! Providers that have failed: told to whoever watches over the service.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use super::service::Service;

/// How often it is looked whether a provider's callers wait with nobody at work for it.
const EVERY: Duration = Duration::from_secs(1);

/// Looks for as long as the server runs. The queue itself has others take the callers meanwhile.
pub(super) async fn watch(service: Arc<Service>) {
    let mut deserted = BTreeSet::new();
    let mut known = BTreeSet::new();
    loop {
        let (failed, now) = service.waiting_room.failed();
        for provider in now.difference(&deserted) {
            tracing::warn!(provider, "callers wait, and nobody is at work for it");
        }
        for provider in deserted.difference(&now) {
            tracing::info!(
                provider,
                "somebody is at work for it again, or nobody waits"
            );
        }
        deserted = now;
        known.extend(service.plan.load().tables.providers());
        known.extend(deserted.iter().cloned());
        for provider in &known {
            let has_failed = failed.contains(provider) || deserted.contains(provider);
            let gauge = metrics::gauge!("ivr111_provider_failed", "provider" => provider.clone());
            gauge.set(f64::from(u8::from(has_failed)));
        }
        tokio::time::sleep(EVERY).await;
    }
}
