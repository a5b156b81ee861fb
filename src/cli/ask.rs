//! Asking the store that the settings name.

use crate::settings::Settings;
use crate::store::{self, SharedStore, StoreError};

use super::args::Config;
use super::{Outcome, output, place};

/// Reads the settings; says what is wrong with them where they cannot be used.
pub(super) fn settings(config: &Config) -> Result<Settings, Outcome> {
    Settings::load(&config.config).map_err(|problem| {
        output::problems(&[problem]);
        Outcome::Failed
    })
}

/// Opens the store of the settings and asks it something.
pub(super) fn ask<T>(
    config: &Config,
    question: impl AsyncFnOnce(SharedStore) -> Result<T, StoreError>,
) -> Result<T, Outcome> {
    let settings = settings(config)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(output::failed)?;
    runtime.block_on(async {
        let store = store::open(&place(&settings)).await;
        let store = store.map_err(output::failed)?;
        question(store).await.map_err(output::failed)
    })
}
