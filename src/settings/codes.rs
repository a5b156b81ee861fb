use std::collections::BTreeMap;
use std::ops::Range;

use serde::Deserialize;
use toml::Spanned;

use crate::diagnostic::Problem;
use crate::identity::Dialled;
use crate::queue::Codes;

use super::Settings;

/// Characters of a code, at most.
const LONGEST: usize = 8;

/// `[codes]`: what handlers and supervisors dial.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct CodeSettings {
    /// Ready for callers.
    pub ready: Spanned<String>,
    /// Not ready, for no reason or with the digit of one behind it.
    pub not_ready: Spanned<String>,
    /// Done with the last call.
    pub end_wrap_up: Spanned<String>,
    /// More time after the last call.
    pub extend_wrap_up: Spanned<String>,
    /// At work.
    pub sign_in: Spanned<String>,
    /// Not at work, though the phone stays registered.
    pub sign_out: Spanned<String>,
    /// A supervisor hears the call of the account behind the code.
    pub listen: Spanned<String>,
    /// And speaks to the handler, unheard by the caller.
    pub whisper: Spanned<String>,
    /// And speaks to both.
    pub barge: Spanned<String>,
    /// And has the caller instead of the handler.
    pub take_over: Spanned<String>,
    /// Names of the reasons for not being ready, by their digits.
    pub reasons: BTreeMap<Spanned<String>, String>,
}

impl Default for CodeSettings {
    fn default() -> Self {
        let unplaced = |code: String| Spanned::new(0..0, code);
        let codes = Codes::default();
        let reasons = codes.reasons.into_iter();
        CodeSettings {
            ready: unplaced(codes.ready),
            not_ready: unplaced(codes.not_ready),
            end_wrap_up: unplaced(codes.end_wrap_up),
            extend_wrap_up: unplaced(codes.extend_wrap_up),
            sign_in: unplaced(codes.sign_in),
            sign_out: unplaced(codes.sign_out),
            listen: unplaced(codes.listen),
            whisper: unplaced(codes.whisper),
            barge: unplaced(codes.barge),
            take_over: unplaced(codes.take_over),
            reasons: reasons
                .map(|(digit, name)| (unplaced(digit.to_string()), name))
                .collect(),
        }
    }
}

impl CodeSettings {
    /// As the queue has them.
    pub fn codes(&self) -> Codes {
        let reasons = self.reasons.iter().filter_map(|(digit, name)| {
            let digit = digit.get_ref().parse().ok()?;
            Some((digit, name.clone()))
        });
        Codes {
            ready: self.ready.get_ref().clone(),
            not_ready: self.not_ready.get_ref().clone(),
            reasons: reasons.collect(),
            end_wrap_up: self.end_wrap_up.get_ref().clone(),
            extend_wrap_up: self.extend_wrap_up.get_ref().clone(),
            sign_in: self.sign_in.get_ref().clone(),
            sign_out: self.sign_out.get_ref().clone(),
            listen: self.listen.get_ref().clone(),
            whisper: self.whisper.get_ref().clone(),
            barge: self.barge.get_ref().clone(),
            take_over: self.take_over.get_ref().clone(),
        }
    }

    /// Where each code stands, in the order of [`Codes::names`].
    fn places(&self) -> [Range<usize>; 10] {
        [
            &self.ready,
            &self.not_ready,
            &self.end_wrap_up,
            &self.extend_wrap_up,
            &self.sign_in,
            &self.sign_out,
            &self.listen,
            &self.whisper,
            &self.barge,
            &self.take_over,
        ]
        .map(Spanned::span)
    }
}

impl Settings {
    /// Codes that cannot be dialled, that cannot be told apart, or that somebody else is reached by.
    pub(super) fn check_codes(&self, problems: &mut Vec<Problem>) {
        let codes = self.codes.codes();
        let (names, places) = (codes.names(), self.codes.places());
        for ((name, code), place) in names.iter().zip(&places) {
            if let Some(problem) = self.check_form(name, code, place) {
                problems.push(problem);
            }
        }
        for (later, earlier) in codes.alike() {
            let ((name, code), (other, others)) = (names[later], names[earlier]);
            let message =
                format!("`{name}` ({code}) cannot be told from `{other}` ({others}) when dialled");
            // One of the two may be the code that holds where none is written.
            let written = places[later].clone();
            let place = match written == (0..0) {
                true => places[earlier].clone(),
                false => written,
            };
            problems.push(self.problem(place, message));
        }
        for digit in self.codes.reasons.keys() {
            if !matches!(digit.get_ref().as_bytes(), [b'0'..=b'9']) {
                let message = format!("`{}` is no digit of a reason", digit.get_ref());
                let problem = self.problem(digit.span(), message);
                problems.push(problem.help("write 0 to 9"));
            }
        }
        self.check_taken(&codes, problems);
    }

