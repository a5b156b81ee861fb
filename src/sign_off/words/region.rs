//! `regions/*.toml`

use super::super::compare::{Difference, What};
use super::super::tree::Tree;
use super::saying::Saying;
use super::{Context, plain, stem};

/// The region of a file, as people call it.
pub(super) fn name<'a>(context: &'a Context<'_>, file: &'a str) -> &'a str {
    let name = context.find(file, &["name"]).and_then(Tree::text);
    name.unwrap_or_else(|| stem(file))
}

pub(super) fn say(context: &Context<'_>, place: usize, difference: &Difference) -> Option<Saying> {
    let (region, when) = (name(context, &difference.file), context.when);
    let said = match (difference.names().as_slice(), &difference.what) {
        (["provider", who, "share"], What::Changed { before, after }) => {
            let (before, after) = (before.words(), after.words());
            format!("{when} {who}'s share goes from {before} % to {after} %")
        }
        (["provider", who], What::Added { after }) => {
            let share = after.get("share").map(Tree::words).unwrap_or_default();
            format!(
                "{when} {who} takes calls too, with a share of {share} %: {}",
                after.words()
            )
        }
        (["provider", who], What::Removed { before }) => {
            let share = before.get("share").map(Tree::words).unwrap_or_default();
            format!("{when} {who} takes no calls any more (its share was {share} %)")
        }
        (["provider", who, "failed"], what) => {
            let failed = match what {
                What::Changed { after, .. } | What::Added { after } => after.text() == Some("true"),
                _ => false,
            };
            match failed {
                true => format!("{when} {who} is marked as failed: others take its callers"),
                false => format!("{when} {who} is no longer marked as failed"),
            }
        }
        (["crisis", rest @ ..], what) => {
            let of = rest.join(" ");
            let of = if of.is_empty() {
                of
            } else {
                format!(": its {of}")
            };
            format!("{when} the crisis line{of} {}", plain::changed(what))
        }
        (["ambulance", "control-rooms"], What::Changed { before, after }) => format!(
            "{when} ambulance control rooms are tried in this order: {} (was: {})",
            after.words(),
            before.words()
        ),
        (["queue", "overflow", rest @ ..], what) => {
            let step = difference.place();
            let step = step.trim_start_matches("queue.overflow");
            let step = if rest.is_empty() { "s" } else { step };
            format!("{when} overflow step{step} {}", plain::changed(what))
        }
        (["name"], what) => format!("the region's name {}", plain::changed(what)),
        (_, what) => format!("{when} {} {}", difference.place(), plain::changed(what)),
    };
    Some(Saying::new(
        place,
        format!("{region}: {}", said.trim_start()),
    ))
}
