//! What callers are served by is proposed, shown, replayed, approved by somebody else, takes effect at its time, and is
//! rolled back; and nothing else is served.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::support::people::{BRIGHTON, Person, SERVER, SOON};
use crate::support::server::{Server, binary};
use crate::support::signers::{COMMISSIONER, DEPUTY, PROVIDER, Signers, said};
use crate::support::webhook::Webhook;

const KENT: &str = "routing/regions/kent-surrey-sussex.toml";
const PROPOSAL: &str = "ivr111_sign_off_proposal";
const REFUSED: &str = "ivr111_sign_off_refused";
const FOLLOWED: &str = "another set is in force";

fn server(signers: &Signers, more: &[(&str, &str)]) -> Server {
    let settings = signers.settings();
    let server = Server::start_with(&[&[("[drain]\n", settings.as_str())], more].concat(), &[]);
    // Tables of its own.
    server.changes("ivr111.toml", &[]);
    server
}

/// Changes a file without telling the server.
fn edits(server: &Server, file: &str, from: &str, to: &str) {
    let path = server.folder.path().join(file);
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "{file}: {from}");
    fs::write(&path, text.replacen(from, to, 1)).unwrap();
}

/// The parts of the calls that providers of Kent have by what is served.
fn shares(server: &Server) -> (i64, i64) {
    let explained = server.json(&["explain", "--from", BRIGHTON, "--keys", "1,2"]);
    let share = |provider: &str| explained["providers"][provider].as_f64().unwrap().round() as i64;
    (share("harmoni"), share("secamb"))
}

fn shifts_shares(
    server: &Server,
    (from_harmoni, from_secamb): (u8, u8),
    (harmoni, secamb): (u8, u8),
) {
    let share = |id: &str, share: u8| format!("id = \"{id}\"\nshare = {share}");
    edits(
        server,
        KENT,
        &share("harmoni", from_harmoni),
        &share("harmoni", harmoni),
    );
    edits(
        server,
        KENT,
        &share("secamb", from_secamb),
        &share("secamb", secamb),
    );
}

fn state(server: &Server, number: &str) -> String {
    let all = server.json(&["sign-off", "list"]);
    let number: u64 = number.parse().unwrap();
    let mut rows = all.as_array().unwrap().iter();
    let row = rows.find(|row| row["proposal"] == number);
    row.unwrap()["words"].as_str().unwrap().to_owned()
}

fn verified(server: &Server) -> (i32, String) {
    said(&server.run(&["sign-off", "verify"]))
}

fn in_seconds(seconds: i64) -> String {
    (Timestamp::now() + SignedDuration::from_secs(seconds)).to_string()
}

