use serde::Deserialize;
use toml::Spanned;

use crate::diagnostic::Problem;

use super::{Seconds, Settings};

/// Calls from one number are counted no further by the store.
const MOST: u32 = 100;

/// `[again]`: callers who ring again.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct AgainSettings {
    /// With so many calls, this one included, a clinician speaks to the caller first; 0 is never.
    pub calls: Spanned<u32>,
    /// Within so long.
    pub within: Seconds,
}

impl Default for AgainSettings {
    fn default() -> Self {
        AgainSettings {
            calls: Spanned::new(0..0, 3),
            within: Seconds::new(96 * 60 * 60),
        }
    }
}

impl AgainSettings {
    /// Whether somebody has called so often that a clinician is to speak to them first. `calls` counts the
    /// present one too.
    pub fn is_often(&self, calls: u32) -> bool {
        let limit = *self.calls.get_ref();
        limit > 0 && calls >= limit
    }
}

impl Settings {
    /// One call is nobody's second, and more than are counted are never reached.
    pub(super) fn check_again(&self, problems: &mut Vec<Problem>) {
        let calls = &self.again.calls;
        if !(2..=MOST).contains(calls.get_ref()) && *calls.get_ref() != 0 {
            let message = format!("{} calls cannot be told from others", calls.get_ref());
            let problem = self.problem(calls.span(), message);
            problems.push(problem.help(format!("write 0 for never, or 2 to {MOST}")));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Source;

    const SETTINGS: &str = include_str!("../../ivr111.toml");

    #[test]
    fn calls_that_cannot_be_counted_are_refused() {
        let problems = |calls: &str| {
            let text = SETTINGS.replace("calls = 3\n", &format!("calls = {calls}\n"));
            let settings = Settings::parse(Source::new("ivr111.toml", text)).unwrap();
            assert_eq!(settings.again.calls.get_ref().to_string(), calls);
            settings.check().len()
        };
        assert_eq!(["0", "2", "3", "100"].map(problems), [0; 4]);
        assert_eq!(["1", "101"].map(problems), [1; 2]);
    }

    #[test]
    fn so_many_calls_are_often_and_0_is_never() {
        let settings = |calls| AgainSettings {
            calls: Spanned::new(0..0, calls),
            ..AgainSettings::default()
        };
        assert!(!settings(3).is_often(2));
        assert!(settings(3).is_often(3) && settings(3).is_often(4));
        assert!(!settings(0).is_often(100));
    }
}
