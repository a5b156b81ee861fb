use std::fmt;

/// What is wrong with a store, in kinds that whoever sees to it can act on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Trouble {
    /// The database is there, and what it holds cannot be read.
    Damaged,
    /// Nothing more can be written: the disk is full.
    Full,
    /// Another process has the database for itself.
    Locked,
    /// It does not answer in time.
    Late,
    /// It cannot be reached, or its machine fails.
    Away,
}

impl Trouble {
    /// All of them.
    pub const ALL: [Trouble; 5] = [
        Trouble::Damaged,
        Trouble::Full,
        Trouble::Locked,
        Trouble::Late,
        Trouble::Away,
    ];

    /// Its place among [`Trouble::ALL`].
    pub fn index(self) -> usize {
        self as usize
    }
}

/// In plain words, as a sentence without its full stop.
impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Trouble::Damaged => "the database is damaged",
            Trouble::Full => "the disk of the database is full",
            Trouble::Locked => "another process has locked the database",
            Trouble::Late => "the database does not answer in time",
            Trouble::Away => "the database cannot be reached",
        })
    }
}
