//! `ivr111 audit`: whether the log of callbacks is as it was written.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::audit::{Flaw, Head, Summary};
use crate::store::verify_chain;

use super::args::{Audit, AuditCommand, Heads, Kept, Verify};
use super::ask::ask;
use super::{Outcome, output};

pub(super) fn run(arguments: &Audit) -> Outcome {
    match &arguments.command {
        AuditCommand::Verify(arguments) => verify(arguments),
        AuditCommand::Head(arguments) => heads(arguments),
    }
}

/// What was found of a chain.
#[derive(Serialize)]
struct Chain {
    node: String,
    /// Of a sound chain.
    entries: Option<u64>,
    /// Of a sound chain.
    head: Option<String>,
    flaws: Vec<Named>,
}

#[derive(Serialize)]
struct Named {
    #[serde(flatten)]
    flaw: Flaw,
    words: String,
}

impl Chain {
    fn new(node: String, walked: Result<Summary, Vec<Flaw>>) -> Chain {
        let named = |flaw: Flaw| Named {
            words: flaw.to_string(),
            flaw,
        };
        let (summary, flaws) = match walked {
            Ok(summary) => (Some(summary), Vec::new()),
            Err(flaws) => (None, flaws),
        };
        Chain {
            node,
            entries: summary.as_ref().map(|summary| summary.entries),
            head: summary.map(|summary| summary.head.to_string()),
            flaws: flaws.into_iter().map(named).collect(),
        }
    }
}

/// Heads that were kept, by node.
type KeptHeads = BTreeMap<String, Vec<Head>>;

/// Whose chains are to be walked along, and what was kept of them.
fn whose(arguments: &Verify, chains: Vec<String>) -> Result<(BTreeSet<String>, KeptHeads), String> {
    let only = arguments.node.as_ref();
    let mut kept = KeptHeads::new();
    for Kept { node, head } in &arguments.head {
        let node = match (node.as_ref().or(only), chains.as_slice()) {
            (Some(node), _) => node,
            (None, [sole]) => sole,
            (None, _) => {
                return Err(format!(
                    "--head {head}: say of which node, as in NODE:SEQUENCE:HASH"
                ));
            }
        };
        if only.is_some_and(|only| only != node) {
            return Err(format!(
                "--head {node}:{head}: it is not of the node of --node"
            ));
        }
        kept.entry(node.clone()).or_default().push(head.clone());
    }
    if let Some(only) = only {
        if !chains.contains(only) && !kept.contains_key(only) {
            return Err(format!("--node {only}: it has no chain in this store"));
        }
        return Ok(([only.clone()].into(), kept));
    }
    let nodes = chains.into_iter().chain(kept.keys().cloned());
    Ok((nodes.collect(), kept))
}

fn verify(arguments: &Verify) -> Outcome {
    let walked = ask(&arguments.config, async |store| {
        let (nodes, mut kept) = match whose(arguments, store.chains().await?) {
            Ok(whose) => whose,
            Err(error) => return Ok(Err(error)),
        };
        let mut chains = Vec::with_capacity(nodes.len());
        for node in nodes {
            let kept = kept.remove(&node).unwrap_or_default();
            let walked = verify_chain(&store, &node, kept).await?;
            chains.push(Chain::new(node, walked));
        }
        Ok(Ok(chains))
    });
    let chains = match walked {
        Ok(Ok(chains)) => chains,
        Ok(Err(error)) => return output::failed(error),
        Err(outcome) => return outcome,
    };
    let shown = match arguments.json {
        true => output::json(&chains),
        false => print(&chains),
    };
    let is_sound = chains.iter().all(|chain| chain.flaws.is_empty());
    match shown {
        Outcome::Good if !is_sound => Outcome::Wrong,
        shown => shown,
    }
}

fn print(chains: &[Chain]) -> Outcome {
    if chains.is_empty() {
        output::line("the log of callbacks has no entries yet");
    }
    for chain in chains {
        let node = &chain.node;
        if let (Some(entries), Some(head)) = (chain.entries, &chain.head) {
            output::line(format!("{node}: {entries} entries, sound; head {head}"));
        }
        for flaw in &chain.flaws {
            output::line(format!("{node}: {}", flaw.words));
        }
    }
    Outcome::Good
}

/// A head, and what to give to `audit verify --head` later.
#[derive(Serialize)]
struct Ending {
    node: String,
    sequence: i64,
    hash: String,
}

fn heads(arguments: &Heads) -> Outcome {
    let heads = ask(&arguments.config, async |store| {
        let mut heads = Vec::new();
        for node in store.chains().await? {
            if let Some(Head { sequence, hash }) = store.head(&node).await? {
                heads.push(Ending {
                    node,
                    sequence,
                    hash,
                });
            }
        }
        Ok(heads)
    });
    let heads = match heads {
        Ok(heads) => heads,
        Err(outcome) => return outcome,
    };
    if arguments.json {
        return output::json(&heads);
    }
    for head in heads {
        output::line(format!("{}:{}:{}", head.node, head.sequence, head.hash));
    }
    Outcome::Good
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::super::args::{Cli, Command};
    use super::*;

    /// Whose chains are walked along, and of how many heads each is compared with.
    fn asked(chains: &[&str], arguments: &[&str]) -> Result<Vec<(String, usize)>, String> {
        let all = ["ivr111", "audit", "verify"].iter().chain(arguments);
        let Command::Audit(Audit {
            command: AuditCommand::Verify(verify),
        }) = Cli::try_parse_from(all).unwrap().command
        else {
            panic!("not verify");
        };
        let chains = chains.iter().map(|chain| (*chain).to_owned()).collect();
        let (nodes, kept) = whose(&verify, chains)?;
        let compared = |node: &String| kept.get(node).map_or(0, Vec::len);
        Ok(nodes.iter().map(|n| (n.clone(), compared(n))).collect())
    }

    #[test]
    fn a_kept_head_is_compared_with_the_chain_that_it_is_of() {
        let hash = "0a".repeat(32);
        let (bare, york) = (format!("3:{hash}"), format!("york:3:{hash}"));
        let (leeds, both) = (["leeds"].as_slice(), ["leeds", "york"].as_slice());
        let found = |nodes: &[(&str, usize)]| {
            let owned = nodes
                .iter()
                .map(|(node, heads)| ((*node).to_owned(), *heads));
            Ok(owned.collect::<Vec<_>>())
        };
        assert_eq!(asked(&[], &[]), found(&[]));
        assert_eq!(asked(both, &[]), found(&[("leeds", 0), ("york", 0)]));
        assert_eq!(asked(both, &["--node", "york"]), found(&[("york", 0)]));
        assert_eq!(asked(leeds, &["--head", &bare]), found(&[("leeds", 1)]));
        let two = ["--head", &bare, "--head", &york, "--node", "york"];
        assert_eq!(asked(both, &two), found(&[("york", 2)]));
        assert!(asked(both, &["--head", &york, "--node", "leeds"]).is_err());
        // One of which nothing is left.
        let gone = found(&[("leeds", 0), ("york", 1)]);
        assert_eq!(asked(leeds, &["--head", &york]), gone);
        assert!(asked(both, &["--head", &bare]).is_err());
        assert!(asked(&[], &["--head", &bare]).is_err());
        assert!(asked(leeds, &["--node", "york"]).is_err());
    }
}
