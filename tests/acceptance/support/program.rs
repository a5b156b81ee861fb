//! Programs that a test starts: they end with it, also where it fails.

use std::io::Read;
use std::ops::{Deref, DerefMut};
use std::process::{Child, Command, Output};

/// A running program. Dropping it ends it.
pub struct Program(Child);

impl Program {
    pub fn start(command: &mut Command) -> Self {
        let child = command.spawn();
        let child = child.unwrap_or_else(|error| {
            panic!("{command:?}: {error}; make test installs what is missing")
        });
        Program(child)
    }

    /// Ends it at once, as a power cut would.
    pub fn end(&mut self) {
        let _ = self.kill();
        let _ = self.wait();
    }

    /// Sends it a signal, such as `TERM`.
    pub fn signal(&self, name: &str) {
        let id = self.id().to_string();
        let kill = Command::new("kill").args(["-s", name, &id]).status();
        assert!(kill.unwrap().success());
    }

    /// Waits for it to end by itself. Of what it printed, what was piped is kept.
    pub fn output(mut self) -> Output {
        let mut stdout = Vec::new();
        if let Some(mut pipe) = self.stdout.take() {
            pipe.read_to_end(&mut stdout).unwrap();
        }
        Output {
            status: self.wait().unwrap(),
            stdout,
            stderr: Vec::new(),
        }
    }
}

impl Deref for Program {
    type Target = Child;

    fn deref(&self) -> &Child {
        &self.0
    }
}

impl DerefMut for Program {
    fn deref_mut(&mut self) -> &mut Child {
        &mut self.0
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.end();
    }
}
