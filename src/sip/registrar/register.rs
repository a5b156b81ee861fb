use crate::settings::Peer;

use super::Contacts;

/// A REGISTER whose sender has proved who they are.
#[derive(Clone, Debug)]
pub struct Register {
    /// The user part of To: whose bindings these are.
    pub aor: String,
    /// The user who authenticated.
    pub user: String,
    /// The contacts.
    pub contacts: Contacts,
    /// The Expires header, in seconds.
    pub expires: Option<u32>,
    /// The Call-ID.
    pub call_id: String,
    /// The number in CSeq.
    pub cseq: u32,
    /// Where the request came from.
    pub source: Peer,
}

/// Something that others may want to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// An account has its first binding.
    SignedIn(String),
    /// An account has lost its last binding.
    SignedOut(String),
    /// A phone of the account was put out for a newer one, as there were too many.
    Displaced {
        /// The account.
        aor: String,
        /// The contact that was put out.
        uri: String,
    },
}

/// How a REGISTER is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The response's status.
    pub status: u16,
    /// Its reason, where the usual one does not say enough.
    pub reason: Option<&'static str>,
    /// Headers to add to the response.
    pub headers: Vec<(&'static str, String)>,
    /// What has changed by it.
    pub events: Vec<Event>,
}
