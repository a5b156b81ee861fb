use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use crate::callback::{self, Deadline, Disposition, Dispositions, Margin, Pauses, Risk};
use crate::diagnostic::Problem;
use crate::queue::CLINICIAN;

use super::{Seconds, Settings};

/// A caller is tried so often at the most.
const MOST_ATTEMPTS: u32 = 20;
/// Between two tries, and between two times that a clinician is asked, in seconds.
const SHORTEST_PAUSE: u64 = 1;

/// `[callback]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct CallbackSettings {
    /// Tries before a clinician decides what happens next.
    pub attempts: Spanned<u32>,
    /// Between two tries, where nobody has answered.
    pub retry: Spanned<Seconds>,
    /// The same where the caller was engaged.
    pub busy: Spanned<Seconds>,
    /// Where the clinician has said that a machine has answered.
    pub voicemail: Spanned<Seconds>,
    /// Where the network could not reach the number; after twice in a row a clinician decides.
    pub unobtainable: Spanned<Seconds>,
    /// A decision that nobody has made is put to a clinician again after this.
    pub decision: Spanned<Seconds>,
    /// A callback is to be made within this time, where no disposition says otherwise.
    pub deadline: Seconds,
    /// How long the caller's phone rings.
    pub ring: Seconds,
    /// The trunk by which callers are rung.
    pub trunk: String,
    /// When a callback is raised whose deadline is near.
    pub risk: RiskTable,
    /// What dispositions say, besides those that are known anyway, or instead of them.
    pub dispositions: BTreeMap<Spanned<String>, DispositionRow>,
}

/// `[callback.risk]`
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct RiskTable {
    /// It goes before all others of its kind.
    pub first: MarginRow,
    /// Any clinician may make it.
    pub any_skill: MarginRow,
    /// A supervisor is told.
    pub supervisor: MarginRow,
}

/// A time before a deadline: `{ percent = 50, least = 600 }`.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct MarginRow {
    /// Of the whole time between promise and deadline, in hundredths.
    pub percent: u32,
    /// But at least so much.
    pub least: Seconds,
}

/// A disposition: `{ within = 3600, skill = "clinician" }`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct DispositionRow {
    /// In how much time; left out, at once.
    pub within: Option<Seconds>,
    /// The skill of whoever is to make it; any clinician where it is left out.
    pub skill: Option<String>,
}

impl From<Margin> for MarginRow {
    fn from(margin: Margin) -> Self {
        MarginRow {
            percent: margin.percent,
            least: Seconds::new(margin.least.as_secs()),
        }
    }
}

impl From<MarginRow> for Margin {
    fn from(row: MarginRow) -> Self {
        Margin {
            percent: row.percent,
            least: row.least.get(),
        }
    }
}

impl Default for RiskTable {
    fn default() -> Self {
        let risk = Risk::default();
        RiskTable {
            first: risk.first.into(),
            any_skill: risk.any_skill.into(),
            supervisor: risk.supervisor.into(),
        }
    }
}

impl RiskTable {
    fn rows(&self) -> [MarginRow; 3] {
        [self.first, self.any_skill, self.supervisor]
    }
}

fn seconds(seconds: u64) -> Spanned<Seconds> {
    Spanned::new(0..0, Seconds::new(seconds))
}

impl Default for CallbackSettings {
    fn default() -> Self {
        CallbackSettings {
            attempts: Spanned::new(0..0, 3),
            retry: seconds(15 * 60),
            busy: seconds(5 * 60),
            voicemail: seconds(15 * 60),
            unobtainable: seconds(15 * 60),
            decision: seconds(5 * 60),
            deadline: Seconds::new(6 * 60 * 60),
            ring: Seconds::new(45),
            trunk: "carrier".into(),
            risk: RiskTable::default(),
            dispositions: BTreeMap::new(),
        }
    }
}

