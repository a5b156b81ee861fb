use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::Date;

use crate::clinical::{Codes, DiscriminatorCode, DispositionCode, SymptomGroupCode};
use crate::directory::Directory;

/// What regions, codes and services are called. What has no name here is called as it is written down.
#[derive(Clone, Default)]
pub struct Names {
    /// What regions are called, by their names in the tables.
    pub regions: BTreeMap<String, String>,
    /// What codes mean.
    pub codes: Option<Arc<Codes>>,
    /// What services are called.
    pub directory: Option<Arc<Directory>>,
}

impl Names {
    /// A group of a table by `region`, `provider`, `month`, `day` or `hour`.
    pub fn group(&self, by: &str, name: &str) -> String {
        group_name(&self.regions, by, name)
    }

    /// A disposition: what it means, and its code.
    pub fn disposition(&self, code: &DispositionCode) -> String {
        let found = self
            .codes
            .as_ref()
            .and_then(|codes| codes.disposition(code));
        with_code(code.as_str(), found.map(|found| found.meaning.as_str()))
    }

    /// A symptom group.
    pub fn symptom_group(&self, code: &SymptomGroupCode) -> String {
        let codes = self.codes.as_ref();
        with_code(
            code.as_str(),
            codes.and_then(|codes| codes.symptom_group(code)),
        )
    }

    /// A discriminator.
    pub fn discriminator(&self, code: &DiscriminatorCode) -> String {
        let codes = self.codes.as_ref();
        with_code(
            code.as_str(),
            codes.and_then(|codes| codes.discriminator(code)),
        )
    }

    /// A service.
    pub fn service(&self, id: &str) -> String {
        let directory = self.directory.as_ref();
        let service = directory.and_then(|directory| directory.service(id));
        service.map_or(id, |service| &service.name).to_owned()
    }

    /// A type of services.
    pub fn service_type(&self, id: &str) -> String {
        let directory = self.directory.as_ref();
        let found = directory.and_then(|directory| directory.types().get(id));
        found.map_or(id, |found| &found.name).to_owned()
    }
}

fn with_code(code: &str, meaning: Option<&str>) -> String {
    match meaning {
        Some(meaning) => format!("{meaning} ({code})"),
        None => code.to_owned(),
    }
}

/// What a group of a table is called, by what regions are called.
pub(super) fn group_name(regions: &BTreeMap<String, String>, by: &str, name: &str) -> String {
    let found = match (by, name) {
        (_, "") => None,
        ("region", name) => Some(regions.get(name).map_or(name, String::as_str).to_owned()),
        ("month", name) => {
            let first = format!("{name}-01").parse::<Date>();
            first
                .map(|date| date.strftime("%B %Y").to_string())
                .ok()
                .or_else(|| Some(name.to_owned()))
        }
        ("hour", name) => Some(format!("{name}:00")),
        (_, name) => Some(name.to_owned()),
    };
    found
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| "not known".to_owned())
}