#[test]
fn a_change_is_proposed_shown_replayed_approved_served_and_rolled_back() {
    let signers = Signers::new();
    let server = server(&signers, &[]);
    // A call by which what is proposed is replayed.
    let caller = Person::calls_at_and_hangs_up(SERVER, BRIGHTON, 8_000);
    caller.presses("12");
    caller.sipp.succeeds(SOON);
    server.ended_call();
    let first = signers.signs(&server, &[]);
    assert_eq!(state(&server, &first), "in force");
    Signers::require(&server);
    server.wait_log("callers are served by what was signed", SOON);
    server.wait_metric(PROPOSAL, 1.0, SOON);
    server.wait_metric(REFUSED, 0.0, SOON);
    let (status, text) = said(&server.run(&["check"]));
    assert_eq!(status, 0, "{text}");

    // What is written under routing/ is not served, and it is said why.
    shifts_shares(&server, (60, 40), (45, 55));
    server.signal("HUP");
    let why = "what is here has not been signed off and is not served; it differs from proposal 1 in \
               regions/kent-surrey-sussex.toml";
    server.wait_log(why, SOON);
    server.wait_metric(REFUSED, 1.0, SOON);
    assert_eq!(shares(&server), (60, 40));
    let (status, text) = said(&server.run(&["check"]));
    assert!(status == 1 && text.contains(why), "{text}");

    // It is proposed, and shown in words.
    edits(
        &server,
        "routing/areas.csv",
        "01273,Brighton,kent-surrey-sussex",
        "01273,Brighton,london",
    );
    let soon = in_seconds(15);
    let second = signers.proposes(&server, PROVIDER, &["--effective", &soon]);
    assert_eq!(state(&server, &second), "nobody has approved it");
    let (status, text) = said(&server.run(&["sign-off", "show", &second]));
    assert_eq!(status, 0, "{text}");
    for words in [
        "proposal 3 by Duty manager",
        "why: for a test",
        "What it changes against proposal 1:",
        "- area code 01273 (Brighton) belongs to London instead of Kent, Surrey and Sussex from ",
        "- Kent, Surrey and Sussex: from ",
        "secamb's share goes from 40 % to 55 %",
    ] {
        assert!(text.contains(words), "no {words:?} in\n{text}");
    }
    let shown = server.json(&["sign-off", "show", &second]);
    let sentences = shown["sentences"].as_array().unwrap();
    assert_eq!(sentences.len(), 3, "{shown:#}");
    assert_eq!(sentences[2]["changes"][0]["before"], 40);
    assert_eq!(sentences[2]["changes"][0]["after"], 55);

    // It is replayed.
    let (status, text) = said(&server.run(&["sign-off", "replay", &second]));
    assert!(status == 0 && text.contains("Of 1 calls from "), "{text}");
    assert!(
        text.contains(" 1 would have gone elsewhere by proposal 3"),
        "{text}"
    );
    let arguments = [
        "sign-off",
        "replay",
        &second,
        "--scenario",
        "ordinary-day",
        "--calls",
        "4000",
        "--days",
        "2",
    ];
    let simulated = server.json(&arguments);
    assert!(simulated["elsewhere"].as_u64().unwrap() > 0, "{simulated}");

    // It is approved, and takes effect by itself.
    let text = signers.does(&server, COMMISSIONER, &["approve", &second]);
    let at_once = text.contains("it takes effect on ") || text.contains("it is in force");
    assert!(at_once, "{text}");
    server.wait_log(FOLLOWED, SOON);
    let effective: Timestamp = soon.parse().unwrap();
    assert!(Timestamp::now() >= effective);
    server.wait_metric(PROPOSAL, 3.0, SOON);
    assert_eq!(state(&server, &first), "a later one is in force");
    let explained = server.json(&["explain", "--from", BRIGHTON, "--keys", "1,2"]);
    assert_eq!(explained["region"], "london", "{explained}");

    // It is rolled back, at once.
    let why = ["--why", "callers from Brighton wait too long"];
    let to = ["roll-back", "--to", &first, why[0], why[1]];
    let (status, text) = signers.tries(&server, (PROVIDER, PROVIDER), &to);
    assert!(
        status == 1 && text.contains("only commissioners roll back"),
        "{text}"
    );
    signers.does(&server, DEPUTY, &to);
    server.wait_log_times(FOLLOWED, 2, SOON);
    server.wait_metric(PROPOSAL, 1.0, SOON);
    assert_eq!(shares(&server), (60, 40));
    assert_eq!(state(&server, &second), "it was rolled back");
    let (status, text) = verified(&server);
    assert!(
        status == 0 && text.contains("5 entries, sound; proposal 1 is in force"),
        "{text}"
    );
}

