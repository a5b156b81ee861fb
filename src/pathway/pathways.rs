use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use serde::Serialize;

use crate::clinical::{AgeGroup, Codes, Gender, Patient};
use crate::diagnostic::{Problem, Source};

use super::model::Pathway;
use super::stamp::Stamp;

/// The most pathways that a folder may have.
const MOST: usize = 500;
/// The largest file, in bytes.
const LARGEST: u64 = 1 << 20;

/// All pathways of a routing folder, by their ids.
#[derive(Clone, Debug, Default)]
pub struct Pathways(BTreeMap<String, Arc<Pathway>>);

/// What is told of a pathway where one is chosen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Which it is.
    #[serde(flatten)]
    pub stamp: Stamp,
    /// Its name.
    pub name: String,
    /// The code of its symptom group.
    pub symptom_group: String,
    /// For whom it is, by age.
    pub ages: Vec<AgeGroup>,
    /// For whom it is, by gender.
    pub genders: Vec<Gender>,
    /// In which languages it can be walked.
    pub languages: Vec<String>,
}

impl Pathways {
    /// Reads `pathways/*.toml` of a routing folder; without such a folder there are none. What is wrong comes back
    /// all at once, each with its place.
    pub fn load(routing: &Path, codes: &Codes) -> Result<Self, Vec<Problem>> {
        let folder = routing.join("pathways");
        let mut problems = Vec::new();
        let mut pathways = BTreeMap::new();
        let entries = match std::fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Ok(Pathways::default());
            }
            Err(error) => {
                let message = format!("cannot be read: {error}");
                return Err(vec![Problem::with_file(&folder, message)]);
            }
        };
        let mut files: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
        files.retain(|path| path.extension().is_some_and(|e| e == "toml"));
        files.sort();
        if files.len() > MOST {
            let message = format!("{} pathways, and {MOST} are the most", files.len());
            return Err(vec![Problem::with_file(&folder, message)]);
        }
        for path in files {
            match load(&path, codes) {
                Ok(pathway) => {
                    pathways.insert(pathway.id().to_owned(), Arc::new(pathway));
                }
                Err(found) => problems.extend(found),
            }
        }
        match problems.is_empty() {
            true => Ok(Pathways(pathways)),
            false => Err(problems),
        }
    }

    /// The pathway of an id; none where there is no such one.
    pub fn get(&self, id: &str) -> Option<&Arc<Pathway>> {
        self.0.get(id)
    }

    /// All of them by their ids.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Pathway>> {
        self.0.values()
    }

    /// Those that are for a patient.
    pub fn for_patient(&self, patient: Patient) -> impl Iterator<Item = &Arc<Pathway>> {
        self.iter().filter(move |pathway| pathway.is_for(patient))
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many paths through all of them there are; past the largest number it stays there.
    pub fn count_paths(&self) -> u64 {
        let counts = self.iter().map(|pathway| pathway.count_paths());
        counts.fold(0, u64::saturating_add)
    }
}

fn load(path: &Path, codes: &Codes) -> Result<Pathway, Vec<Problem>> {
    let id = path.file_stem().unwrap_or_default().to_string_lossy();
    if std::fs::metadata(path).is_ok_and(|file| file.len() > LARGEST) {
        let message = format!("the file is larger than {LARGEST} bytes");
        return Err(vec![Problem::with_file(path, message)]);
    }
    let source = Source::read(path).map_err(|problem| vec![problem])?;
    Pathway::read(&id, &source, codes)
}

impl Pathway {
    /// What is told of it where one is chosen, in a language.
    pub fn summary(&self, language: &str) -> Summary {
        Summary {
            stamp: self.stamp(),
            name: self.name(language).to_owned(),
            symptom_group: self.symptom_group().to_string(),
            ages: self.ages().collect(),
            genders: self.genders().collect(),
            languages: self.languages().map(str::to_owned).collect(),
        }
    }
}
