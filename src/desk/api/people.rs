use std::collections::HashMap;
use std::fmt;

use sha2::{Digest as _, Sha256};

use crate::settings::{DeskRole, Passwords, Settings};

/// Somebody who has signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Their name; that of their account, where they have a phone.
    pub name: String,
    /// What they may do.
    pub role: DeskRole,
    /// The provider that they work for, or whose services they answer for.
    pub provider: Option<String>,
    /// Whether they have a phone here.
    pub has_phone: bool,
}

/// Everybody who may sign in, with a digest of their passwords.
#[derive(Default)]
pub struct People(HashMap<String, (Person, [u8; 32])>);

impl People {
    /// Those of the settings. Whoever has no password is left out.
    pub fn new(settings: &Settings, passwords: &Passwords) -> Self {
        let accounts = settings.account.iter().map(|account| Person {
            name: account.user.get_ref().clone(),
            role: account.role.into(),
            provider: account.provider.as_ref().map(|p| p.get_ref().clone()),
            has_phone: true,
        });
        let users = settings.user.iter().map(|user| Person {
            name: user.name.get_ref().clone(),
            role: user.role,
            provider: user.provider.clone(),
            has_phone: false,
        });
        let known = accounts.chain(users).filter_map(|person| {
            let digest = digest(passwords.of(&person.name)?);
            Some((person.name.clone(), (person, digest)))
        });
        People(known.collect())
    }

    /// Whoever signs in by a name and a password; none where these do not belong together.
    pub fn sign_in(&self, name: &str, password: &str) -> Option<&Person> {
        // Digests are compared: how long that takes tells nothing of the password.
        let (person, expected) = self.0.get(name)?;
        (digest(password) == *expected).then_some(person)
    }
}

impl fmt::Debug for People {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} people", self.0.len())
    }
}

fn digest(password: &str) -> [u8; 32] {
    Sha256::digest(password.as_bytes()).into()
}
