//! `ivr111 live`: the last quarter of an hour and how things stand, as a running server has it.

mod client;
mod server;
mod text;

use std::io::{IsTerminal as _, Write as _};
use std::time::Duration;

use serde_json::Value;

use super::args::Live;
use super::ask::settings;
use super::{Outcome, output};

pub use server::Server;

/// How often it is drawn anew on a terminal.
const EVERY: Duration = Duration::from_secs(5);
/// Clears a terminal, and goes to its upper left.
const CLEAR: &str = "\x1b[2J\x1b[H";

pub(super) fn run(arguments: &Live) -> Outcome {
    let server = match &arguments.server {
        Some(server) => server.clone(),
        None => match settings(&arguments.config) {
            Ok(settings) => Server::at(*settings.http.listen.get_ref()),
            Err(outcome) => return outcome,
        },
    };
    let summary = match client::summary(&server) {
        Ok(summary) => summary,
        Err(error) => return output::failed(error),
    };
    if arguments.json {
        return match output::json(&summary) {
            Outcome::Good => judged(&summary),
            failed => failed,
        };
    }
    if arguments.once || !std::io::stdout().is_terminal() {
        text::print(&summary);
        return judged(&summary);
    }
    watch(&server, &summary)
}

/// Draws it anew until somebody interrupts. A server that is away for a while, as while another process takes over,
/// does not end it.
fn watch(server: &Server, first: &Value) -> Outcome {
    let draw = |summary: &Value| {
        clear();
        text::print(summary);
    };
    draw(first);
    loop {
        std::thread::sleep(EVERY);
        match client::summary(server) {
            Ok(summary) => draw(&summary),
            Err(error) => {
                clear();
                output::line(error);
            }
        }
    }
}

fn clear() {
    let mut terminal = std::io::stdout();
    let _ = write!(terminal, "{CLEAR}").and_then(|()| terminal.flush());
}

/// Whether all is as it should be: every target that somebody's calls concern is met, and is known to be.
fn judged(summary: &Value) -> Outcome {
    let Some(targets) = summary["targets"].as_array() else {
        return Outcome::Wrong;
    };
    match targets.iter().any(|target| target["met"] == false) {
        true => Outcome::Wrong,
        false => Outcome::Good,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_target_that_is_not_met_or_not_known_is_wrong() {
        let summary = |met: [Value; 3]| json!({ "targets": met.map(|met| json!({ "met": met })) });
        let (yes, no, nobody) = (json!(true), json!(false), Value::Null);
        let of_nobody = [nobody.clone(), nobody.clone(), nobody];
        assert_eq!(judged(&summary(of_nobody)), Outcome::Good);
        let all = [yes.clone(), yes.clone(), yes.clone()];
        assert_eq!(judged(&summary(all)), Outcome::Good);
        assert_eq!(judged(&summary([yes.clone(), yes, no])), Outcome::Wrong);
        assert_eq!(judged(&json!({ "targets": null })), Outcome::Wrong);
    }
}
