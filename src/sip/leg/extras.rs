//! What an INVITE carries besides its session, where the peer takes it.

use super::super::body::Part;

/// What goes along with an INVITE, and is left out at once where the peer refuses the request because of
/// it: a call must not fail over what it carries.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Extras {
    /// The Request-URI and To in place of the target's own URI, which becomes the Route
    /// (RFC 3261 section 12.2.1.1).
    pub uri: Option<String>,
    /// Headers.
    pub headers: Vec<(String, String)>,
    /// A body beside the session description (RFC 5621).
    pub part: Option<Part>,
}

impl Extras {
    /// Whether there is nothing in them.
    pub fn is_empty(&self) -> bool {
        self.uri.is_none() && self.headers.is_empty() && self.part.is_none()
    }
}

/// Whether a refusal may be meant for what the request carries: a body of a type that is not known (415) or
/// badly formed (400), too much of it (413, 513), a URI of a scheme that is not known (416), a priority of a
/// namespace that is not known (417), an extension (420), a location (424), or a session among other bodies
/// (488, 606).
pub(super) fn may_be_about_extras(status: u16) -> bool {
    matches!(
        status,
        400 | 413 | 415 | 416 | 417 | 420 | 424 | 488 | 513 | 606
    )
}
