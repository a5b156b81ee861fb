use serde::Deserialize;
use toml::Spanned;

use crate::queue::Profile;

/// What somebody who signs in may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Answers callers; not a clinician.
    Handler,
    /// A clinician.
    Nurse,
    /// A clinician.
    Gp,
    /// A clinician.
    Pharmacist,
    /// A clinician.
    DentalNurse,
    /// Watches over the queue.
    Supervisor,
}

impl Role {
    /// The skills that come with the role, before those of the account.
    pub fn skills(self) -> &'static [&'static str] {
        match self {
            Role::Handler => &["general"],
            Role::Nurse => &["clinician", "nurse"],
            Role::Gp => &["clinician", "gp"],
            Role::Pharmacist => &["clinician", "pharmacist"],
            Role::DentalNurse => &["clinician", "dental-nurse"],
            Role::Supervisor => &[],
        }
    }

    /// Whether its holder is in the queue once their phone is there.
    pub fn answers_callers(self) -> bool {
        !matches!(self, Role::Supervisor)
    }
}

/// A phone that may register: `[[account]]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Account {
    /// The SIP user name.
    pub user: Spanned<String>,
    /// What its holder may do.
    pub role: Role,
    /// Skills on top of the role's.
    #[serde(default)]
    pub skills: Vec<Skill>,
    /// Languages besides English, as `cy-GB`.
    #[serde(default)]
    pub languages: Vec<String>,
    /// The provider that they work for; whoever has none takes everybody's callers.
    pub provider: Option<Spanned<String>>,
    /// For demonstration accounts only.
    pub password: Option<Spanned<String>>,
}

/// A skill, by its name alone or with a level: `"dental"`, `{ name = "dental", level = 3 }`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Skill {
    /// At level 1.
    Named(String),
    /// At a level from 0 to 255: the higher, the better.
    Levelled {
        /// The skill.
        name: String,
        /// Its level.
        level: u8,
    },
}

impl Account {
    /// What its holder can do; the role's own skills are at level 1 where the account says nothing else.
    pub fn profile(&self) -> Profile {
        let mut profile = Profile::with_skills(self.role.skills().iter().copied());
        for skill in &self.skills {
            let (name, level) = match skill {
                Skill::Named(name) => (name, 1),
                Skill::Levelled { name, level } => (name, *level),
            };
            profile.skills.insert(name.clone(), level);
        }
        profile.languages = self.languages.iter().cloned().collect();
        let provider = self.provider.as_ref();
        profile.provider = provider.map(|provider| provider.get_ref().clone());
        profile
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profile(text: &str) -> Profile {
        let text = format!("user = \"1001\"\nrole = \"nurse\"\n{text}");
        toml::from_str::<Account>(&text).unwrap().profile()
    }

    #[test]
    fn the_role_brings_skills_and_the_account_adds_to_them() {
        assert_eq!(profile(""), Profile::with_skills(["clinician", "nurse"]));
        let more = profile(
            "skills = [\"dental\", { name = \"nurse\", level = 3 }]\n\
             languages = [\"cy-GB\"]\nprovider = \"secamb\"",
        );
        let levels = [("clinician", 1), ("dental", 1), ("nurse", 3)];
        let levels = levels.map(|(name, level)| (name.to_owned(), level));
        assert_eq!(more.skills, levels.into());
        assert_eq!(more.languages, ["cy-GB".to_owned()].into());
        assert_eq!(more.provider.as_deref(), Some("secamb"));
    }

    #[test]
    fn a_skill_has_a_name_and_a_level_that_fits() {
        for skill in ["{ level = 3 }", "{ name = \"dental\", level = 256 }", "3"] {
            let text = format!("user = \"1001\"\nrole = \"gp\"\nskills = [{skill}]");
            assert!(toml::from_str::<Account>(&text).is_err(), "{skill}");
        }
    }
}
