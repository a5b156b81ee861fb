//! Whose call it is that comes in: a trunk's, or that of somebody who has proved to hold an account.
//!
//! Trunks are known by where their calls come from, accounts by name and password, and both may come
//! from one address: in the shipped settings any loopback address is the carrier's. What is dialled
//! tells them apart. A trunk's callers reach the numbers of the service and nothing else, whatever
//! their From says; so whoever dials anything else and says that they are one of us is asked to prove
//! it. Whoever brings an account's credentials unasked is taken at their word, and checked.

use std::net::SocketAddr;

use rsipstack::sip::prelude::HeadersExt as _;
use rsipstack::sip::{Header, Request};

use super::escape::decoded;
use super::line::Line;
use super::registrations::Registrations;
use super::trunks::TrunkLines;

/// Who is responsible for a call that has come in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A trunk, known by the address.
    Trunk {
        /// The trunk's name.
        name: String,
        /// Whether its P-Asserted-Identity may be believed (RFC 3325).
        trusted: bool,
    },
    /// An account, known by its password.
    Account {
        /// The account's user.
        user: String,
    },
}

impl Origin {
    /// The trunk's name, or the account's user.
    pub fn name(&self) -> &str {
        match self {
            Origin::Trunk { name, .. } => name,
            Origin::Account { user } => user,
        }
    }

    /// Whether P-Asserted-Identity may be believed: of a phone never.
    pub fn is_trusted(&self) -> bool {
        matches!(self, Origin::Trunk { trusted: true, .. })
    }

    /// Whether it is one of our own people.
    pub fn is_account(&self) -> bool {
        matches!(self, Origin::Account { .. })
    }
}

/// Whether a call may come in.
#[derive(Debug)]
pub(super) enum Admission {
    /// It may, and has its place among the calls of where it comes from.
    Admitted(Origin, Line),
    /// Credentials are wanted first: 401 with these headers.
    Challenge(Vec<Header>),
    /// Credentials that cannot be judged: 400.
    Malformed,
    /// It comes from nobody that is known here.
    Refused,
    /// Wherefrom it comes there are as many calls as there may be.
    Full,
}

/// Decides about the call that `request` opens.
pub(super) fn admit(
    lines: &TrunkLines,
    registrations: &Registrations,
    request: &Request,
    source: SocketAddr,
) -> Admission {
    let claimed = user_of_from(request).unwrap_or_default();
    let named = registrations.named_in(request);
    let is_account = registrations.is_account(&claimed);
    let by_account = match named {
        Some(named) => is_account && named == claimed,
        None if lines.is_number(&dialled(request)) => false,
        // Outside every trunk all are asked alike, so that the answer does not tell which accounts
        // there are.
        None => is_account || (!lines.reach(source) && registrations.has_accounts()),
    };
    if by_account {
        registrations.admit(request, source, claimed)
    } else {
        lines.admit(request, source)
    }
}

/// The user part of the Request-URI, with escapes resolved: what was dialled.
pub(super) fn dialled(request: &Request) -> String {
    decoded(request.uri.user().unwrap_or_default())
}

fn user_of_from(request: &Request) -> Option<String> {
    let uri = request.from_header().ok()?.uri().ok()?;
    Some(decoded(uri.user()?))
}
