//! The sign-off: what callers are served by is proposed, shown as a difference in words, approved by somebody
//! else, takes effect at its time and can be rolled back. The history of all that is a chain of signed entries;
//! which set of files is in force follows from it and from the time, and from nothing else.

mod compare;
mod entry;
mod history;
mod judge;
mod key;
mod person;
mod refusal;
mod rules;
mod set;
#[cfg(test)]
mod tests;
mod tree;
mod words;

pub use compare::{Difference, Files, Step, What as Differs, are_of, differences};
pub use entry::{Act, Entry, Proposed, Rollback, Signed, WHY};
pub use history::{Broken, Head, History, Judged, Unsigned};
pub use judge::Object;
pub use key::{KeyError, PublicKey, Signature, SigningKey};
pub use person::{Person, Role};
pub use refusal::Refusal;
pub use rules::{InForce, Rules, Standing, State};
pub use set::{LARGEST_FILE, MOST_FILES, Set, SetError, check_path};
pub use tree::{Leaf, Tree};
pub use words::{Sentence, moment, sentences};
