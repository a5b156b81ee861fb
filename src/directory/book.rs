use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::clinical::Codes;
use crate::diagnostic::{Problem, Source};
use crate::identity::Number;
use crate::routing::{Postcodes, RegionId, Tables};

use super::columns::Columns;
use super::entry::{Known, Reader};
use super::id::ServiceId;
use super::place::{OutwardPlaces, PatientPlace};
use super::row::Row;
use super::service::{Service, Status};
use super::sheet::from_csv;
use super::types::ServiceTypes;

/// The most services of a directory.
const MOST: usize = 100_000;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    service: Vec<Row>,
}

/// What a directory rests on: codes, regions, and the days on which bank-holiday hours hold.
#[derive(Clone, Debug, Default)]
pub struct Ground {
    /// The codes that there are.
    pub codes: Arc<Codes>,
    /// The names of all regions.
    pub regions: Vec<RegionId>,
    /// In which region a postcode lies.
    pub postcodes: Postcodes,
    /// Bank holidays.
    pub holidays: BTreeSet<Date>,
}

impl Ground {
    /// The ground that tables give.
    pub fn of(tables: &Tables, codes: &Arc<Codes>) -> Self {
        Ground {
            codes: Arc::clone(codes),
            regions: tables.regions().cloned().collect(),
            postcodes: tables.postcodes().clone(),
            holidays: tables.bank_holidays().clone(),
        }
    }
}

/// All services, put in order for searching.
pub struct Directory {
    pub(super) ground: Ground,
    pub(super) places: OutwardPlaces,
    pub(super) types: ServiceTypes,
    /// In the order of their names.
    pub(super) services: Vec<Service>,
    pub(super) columns: Columns,
    by_id: HashMap<ServiceId, u32>,
    /// Trunks that services name, and where.
    trunks: Vec<(Source, Range<usize>, String)>,
}

impl Directory {
    /// A directory of no services.
    pub fn empty(ground: Ground) -> Self {
        let (types, places) = (ServiceTypes::default(), OutwardPlaces::default());
        Directory::new(ground, places, types, Vec::new())
    }

    /// A directory of services that have been read; where two have one name, the first counts.
    pub fn new(
        ground: Ground,
        places: OutwardPlaces,
        types: ServiceTypes,
        mut services: Vec<Service>,
    ) -> Self {
        services.sort_by(|a, b| a.id.cmp(&b.id));
        services.dedup_by(|later, first| later.id == first.id);
        let by_id = (0u32..).zip(&services);
        let by_id = by_id.map(|(i, service)| (service.id.clone(), i)).collect();
        Directory {
            columns: Columns::new(&services, &types, &places),
            ground,
            places,
            types,
            services,
            by_id,
            trunks: Vec::new(),
        }
    }

    /// Reads `directory/` of a routing folder: `types.toml`, `outward-places.csv`, and the services of every other
    /// `.toml`. Without the folder the directory is empty. What is wrong comes back all at once.
    pub fn load(routing: &Path, ground: Ground) -> Result<Self, Vec<Problem>> {
        let folder = routing.join("directory");
        if !folder.exists() {
            return Ok(Directory::empty(ground));
        }
        let mut problems = Vec::new();
        let mut read = |path: &Path| {
            let source = Source::read(path);
            source.map_err(|problem| problems.push(problem)).ok()
        };
        let places = read(&folder.join("outward-places.csv"));
        let types = read(&folder.join("types.toml"));
        let files = match files(&folder) {
            Ok(files) => files,
            Err(problem) => return Err(vec![problem]),
        };
        let sources: Vec<Source> = files.iter().filter_map(|path| read(path)).collect();
        let (Some(places), Some(types)) = (places, types) else {
            return Err(problems);
        };
        let read = Directory::read(&places, &types, &sources, ground);
        match read {
            Ok(directory) if problems.is_empty() => Ok(directory),
            Ok(_) => Err(problems),
            Err(found) => {
                problems.extend(found);
                Err(problems)
            }
        }
    }

