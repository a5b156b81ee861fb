//! A supervisor sees what became of a promise, and orders what is to become of it; whoever alters the log of
//! all that, or takes something out of it, is found out.

use std::process::Output;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _};

use crate::callback::{books, is_made_by, stage};
use crate::support::people::{BRIGHTON, Person, SOON, registers};
use crate::support::server::Server;

/// Longer than the server takes to end.
const END: Duration = Duration::from_secs(60);

/// What a command says: its exit status, and its two outputs as one.
fn said(output: &Output) -> (i32, String) {
    let text = [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text));
    (output.status.code().unwrap(), text.concat())
}

/// Orders something about a callback; gives the exit status and what is said.
fn orders(server: &Server, order: &str, reference: &str, rest: &[&str]) -> (i32, String) {
    let whose = ["callbacks", order, reference, "--by", "Sister Mary"];
    said(&server.run(&[&whose, rest].concat()))
}

fn carried_out(server: &Server, order: &str, reference: &str, rest: &[&str]) {
    let (status, text) = orders(server, order, reference, rest);
    assert_eq!(status, 0, "{order}: {text}\n{}", server.log());
    assert!(
        text.contains(&format!("{reference}: {order}: done")),
        "{text}"
    );
}

/// The first callback, as the list has it.
fn listed(server: &Server) -> Value {
    server.json(&["callbacks", "--all"])[0].clone()
}

fn reference(server: &Server) -> String {
    listed(server)["reference"].as_str().unwrap().to_owned()
}

/// One field of all rows of a history that are of a kind.
fn field(shown: &Value, kind: &str, field: &str) -> Vec<String> {
    let history = shown["history"].as_array().unwrap().iter();
    let of_kind = history.filter(|row| row["kind"] == kind);
    of_kind
        .map(|row| row[field].as_str().unwrap().to_owned())
        .collect()
}

fn verified(server: &Server, rest: &[&str]) -> (i32, String) {
    said(&server.run(&[&["audit", "verify"], rest].concat()))
}

fn stops(server: &mut Server) {
    server.signal("TERM");
    server.wait_end(END);
}

#[tokio::main(flavor = "current_thread")]
async fn sqlite(server: &Server, statements: &[&str]) {
    let file = server.folder.path().join("var/ivr111.db");
    let options = SqliteConnectOptions::new().filename(file);
    let mut connection = options.connect().await.unwrap();
    for sql in statements {
        let sql = sqlx::raw_sql(AssertSqlSafe((*sql).to_owned()));
        sql.execute(&mut connection).await.unwrap();
    }
    connection.close().await.unwrap();
}

