use clap::{Args, Subcommand};
use jiff::Timestamp;

use crate::audit::Head;
use crate::identity::Reference;

use super::super::instant::instant;
use super::Config;

/// The longest reason and the longest name, in characters.
const REASON: usize = 300;
const NAME: usize = 100;
/// So many digits together are the number of somebody.
const DIGITS: usize = 7;

/// `callbacks`
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Callbacks {
    /// What to do with one; left out, they are listed.
    #[command(subcommand)]
    pub command: Option<CallbackCommand>,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub list: ListCallbacks,
}

/// What can be done with one callback.
#[derive(Debug, Subcommand)]
pub enum CallbackCommand {
    /// One callback with its whole history, and the timeline of its calls.
    Show(ShowCallback),
    /// Gives one to others.
    Reassign(Reassign),
    /// Gives one another time.
    Reschedule(Reschedule),
    /// Closes one for which nothing more is to be done.
    Close(CloseCallback),
}

/// `callbacks` by itself
#[derive(Debug, Args)]
pub struct ListCallbacks {
    #[command(flatten)]
    #[allow(missing_docs)]
    pub config: Config,
    /// Finished ones too.
    #[arg(long)]
    pub all: bool,
    /// Only those that have missed their deadlines, and with --at-risk those that may.
    #[arg(long)]
    pub late: bool,
    /// Only those that have been raised because their deadlines are near.
    #[arg(long)]
    pub at_risk: bool,
    /// Prints JSON.
    #[arg(long)]
    pub json: bool,
}

/// `callbacks show`
#[derive(Debug, Args)]
pub struct ShowCallback {
    #[command(flatten)]
    #[allow(missing_docs)]
    pub config: Config,
    /// The callback's reference.
    pub reference: Reference,
    /// Prints JSON.
    #[arg(long)]
    pub json: bool,
}

/// What every order of a supervisor says.
#[derive(Debug, Args)]
pub struct Ordered {
    #[command(flatten)]
    #[allow(missing_docs)]
    pub config: Config,
    /// The callback's reference.
    pub reference: Reference,
    /// Who orders it: the supervisor's name.
    #[arg(long, value_name = "NAME", value_parser = name)]
    pub by: String,
    /// Why. It stays in the log for good: nobody's name or number in it.
    #[arg(long, value_name = "TEXT", value_parser = reason)]
    pub reason: String,
}

/// `callbacks reassign`
#[derive(Debug, Args)]
pub struct Reassign {
    #[command(flatten)]
    #[allow(missing_docs)]
    pub ordered: Ordered,
    /// Who is to make it: nurse, gp, another skill of a clinician, or a clinician's account.
    #[arg(long, value_name = "WHO")]
    pub to: String,
}

/// `callbacks reschedule`
#[derive(Debug, Args)]
pub struct Reschedule {
    #[command(flatten)]
    #[allow(missing_docs)]
    pub ordered: Ordered,
    /// Not before then: London time, as 2026-12-25T02:00, or with its offset.
    #[arg(long, value_name = "TIME", value_parser = instant)]
    pub at: Timestamp,
    /// When it is to have been made; left out, that stays as it is.
    #[arg(long, value_name = "TIME", value_parser = instant)]
    pub deadline: Option<Timestamp>,
}

/// `callbacks close`
#[derive(Debug, Args)]
pub struct CloseCallback {
    #[command(flatten)]
    #[allow(missing_docs)]
    pub ordered: Ordered,
}

/// `audit`
#[derive(Debug, Args)]
pub struct Audit {
    /// What to do.
    #[command(subcommand)]
    pub command: AuditCommand,
}

/// What can be done with the log of callbacks.
#[derive(Debug, Subcommand)]
pub enum AuditCommand {
    /// Walks along every chain, and names what was altered, removed, put in or moved.
    Verify(Verify),
    /// Prints where each chain ends, to be kept where whoever can write the store cannot.
    Head(Heads),
}

/// `audit verify`
#[derive(Debug, Args)]
pub struct Verify {
    #[command(flatten)]
    #[allow(missing_docs)]
    pub config: Config,
    /// Only this node's chain.
    #[arg(long, value_name = "NODE")]
    pub node: Option<String>,
    /// A head that was kept, as `audit head` prints it: [NODE:]SEQUENCE:HASH. May be given several times.
    #[arg(long, value_name = "HEAD", value_parser = kept)]
    pub head: Vec<Kept>,
    /// Prints JSON.
    #[arg(long)]
    pub json: bool,
}

