//! `clinical.toml`

use super::super::compare::{Difference, What};
use super::plain;
use super::saying::Saying;

pub(super) fn say(place: usize, difference: &Difference) -> Option<Saying> {
    let names = difference.names();
    let text = match (names.as_slice(), &difference.what) {
        (["disposition", code, "minutes"], What::Changed { before, after }) => format!(
            "{code}: help is now due within {} minutes instead of {}",
            after.words(),
            before.words()
        ),
        (["disposition", code, "kind"], What::Changed { before, after }) => format!(
            "{code} is now of the kind {} instead of {}",
            after.words(),
            before.words()
        ),
        (["disposition", code, "validated-as"], What::Changed { before, after }) => format!(
            "{code}, once confirmed, is now {} instead of {}",
            after.words(),
            before.words()
        ),
        (["disposition", code], what) => format!("disposition {code} {}", plain::changed(what)),
        (["disposition", code, rest @ ..], what) => {
            format!("{code}: its {} {}", rest.join("."), plain::changed(what))
        }
        (["symptom-group", code], what) => format!("symptom group {code} {}", plain::changed(what)),
        (["discriminator", code], what) => format!("discriminator {code} {}", plain::changed(what)),
        _ => return None,
    };
    Some(Saying::new(place, text))
}
