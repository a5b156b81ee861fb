//! A desk with the shipped tables and nobody's calls but those that a test makes up.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use arc_swap::ArcSwap;
use async_trait::async_trait;
use jiff::Timestamp;
use tempfile::TempDir;

use super::super::{Api, DeskSource, People};
use crate::call::{About, Answer, Ordered};
use crate::clinical::Codes;
use crate::diagnostic::Source;
use crate::directory::{Capacities, CapacitySetting, Directory, Ground, Service};
use crate::identity::Reference;
use crate::pathway::Pathways;
use crate::routing::Tables;
use crate::settings::Settings;
use crate::store::{self, Place, SharedStore, StoreError};
use crate::transfer::ServiceLine;

const SHIPPED: &str = include_str!("../../../../ivr111.toml");

pub(super) struct Desk {
    codes: Arc<Codes>,
    pathways: Arc<Pathways>,
    directory: Arc<Directory>,
    capacities: ArcSwap<Capacities>,
    store: SharedStore,
    pub(super) now: Mutex<Timestamp>,
    /// In which call 1001 is.
    pub(super) call: Mutex<Option<About>>,
    /// What has been ordered, and what is answered.
    pub(super) ordered: Mutex<Vec<Ordered>>,
    pub(super) answer: Mutex<Answer>,
    _folder: TempDir,
}

impl Desk {
    /// On a Wednesday at eleven.
    pub(super) async fn new() -> Arc<Self> {
        let routing = Path::new(env!("CARGO_MANIFEST_DIR")).join("routing");
        let codes = Arc::new(Codes::load(&routing).unwrap());
        let tables = Tables::load(&routing).unwrap();
        let directory = Directory::load(&routing, Ground::of(&tables, &codes)).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("desk.db");
        let mut place = Place::new(format!("sqlite:{}", file.display()));
        place.patience = Duration::from_secs(60);
        Arc::new(Desk {
            pathways: Arc::new(Pathways::load(&routing, &codes).unwrap()),
            directory: Arc::new(directory),
            codes,
            capacities: ArcSwap::default(),
            store: store::open(&place).await.unwrap(),
            now: Mutex::new("2026-12-02T11:00:00Z".parse().unwrap()),
            call: Mutex::default(),
            ordered: Mutex::default(),
            answer: Mutex::new(Answer::Done),
            _folder: folder,
        })
    }

    pub(super) fn api(self: &Arc<Self>, is_private: bool) -> Api {
        let settings = Settings::parse(Source::new("ivr111.toml", SHIPPED)).unwrap();
        let passwords = settings.passwords(|_| None).unwrap();
        let people = People::new(&settings, &passwords);
        let source: Arc<dyn DeskSource> = self.clone();
        Api::new(Arc::new(ArcSwap::from_pointee(people)), is_private, source)
    }

    /// Puts 1001 into a call.
    pub(super) fn talks(&self) {
        *self.call.lock().unwrap() = Some(About {
            reference: Reference::new(1, 2),
            region: "kent-surrey-sussex".to_owned(),
            outward: Some("BN1".to_owned()),
            language: "en-GB".to_owned(),
        });
    }
}

#[async_trait]
impl DeskSource for Desk {
    fn now(&self) -> Timestamp {
        *self.now.lock().unwrap()
    }

    fn codes(&self) -> Arc<Codes> {
        Arc::clone(&self.codes)
    }

    fn pathways(&self) -> Arc<Pathways> {
        Arc::clone(&self.pathways)
    }

    fn directory(&self) -> Arc<Directory> {
        Arc::clone(&self.directory)
    }

    fn capacities(&self) -> Arc<Capacities> {
        self.capacities.load_full()
    }

    async fn set_capacity(&self, setting: CapacitySetting) -> Result<(), StoreError> {
        let mut capacities = Capacities::clone(&self.capacities.load());
        capacities.put(setting).unwrap();
        self.capacities.store(Arc::new(capacities));
        Ok(())
    }

    fn store(&self) -> &SharedStore {
        &self.store
    }

    fn talks_with(&self, account: &str) -> Option<About> {
        let call = self.call.lock().unwrap().clone();
        call.filter(|_| account == "1001")
    }

    async fn order(&self, account: &str, call: Reference, what: Ordered) -> Option<Answer> {
        let about = self.talks_with(account)?;
        if about.reference != call {
            return None;
        }
        self.ordered.lock().unwrap().push(what);
        Some(*self.answer.lock().unwrap())
    }

    fn line_of(&self, service: &Service) -> ServiceLine {
        ServiceLine {
            service: service.id.to_string(),
            trunk: "carrier".to_owned(),
            number: service.phone.clone(),
            ring: Duration::from_secs(30),
            announced: vec![],
        }
    }
}
