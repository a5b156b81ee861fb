use std::path::PathBuf;

use serde::Deserialize;
use toml::Spanned;

use crate::diagnostic::Problem;
use crate::sign_off::{Person, PublicKey, Role};

use super::Settings;

/// The longest name of a person, in characters.
const NAME: usize = 100;

/// `[sign-off]`: who may change what callers are served by.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct SignOffSettings {
    /// Whether only sets that somebody has proposed and somebody else has approved are served.
    pub require_sign_off: Spanned<bool>,
    /// The folder of the history and of the files in it.
    pub folder: Spanned<String>,
    /// Who may sign.
    pub person: Vec<SignOffPerson>,
}

impl Default for SignOffSettings {
    fn default() -> Self {
        SignOffSettings {
            require_sign_off: Spanned::new(0..0, false),
            folder: Spanned::new(0..0, "sign-off".to_owned()),
            person: Vec::new(),
        }
    }
}

/// `[[sign-off.person]]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct SignOffPerson {
    /// By which the history knows them.
    pub name: Spanned<String>,
    /// For whom they act.
    pub organisation: String,
    /// What they may do.
    pub role: Role,
    /// By which their signatures are known.
    pub key: Spanned<PublicKey>,
}

impl SignOffSettings {
    /// Whether only signed sets are served.
    pub fn is_required(&self) -> bool {
        *self.require_sign_off.get_ref()
    }

    /// Who may sign.
    pub fn people(&self) -> Vec<Person> {
        let people = self.person.iter().map(|person| Person {
            name: person.name.get_ref().clone(),
            organisation: person.organisation.clone(),
            role: person.role,
            key: *person.key.get_ref(),
        });
        people.collect()
    }
}

impl Settings {
    /// The folder of the history of what was signed.
    pub fn sign_off_folder(&self) -> PathBuf {
        self.path(self.sign_off.folder.get_ref())
    }

    pub(super) fn check_sign_off(&self, problems: &mut Vec<Problem>) {
        let people = &self.sign_off.person;
        for (n, person) in people.iter().enumerate() {
            let (name, key) = (person.name.get_ref(), person.key.get_ref());
            let is_plain = !name.trim().is_empty() && !name.chars().any(char::is_control);
            if !is_plain || name.chars().count() > NAME {
                let message = format!("a name has 1 to {NAME} characters");
                problems.push(self.problem(person.name.span(), message));
            }
            let before = people.get(..n).unwrap_or_default();
            if before.iter().any(|other| other.name.get_ref() == name) {
                let message = format!("two people who may sign are called `{name}`");
                problems.push(self.problem(person.name.span(), message));
            }
            if let Some(other) = before.iter().find(|other| other.key.get_ref() == key) {
                let message = format!("{} has the same key", other.name.get_ref());
                let problem = self.problem(person.key.span(), message);
                problems.push(problem.help("each has one of their own: `ivr111 sign-off key`"));
            }
        }
        let routing = self.path(&self.tables.routing);
        if self.sign_off_folder().starts_with(routing) {
            let message = "the history of what was signed would be part of what is signed";
            problems.push(self.problem(self.sign_off.folder.span(), message));
        }
        let approves = |person: &&super::SignOffPerson| person.role == Role::Commissioner;
        let nobody = match people.iter().filter(approves).count() {
            0 => "nobody could approve anything: there is no commissioner",
            _ if people.len() < 2 => "nobody could approve anything: it takes two people",
            _ => return,
        };
        if self.sign_off.is_required() {
            let problem = self.problem(self.sign_off.require_sign_off.span(), nobody);
            problems.push(problem.help("write them under [[sign-off.person]]"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Source;

    const SETTINGS: &str = include_str!("../../ivr111.toml");

    fn person(name: &str, role: &str, key: &str) -> String {
        format!(
            "[[sign-off.person]]\nname = \"{name}\"\norganisation = \"o\"\nrole = \"{role}\"\nkey = \"{key}\"\n"
        )
    }

    fn problems(sign_off: &str) -> Vec<String> {
        let text = format!("{SETTINGS}\n{sign_off}");
        match Settings::parse(Source::new("ivr111.toml", text)) {
            Ok(settings) => settings.check().into_iter().map(|p| p.message).collect(),
            Err(problem) => vec![problem.message],
        }
    }

    #[test]
    fn people_who_cannot_be_told_apart_and_keys_that_are_none_are_refused() {
        let [one, other] = ["0a", "0b"].map(|byte| byte.repeat(32));
        let required = "[sign-off]\nrequire-sign-off = true\n";
        let (asks, agrees) = (
            person("A", "provider", &one),
            person("B", "commissioner", &other),
        );
        assert_eq!(problems(&format!("{required}{asks}{agrees}")), [""; 0]);
        let finds = |text: &str, message: &str| {
            let found = problems(text);
            assert!(
                found.iter().any(|p| p.contains(message)),
                "{message}: {found:?}"
            );
        };
        finds(
            &format!("{asks}{}", person("B", "commissioner", &one)),
            "A has the same key",
        );
        finds(
            &format!("{asks}{}", person("A", "commissioner", &other)),
            "are called `A`",
        );
        finds(
            &person("A", "provider", "0A"),
            "a public key has 64 hexadecimal digits",
        );
        finds(
            &person(" ", "provider", &one),
            "a name has 1 to 100 characters",
        );
        finds(required, "there is no commissioner");
        finds(&format!("{required}{asks}"), "there is no commissioner");
        finds(&format!("{required}{agrees}"), "it takes two people");
        finds(
            "[sign-off]\nfolder = \"routing/signed\"\n",
            "would be part of what is signed",
        );
    }
}
