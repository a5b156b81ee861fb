//! The server that is measured, with its shipped settings, in a folder of its own.
#![allow(dead_code, reason = "each bench needs a part of it")]

pub mod process;

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use nix::sched::{CloneFlags, unshare};

use process::Running;

/// A network of its own for this process, where the kernel allows it: the shipped ports may be taken.
pub fn own_network() {
    if unshare(CloneFlags::CLONE_NEWNET).is_ok() {
        let _ = Command::new("ip")
            .args(["link", "set", "lo", "up"])
            .status();
    }
}

/// Starts it by a command that ends with its program, with some of the shipped settings replaced, and waits until
/// it answers.
pub fn serve(mut command: Command, folder: &Path, changes: &[(&str, String)]) -> Running {
    let checkout = Path::new(env!("CARGO_MANIFEST_DIR"));
    for shared in ["prompts", "routing"] {
        std::os::unix::fs::symlink(checkout.join(shared), folder.join(shared)).unwrap();
    }
    let mut settings = std::fs::read_to_string(checkout.join("ivr111.toml")).unwrap();
    for (shipped, changed) in changes {
        assert!(settings.contains(shipped), "the settings hold no {shipped}");
        settings = settings.replacen(shipped, changed, 1);
    }
    std::fs::write(folder.join("ivr111.toml"), settings).unwrap();
    command
        .args(["serve", "--config", "ivr111.toml"])
        .current_dir(folder)
        .stdout(Stdio::piped());
    let mut server = Running::start(&mut command);
    let lines = BufReader::new(server.stdout.take().unwrap()).lines();
    let mut lines = lines.map_while(Result::ok);
    assert!(
        lines.any(|line| line.contains("answering")),
        "it does not answer"
    );
    server
}
