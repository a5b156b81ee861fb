//! People who may sign what callers are served by, each with a key of their own.

use std::process::{Command, Output};

use super::server::{Server, binary};

/// Proposes.
pub const PROVIDER: &str = "Duty manager";
/// Approves, and proposes.
pub const COMMISSIONER: &str = "Lead commissioner";
/// The same.
pub const DEPUTY: &str = "Deputy commissioner";

/// Their keys, and what the settings say of them.
pub struct Signers {
    keys: tempfile::TempDir,
    people: String,
}

/// What a command says: its exit status, and its two outputs as one.
pub fn said(output: &Output) -> (i32, String) {
    let text = [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text));
    (output.status.code().unwrap(), text.concat())
}

impl Signers {
    pub fn new() -> Self {
        let keys = tempfile::TempDir::new().unwrap();
        let mut people = String::new();
        for (name, role) in [
            (PROVIDER, "provider"),
            (COMMISSIONER, "commissioner"),
            (DEPUTY, "commissioner"),
        ] {
            let mut command = Command::new(binary());
            command.args(["sign-off", "key", name, "--role", role, "--key"]);
            let output = command.arg(keys.path().join(name)).output().unwrap();
            assert!(output.status.success(), "{output:?}");
            people.push_str(&String::from_utf8(output.stdout).unwrap());
        }
        Signers { keys, people }
    }

    /// The file of somebody's key.
    pub fn key(&self, name: &str) -> String {
        self.keys.path().join(name).display().to_string()
    }

    /// The settings of a server that knows them, and that serves what is under routing/ until it is told to
    /// [require](Signers::require) signatures.
    pub fn settings(&self) -> String {
        format!(
            "[sign-off]\nrequire-sign-off = false\n{}\n[drain]\n",
            self.people
        )
    }

    /// The server serves from now on what was signed.
    pub fn require(server: &Server) {
        server.changes(
            "ivr111.toml",
            &[("\nrequire-sign-off = false", "\nrequire-sign-off = true")],
        );
    }

    /// Somebody does something, with the key of somebody.
    pub fn tries(
        &self,
        server: &Server,
        (by, key): (&str, &str),
        arguments: &[&str],
    ) -> (i32, String) {
        let key = self.key(key);
        let who = ["--by", by, "--key", &key];
        said(&server.run(&[&["sign-off"], arguments, &who].concat()))
    }

    /// The same with their own key, and it is done.
    pub fn does(&self, server: &Server, by: &str, arguments: &[&str]) -> String {
        let (status, text) = self.tries(server, (by, by), arguments);
        assert_eq!(status, 0, "{arguments:?}: {text}\n{}", server.log());
        text
    }

    /// Proposes what is under routing/; gives its number.
    pub fn proposes(&self, server: &Server, by: &str, more: &[&str]) -> String {
        let text = self.does(
            server,
            by,
            &[&["propose", "--why", "for a test"], more].concat(),
        );
        let number = text.trim_start_matches("proposal ").split(':').next();
        number.unwrap().to_owned()
    }

    /// Proposes it, and has it approved.
    pub fn signs(&self, server: &Server, more: &[&str]) -> String {
        let number = self.proposes(server, PROVIDER, more);
        self.does(server, COMMISSIONER, &["approve", &number]);
        number
    }
}