#[test]
fn whoever_may_not_sign_is_told_why_and_nothing_is_written() {
    let signers = Signers::new();
    let server = server(&signers, &[]);
    let first = signers.proposes(&server, COMMISSIONER, &[]);
    let refuses = |who: (&str, &str), arguments: &[&str], expected: i32, why: &str| {
        let (status, text) = signers.tries(&server, who, arguments);
        assert!(
            status == expected && text.contains(why),
            "{arguments:?}: {status} {text}"
        );
    };
    let approve = ["approve", first.as_str()];
    refuses(
        (COMMISSIONER, COMMISSIONER),
        &approve,
        1,
        "Lead commissioner has proposed it: somebody else approves it",
    );
    refuses(
        (PROVIDER, PROVIDER),
        &approve,
        1,
        "Duty manager has approved it, and is no commissioner",
    );
    refuses(
        (DEPUTY, PROVIDER),
        &approve,
        1,
        "wrong key: it is not the key that the settings have of Deputy",
    );
    refuses(
        ("Nobody", PROVIDER),
        &approve,
        2,
        "there is no Nobody; those who may sign are: Duty manager",
    );
    refuses(
        (DEPUTY, DEPUTY),
        &["approve", "9"],
        2,
        "there is no proposal 9",
    );
    let withdraw = ["withdraw", first.as_str(), "--why", "not ours"];
    refuses(
        (PROVIDER, PROVIDER),
        &withdraw,
        1,
        "Duty manager may not withdraw it",
    );
    let open = fs::Permissions::from_mode(0o644);
    fs::set_permissions(signers.key(DEPUTY), open).unwrap();
    refuses(
        (DEPUTY, DEPUTY),
        &approve,
        2,
        "others may read this key (mode 644)",
    );
    let past = ["propose", "--why", "late", "--expires", "2026-01-01T00:00"];
    refuses(
        (PROVIDER, PROVIDER),
        &past,
        2,
        "it would have expired before it takes effect",
    );
    edits(&server, KENT, "share = 40", "share = 55");
    let propose = ["propose", "--why", "wrong"];
    refuses(
        (PROVIDER, PROVIDER),
        &propose,
        1,
        "the providers' shares come to 115, not 100",
    );
    edits(&server, KENT, "share = 55", "share = 40");
    std::os::unix::fs::symlink(
        "/etc/hostname",
        server.folder.path().join("routing/host.csv"),
    )
    .unwrap();
    refuses(
        (PROVIDER, PROVIDER),
        &propose,
        2,
        "it is a link; a set has only files",
    );
    let (status, text) = verified(&server);
    assert!(
        status == 0 && text.contains("1 entries, sound; nothing is in force"),
        "{text}"
    );
}

/// The file with the bytes of the region Kent that is in force, or of the whole history.
fn kept(server: &Server, of: &str) -> PathBuf {
    let folder = server.folder.path().join("sign-off");
    if of == "history" {
        return folder.join("history.jsonl");
    }
    let objects = fs::read_dir(folder.join("objects")).unwrap();
    let mut paths = objects.map(|entry| entry.unwrap().path());
    let found = paths.find(|path| fs::read_to_string(path).unwrap().contains(of));
    found.unwrap()
}

fn alters(server: &Server, of: &str, from: &str, to: &str) -> (PathBuf, String) {
    let path = kept(server, of);
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains(from));
    fs::write(&path, text.replacen(from, to, 1)).unwrap();
    (path, text)
}

/// A server with these settings that is not to come up: its exit status, and what it says.
fn serves_nothing(server: &Server) -> (i32, String) {
    let mut command = Command::new("timeout");
    command
        .args(["60", binary(), "serve", "--config"])
        .arg(server.settings());
    said(&command.output().unwrap())
}

