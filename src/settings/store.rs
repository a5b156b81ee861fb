use serde::Deserialize;
use toml::Spanned;

use crate::diagnostic::Problem;

use super::{Seconds, Settings};

/// The variable that PostgreSQL's password may stand in.
const PASSWORD: &str = "IVR111_STORE_PASSWORD";
/// A node's name has at most so many characters.
const LONGEST_NAME: usize = 64;

/// `[store]`
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct StoreSettings {
    /// `sqlite:` and a path, or `postgres://user@host/database`. There may be a password in it: it is
    /// neither logged nor printed.
    pub url: Spanned<String>,
    /// The name of this node, by which it is told from others that share the store.
    #[serde(default = "main_node")]
    pub node: Spanned<String>,
    /// How long a request to the store may take.
    #[serde(default = "patience")]
    pub patience: Spanned<Seconds>,
}

impl std::fmt::Debug for StoreSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (node, patience) = (self.node.get_ref(), self.patience.get_ref());
        write!(f, "the store of node {node}, patience {patience:?}")
    }
}

fn main_node() -> Spanned<String> {
    Spanned::new(0..0, "main".into())
}

fn patience() -> Spanned<Seconds> {
    Spanned::new(0..0, Seconds::new(5))
}

impl Settings {
    /// The store's URL, with the path made relative to the settings file.
    pub fn store_url(&self) -> String {
        let url = self.store.url.get_ref();
        match url.strip_prefix("sqlite:") {
            Some(path) if !path.starts_with([':', '/']) => {
                format!("sqlite:{}", self.path(path).display())
            }
            _ => url.clone(),
        }
    }

    /// The store's password, unless it stands in the URL. `environment` looks up a variable.
    pub fn store_password(&self, environment: impl Fn(&str) -> Option<String>) -> Option<String> {
        environment(PASSWORD).filter(|password| !password.is_empty())
    }

    pub(super) fn check_store(&self, problems: &mut Vec<Problem>) {
        let store = &self.store;
        if let Err(message) = check_url(store.url.get_ref()) {
            // Without the line: there may be a password in it.
            let problem = self.problem_without_line(format!("[store] url: {message}"));
            problems
                .push(problem.help("write sqlite:var/ivr111.db or postgres://user@host/database"));
        }
        let node = store.node.get_ref();
        let fits = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        if node.is_empty() || node.len() > LONGEST_NAME || !node.chars().all(fits) {
            let message = "a node's name has 1 to 64 of a-z, A-Z, 0-9, - _ and .";
            problems.push(self.problem(store.node.span(), message));
        }
        if *store.patience.get_ref() < Seconds::new(1) {
            let message = "the store is given no time to answer";
            let problem = self.problem(store.patience.span(), message);
            problems.push(problem.help("write at least 1"));
        }
    }
}

fn check_url(url: &str) -> Result<(), &'static str> {
    if let Some(path) = url.strip_prefix("sqlite:") {
        return match path.is_empty() {
            true => Err("no path after sqlite:"),
            false => Ok(()),
        };
    }
    let rest = url.strip_prefix("postgres://");
    let Some(rest) = rest.or_else(|| url.strip_prefix("postgresql://")) else {
        return Err("this is no store that is known");
    };
    let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (authority, database) = place.split_once('/').unwrap_or((place, ""));
    let host = authority
        .rsplit_once('@')
        .map_or(authority, |(_, host)| host);
    let given = |name: &str| query.split('&').any(|part| part.starts_with(name));
    if host.is_empty() && !given("host=") {
        return Err("no host after postgres://");
    }
    if database.is_empty() && !given("dbname=") {
        return Err("no database after the host");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Source;

    const SETTINGS: &str = include_str!("../../ivr111.toml");

    fn problems(store: &str) -> Vec<String> {
        let text = SETTINGS.replace("url = \"sqlite:var/ivr111.db\"", store);
        assert_ne!(text, SETTINGS);
        let settings = Settings::parse(Source::new("ivr111.toml", text)).unwrap();
        let problems = settings.check();
        problems
            .iter()
            .map(|problem| format!("{problem:?}"))
            .collect()
    }

    #[test]
    fn both_kinds_of_store_are_taken() {
        for url in [
            "sqlite:/var/lib/ivr111/ivr111.db",
            "postgres://ivr111@db.example.net/ivr111",
            "postgresql://ivr111:secret@[::1]:5433/ivr111?sslmode=verify-full",
            "postgres:///ivr111?host=/run/postgresql",
        ] {
            let store = format!("url = \"{url}\"\nnode = \"leeds-2\"\npatience = 2.5");
            assert_eq!(problems(&store), [""; 0], "{url}");
        }
    }

    #[test]
    fn a_url_that_is_no_store_is_refused_and_its_password_is_not_repeated() {
        for url in [
            "mysql://ivr111:secret@localhost/ivr111",
            "postgres://ivr111:secret@/ivr111",
            "postgres://ivr111:secret@localhost",
            "sqlite:",
        ] {
            let found = problems(&format!("url = \"{url}\""));
            assert_eq!(found.len(), 1, "{url}");
            assert!(!found[0].contains("secret"), "{}", found[0]);
        }
    }

    #[test]
    fn names_and_times_that_make_no_sense_are_refused() {
        let url = "url = \"sqlite:var/other.db\"\n";
        assert_eq!(problems(&format!("{url}node = \"two words\"")).len(), 1);
        assert_eq!(problems(&format!("{url}patience = 0.2")).len(), 1);
    }

    #[test]
    fn the_password_comes_from_the_environment() {
        let settings = Settings::parse(Source::new("ivr111.toml", SETTINGS)).unwrap();
        let named = |name: &str| (name == "IVR111_STORE_PASSWORD").then(|| "secret".to_owned());
        assert_eq!(settings.store_password(named).as_deref(), Some("secret"));
        assert_eq!(settings.store_password(|_| None), None);
        assert!(!format!("{settings:?}").contains("sqlite:"));
    }
}
