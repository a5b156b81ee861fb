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
fn conforms(name: &str, assessments: &str) {
    // To somebody who is not let in every answer is a 401, as described.
    AtDesk::named(name).did("GET", "/me", None);
    let tool = checkout().join("target/schemathesis/bin/schemathesis");
    // It leaves notes of its own where it runs.
    let folder = tempfile::tempdir().unwrap();
    let hooks = checkout().join("tests/schemathesis");
    let output = Command::new(&tool)
        .current_dir(folder.path())
        .env("PYTHONPATH", hooks)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("SCHEMATHESIS_HOOKS", "known")
        .env("IVR111_ASSESSMENTS", assessments)
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

/// Assessments that have come to different ends, for somebody to go on with; and one that was just begun.
fn assessments() -> String {
    let ends: [(&str, &[&str]); 4] = [
        ("dental-pain", &["No", "No", "No", "Yes", "Yes"]),
        ("chest-pain", &["Not breathing"]),
        ("repeat-prescription", &["No", "No", "No", "Strong", "No"]),
        ("chest-pain", &[]),
    ];
    let begun = ends.map(|(pathway, answers)| {
        let mut assessed = AtDesk::named("1001").begins_without_a_call(pathway, 60);
        if !answers.is_empty() {
            assessed.answers(answers);
        }
        assessed.id
    });
    begun.join(",")
}

#[test]
fn no_request_of_any_role_is_a_fault_of_the_server() {
    let server = Server::start();
    for name in PEOPLE {
        conforms(name, &assessments());
    }
    assert_eq!(server.http("/readyz").0, 200);
    let log = server.log();
    assert!(!log.contains("panicked"), "{log}");
}
