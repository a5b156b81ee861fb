use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::report::names::group_name;
use crate::settings::ReportSettings;

/// What a page says of a report besides its figures.
#[derive(Clone, Debug)]
pub struct About<'a> {
    /// By what it was measured.
    pub settings: &'a ReportSettings,
    /// What regions are called, by their names in the tables. One that is not among them is called as it is written down.
    pub regions: BTreeMap<String, String>,
    /// Counts below this, 0 left out, are held back.
    pub suppressed: Option<u64>,
    /// When callbacks stood as they do here; none where all of them have come to an end.
    pub as_of: Option<Timestamp>,
}

impl<'a> About<'a> {
    /// A report by these settings, with nothing held back.
    pub fn new(settings: &'a ReportSettings) -> Self {
        About {
            settings,
            regions: BTreeMap::new(),
            suppressed: None,
            as_of: None,
        }
    }

    /// What a group of calls is called.
    pub(super) fn name(&self, by: &str, name: &str) -> String {
        group_name(&self.regions, by, name)
    }

    /// What a region is called.
    pub fn region(&self, name: &str) -> String {
        group_name(&self.regions, "region", name)
    }
}
