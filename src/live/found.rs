use std::collections::HashMap;

use super::record::{self, HEADER, Key};

/// What the process before has left.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// The newest state of each, by key.
    pub states: HashMap<Key, Vec<u8>>,
    /// Bytes at the end that are no whole record: the process ended while it wrote them.
    pub torn: usize,
}

impl Found {
    /// What the bytes of a file hold. A file of another format holds nothing.
    pub(super) fn read(bytes: &[u8]) -> Found {
        let mut found = Found::default();
        let mut end = 0;
        for (from, record) in record::all(bytes) {
            match record.state {
                Some(state) => found.states.insert(record.key, state.to_vec()),
                None => found.states.remove(&record.key),
            };
            end = from + record.length;
        }
        let end = end.max(HEADER.len());
        found.torn = match bytes.starts_with(HEADER) {
            true => bytes.len() - end.min(bytes.len()),
            false => bytes.len(),
        };
        found
    }
}
