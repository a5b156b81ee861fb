use jiff::Timestamp;
use thiserror::Error;

use super::Algorithm;
use super::nonce::{Freshness, Nonces};
use super::params::{Params, ParamsError};
use super::response::{Proof, equal};

/// What an unknown user's password is taken for, so that finding out takes as long as a wrong one.
const NOBODY: &str = "nobody";
/// Longer values no phone sends.
const LONGEST: usize = 1_024;

/// Why credentials were not accepted.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Refusal {
    /// No credentials for our realm and a known algorithm: send challenges.
    #[error("no credentials")]
    Absent,
    /// The password was right, but the nonce was not fresh: send a challenge with `stale`, for the
    /// algorithm that the sender has used, as it may know no other.
    #[error("the nonce is stale")]
    Stale(Algorithm),
    /// An unknown user or a wrong password; which of the two is not told. Send challenges again.
    #[error("unknown user or wrong password for `{user}`")]
    Wrong {
        /// The user name that was given.
        user: String,
    },
    /// Credentials that cannot be judged: answer 400.
    #[error("malformed credentials: {0}")]
    Malformed(&'static str),
}

impl Refusal {
    /// Whether the challenges that answer it carry `stale=true`; none where 400 is the answer.
    pub fn stale(&self) -> Option<bool> {
        match self {
            Refusal::Absent | Refusal::Wrong { .. } => Some(false),
            Refusal::Stale(_) => Some(true),
            Refusal::Malformed(_) => None,
        }
    }
}

/// The asking side of digest authentication for one realm.
pub struct Challenger {
    realm: String,
    algorithms: Vec<Algorithm>,
    nonces: Nonces,
}

impl Challenger {
    /// `algorithms` are offered in this order (RFC 8760 section 2.4); `secret` must be random and
    /// new with each start. Quotes, backslashes and control characters are left out of the realm.
    pub fn new(realm: &str, algorithms: Vec<Algorithm>, secret: [u8; 32]) -> Self {
        let plain = |c: &char| !matches!(c, '"' | '\\') && !c.is_control();
        Challenger {
            realm: realm.chars().filter(plain).collect(),
            algorithms,
            nonces: Nonces::new(secret),
        }
    }

    /// What is offered, in order.
    pub fn algorithms(&self) -> &[Algorithm] {
        &self.algorithms
    }

    /// The values of the WWW-Authenticate (or Proxy-Authenticate) headers, one per algorithm.
    pub fn challenges(&mut self, now: Timestamp, stale: bool) -> Vec<String> {
        let algorithms = self.algorithms.clone();
        let challenge = |algorithm| self.challenge(now, algorithm, stale);
        algorithms.into_iter().map(challenge).collect()
    }

    /// One challenge, for a phone that gives up when it sees an algorithm it does not know.
    pub fn challenge(&mut self, now: Timestamp, algorithm: Algorithm, stale: bool) -> String {
        let nonce = self.nonces.give(now);
        let stale = if stale { ", stale=true" } else { "" };
        format!(
            "Digest realm=\"{}\", nonce=\"{nonce}\", algorithm={algorithm}, qop=\"auth\"{stale}",
            self.realm
        )
    }

    /// Judges the Authorization (or Proxy-Authorization) headers of a request; gives the user name.
    ///
    /// `password` looks up a user's password. `qop=auth` is required, so that a count stands against
    /// replays; `auth-int` was not offered and is refused. The `uri` is hashed as it was written: in SIP
    /// it need not equal the Request-URI (RFC 3261 section 22.4).
    pub fn verify<'p>(
        &mut self,
        now: Timestamp,
        method: &str,
        headers: &[&str],
        password: impl FnOnce(&str) -> Option<&'p str>,
    ) -> Result<String, Refusal> {
        let (params, algorithm) = self.ours(headers)?;
        let required = |name, missing| match params.get(name) {
            Some(value) if !value.is_empty() && value.len() <= LONGEST => Ok(value),
            _ => Err(Refusal::Malformed(missing)),
        };
        if params.get("username*").is_some() || params.get("userhash") == Some("true") {
            return Err(Refusal::Malformed(
                "hashed or encoded user names were not offered",
            ));
        }
        let user = required("username", "no user name")?;
        let nonce = required("nonce", "no nonce")?;
        let uri = required("uri", "no uri")?;
        let response = required("response", "no response")?.to_ascii_lowercase();
        match params.get("qop") {
            Some(qop) if qop.eq_ignore_ascii_case("auth") => {}
            Some(_) => return Err(Refusal::Malformed("only qop=auth was offered")),
            None => return Err(Refusal::Malformed("qop=auth is required")),
        }
        let cnonce = required("cnonce", "no cnonce")?;
        let nc = required("nc", "no nonce count")?;
        let hex = nc.len() == 8 && nc.chars().all(|c| c.is_ascii_hexdigit());
        let count = u32::from_str_radix(nc, 16).ok().filter(|_| hex);
        let count = count.ok_or(Refusal::Malformed("the nonce count is not 8 digits"))?;

        let password = password(user);
        let proof = Proof {
            algorithm,
            username: user,
            realm: &self.realm,
            password: password.unwrap_or(NOBODY),
            method,
            uri,
            nonce,
            auth: Some((nc, cnonce)),
        };
        let right = equal(&proof.response(), &response);
        if !right || password.is_none_or(str::is_empty) {
            return Err(Refusal::Wrong { user: user.into() });
        }
        match self.nonces.use_once(now, nonce, count) {
            Freshness::Fresh => Ok(user.into()),
            Freshness::Stale => Err(Refusal::Stale(algorithm)),
        }
    }

    /// The user whom the credentials name, before anything of them has been judged.
    pub fn named<'h>(&self, headers: &[&'h str]) -> Option<&'h str> {
        let (params, _) = self.ours(headers).ok()?;
        params.get("username")
    }

    /// The credentials that answer one of our challenges.
    fn ours<'h>(&self, headers: &[&'h str]) -> Result<(Params<'h>, Algorithm), Refusal> {
        for header in headers {
            let params = match Params::parse(header) {
                Ok(params) => params,
                Err(ParamsError::Scheme) => continue,
                Err(ParamsError::Malformed) => {
                    return Err(Refusal::Malformed("not a list of parameters"));
                }
                Err(ParamsError::Twice) => {
                    return Err(Refusal::Malformed("a parameter stands twice"));
                }
            };
            if params.get("realm") != Some(self.realm.as_str()) {
                continue;
            }
            // Without a name it is MD5 (RFC 7616 section 3.4).
            let algorithm = params.get("algorithm").unwrap_or("MD5").parse();
            if let Ok(algorithm) = algorithm
                && self.algorithms.contains(&algorithm)
            {
                return Ok((params, algorithm));
            }
        }
        Err(Refusal::Absent)
    }
}

#[cfg(test)]
mod tests;