#[test]
fn what_supervisors_order_is_done_and_logged_and_whoever_alters_the_log_is_found_out() {
    let mut server = Server::start();
    books(&server, false);
    let reference = reference(&server);
    let why = ["--reason", "asked for by the practice"];

    let (status, text) = orders(&server, "close", &reference, &["--reason", " "]);
    assert!(status == 2 && text.contains("a reason is needed"), "{text}");
    let to = |who| [["--to", who], why].concat();
    let (status, text) = orders(&server, "reassign", &reference, &to("1001"));
    assert!(status == 2 && text.contains("2001, 2002"), "{text}");
    carried_out(&server, "reassign", &reference, &to("2002"));
    assert_eq!(listed(&server)["clinician"], "2002");
    carried_out(&server, "reassign", &reference, &to("gp"));
    assert_eq!(listed(&server)["skill"], "gp");
    assert!(listed(&server)["clinician"].is_null());

    let now = Timestamp::now().as_millisecond();
    let in_hours = |hours| {
        let now = Timestamp::from_millisecond(now).unwrap();
        (now + SignedDuration::from_hours(hours)).to_string()
    };
    let reschedule = |time: &str, more: &[&str]| {
        let rest = [&["--at", time], &why[..], more].concat();
        orders(&server, "reschedule", &reference, &rest)
    };
    let (status, text) = reschedule("2026-10-25T01:30", &[]);
    let either = "2026-10-25T01:30:00+01:00 or 2026-10-25T01:30:00+00:00";
    assert!(status == 2 && text.contains(either), "{text}");
    let (status, text) = reschedule(&in_hours(20), &[]);
    assert!(
        status == 1 && text.contains("only after its deadline"),
        "{text}"
    );
    let (status, text) = reschedule(&in_hours(20), &["--deadline", &in_hours(24)]);
    assert_eq!(status, 0, "{text}");
    let row = listed(&server);
    assert_eq!(row["stage"], "due");
    assert_eq!(row["due_at"], in_hours(20));
    assert_eq!(row["deadline"], in_hours(24));

    carried_out(&server, "close", &reference, &why);
    server.wait_metric("ivr111_callbacks_open", 0.0, SOON);
    assert_eq!(stage(&server), "done");
    let (status, text) = orders(&server, "close", &reference, &why);
    assert!(status == 1 && text.contains("is done already"), "{text}");

    let shown = server.json(&["callbacks", "show", &reference]);
    assert_eq!(shown["callback"], listed(&server));
    let log = field(&shown, "log", "what");
    let changes = [
        "booked",
        "reassigned",
        "reassigned",
        "rescheduled",
        "closed",
    ];
    assert_eq!(log, changes);
    let by = field(&shown, "log", "by");
    assert_eq!(by[1..], ["supervisor Sister Mary"; 4]);
    let details = field(&shown, "log", "detail");
    assert_eq!(details[2], "to gp (asked for by the practice)");
    assert_eq!(details[4], "asked for by the practice");
    let ordered = field(&shown, "order", "detail");
    let refused: Vec<&String> = ordered.iter().filter(|d| d.contains("refused")).collect();
    assert!(ordered.len() == 5 && refused.len() == 1, "{ordered:?}");
    let calls = shown["calls"].as_array().unwrap();
    assert!(
        calls.iter().any(|event| event["kind"] == "arrived"),
        "{calls:?}"
    );
    let (status, table) = said(&server.run(&["callbacks", "show", &reference]));
    assert!(status == 0 && table.contains("rescheduled"), "{table}");
    let unknown = said(&server.run(&["callbacks", "show", &"0".repeat(26)]));
    assert_eq!(unknown.0, 1, "{}", unknown.1);

    let (status, text) = verified(&server, &[]);
    assert!(
        status == 0 && text.contains("main: 5 entries, sound"),
        "{text}"
    );
    let (_, kept) = said(&server.run(&["audit", "head"]));
    let kept = kept.trim();
    assert!(kept.starts_with("main:5:"), "{kept}");
    stops(&mut server);
    // The server has told it too, where whoever can write the store need not be able to.
    assert!(server.log().contains(kept), "{kept}\n{}", server.log());
    let (status, text) = verified(&server, &["--head", kept]);
    assert_eq!(status, 0, "{text}");

    sqlite(
        &server,
        &[
            "DROP TRIGGER callback_log_update",
            "DROP TRIGGER callback_log_delete",
            "UPDATE callback_log SET by_whom = 'caller' WHERE sequence = 2",
            "DELETE FROM callback_log WHERE sequence = 4",
        ],
    );
    let (status, text) = verified(&server, &[]);
    assert_eq!(status, 1, "{text}");
    assert!(
        text.contains("main: entry 2 is not what its hash says"),
        "{text}"
    );
    assert!(text.contains("main: entries 4 to 4 are missing"), "{text}");
    let flaws = server.json(&["audit", "verify", "--node", "main"]);
    let flaws = flaws[0]["flaws"].as_array().unwrap();
    assert_eq!(
        (&flaws[0]["flaw"], &flaws[0]["entry"]),
        (&"altered".into(), &2.into())
    );
    assert_eq!(
        (&flaws[1]["flaw"], &flaws[1]["from"]),
        (&"missing".into(), &4.into())
    );
    assert_eq!(flaws.len(), 2, "{flaws:?}");

    // The end is cut off, and the head made to fit: only what was kept elsewhere tells.
    sqlite(
        &server,
        &[
            "DROP TRIGGER audit_head_update",
            "DELETE FROM callback_log WHERE sequence > 1",
            "UPDATE audit_head SET sequence = 1, hash = (SELECT hash FROM callback_log)",
        ],
    );
    let (status, text) = verified(&server, &[]);
    assert!(
        status == 0 && text.contains("main: 1 entries, sound"),
        "{text}"
    );
    let (status, text) = verified(&server, &["--head", kept]);
    assert!(
        status == 1 && text.contains("entries 2 to 5 are missing"),
        "{text}"
    );
}

#[test]
fn an_order_waits_for_the_server_and_whoever_it_names_makes_the_callback() {
    let mut server = Server::start();
    books(&server, false);
    let reference = reference(&server);
    stops(&mut server);
    let rest = [
        "--to",
        "gp",
        "--reason",
        "the caller wants to speak to a doctor",
    ];
    let (status, text) = orders(&server, "reassign", &reference, &rest);
    assert!(status == 1 && text.contains("not taken up yet"), "{text}");
    let shown = server.json(&["callbacks", "show", &reference]);
    assert!(field(&shown, "order", "detail")[0].ends_with("not taken up yet"));
    server.kill_and_restart();
    let end = std::time::Instant::now() + SOON;
    while listed(&server)["skill"] != "gp" {
        assert!(std::time::Instant::now() < end, "{}", server.log());
        std::thread::sleep(Duration::from_millis(50));
    }
    // The nurse is there first, and is not rung.
    let nurse = Person::answers(0, 300, 440.0);
    registers("2001", nurse.port);
    server.wait_metric("ivr111_handlers", 1.0, SOON);
    is_made_by("2002", BRIGHTON, &server);
    assert_eq!(nurse.sipp.messages().matches("INVITE sip:").count(), 0);
    let (status, text) = verified(&server, &[]);
    assert_eq!(status, 0, "{text}");
    let shown = server.json(&["callbacks", "show", &reference]);
    let log = field(&shown, "log", "what");
    assert_eq!(log, ["booked", "reassigned", "tried", "answered", "closed"]);
}
