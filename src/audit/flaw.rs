use serde::Serialize;
use thiserror::Error;

/// What is wrong with a chain. Entries are named by their place in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Error)]
#[serde(tag = "flaw", rename_all = "kebab-case")]
pub enum Flaw {
    /// An entry does not have the hash that follows from it and from those before.
    #[error(
        "entry {entry} is not what its hash says: it was altered, or the one before it was made anew"
    )]
    Altered {
        /// The entry.
        entry: i64,
    },
    /// Entries are not there. The one that follows them cannot be checked without them.
    #[error("entries {from} to {to} are missing; the one that follows them cannot be checked")]
    Missing {
        /// The first of them.
        from: i64,
        /// The last of them.
        to: i64,
    },
    /// An entry stands where no entry should: twice, behind a later one, or before the first.
    #[error("entry {entry} stands where entry {expected} should")]
    OutOfPlace {
        /// The entry.
        entry: i64,
        /// What should stand there.
        expected: i64,
    },
    /// There are fewer entries than the head says: the end was cut off.
    #[error("the end is cut off: entries {from} to {to} are missing")]
    CutOff {
        /// The first that is missing.
        from: i64,
        /// The last.
        to: i64,
    },
    /// There are more entries than the head says: somebody else has added them.
    #[error("the head does not know of entries {from} to {to}")]
    Beyond {
        /// The first that the head does not know of.
        from: i64,
        /// The last.
        to: i64,
    },
    /// The head has another hash than the last entry.
    #[error("the head says that entry {entry} has another hash")]
    HeadDiffers {
        /// The last entry.
        entry: i64,
    },
    /// There are entries and no head.
    #[error("there are entries and no head")]
    NoHead,
    /// An entry has another hash than in a head that was kept elsewhere: the chain has been made anew.
    #[error("entry {entry} has another hash than the head that was kept")]
    KeptDiffers {
        /// The entry.
        entry: i64,
    },
    /// There are more flaws than are named.
    #[error("{flaws} more")]
    More {
        /// How many more.
        flaws: u64,
    },
}
