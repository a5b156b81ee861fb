//! How things stand, for whoever watches over the service.

use crate::report::Standing;
use crate::settings::ReportSettings;

use super::service::Service;

impl Service {
    /// How things stand now. Asks nobody, and costs a look at everybody who waits or answers.
    pub fn standing(&self) -> Standing {
        Standing {
            queue: self.waiting_room.standing(),
            calls: self.calls(),
            emergencies: self.emergencies(),
            callbacks: self.book.open(),
        }
    }

    /// By what settings it is measured what happens.
    pub fn report_settings(&self) -> ReportSettings {
        self.plan.load().settings.report.clone()
    }
}
