use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::Serialize;

use super::set::Set;
use super::tree::Tree;

/// A set with the bytes of its files, each shared.
pub type Files = BTreeMap<String, std::sync::Arc<[u8]>>;

/// One thing that is not as it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Difference {
    /// In which file.
    pub file: String,
    /// Where in it: keys and names from the outside to the inside.
    pub at: Vec<Step>,
    /// What.
    #[serde(flatten)]
    pub what: What,
}

/// A step on the way to what differs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// A key.
    Key(String),
    /// One of several, by its name.
    Row(String),
    /// One of several, counted from 1.
    Place(usize),
}

impl Step {
    /// The key, or the name.
    pub fn name(&self) -> &str {
        match self {
            Step::Key(name) | Step::Row(name) => name,
            Step::Place(_) => "",
        }
    }
}

/// What is not as it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(
    rename_all = "kebab-case",
    rename_all_fields = "kebab-case",
    tag = "what"
)]
pub enum What {
    /// Something else stands there.
    Changed {
        /// What stood there.
        before: Tree,
        /// What stands there now.
        after: Tree,
    },
    /// It is new.
    Added {
        /// What stands there now.
        after: Tree,
    },
    /// It is gone.
    Removed {
        /// What stood there.
        before: Tree,
    },
    /// The same things stand in another order.
    Order {
        /// As it was.
        before: Vec<String>,
        /// As it is.
        after: Vec<String>,
    },
    /// A file is new.
    NewFile,
    /// A file is gone.
    NoFile,
    /// Only comments and layout.
    Layout,
    /// The bytes; what the file says cannot be compared.
    Bytes,
}

impl Difference {
    /// The place as one text, such as `provider[secamb].share`.
    pub fn place(&self) -> String {
        let mut text = String::new();
        for step in &self.at {
            let dot = if text.is_empty() { "" } else { "." };
            text.push_str(&match step {
                Step::Key(key) => format!("{dot}{key}"),
                Step::Row(name) => format!("[{name}]"),
                Step::Place(place) => format!("[{place}]"),
            });
        }
        text
    }

    /// The steps as names, for telling what is meant.
    pub fn names(&self) -> Vec<&str> {
        self.at.iter().map(Step::name).collect()
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.file, self.place())
    }
}

/// All that differs between two sets of files, in the order of files and places. Two sets that are not the same
/// differ in something, and a set differs in nothing from itself.
pub fn differences(before: &Files, after: &Files) -> Vec<Difference> {
    let paths: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let mut all = Vec::new();
    for path in paths {
        let whole = |what| Difference {
            file: path.clone(),
            at: Vec::new(),
            what,
        };
        match (before.get(path), after.get(path)) {
            (Some(one), Some(other)) if one == other => {}
            (Some(one), Some(other)) => {
                let trees = Tree::read(path, one).zip(Tree::read(path, other));
                let Some((one, other)) = trees else {
                    all.push(whole(What::Bytes));
                    continue;
                };
                let known = all.len();
                Comparison {
                    file: path,
                    all: &mut all,
                }
                .compare(&one, &other, &mut Vec::new());
                if all.len() == known {
                    all.push(whole(What::Layout));
                }
            }
            (None, _) => all.push(whole(What::NewFile)),
            (_, None) => all.push(whole(What::NoFile)),
        }
    }
    all
}

struct Comparison<'a> {
    file: &'a str,
    all: &'a mut Vec<Difference>,
}

impl Comparison<'_> {
    fn tell(&mut self, at: &[Step], what: What) {
        self.all.push(Difference {
            file: self.file.to_owned(),
            at: at.to_vec(),
            what,
        });
    }

    fn compare(&mut self, before: &Tree, after: &Tree, at: &mut Vec<Step>) {
        match (before, after) {
            (one, other) if one == other => {}
            (Tree::Table(one), Tree::Table(other)) => self.each(one, other, at, Step::Key),
            (
                Tree::Rows { key, order, rows },
                Tree::Rows {
                    key: other_key,
                    order: other_order,
                    rows: other,
                },
            ) if key == other_key => {
                self.each(rows, other, at, Step::Row);
                let both = |order: &[String]| -> Vec<String> {
                    let common = order
                        .iter()
                        .filter(|n| rows.contains_key(*n) && other.contains_key(*n));
                    common.cloned().collect()
                };
                let (before, after) = (both(order), both(other_order));
                if before != after {
                    self.tell(at, What::Order { before, after });
                }
            }
            (Tree::List(one), Tree::List(other))
                if before.texts().is_none() || after.texts().is_none() =>
            {
                self.places(one, other, at);
            }
            (before, after) => {
                let (before, after) = (before.clone(), after.clone());
                self.tell(at, What::Changed { before, after });
            }
        }
    }

    fn each(
        &mut self,
        one: &BTreeMap<String, Tree>,
        other: &BTreeMap<String, Tree>,
        at: &mut Vec<Step>,
        step: impl Fn(String) -> Step,
    ) {
        let names: BTreeSet<&String> = one.keys().chain(other.keys()).collect();
        for name in names {
            at.push(step(name.clone()));
            self.pair(one.get(name), other.get(name), at);
            at.pop();
        }
    }

    fn places(&mut self, one: &[Tree], other: &[Tree], at: &mut Vec<Step>) {
        for place in 0..one.len().max(other.len()) {
            at.push(Step::Place(place + 1));
            self.pair(one.get(place), other.get(place), at);
            at.pop();
        }
    }

    fn pair(&mut self, before: Option<&Tree>, after: Option<&Tree>, at: &mut Vec<Step>) {
        match (before, after) {
            (Some(before), Some(after)) => self.compare(before, after, at),
            (None, Some(after)) => {
                let after = after.clone();
                self.tell(at, What::Added { after });
            }
            (Some(before), None) => {
                let before = before.clone();
                self.tell(at, What::Removed { before });
            }
            (None, None) => {}
        }
    }
}

/// Whether files are those of a set, by their hashes.
pub fn are_of(files: &Files, set: &Set) -> bool {
    let hashes = files
        .iter()
        .map(|(path, bytes)| (path.as_str(), crate::audit::Hash::of(bytes)));
    hashes.eq(set.files())
}