impl CallbackSettings {
    /// As the book of callbacks takes them.
    pub fn book(&self) -> callback::Settings {
        callback::Settings {
            attempts: *self.attempts.get_ref(),
            pauses: Pauses {
                no_answer: self.retry.get_ref().get(),
                busy: self.busy.get_ref().get(),
                voicemail: self.voicemail.get_ref().get(),
                unobtainable: self.unobtainable.get_ref().get(),
            },
            decision: self.decision.get_ref().get(),
            risk: Risk {
                first: self.risk.first.into(),
                any_skill: self.risk.any_skill.into(),
                supervisor: self.risk.supervisor.into(),
            },
            ..callback::Settings::default()
        }
    }

    /// Every disposition that leads to a callback.
    pub fn dispositions(&self) -> Dispositions {
        let mut all = Dispositions::default();
        for (code, row) in &self.dispositions {
            let within = row.within.map(|within| Deadline::Within(within.get()));
            let disposition = Disposition {
                deadline: within.unwrap_or(Deadline::Immediate),
                skill: row.skill.clone().unwrap_or_else(|| CLINICIAN.to_owned()),
            };
            all.set(code.get_ref(), disposition);
        }
        all
    }

    /// What holds for a callback with this disposition, or with none.
    pub fn disposition(
        &self,
        code: Option<&str>,
    ) -> Result<Disposition, callback::UnknownDisposition> {
        match code {
            Some(code) => self.dispositions().find(code).cloned(),
            None => Ok(self.otherwise()),
        }
    }

    /// What holds where there is no disposition.
    pub fn otherwise(&self) -> Disposition {
        Disposition {
            deadline: Deadline::Within(self.deadline.get()),
            skill: CLINICIAN.to_owned(),
        }
    }
}

impl Settings {
    pub(super) fn check_callbacks(&self, problems: &mut Vec<Problem>) {
        let callback = &self.callback;
        let attempts = *callback.attempts.get_ref();
        if !(1..=MOST_ATTEMPTS).contains(&attempts) {
            let message = format!("{attempts} tries; they must be 1 to {MOST_ATTEMPTS}");
            problems.push(self.problem(callback.attempts.span(), message));
        }
        let pauses = [
            &callback.retry,
            &callback.busy,
            &callback.voicemail,
            &callback.unobtainable,
            &callback.decision,
        ];
        for pause in pauses {
            if *pause.get_ref() < Seconds::new(SHORTEST_PAUSE) {
                let message = format!("it must be {SHORTEST_PAUSE} second or more");
                problems.push(self.problem(pause.span(), message));
            }
        }
        let rows = callback.risk.rows();
        let sinks =
            |two: &[MarginRow]| two[0].percent < two[1].percent || two[0].least < two[1].least;
        if rows.iter().any(|row| row.percent > 100) || rows.windows(2).any(sinks) {
            let message = "a callback must be raised first, to any skill and to a supervisor in this \
                           order, within its time";
            let problem = self.problem(0..0, message);
            let help = "in [callback.risk], let no `percent` be above 100, and none and no `least` above \
                        that of the step before";
            problems.push(problem.help(help));
        }
        self.check_dispositions(problems);
    }

