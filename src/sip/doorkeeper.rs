//! Asks phones and trunks who they are: digest authentication on SIP messages.

use std::net::SocketAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rsipstack::sip::{Header, Request};

use crate::steady;

use super::digest::{Algorithm, Challenger, Offers, Refusal};
use super::message;

/// What came of looking at a request's credentials.
pub enum Verdict {
    /// The sender has proved to be this user.
    Known(String),
    /// To be answered 401 with these headers.
    Ask(Vec<Header>),
    /// Credentials that cannot be judged: 400.
    Malformed,
}

/// The asking side of digest authentication, for every realm user alike.
pub struct Doorkeeper {
    inner: Mutex<Inner>,
}

struct Inner {
    challenger: Challenger,
    offers: Offers,
}

impl Doorkeeper {
    /// Offers `algorithms` in this order.
    pub fn new(realm: &str, algorithms: Vec<Algorithm>) -> Self {
        let challenger = Challenger::new(realm, algorithms, rand::random());
        Doorkeeper {
            inner: Mutex::new(Inner {
                challenger,
                offers: Offers::default(),
            }),
        }
    }

    /// Judges the Authorization headers of a request. `claimed` is who the sender says they are
    /// where there are none; `password` looks up a user's password.
    pub fn judge<'p>(
        &self,
        request: &Request,
        source: SocketAddr,
        claimed: &str,
        password: impl FnOnce(&str) -> Option<&'p str>,
    ) -> Verdict {
        let now = steady::now();
        let mut inner = self.lock();
        let headers = message::values(request, "Authorization");
        let headers: Vec<&str> = headers.iter().map(String::as_str).collect();
        let method = request.method.to_string();
        let verdict = inner.challenger.verify(now, &method, &headers, password);
        let address = source.ip().to_canonical();
        // Whoever has written anything at all under Authorization has not understood us yet.
        if matches!(verdict, Ok(_) | Err(Refusal::Stale(_))) {
            inner.offers.understood(now, address, claimed);
        }
        let refusal = match verdict {
            Ok(user) => return Verdict::Known(user),
            Err(refusal) => refusal,
        };
        if let Refusal::Wrong { user } = &refusal {
            tracing::warn!(user, %source, "wrong user or password");
        }
        let Some(stale) = refusal.stale() else {
            return Verdict::Malformed;
        };
        let all = inner.challenger.algorithms().to_vec();
        let offered = match refusal {
            Refusal::Absent => inner.offers.to(now, address, claimed, &all),
            Refusal::Stale(algorithm) => vec![algorithm],
            _ => all,
        };
        let challenge = |algorithm| inner.challenger.challenge(now, algorithm, stale);
        let challenges = offered.into_iter().map(challenge);
        Verdict::Ask(
            challenges
                .map(|value| Header::WwwAuthenticate(value.into()))
                .collect(),
        )
    }

    /// The user whom the Authorization headers of a request name in an answer to one of our
    /// challenges, whether or not it is right.
    pub fn named_in(&self, request: &Request) -> Option<String> {
        let headers = message::values(request, "Authorization");
        let headers: Vec<&str> = headers.iter().map(String::as_str).collect();
        let inner = self.lock();
        inner.challenger.named(&headers).map(str::to_owned)
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
