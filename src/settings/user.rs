use serde::{Deserialize, Serialize};
use toml::Spanned;

use super::Role;

/// What somebody may do at the desk's API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DeskRole {
    /// Assesses callers by pathways.
    Handler,
    /// The same, and validates what handlers have come to.
    Clinician,
    /// Watches over both.
    Supervisor,
    /// Answers for services of the directory.
    Provider,
    /// Has the service provided, and signs off what it goes by.
    Commissioner,
}

impl DeskRole {
    /// All of them.
    pub const ALL: [DeskRole; 5] = [
        DeskRole::Handler,
        DeskRole::Clinician,
        DeskRole::Supervisor,
        DeskRole::Provider,
        DeskRole::Commissioner,
    ];

    /// As it stands in the settings and in the API.
    pub fn word(self) -> &'static str {
        match self {
            DeskRole::Handler => "handler",
            DeskRole::Clinician => "clinician",
            DeskRole::Supervisor => "supervisor",
            DeskRole::Provider => "provider",
            DeskRole::Commissioner => "commissioner",
        }
    }
}

impl From<Role> for DeskRole {
    fn from(role: Role) -> Self {
        match role {
            Role::Handler => DeskRole::Handler,
            Role::Nurse | Role::Gp | Role::Pharmacist | Role::DentalNurse => DeskRole::Clinician,
            Role::Supervisor => DeskRole::Supervisor,
        }
    }
}

/// Somebody who uses the API and has no phone here: `[[user]]`. Those with a phone use it as their account.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct User {
    /// The name to sign in with.
    pub name: Spanned<String>,
    /// What they may do.
    pub role: DeskRole,
    /// Of whose services a provider sets the capacity, as the directory names them.
    pub provider: Option<String>,
    /// For demonstration only.
    pub password: Option<Spanned<String>>,
}
