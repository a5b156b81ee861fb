use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use jiff::Timestamp;
use jiff::civil::Date;

use crate::diagnostic::{Problem, Source};
use crate::identity::Number;

use super::area::Areas;
use super::national::{National, Registered};
use super::outward::Districts;
use super::postcode::Postcodes;
use super::provider::{self, ProviderDecision};
use super::region::{Region, RegionId};

/// Everything under `routing/` but the flows. Read once, then shared by all calls.
#[derive(Clone, Debug)]
pub struct Tables {
    pub(super) areas: Areas,
    pub(super) postcodes: Postcodes,
    districts: Districts,
    pub(super) national: National,
    pub(super) regions: BTreeMap<RegionId, Region>,
    sources: BTreeMap<RegionId, Source>,
    national_source: Source,
}

impl Tables {
    /// Reads the folder. What is wrong comes back all at once.
    pub fn load(folder: &Path) -> Result<Self, Vec<Problem>> {
        let mut problems = Vec::new();
        let (regions, sources) = read_regions(&folder.join("regions"), &mut problems);
        let known: Vec<RegionId> = regions.keys().cloned().collect();
        let mut read = |name: &str| {
            let source = Source::read(&folder.join(name));
            source.map_err(|problem| problems.push(problem)).ok()
        };
        let (areas, postcodes) = (read("areas.csv"), read("postcodes.csv"));
        let districts = read("outward-codes.csv").map(|source| Districts::read(&source));
        let national_source = read("national.toml");
        let areas = areas.map(|source| Areas::read(&source, &known));
        let postcodes = postcodes.map(|source| Postcodes::read(&source, &known));
        let national = national_source
            .as_ref()
            .map(|source| National::read(source, &known));
        problems.extend(areas.iter().flat_map(|(_, found)| found.clone()));
        problems.extend(postcodes.iter().flat_map(|(_, found)| found.clone()));
        problems.extend(districts.iter().flat_map(|(_, found)| found.clone()));
        if let Some(Err(found)) = &national {
            problems.extend(found.clone());
        }
        match (areas, postcodes.zip(districts), national, national_source) {
            (
                Some(areas),
                Some((postcodes, districts)),
                Some(Ok(national)),
                Some(national_source),
            ) if problems.is_empty() => {
                let tables = Tables {
                    areas: areas.0,
                    postcodes: postcodes.0,
                    districts: districts.0,
                    national,
                    regions,
                    sources,
                    national_source,
                };
                let mut problems = tables.check_overflow();
                problems.extend(tables.check_districts(&folder.join("outward-codes.csv")));
                match problems.is_empty() {
                    true => Ok(tables),
                    false => Err(problems),
                }
            }
            _ => Err(problems),
        }
    }

    /// Trunks that the tables name but that the settings do not have.
    pub fn check_trunks(&self, known: &[&str]) -> Vec<Problem> {
        let regions = self.regions.iter().zip(self.sources.values());
        let mut problems: Vec<Problem> = regions
            .flat_map(|((_, region), source)| region.check_trunks(source, known))
            .collect();
        let operator = &self.national.operator;
        if !known.contains(&operator.get_ref().as_str()) {
            let message = format!("there is no trunk `{}`", operator.get_ref());
            problems.push(self.national_source.problem(operator.span(), message));
        }
        problems
    }

    /// Postcodes that can be keyed and that tell nothing.
    fn check_districts(&self, file: &Path) -> Option<Problem> {
        let mut codes = self.districts.iter();
        let nowhere = codes.find(|code| self.postcodes.of(code).is_none())?;
        let message = format!("{nowhere} is in no region of postcodes.csv");
        Some(Problem::with_file(file, message))
    }

    /// A region, or the national one for a name that is not in the tables.
    pub fn region(&self, id: &RegionId) -> Option<&Region> {
        let default = || self.regions.get(&self.national.default_region);
        self.regions.get(id).or_else(default)
    }

    /// Whether a region is in the tables.
    pub fn has_region(&self, id: &RegionId) -> bool {
        self.regions.contains_key(id)
    }

    /// The names of all regions.
    pub fn regions(&self) -> impl Iterator<Item = &RegionId> {
        self.regions.keys()
    }

    /// What regions are called by people, by their names.
    pub fn region_names(&self) -> BTreeMap<String, String> {
        let names = self.regions.iter();
        names
            .map(|(id, region)| (id.to_string(), region.name.clone()))
            .collect()
    }

    pub(super) fn all_regions(&self) -> impl Iterator<Item = (&RegionId, &Region)> {
        self.regions.iter()
    }