    fn check_dispositions(&self, problems: &mut Vec<Problem>) {
        let known = self.clinicians_skills();
        for (code, row) in &self.callback.dispositions {
            let name = code.get_ref();
            let digits = name.strip_prefix("Dx").unwrap_or_default();
            if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
                let message = format!("`{name}` is no disposition");
                let problem = self.problem(code.span(), message);
                problems.push(problem.help("they are written like Dx80 or Dx012"));
            }
            if row.within == Some(Seconds::new(0)) {
                let message = format!("no time to make a callback of `{name}` in");
                let problem = self.problem(code.span(), message);
                problems.push(problem.help("leave `within` out for what is to be done at once"));
            }
            if let Some(skill) = row.skill.as_ref().filter(|skill| !known.contains(skill)) {
                let message = format!("no clinician has the skill `{skill}`");
                let problem = self.problem(code.span(), message);
                problems.push(problem.help("give it to an account, under `skills`"));
            }
        }
    }

    /// What those can do who may ring callers back.
    pub fn clinicians_skills(&self) -> Vec<String> {
        let profiles = self.account.iter().map(super::Account::profile);
        let clinicians = profiles.filter(|profile| profile.skills.contains_key(CLINICIAN));
        clinicians
            .flat_map(|profile| profile.skills.into_keys())
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::diagnostic::Source;

    const SHIPPED: &str = include_str!("../../ivr111.toml");

    fn settings(changes: &[(&str, &str)]) -> Settings {
        let mut text = SHIPPED.to_owned();
        for (before, after) in changes {
            assert!(text.contains(before), "no {before}");
            text = text.replacen(before, after, 1);
        }
        Settings::parse(Source::new("ivr111.toml", text)).unwrap()
    }

    fn problems(before: &str, after: &str) -> Vec<String> {
        let problems = settings(&[(before, after)]).check();
        problems.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn what_is_shipped_is_what_the_book_does_by_itself() {
        let book = callback::Settings::default();
        assert_eq!(settings(&[]).callback.book(), book);
        assert_eq!(CallbackSettings::default().book(), book);
    }

    #[test]
    fn a_caller_is_tried_some_times_and_not_without_a_pause() {
        for (before, after) in [
            ("attempts = 3", "attempts = 0"),
            ("attempts = 3", "attempts = 21"),
            ("busy = 300", "busy = 0"),
            ("voicemail = 900", "voicemail = 0.5"),
            ("\ndecision = 300", "\ndecision = 0"),
        ] {
            assert_eq!(problems(before, after).len(), 1, "{after}");
        }
        assert!(problems("attempts = 3", "attempts = 0")[0].contains("must be 1 to 20"));
    }

    #[test]
    fn a_callback_is_raised_step_by_step() {
        for (before, after) in [
            ("percent = 50", "percent = 101"),
            ("percent = 50", "percent = 24"),
            ("least = 120", "least = 301"),
        ] {
            let found = problems(before, after);
            assert!(found[0].contains("in this order"), "{after}: {found:?}");
        }
    }

    #[test]
    fn dispositions_are_put_in_or_in_place_of_others() {
        let given = "Dx012 = { within = 60, skill = \"gp\" }\nDx12 = {}\n# Dx80 = {";
        let settings = settings(&[("# Dx80 = {", given)]);
        assert_eq!(settings.check().len(), 0);
        let find = |code| settings.callback.disposition(Some(code)).unwrap();
        let within = Deadline::Within(Duration::from_secs(60));
        assert_eq!(
            (find("Dx012").deadline, find("Dx012").skill.as_str()),
            (within, "gp")
        );
        assert_eq!(find("Dx12").deadline, Deadline::Immediate);
        assert_eq!(find("Dx12").skill, CLINICIAN);
        assert_eq!(find("Dx80").skill, "pharmacist");
        assert!(settings.callback.disposition(Some("Dx0")).is_err());
        let none = settings.callback.disposition(None).unwrap();
        assert_eq!(
            none.deadline,
            Deadline::Within(Duration::from_secs(6 * 3_600))
        );
    }

    #[test]
    fn a_disposition_has_a_code_some_time_and_somebody_who_sees_to_it() {
        for (row, wanted) in [
            ("dx11 = {}", "`dx11` is no disposition"),
            ("11 = {}", "`11` is no disposition"),
            (
                "Dx11 = { within = 0 }",
                "no time to make a callback of `Dx11`",
            ),
            (
                "Dx11 = { skill = \"vet\" }",
                "no clinician has the skill `vet`",
            ),
            (
                "Dx11 = { skill = \"mental-health\" }",
                "no clinician has the skill",
            ),
        ] {
            let found = problems("# Dx80 = {", &format!("{row}\n# Dx80 = {{"));
            assert!(found[0].contains(wanted), "{row}: {found:?}");
        }
    }
}
