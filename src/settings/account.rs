use serde::Deserialize;
use toml::Spanned;

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
            Role::Supervisor => &[],
        }
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
    pub skills: Vec<String>,
    /// For demonstration accounts only.
    pub password: Option<Spanned<String>>,
}

impl Account {
    /// All skills of the account.
    pub fn all_skills(&self) -> Vec<String> {
        let own = self.role.skills().iter().map(|s| (*s).to_owned());
        own.chain(self.skills.iter().cloned()).collect()
    }
}
