use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde::ser::{SerializeMap as _, Serializer};

/// Keys by which the tables of an array are told apart, the first that all of them have.
const NAMES: [&str; 5] = ["id", "name", "user", "number", "code"];

/// What a file says, whatever its layout: two trees are equal exactly if the files say the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tree {
    /// A text, a number, a time, yes or no.
    Leaf(Leaf),
    /// Things in an order, without names.
    List(Vec<Tree>),
    /// Keys and what they stand for.
    Table(BTreeMap<String, Tree>),
    /// Tables in an order, each with a name of its own.
    Rows {
        /// The key under which the name stands in each.
        key: String,
        /// The names in their order.
        order: Vec<String>,
        /// By name.
        rows: BTreeMap<String, Tree>,
    },
}

/// One value: two of another kind are never the same, whatever they look like.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Leaf {
    kind: &'static str,
    /// As a person would write it.
    pub text: String,
}

impl Tree {
    /// Reads a file by what its name ends with; nothing where it cannot be read as what it seems to be.
    pub fn read(path: &str, bytes: &[u8]) -> Option<Tree> {
        let text = std::str::from_utf8(bytes).ok()?;
        match path.rsplit_once('.')?.1 {
            "toml" => {
                let table: toml::Table = toml::from_str(text).ok()?;
                Some(Tree::of(toml::Value::Table(table)))
            }
            "csv" => csv(text),
            _ => None,
        }
    }

    fn of(value: toml::Value) -> Tree {
        let leaf = |kind, text: String| Tree::Leaf(Leaf { kind, text });
        match value {
            toml::Value::String(text) => leaf("text", text),
            toml::Value::Integer(number) => leaf("number", number.to_string()),
            toml::Value::Float(number) => leaf("fraction", number.to_string()),
            toml::Value::Boolean(is) => leaf("truth", is.to_string()),
            toml::Value::Datetime(at) => leaf("time", at.to_string()),
            toml::Value::Array(all) => named(all.into_iter().map(Tree::of).collect()),
            toml::Value::Table(table) => {
                let entries = table.into_iter();
                Tree::Table(entries.map(|(key, value)| (key, Tree::of(value))).collect())
            }
        }
    }

    /// What stands under a key or a name.
    pub fn get(&self, name: &str) -> Option<&Tree> {
        match self {
            Tree::Table(entries) => entries.get(name),
            Tree::Rows { rows, .. } => rows.get(name),
            _ => None,
        }
    }

    /// The text of a leaf.
    pub fn text(&self) -> Option<&str> {
        match self {
            Tree::Leaf(leaf) => Some(&leaf.text),
            _ => None,
        }
    }

    /// The texts of a list of leaves.
    pub fn texts(&self) -> Option<Vec<&str>> {
        match self {
            Tree::List(all) => all.iter().map(Tree::text).collect(),
            _ => None,
        }
    }

    /// How it reads in a sentence.
    pub fn words(&self) -> String {
        let joined = |parts: Vec<String>| parts.join(", ");
        match self {
            Tree::Leaf(leaf) if leaf.text.is_empty() => "\"\"".to_owned(),
            Tree::Leaf(leaf) => leaf.text.clone(),
            Tree::List(all) if all.is_empty() => "none".to_owned(),
            Tree::List(all) => joined(all.iter().map(Tree::words).collect()),
            Tree::Table(entries) => {
                let pairs = entries.iter().map(|(key, tree)| pair(key, tree));
                format!("{{{}}}", joined(pairs.collect()))
            }
            Tree::Rows { order, rows, .. } => {
                let rows = order
                    .iter()
                    .filter_map(|name| Some(pair(name, rows.get(name)?)));
                format!("[{}]", joined(rows.collect()))
            }
        }
    }
}

fn pair(key: &str, tree: &Tree) -> String {
    format!("{key} = {}", tree.words())
}

/// Tables each of which has a name of its own are told apart by it.
fn named(all: Vec<Tree>) -> Tree {
    let key = NAMES.into_iter().find(|key| {
        let mut seen = BTreeSet::new();
        let named = |tree: &Tree| {
            let name = tree.get(key).and_then(Tree::text);
            matches!(tree, Tree::Table(_)) && name.is_some_and(|name| seen.insert(name.to_owned()))
        };
        !all.is_empty() && all.iter().all(named)
    });
    match key {
        Some(key) => rows(key, all),
        None => Tree::List(all),
    }
}

fn rows(key: &str, all: Vec<Tree>) -> Tree {
    let name = |tree: &Tree| {
        tree.get(key)
            .and_then(Tree::text)
            .unwrap_or_default()
            .to_owned()
    };
    Tree::Rows {
        key: key.to_owned(),
        order: all.iter().map(name).collect(),
        rows: all.into_iter().map(|tree| (name(&tree), tree)).collect(),
    }
}

/// A table with a heading; its rows are named by their first column where that tells them apart.
fn csv(text: &str) -> Option<Tree> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let heading: Vec<String> = reader.headers().ok()?.iter().map(str::to_owned).collect();
    let distinct: BTreeSet<&String> = heading.iter().collect();
    if distinct.len() != heading.len() {
        return None;
    }
    let mut all = Vec::new();
    for record in reader.into_records() {
        let record = record.ok()?;
        let cells = heading.iter().cloned().zip(record.iter());
        let leaf = |cell: &str| {
            Tree::Leaf(Leaf {
                kind: "text",
                text: cell.to_owned(),
            })
        };
        all.push(Tree::Table(
            cells.map(|(key, cell)| (key, leaf(cell))).collect(),
        ));
    }
    let first = heading.first()?;
    let names: Option<BTreeSet<&str>> = all.iter().map(|row| row.get(first)?.text()).collect();
    Some(match names {
        Some(names) if !all.is_empty() && names.len() == all.len() => rows(first, all),
        _ => {
            // A heading by itself says something too.
            let columns = heading
                .into_iter()
                .map(|text| Tree::Leaf(Leaf { kind: "text", text }));
            let columns = ("columns".to_owned(), Tree::List(columns.collect()));
            Tree::Table([columns, ("rows".to_owned(), Tree::List(all))].into())
        }
    })
}

impl Serialize for Tree {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Tree::Leaf(leaf) => leaf.serialize(serializer),
            Tree::List(all) => serializer.collect_seq(all),
            Tree::Table(entries) => serializer.collect_map(entries),
            Tree::Rows { order, rows, .. } => {
                let mut map = serializer.serialize_map(Some(order.len()))?;
                for name in order {
                    map.serialize_entry(name, &rows.get(name))?;
                }
                map.end()
            }
        }
    }
}

impl Serialize for Leaf {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.kind {
            "truth" => serializer.serialize_bool(self.text == "true"),
            "number" => match self.text.parse::<i64>() {
                Ok(number) => serializer.serialize_i64(number),
                Err(_) => serializer.serialize_str(&self.text),
            },
            _ => serializer.serialize_str(&self.text),
        }
    }
}
