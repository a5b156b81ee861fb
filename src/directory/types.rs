use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use toml::Spanned;

use crate::diagnostic::{Problem, Source};

use super::id::is_id;

/// A type of services.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ServiceType {
    /// What people call it.
    pub name: String,
    /// Whether the nearest two of it are named to everybody: emergency departments.
    #[serde(default)]
    pub catch_all: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    r#type: BTreeMap<Spanned<String>, ServiceType>,
}

/// `directory/types.toml`: the types of services by their names.
#[derive(Clone, Debug, Default)]
pub struct ServiceTypes(BTreeMap<String, ServiceType>);

impl ServiceTypes {
    /// Reads the text of the file. What is wrong comes back all at once.
    pub fn read(source: &Source) -> (Self, Vec<Problem>) {
        let file: File = match source.toml() {
            Ok(file) => file,
            Err(problem) => return (ServiceTypes::default(), vec![problem]),
        };
        let (mut types, mut problems) = (BTreeMap::new(), Vec::new());
        for (id, kind) in file.r#type {
            if !is_id(id.get_ref()) {
                let message = format!("`{}` is no name of a type", id.get_ref());
                let problem = source.problem(id.span(), message);
                problems.push(problem.help("small letters, digits and hyphens"));
            }
            types.insert(id.into_inner(), kind);
        }
        (ServiceTypes(types), problems)
    }

    /// A type by its name.
    pub fn get(&self, id: &str) -> Option<&ServiceType> {
        self.0.get(id)
    }

    /// All types by their names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &ServiceType)> {
        self.0.iter().map(|(id, kind)| (id.as_str(), kind))
    }

    pub(super) fn index(&self, id: &str) -> Option<u16> {
        let index = self.0.keys().position(|known| known == id)?;
        u16::try_from(index).ok()
    }
}
