//! `areas.csv`, `postcodes.csv`, `outward-codes.csv`: which place is in which region.

use super::super::compare::{Difference, Step, What};
use super::super::tree::Tree;
use super::saying::{Phrase, Saying};
use super::{Context, REGIONS, plain};

/// Regions as people call them, of one or several divided by `|`.
fn regions(context: &Context<'_>, written: &str) -> String {
    let name = |id: &str| {
        let file = format!("{REGIONS}{id}.toml");
        let name = context.find(&file, &["name"]).and_then(Tree::text);
        name.unwrap_or(id).to_owned()
    };
    let all: Vec<String> = written.split('|').map(|id| name(id.trim())).collect();
    all.join(" or ")
}

pub(super) fn say(context: &Context<'_>, place: usize, difference: &Difference) -> Option<Saying> {
    let [Step::Row(row), rest @ ..] = difference.at.as_slice() else {
        return None;
    };
    let (one, kind) = match difference.file.as_str() {
        "areas.csv" => ("area code", "area codes"),
        "postcodes.csv" => ("postcode", "postcodes"),
        "outward-codes.csv" => ("postcode area", "postcode areas"),
        _ => return None,
    };
    let town = context
        .find(&difference.file, &[row, "name"])
        .and_then(Tree::text);
    let name = match town {
        Some(town) => format!("{row} ({town})"),
        None => row.clone(),
    };
    let when = context.when;
    let says = match (rest, &difference.what) {
        ([], What::Added { after }) => {
            let region = after
                .get("region")
                .or(after.get("regions"))
                .and_then(Tree::text);
            let of = region.map(|r| format!(", and in {}", regions(context, r)));
            let of = of.unwrap_or_else(|| format!(": {}", after.words()));
            both(|is, _| format!("{is} new{of} {when}"))
        }
        ([], What::Removed { .. }) => both(|is, _| format!("{is} gone {when}")),
        ([Step::Key(key)], What::Changed { before, after })
            if key == "region" || key == "regions" =>
        {
            let (was, now) = (
                regions(context, &before.words()),
                regions(context, &after.words()),
            );
            both(|_, s| format!("belong{s} to {now} instead of {was} {when}"))
        }
        _ => {
            let what = rest.iter().map(Step::name).collect::<Vec<_>>().join(" ");
            let changed = plain::changed(&difference.what);
            both(|_, _| format!("have another {what}, which {changed}"))
        }
    };
    let says = Phrase {
        one: says.one.trim_end().replace("have another", "has another"),
        many: says.many.trim_end().to_owned(),
    };
    let text = format!("{one} {name} {}", says.one);
    Some(Saying::new(place, text).alike(kind, says.many, name))
}

/// The same of one and of several: which verb, and which ending of a verb.
fn both(said: impl Fn(&str, &str) -> String) -> Phrase {
    Phrase {
        one: said("is", "s"),
        many: said("are", ""),
    }
}
