use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::flow::Priority;

use super::handler::HandlerId;

/// Whom a caller waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// What the handler must be able to do.
    pub skill: String,
    /// What will do while nobody with the skill is signed in at all.
    pub otherwise: Option<String>,
    /// How soon.
    pub priority: Priority,
}

#[derive(Clone, Debug)]
pub(super) struct Waiting {
    pub(super) wanted: Wanted,
    pub(super) since: Timestamp,
    pub(super) offered_to: Option<HandlerId>,
    /// Who has let this caller ring or has refused them: asked again only after all others.
    pub(super) passed_over: BTreeSet<HandlerId>,
}
