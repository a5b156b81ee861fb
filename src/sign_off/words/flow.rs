//! `flows/*.toml`

use super::super::compare::{Difference, What};
use super::saying::Saying;
use super::{plain, stem};

pub(super) fn say(place: usize, difference: &Difference) -> Option<Saying> {
    let flow = stem(&difference.file);
    let said = match (difference.names().as_slice(), &difference.what) {
        (["entry", number], What::Changed { before, after }) => format!(
            "callers to {number} begin with step `{}` instead of `{}`",
            after.words(),
            before.words()
        ),
        (["step", step, "key", key], what) => match what {
            What::Changed { before, after } => format!(
                "step `{step}`: key {key} now leads to `{}` instead of `{}`",
                after.words(),
                before.words()
            ),
            What::Added { after } => {
                format!(
                    "step `{step}`: key {key} is new and leads to `{}`",
                    after.words()
                )
            }
            What::Removed { before } => {
                format!(
                    "step `{step}`: key {key} is gone (it led to `{}`)",
                    before.words()
                )
            }
            _ => return None,
        },
        (["step", step, "next"], What::Changed { before, after }) => format!(
            "step `{step}` now goes on to `{}` instead of `{}`",
            after.words(),
            before.words()
        ),
        (["step", step, "say"], What::Changed { before, after }) => format!(
            "step `{step}` now says {} instead of {}",
            after.words(),
            before.words()
        ),
        (["step", step], What::Added { after }) => {
            format!("step `{step}` is new: {}", after.words())
        }
        (["step", step], What::Removed { before }) => {
            format!("step `{step}` is gone: {}", before.words())
        }
        (["step", step, rest @ ..], what) => {
            format!("step `{step}`: {} {}", rest.join("."), plain::changed(what))
        }
        (_, what) => format!("{} {}", difference.place(), plain::changed(what)),
    };
    Some(Saying::new(place, format!("flow {flow}: {said}")))
}