#[test]
fn what_was_altered_is_refused_and_the_last_good_set_stays_in_force() {
    let signers = Signers::new();
    let webhook = Webhook::open();
    let alerts = (
        "# webhook = \"https://alerts.example.net/ivr111\"",
        webhook.setting(),
    );
    let mut server = server(&signers, &[(alerts.0, alerts.1.as_str())]);
    signers.signs(&server, &[]);
    Signers::require(&server);
    server.wait_metric(PROPOSAL, 1.0, SOON);

    // A byte of what is served.
    let kent = "name = \"Kent, Surrey and Sussex\"";
    let (path, whole) = alters(&server, kent, "share = 60", "share = 61");
    server.signal("HUP");
    let altered = "what is kept of regions/kent-surrey-sussex.toml was altered";
    server.wait_log(altered, SOON);
    server.wait_metric(PROPOSAL, 1.0, SOON);
    let (status, text) = verified(&server);
    assert!(
        status == 1 && text.contains("proposal 1 is refused: "),
        "{text}"
    );
    assert!(text.contains(altered), "{text}");
    // The next process goes on with its own copy of it, as long as that is there.
    server.kill_and_restart();
    server.wait_metric(PROPOSAL, 1.0, SOON);
    server.kill();
    fs::remove_dir_all(server.folder.path().join("var/sign-off")).unwrap();
    let (status, text) = serves_nothing(&server);
    assert!(status == 2 && text.contains(altered), "{status} {text}");
    assert!(text.contains("no set is in force"), "{text}");
    fs::write(&path, &whole).unwrap();
    server.kill_and_restart();
    server.wait_metric(REFUSED, 0.0, SOON);

    // A byte of the history: what was known stays, and somebody is told.
    let (path, whole) = alters(&server, "history", "for a test", "for a tesT");
    let broken = "the chain is broken at entry 1: it was altered after it was signed";
    server.wait_log(
        "the history is not what it was: entries were altered or taken away",
        SOON,
    );
    let alert = webhook.wait("sign-off", SOON);
    assert!(alert["text"].as_str().unwrap().contains(broken), "{alert}");
    let (status, text) = verified(&server);
    assert!(status == 1 && text.contains(broken), "{text}");
    let (status, text) = said(&server.run(&["check"]));
    assert!(status == 1 && text.contains(broken), "{text}");
    let (status, text) = signers.tries(&server, (PROVIDER, PROVIDER), &["propose", "--why", "x"]);
    assert!(status == 2 && text.contains("nothing is added"), "{text}");
    assert_eq!(server.http("/readyz").0, 200);
    fs::write(&path, &whole).unwrap();
    server.wait_metric(REFUSED, 0.0, SOON);

    // Nothing good is left: the running server keeps what it has, and another one does not come up.
    let withdraw = ["withdraw", "1", "--why", "all of it is wrong"];
    signers.does(&server, COMMISSIONER, &withdraw);
    server.wait_log(
        "Lead commissioner has withdrawn it: all of it is wrong",
        SOON,
    );
    let alert = webhook.wait("sign-off", SOON);
    assert!(
        alert["text"]
            .as_str()
            .unwrap()
            .contains("no set is in force"),
        "{alert}"
    );
    server.wait_metric(PROPOSAL, 1.0, SOON);
    assert_eq!(server.http("/readyz").0, 200);
    server.kill();
    let (status, text) = serves_nothing(&server);
    assert!(
        status == 2 && text.contains("has withdrawn it: all of it is wrong"),
        "{status} {text}"
    );
}

#[test]
fn a_set_that_expires_leaves_the_one_before_in_force_by_itself() {
    let signers = Signers::new();
    let mut server = server(&signers, &[]);
    signers.signs(&server, &[]);
    Signers::require(&server);
    shifts_shares(&server, (60, 40), (50, 50));
    let ends = in_seconds(20);
    let second = signers.signs(&server, &["--expires", &ends]);
    server.wait_metric(PROPOSAL, 3.0, SOON);
    server.wait_log_times(FOLLOWED, 2, Duration::from_secs(40));
    server.wait_metric(PROPOSAL, 1.0, SOON);
    assert!(Timestamp::now() >= ends.parse().unwrap());
    assert!(
        state(&server, &second).starts_with("it has expired on "),
        "{}",
        state(&server, &second)
    );
    // What is not yet in effect, and what has expired, is not served by the next process either.
    let third = signers.signs(&server, &["--effective", &in_seconds(600)]);
    assert!(state(&server, &third).starts_with("it is not yet in effect: it takes effect on "));
    server.kill_and_restart();
    server.wait_metric(PROPOSAL, 1.0, SOON);
    let list: Value = server.json(&["sign-off", "list"]);
    let in_force = list
        .as_array()
        .unwrap()
        .iter()
        .filter(|row| row["state"] == "in-force");
    assert_eq!(in_force.count(), 1, "{list}");
}
