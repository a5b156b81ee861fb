use std::collections::HashMap;
use std::fmt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use thiserror::Error;

/// Passwords by user name, from the places where they may stand.
#[derive(Clone, Default)]
pub struct Passwords(HashMap<String, String>);

/// Why a password file is not used.
#[derive(Debug, Error)]
pub enum PasswordError {
    /// It cannot be read.
    #[error("{file} cannot be read: {cause}")]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// The system's answer.
        cause: std::io::Error,
    },
    /// Others may read it.
    #[error("{file} can be read by others than its owner; run `chmod 600 {file}`")]
    Open {
        /// The file.
        file: PathBuf,
    },
    /// A line that is not `user:password`.
    #[error("{file}:{line}: write each line as user:password")]
    Line {
        /// The file.
        file: PathBuf,
        /// The line, counted from 1.
        line: usize,
    },
}

impl Passwords {
    /// Takes a password from the settings themselves.
    pub fn insert(&mut self, user: &str, password: &str) {
        self.0.insert(user.to_owned(), password.to_owned());
    }

    /// Adds the lines `user:password` of a file that only its owner may read. Empty lines and those
    /// that begin with `#` are skipped.
    pub fn read_file(&mut self, file: &Path) -> Result<(), PasswordError> {
        let file_name = || file.to_path_buf();
        let unreadable = |cause| PasswordError::Unreadable {
            file: file_name(),
            cause,
        };
        let mode = std::fs::metadata(file).map_err(unreadable)?.mode();
        if mode & 0o077 != 0 {
            return Err(PasswordError::Open { file: file_name() });
        }
        let text = std::fs::read_to_string(file).map_err(unreadable)?;
        for (n, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let Some((user, password)) = line.split_once(':').filter(|(_, p)| !p.is_empty()) else {
                return Err(PasswordError::Line {
                    file: file_name(),
                    line: n + 1,
                });
            };
            self.insert(user.trim(), password);
        }
        Ok(())
    }

    /// Adds what `lookup` gives for `IVR111_PASSWORD_<user>`, as the environment does. Characters that
    /// a variable cannot have stand as underscores.
    pub fn read_environment(
        &mut self,
        users: impl Iterator<Item = String>,
        lookup: impl Fn(&str) -> Option<String>,
    ) {
        for user in users {
            let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
            let name: String = user.chars().map(plain).collect();
            if let Some(password) = lookup(&format!("IVR111_PASSWORD_{name}")) {
                self.insert(&user, &password);
            }
        }
    }

    /// The password of a user.
    pub fn of(&self, user: &str) -> Option<&str> {
        self.0.get(user).map(String::as_str)
    }
}

impl fmt::Debug for Passwords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Passwords of {} users", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn file(text: &str, mode: u32) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        std::fs::set_permissions(file.path(), PermissionsExt::from_mode(mode)).unwrap();
        file
    }

    #[test]
    fn a_file_that_others_may_read_is_refused() {
        let mut passwords = Passwords::default();
        let open = file("1001:x\n", 0o644);
        assert!(matches!(
            passwords.read_file(open.path()),
            Err(PasswordError::Open { .. })
        ));
        let closed = file("# them\n\n1001:a:b\n", 0o600);
        passwords.read_file(closed.path()).unwrap();
        assert_eq!(passwords.of("1001"), Some("a:b"));
        let wrong = file("1001:x\n1002\n", 0o600);
        let error = passwords.read_file(wrong.path()).unwrap_err();
        assert!(matches!(error, PasswordError::Line { line: 2, .. }));
    }

    #[test]
    fn the_environment_comes_last() {
        let mut passwords = Passwords::default();
        passwords.insert("1001", "file");
        let users = ["1001".to_owned(), "a-b".to_owned()].into_iter();
        passwords.read_environment(users, |name| Some(name.to_owned()));
        assert_eq!(passwords.of("1001"), Some("IVR111_PASSWORD_1001"));
        assert_eq!(passwords.of("a-b"), Some("IVR111_PASSWORD_a_b"));
    }
}
