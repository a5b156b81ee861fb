//! Programs that a test starts: they end with it, also where it fails.

use std::io::Read;
use std::ops::{Deref, DerefMut};
use std::process::{Child, Command, Output};

/// A running program. Dropping it ends it.
pub struct Program {
    child: Child,
    /// The process that has taken over from it.
    successor: Option<u32>,
}

impl Program {
    pub fn start(command: &mut Command) -> Self {
        let child = command.spawn();
        let child = child.unwrap_or_else(|error| {
            panic!("{command:?}: {error}; make test installs what is missing")
        });
        Program {
            child,
            successor: None,
        }
    }

    /// Its process, or that of whoever has taken over.
    pub fn id(&self) -> u32 {
        self.successor.unwrap_or_else(|| self.child.id())
    }

    /// Another process has taken over, and this one ends by itself.
    pub fn is_succeeded_by(&mut self, successor: u32) {
        if self.successor.replace(successor).is_none() {
            let status = self.child.wait().unwrap();
            assert!(status.success(), "{status}");
        }
    }

    /// Ends it at once, as a power cut would.
    pub fn end(&mut self) {
        if let Some(successor) = self.successor.take() {
            let id = successor.to_string();
            let _ = Command::new("kill").args(["-s", "KILL", &id]).status();
            while is_running(successor) {
                std::thread::sleep(std::time::Duration::from_millis(5));
            }
        }
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

/// Whether a process that is not our child is still there. Who has ended may wait for whoever looks after orphans.
fn is_running(process: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat"));
    stat.is_ok_and(|stat| {
        !stat
            .rsplit(')')
            .next()
            .unwrap_or_default()
            .starts_with(" Z")
    })
}

impl Deref for Program {
    type Target = Child;

    fn deref(&self) -> &Child {
        &self.child
    }
}

impl DerefMut for Program {
    fn deref_mut(&mut self) -> &mut Child {
        &mut self.child
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.end();
    }
}