/// `audit head`
#[derive(Debug, Args)]
pub struct Heads {
    #[command(flatten)]
    #[allow(missing_docs)]
    pub config: Config,
    /// Prints JSON.
    #[arg(long)]
    pub json: bool,
}

/// A head that was kept outside the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Of whose chain; none where it does not say.
    pub node: Option<String>,
    /// The head.
    pub head: Head,
}

fn kept(text: &str) -> Result<Kept, String> {
    let parts: Vec<&str> = text.trim().rsplitn(3, ':').collect();
    let (hash, sequence) = match parts.as_slice() {
        [hash, sequence, ..] => (hash, sequence),
        _ => return Err(crate::audit::HeadError.to_string()),
    };
    let head = format!("{sequence}:{hash}").parse();
    Ok(Kept {
        node: parts.get(2).map(|node| (*node).to_owned()),
        head: head.map_err(|error: crate::audit::HeadError| error.to_string())?,
    })
}

pub(super) fn name(text: &str) -> Result<String, String> {
    said("a name", text, NAME)
}

fn reason(text: &str) -> Result<String, String> {
    let reason = said("a reason", text, REASON)?;
    let together = reason
        .split(|c: char| !c.is_ascii_digit() && !" ()+".contains(c))
        .map(|part| part.bytes().filter(u8::is_ascii_digit).count());
    match together.max() {
        Some(DIGITS..) => Err("nobody's number in the reason: it stays in the log".to_owned()),
        _ => Ok(reason),
    }
}

pub(super) fn said(what: &str, text: &str, most: usize) -> Result<String, String> {
    let text = text.trim();
    match text.chars().count() {
        0 => Err(format!("{what} is needed")),
        length if length > most => Err(format!("{what} has at most {most} characters")),
        _ if text.chars().any(char::is_control) => Err(format!("{what} is one line of text")),
        _ => Ok(text.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::super::{Cli, Command};
    use super::*;

    fn callbacks(arguments: &[&str]) -> Result<Callbacks, clap::Error> {
        let all = ["ivr111", "callbacks"].iter().chain(arguments);
        match Cli::try_parse_from(all)?.command {
            Command::Callbacks(callbacks) => Ok(callbacks),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn without_a_word_they_are_listed() {
        let listed = callbacks(&["--all", "--json", "--config", "x.toml"]).unwrap();
        assert!(listed.command.is_none() && listed.list.all && listed.list.json);
        assert_eq!(listed.list.config.config.to_str(), Some("x.toml"));
    }

    #[test]
    fn an_order_needs_a_name_and_a_reason() {
        let reference = Reference::new(1, 1).to_string();
        let close = |by: &str, reason: &str| {
            callbacks(&["close", &reference, "--by", by, "--reason", reason])
        };
        assert!(close("Mary", "seen on 2026-12-25 14:30 by GP 2").is_ok());
        for (by, reason) in [
            ("Mary", ""),
            ("Mary", " \t"),
            (" ", "made"),
            ("Mary", "call 07700 900123"),
            ("Mary", "a\nb"),
            ("Mary", &"x".repeat(301)),
            (&"x".repeat(101), "made"),
        ] {
            assert!(close(by, reason).is_err(), "{by} {reason}");
        }
        assert!(callbacks(&["close", &reference, "--by", "Mary"]).is_err());
        assert!(callbacks(&["close", &reference, "--reason", "made"]).is_err());
        assert!(callbacks(&["show", "no-reference"]).is_err());
    }

    #[test]
    fn a_kept_head_may_name_its_node() {
        let hash = "0a".repeat(32);
        let head = |sequence| Head {
            sequence,
            hash: hash.clone(),
        };
        let named = kept(&format!("leeds:1:17:{}", hash.to_uppercase())).unwrap();
        assert_eq!(named.node.as_deref(), Some("leeds:1"));
        assert_eq!(named.head, head(17));
        let unnamed = kept(&format!("0:{hash}")).unwrap();
        assert_eq!((unnamed.node, unnamed.head), (None, head(0)));
        for wrong in ["", "17", "x:1:", "-1:00", "1:zz"] {
            assert!(kept(wrong).is_err(), "{wrong}");
        }
    }
}
