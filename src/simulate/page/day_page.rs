use jiff::civil::Date;

use crate::report::adc_page::{self, About};
use crate::report::page::{Page, Part};
use crate::report::{Measured, Rules};
use crate::routing::london;
use crate::settings::ReportSettings;

use super::super::outcome::Outcome;
use super::super::people::People;
use super::super::rota::Rota;
use super::super::service::Service;
use super::{emergencies, moments, queueing, reckoned, setting, staffing};

/// A simulated day, for its page.
pub struct DayPage<'a> {
    /// The service that was simulated.
    pub service: &'a Service,
    /// Who called.
    pub people: &'a People,
    /// Who worked.
    pub rota: &'a Rota,
    /// What has come of it.
    pub outcome: &'a Outcome,
    /// The scenario's name on the command line, or its file.
    pub scenario: &'a str,
    /// The seed.
    pub seed: u64,
}

impl DayPage<'_> {
    /// The page. The same day gives the same page.
    pub fn page(&self) -> Page {
        let settings = &self.service.settings.report;
        let mut about = About::new(settings);
        about.regions = self.service.tables.region_names();
        let measured = self.measured(settings);
        let (measured, about) = (&measured, &about);
        let parts = [
            Some(adc_page::targets(measured, about)),
            Some(moments::part(self)),
            adc_page::groups(measured, about, "region"),
            adc_page::groups(measured, about, "provider"),
            Some(adc_page::fates(measured)),
            Some(staffing::part(self)),
            self.callbacks(measured, about),
            emergencies::part(self, about),
            reckoned::part(self, measured),
            Some(queueing::part(self)),
            Some(adc_page::items(measured)),
            Some(setting::part(self)),
            Some(adc_page::rules(about)),
        ];
        Page {
            title: format!("{}, simulated", self.people.name()),
            subtitle: setting::lines(self),
            parts: parts.into_iter().flatten().collect(),
        }
    }

    fn measured(&self, settings: &ReportSettings) -> Measured {
        self.outcome.measured(Rules::all(settings.clone()))
    }

    /// The day in London.
    pub(super) fn date(&self) -> Date {
        london().to_datetime(self.outcome.period.0).date()
    }

    fn callbacks(&self, measured: &Measured, about: &About) -> Option<Part> {
        let mut part = adc_page::callbacks(measured, about)?;
        part.blocks.extend(moments::callbacks(self));
        Some(part)
    }
}
