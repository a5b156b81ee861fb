//! The API held against its own description: by schemathesis, which makes up requests from it, as each role.

use std::process::Command;

use crate::support::api::AtDesk;
use crate::support::server::{Server, checkout};

/// Somebody of each role.
const PEOPLE: [&str; 5] = ["1001", "2001", "3001", "provider", "commissioner"];
/// The same requests each time.
const SEED: &str = "111";

/// Requests made up from the description, valid and invalid ones, as somebody: no answer is a fault of the server, and
/// each is as the description says.
fn conforms(name: &str) {
    // To somebody who is not let in every answer is a 401, as described.
    AtDesk::named(name).did("GET", "/me", None);
    let tool = checkout().join("target/schemathesis/bin/schemathesis");
    // It leaves notes of its own where it runs.
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new(&tool)
        .current_dir(folder.path())
        .args([
            "run",
            "http://127.0.0.1:8111/api/v1/openapi.json",
            "--auth",
            &format!("{name}:demo-{name}"),
            "--checks",
            "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance",
            "--mode",
            "all",
            "--phases",
            "examples,coverage,fuzzing",
            "--max-examples",
            "15",
            "--seed",
            SEED,
            "--generation-database",
            "none",
            "--request-timeout",
            "20",
            "--no-color",
        ])
        .output();
    let output = output.unwrap_or_else(|error| {
        panic!("{}: {error}; `make need-test` installs it", tool.display())
    });
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "as {name}:\n{said}");
    println!("as {name}:\n{said}");
}

#[test]
fn no_request_of_any_role_is_a_fault_of_the_server() {
    let server = Server::start();
    let begun = AtDesk::named("1001").did(
        "POST",
        "/assessments",
        Some(&serde_json::json!({ "pathway": "chest-pain", "years": 60 })),
    );
    assert!(begun["id"].is_string());
    for name in PEOPLE {
        conforms(name);
    }
    assert_eq!(server.http("/readyz").0, 200);
    let log = server.log();
    assert!(!log.contains("panicked"), "{log}");
}