    fn check_form(&self, name: &str, code: &str, place: &Range<usize>) -> Option<Problem> {
        let keys = code.chars().all(|c| matches!(c, '0'..='9' | '*' | '#'));
        let marked = code.starts_with(['*', '#']);
        let long = (2..=LONGEST).contains(&code.len());
        if keys && marked && long {
            return None;
        }
        let message = format!("`{name}` cannot be `{code}`");
        let help = format!("write * or #, and then keys of a phone, {LONGEST} in all at most");
        Some(self.problem(place.clone(), message).help(help))
    }

    /// Numbers that are answered and accounts that could not be reached, because they are codes.
    fn check_taken(&self, codes: &Codes, problems: &mut Vec<Problem>) {
        let numbers = &self.service.numbers;
        for number in numbers.get_ref() {
            let service = Dialled::parse(number).service;
            if codes.parse(number).is_some() || codes.parse(&service).is_some() {
                let message = format!("`{number}` is answered, and is a code of [codes] too");
                problems.push(self.problem(numbers.span(), message));
            }
        }
        for account in &self.account {
            if codes.parse(account.user.get_ref()).is_some() {
                let user = account.user.get_ref();
                let message = format!("account `{user}` is a code of [codes] too");
                problems.push(self.problem(account.user.span(), message));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Source;

    const SHIPPED: &str = include_str!("../../ivr111.toml");

    fn settings(shipped: &str, changed: &str) -> Settings {
        assert!(SHIPPED.contains(shipped), "{shipped}");
        let text = SHIPPED.replacen(shipped, changed, 1);
        Settings::parse(Source::new("ivr111.toml", text)).unwrap()
    }

    /// What is found, and what stands at its place.
    fn found(shipped: &str, changed: &str) -> Vec<(String, String)> {
        let settings = settings(shipped, changed);
        let text = SHIPPED.replacen(shipped, changed, 1);
        let at = |problem: &Problem| {
            let line = text.lines().nth(problem.line - 1).unwrap_or_default();
            line.chars().skip(problem.column - 1).collect()
        };
        let problems = settings.check();
        let problems = problems.iter();
        problems.map(|p| (p.message.clone(), at(p))).collect()
    }

    #[test]
    fn the_shipped_codes_are_those_that_hold_without_any() {
        let shipped = settings("", "").codes.codes();
        assert_eq!(shipped, Codes::default());
        assert_eq!(CodeSettings::default().codes(), Codes::default());
    }

    #[test]
    fn a_code_that_cannot_be_told_from_another_is_found() {
        let found = found("ready = \"*21\"", "ready = \"*226\"");
        let [(message, place)] = &found[..] else {
            panic!("{found:?}");
        };
        assert!(message.contains("`not-ready` (*22) cannot be told from `ready` (*226)"));
        assert!(place.starts_with("\"*22\""), "{place}");
    }

    #[test]
    fn a_code_by_which_somebody_else_is_reached_is_found() {
        let answered = found("ready = \"*21\"", "ready = \"*5\"");
        assert_eq!(answered.len(), 1, "{answered:?}");
        assert!(answered[0].0.contains("`*5` is answered, and is a code"));
        assert!(answered[0].1.starts_with("[\"111\""), "{answered:?}");
        let account = found("user = \"1004\"", "user = \"*341001\"");
        assert!(
            account[0].0.contains("account `*341001` is a code"),
            "{account:?}"
        );
    }

    #[test]
    fn a_code_that_cannot_be_dialled_is_found() {
        for code in ["", "*", "21", "999", "*2a", "*23456789"] {
            let found = found("ready = \"*21\"", &format!("ready = \"{code}\""));
            let message = format!("`ready` cannot be `{code}`");
            assert!(found.iter().any(|(m, _)| *m == message), "{found:?}");
        }
        let found = found("1 = \"break\"", "10 = \"break\"");
        assert!(found[0].0.contains("`10` is no digit"), "{found:?}");
        assert!(found[0].1.starts_with("10 ="), "{found:?}");
    }
}
