//! `directory/*.toml`, and tables of services.

use super::super::compare::{Difference, Step, What};
use super::super::tree::Tree;
use super::saying::{Phrase, Saying};
use super::{Context, plain};

const KIND: &str = "services";

/// Which service a difference is in, how people call it, and how many steps lead to it.
fn service(context: &Context<'_>, difference: &Difference) -> Option<(String, usize)> {
    let depth = match difference.at.as_slice() {
        [Step::Key(key), Step::Row(_), ..] if key == "service" => 2,
        [Step::Row(_), ..] if difference.file.ends_with(".csv") => 1,
        _ => return None,
    };
    let names = difference.names();
    let path = names.get(..depth)?;
    let id = path.last()?;
    let named = context.find(&difference.file, &[path, &["name"]].concat());
    let name = named.and_then(Tree::text).unwrap_or(id);
    Some((name.to_owned(), depth))
}

pub(super) fn say(context: &Context<'_>, place: usize, difference: &Difference) -> Option<Saying> {
    let (name, depth) = service(context, difference)?;
    let key = difference
        .names()
        .get(depth..)
        .unwrap_or_default()
        .join(".");
    let phrase = match (key.as_str(), &difference.what) {
        ("", What::Added { after }) => {
            let kind = after.get("type").map(Tree::words).unwrap_or_default();
            let of = if kind.is_empty() {
                kind
            } else {
                format!(" ({kind})")
            };
            return Some(is_new(context, place, name, &of));
        }
        ("", What::Removed { .. }) => both(|is, _| format!("{is} no longer in the directory")),
        ("status", What::Changed { before, after }) => {
            both(|is, _| format!("{is} now {} instead of {}", after.words(), before.words()))
        }
        (
            "dispositions" | "symptom-groups" | "discriminators" | "age-groups",
            What::Changed { before, after },
        ) => taken(before, after)?,
        (key, what) => {
            let (key, changed) = (key.to_owned(), plain::changed(what));
            Phrase {
                one: format!("has another {key}: it {changed}"),
                many: format!("have another {key}: it {changed}"),
            }
        }
    };
    Some(with_name(context, place, name, &phrase))
}

/// The same of a whole service, such as of its hours.
pub(super) fn whole(
    context: &Context<'_>,
    place: usize,
    difference: &Difference,
    phrase: &Phrase,
) -> Option<Saying> {
    let (name, _) = service(context, difference)?;
    Some(with_name(context, place, name, phrase))
}

fn with_name(context: &Context<'_>, place: usize, name: String, phrase: &Phrase) -> Saying {
    let when = context.when;
    let one = format!("{name} {} {when}", phrase.one);
    let many = format!("{} {when}", phrase.many);
    Saying::new(place, one.trim_end().to_owned()).alike(KIND, many.trim_end().to_owned(), name)
}

fn is_new(context: &Context<'_>, place: usize, name: String, of: &str) -> Saying {
    let phrase = both(|is, _| format!("{is} new in the directory"));
    with_name(context, place, format!("{name}{of}"), &phrase)
}

/// What a service takes now that it did not, and the other way round.
fn taken(before: &Tree, after: &Tree) -> Option<Phrase> {
    let (one, other) = (before.texts()?, after.texts()?);
    let missing = |from: &[&str], of: &[&str]| -> Vec<String> {
        let all = of.iter().filter(|code| !from.contains(code));
        all.map(|code| (*code).to_owned()).collect()
    };
    let (new, gone) = (
        missing(&one, &other).join(", "),
        missing(&other, &one).join(", "),
    );
    Some(match (new.is_empty(), gone.is_empty()) {
        (true, true) => return None,
        (false, true) => both(|_, s| format!("now also take{s} {new}")),
        (true, false) => both(|_, s| format!("no longer take{s} {gone}")),
        (false, false) => both(|_, s| format!("now take{s} {new}, and no longer {gone}")),
    })
}

fn both(said: impl Fn(&str, &str) -> String) -> Phrase {
    Phrase {
        one: said("is", "s"),
        many: said("are", ""),
    }
}
