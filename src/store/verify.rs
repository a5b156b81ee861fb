use crate::audit::{Flaw, Head, Summary, Walk};

use super::error::StoreError;
use super::face::SharedStore;

/// So many entries are read at once.
const PAGE: u32 = 1_000;

/// Walks along a node's whole chain, also while the node adds to it. `kept` are heads of it that were kept
/// elsewhere.
pub async fn verify_chain(
    store: &SharedStore,
    node: &str,
    kept: Vec<Head>,
) -> Result<Result<Summary, Vec<Flaw>>, StoreError> {
    let mut walk = Walk::new(node, kept);
    let mut after = i64::MIN;
    loop {
        // Before the entries: all that it knows of are there when they are read.
        let head = store.head(node).await?;
        let entries = store.log_entries(node, after, PAGE).await?;
        for entry in &entries {
            walk.on(entry);
        }
        match entries.last() {
            Some(last) => after = last.record.sequence,
            None => return Ok(walk.end(head.as_ref())),
        }
    }
}