    pub(super) fn regions_with_sources(&self) -> impl Iterator<Item = (&Region, &Source)> {
        self.regions.values().zip(self.sources.values())
    }

    /// The names of all providers.
    pub fn providers(&self) -> BTreeSet<String> {
        let regions = self.regions.values();
        regions.flat_map(Region::provider_ids).collect()
    }

    /// Those that are marked as failed in any region.
    pub fn failed_providers(&self) -> BTreeSet<String> {
        let providers = self.regions.values().flat_map(|r| r.provider.get_ref());
        let failed = providers.filter(|provider| provider.failed);
        failed
            .map(|provider| provider.id.get_ref().clone())
            .collect()
    }

    /// The region of callers whose place is not known.
    pub fn default_region(&self) -> &RegionId {
        &self.national.default_region
    }

    /// Which key stands for which region, when a caller is asked.
    pub fn region_keys(&self) -> &[(char, RegionId)] {
        &self.national.region_keys
    }

    /// The key of whoever would rather key a postcode than choose a region; none where that is not offered.
    pub fn postcode_key(&self) -> Option<char> {
        self.national.postcode_key
    }

    /// The first half of every postcode, and whether it lies in one region.
    pub fn outward_codes(&self) -> impl Iterator<Item = (&str, bool)> {
        let in_one = |code: &str| {
            let place = self.postcodes.of(code);
            place.is_some_and(|place| place.regions.len() == 1)
        };
        self.districts.iter().map(move |code| (code, in_one(code)))
    }

    /// What postcodes say about regions.
    pub fn postcodes(&self) -> &Postcodes {
        &self.postcodes
    }

    /// The days on which bank-holiday hours hold.
    pub fn bank_holidays(&self) -> &BTreeSet<Date> {
        &self.national.bank_holidays
    }

    /// Who registered a number.
    pub fn registered(&self, number: &Number) -> Option<&Registered> {
        self.national.registered.get(number)
    }

    /// How many area codes there are.
    pub fn area_codes(&self) -> usize {
        self.areas.len()
    }

    /// The area codes of a region.
    pub fn area_codes_of(&self, region: &RegionId) -> Vec<&str> {
        self.areas.codes_of(region)
    }

    /// The control rooms of a region by trunk, in order, and after them the national operator.
    pub fn control_rooms(&self, id: &RegionId) -> Vec<String> {
        let rooms = self.region(id).map(|r| &r.ambulance.control_rooms);
        rooms
            .into_iter()
            .flatten()
            .chain([&self.national.operator])
            .map(|trunk| trunk.get_ref().clone())
            .collect()
    }

    /// Whether a call of a region may fall to a provider at a moment, whichever number it has.
    pub fn may_fall_to(&self, id: &RegionId, provider: &str, now: Timestamp) -> bool {
        let providers = self.region(id).map(|region| region.provider.get_ref());
        let providers = providers.map_or(&[][..], Vec::as_slice);
        provider::may_decide(providers, provider, now, &self.national.bank_holidays)
    }

    /// Which provider a call falls to. `turn` is the call's number in its region: the same number gives
    /// the same provider, and any 10,000 in a row are split within 1 % of the shares.
    pub fn provider(&self, id: &RegionId, turn: u64, now: Timestamp) -> Option<ProviderDecision> {
        let providers = self.region(id)?.provider.get_ref();
        provider::decide(providers, turn, now, &self.national.bank_holidays)
    }
}

fn read_regions(
    folder: &Path,
    problems: &mut Vec<Problem>,
) -> (BTreeMap<RegionId, Region>, BTreeMap<RegionId, Source>) {
    let (mut regions, mut sources) = (BTreeMap::new(), BTreeMap::new());
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) => {
            problems.push(Problem::with_file(
                folder,
                format!("cannot be read: {error}"),
            ));
            return (regions, sources);
        }
    };
    let files = entries.flatten().map(|entry| entry.path());
    for path in files.filter(|p| p.extension().is_some_and(|e| e == "toml")) {
        let Some(id) = path.file_stem().and_then(|s| s.to_str()).map(RegionId::new) else {
            continue;
        };
        let read = Source::read(&path).and_then(|source| Ok((source.toml::<Region>()?, source)));
        match read {
            Ok((region, source)) => {
                problems.extend(region.check(&source));
                regions.insert(id.clone(), region);
                sources.insert(id, source);
            }
            Err(problem) => problems.push(problem),
        }
    }
    (regions, sources)
}