    /// Reads the texts of such a folder.
    pub fn read(
        places: &Source,
        types: &Source,
        services: &[Source],
        ground: Ground,
    ) -> Result<Self, Vec<Problem>> {
        let (places, mut problems) = OutwardPlaces::read(places);
        let (types, found) = ServiceTypes::read(types);
        problems.extend(found);
        let known = Known {
            codes: &ground.codes,
            types: &types,
            regions: &ground.regions,
            places: &places,
        };
        let (mut read, mut trunks, mut names) = (Vec::new(), Vec::new(), HashMap::new());
        for source in services {
            let file: File = match source.toml() {
                Ok(file) => file,
                Err(problem) => {
                    problems.push(problem);
                    continue;
                }
            };
            let mut reader = Reader {
                known,
                source,
                problems: Vec::new(),
            };
            for row in &file.service {
                read.extend(reader.service(row));
                let trunk = row.trunk.iter();
                trunks.extend(trunk.map(|t| (source.clone(), t.span(), t.get_ref().clone())));
                let place = source.problem(row.id.span(), "");
                if let Some(first) = names.insert(row.id.get_ref().clone(), place) {
                    let first = format!("{}:{}", first.file.display(), first.line);
                    let message = format!("`{}` stands in {first} already", row.id.get_ref());
                    reader.problems.push(source.problem(row.id.span(), message));
                }
            }
            problems.extend(reader.problems);
        }
        if read.len() > MOST {
            let message = format!("{} services, and {MOST} are the most", read.len());
            problems.extend(services.last().map(|source| source.problem(0..0, message)));
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        let mut directory = Directory::new(ground, places, types, read);
        directory.trunks = trunks;
        Ok(directory)
    }

    /// Reads a CSV table of services against the codes, types, regions and places of this directory.
    pub fn read_csv(&self, source: &Source) -> Result<Vec<Service>, Vec<Problem>> {
        let known = Known {
            codes: &self.ground.codes,
            types: &self.types,
            regions: &self.ground.regions,
            places: &self.places,
        };
        from_csv(source, known)
    }

    /// Trunks that services name but that are not among those known.
    pub fn check_trunks(&self, known: &[&str]) -> Vec<Problem> {
        let trunks = self.trunks.iter();
        trunks
            .filter(|(_, _, trunk)| !known.contains(&trunk.as_str()))
            .map(|(source, span, trunk)| {
                let problem = source.problem(span.clone(), format!("there is no trunk `{trunk}`"));
                problem.help(format!("trunks are: {}", known.join(", ")))
            })
            .collect()
    }

    /// All services, in the order of their names.
    pub fn services(&self) -> &[Service] {
        &self.services
    }

    /// A service by its name.
    pub fn service(&self, id: &str) -> Option<&Service> {
        let index = self.by_id.get(id)?;
        self.services.get(*index as usize)
    }

    /// The active service with a telephone number; the first by name where several have the same.
    pub fn active_by_phone(&self, number: &Number) -> Option<&Service> {
        let mut services = self.services.iter();
        services.find(|service| service.phone == *number && service.status == Status::Active)
    }

    /// How many services there are.
    pub fn len(&self) -> usize {
        self.services.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.services.is_empty()
    }

    /// The types of services.
    pub fn types(&self) -> &ServiceTypes {
        &self.types
    }

    /// Services that run, and whose entries should have been verified again by a moment.
    pub fn overdue(&self, now: Timestamp) -> impl Iterator<Item = &Service> {
        let is_active = |service: &&Service| service.status == super::service::Status::Active;
        let services = self.services.iter().filter(is_active);
        services.filter(move |service| service.is_overdue(now))
    }

    /// Where the patient of a postcode is; none where nothing tells.
    pub fn place(&self, postcode: &str) -> Option<PatientPlace> {
        self.places.patient(postcode, &self.ground.postcodes)
    }
}

/// Writes services as `[[service]]` tables, which are read back as the same services.
pub fn to_toml<'s>(
    services: impl IntoIterator<Item = &'s Service>,
) -> Result<String, toml::ser::Error> {
    let service = services.into_iter().map(Row::from).collect();
    toml::to_string(&File { service })
}

/// The files of services, by their names.
fn files(folder: &Path) -> Result<Vec<PathBuf>, Problem> {
    let cannot = |error| Problem::with_file(folder, format!("cannot be read: {error}"));
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(cannot)? {
        let path = entry.map_err(cannot)?.path();
        let is_toml = path
            .extension()
            .is_some_and(|extension| extension == "toml");
        if is_toml && path.file_name().is_some_and(|name| name != "types.toml") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

impl fmt::Debug for Directory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Directory")
            .field("services", &self.services.len())
            .finish_non_exhaustive()
    }
}
