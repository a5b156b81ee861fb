//! Nodes and their names.

use std::process::Command;

use crate::support::server::{Server, binary};

#[test]
fn a_second_server_under_the_same_name_is_refused() {
    let mut server = Server::start();
    let second = || {
        let mut serve = Command::new(binary());
        serve.args(["serve", "--config"]).arg(server.settings());
        serve.output().unwrap()
    };
    let refused = second();
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(refused.status.code(), Some(2), "{said}");
    assert!(said.contains("another process runs as node"), "{said}");
    assert!(said.contains("[store] node"), "{said}");
    // Whoever only looks is not refused, and the first goes on.
    assert!(server.json(&["calls"]).as_array().unwrap().is_empty());
    assert_eq!(server.http("/readyz").0, 200);
    // One that was killed is no hindrance.
    server.kill_and_restart();
}
