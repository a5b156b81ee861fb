use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use crate::call::Plan;
use crate::flow::{Flow, Places, Utterance};
use crate::routing::Tables;
use crate::settings::Settings;

/// How long a recording is that is not there.
const MISSING: Duration = Duration::ZERO;

/// The service as it stands on disk: settings, tables, menus, and how long each recording takes to say.
#[derive(Clone, Debug)]
pub struct Service {
    pub(super) settings: Settings,
    pub(super) tables: Tables,
    pub(super) flow: Arc<Flow>,
    pub(super) places: Arc<Places>,
    /// By language and name.
    lengths: HashMap<String, HashMap<String, Duration>>,
}

impl Service {
    /// A service by the plan that serves callers.
    pub fn of(plan: Plan) -> Self {
        let mut lengths: HashMap<String, HashMap<String, Duration>> = HashMap::new();
        for (language, name, clip) in plan.prompts.all() {
            let of_language = lengths.entry(language.to_owned()).or_default();
            of_language.insert(name.to_owned(), clip.duration());
        }
        Service {
            settings: plan.settings,
            tables: plan.tables,
            flow: plan.flow,
            places: plan.places,
            lengths,
        }
    }

    /// The same with other tables.
    #[must_use]
    pub fn with_tables(&self, tables: Tables) -> Self {
        Service {
            tables,
            ..self.clone()
        }
    }

    /// Its tables.
    pub fn tables(&self) -> &Tables {
        &self.tables
    }

    /// Its settings.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// How long it takes to say something in a language, in English where that lacks it.
    pub(super) fn length(&self, language: &str, said: &[Utterance]) -> Duration {
        let of = |language: &str, name: &str| self.lengths.get(language)?.get(name).copied();
        let names = said.iter().flat_map(Utterance::recordings);
        let lengths = names.map(|name| {
            let length = of(language, &name).or_else(|| of(crate::flow::ENGLISH, &name));
            length.unwrap_or(MISSING)
        });
        lengths.sum()
    }
}
