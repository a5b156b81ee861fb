use crate::settings::Settings;
use crate::store::Place;

/// Where the settings say that the store is; the password may come from the environment.
pub(super) fn place(settings: &Settings) -> Place {
    Place {
        url: settings.store_url(),
        password: settings.store_password(|name| std::env::var(name).ok()),
        node: settings.store.node.get_ref().clone(),
        patience: settings.store.patience.get_ref().get(),
    }
}
