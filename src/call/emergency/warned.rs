//! What somebody has to know of a hunt.

use crate::alert::Alert;
use crate::emergency::Warning;

use super::super::case::Case;
use super::chase::Chase;

impl Case {
    /// Raises an alert. Its text names control rooms, and no caller.
    pub(super) fn warn(&self, chase: &Chase, warning: Warning) {
        let (kind, text) = match warning {
            Warning::Failed(attempt, why) => {
                let status = why.status.map_or(String::new(), |s| format!(" {s}"));
                let room = chase.name_of(attempt);
                let text = format!("{room} has failed:{status} {}", why.text);
                ("control-room-failed", text)
            }
            Warning::Unheard(attempt) => {
                let room = chase.name_of(attempt);
                let text = format!("{room} has answered, and no sound comes from it");
                ("control-room-failed", text)
            }
            Warning::Silent(attempt) => {
                let room = chase.name_of(attempt);
                let text = format!("{room} has a caller, and nothing but silence comes from it");
                ("control-room-silent", text)
            }
            Warning::Lost(attempt) => {
                let room = chase.name_of(attempt);
                let text =
                    format!("{room} was lost while it had a caller, who is put through again");
                ("control-room-lost", text)
            }
            Warning::Late => {
                let seconds = self.plan.settings.emergency.alert_after.get().as_secs_f64();
                let text = format!("a caller has waited for a control room for {seconds} s");
                ("999-late", text)
            }
        };
        self.service.alerts.raise(&Alert {
            kind,
            about: Some(self.log.reference()),
            text,
        });
    }
}
