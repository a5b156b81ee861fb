use std::fmt;

use thiserror::Error;

use super::Algorithm;
use super::params::Params;
use super::response::Proof;

/// Why a challenge cannot be answered. Another try makes no sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum AnswerError {
    /// No challenge with the Digest scheme that can be read.
    #[error("no digest challenge that can be read")]
    NoDigest,
    /// Only algorithms or protections that are not known here.
    #[error("no challenge with SHA-256 or MD5 and qop=auth")]
    Unsupported,
    /// The peer refused an answer to a nonce that was not stale: the password is wrong.
    #[error("the peer refused the user name or password")]
    Refused,
}

/// What is asked of a peer that challenged us, and as whom.
#[derive(Clone, Copy)]
pub struct Question<'a> {
    /// The user name; without quotes and backslashes.
    pub username: &'a str,
    /// The password.
    pub password: &'a str,
    /// The request's method.
    pub method: &'a str,
    /// The Request-URI, as it will stand in the request.
    pub uri: &'a str,
    /// Something unguessable of our own, of letters and digits.
    pub cnonce: &'a str,
    /// How often the challenge's nonce has been used, with this use: 1 for a new one.
    pub count: u32,
    /// Whether the request that was challenged carried an answer already.
    pub again: bool,
}

impl fmt::Debug for Question<'_> {
    /// Leaves the password out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Question({} as {})", self.method, self.username)
    }
}

/// A challenge that we can answer.
struct Challenge<'a> {
    realm: &'a str,
    nonce: &'a str,
    opaque: Option<&'a str>,
    /// As the peer wrote it; absent means MD5.
    named: Option<&'a str>,
    algorithm: Algorithm,
    auth: bool,
    stale: bool,
}

impl<'a> Challenge<'a> {
    fn read(params: &Params<'a>) -> Option<Self> {
        let named = params.get("algorithm");
        let qop = params.get("qop");
        let has_auth = |qop: &str| {
            qop.split(',')
                .any(|q| q.trim().eq_ignore_ascii_case("auth"))
        };
        Some(Challenge {
            realm: params.get("realm")?,
            nonce: params.get("nonce")?,
            opaque: params.get("opaque"),
            named,
            algorithm: named.unwrap_or("MD5").parse().ok()?,
            // A list without auth cannot be answered; no list at all is RFC 2069's way.
            auth: match qop {
                Some(qop) => has_auth(qop).then_some(true)?,
                None => false,
            },
            stale: params
                .get("stale")
                .is_some_and(|s| s.eq_ignore_ascii_case("true")),
        })
    }
}

/// Answers the WWW-Authenticate (or Proxy-Authenticate) headers of a response with the value of the
/// Authorization (or Proxy-Authorization) header; takes SHA-256 where it is offered.
pub fn answer(challenges: &[&str], question: &Question) -> Result<String, AnswerError> {
    let read: Vec<Params> = challenges
        .iter()
        .filter_map(|c| Params::parse(c).ok())
        .collect();
    if read.is_empty() {
        return Err(AnswerError::NoDigest);
    }
    let known = read.iter().filter_map(Challenge::read);
    // Among equals the first: the peer puts them in its order (RFC 8760 section 2.4).
    let best = known.reduce(|best, c| {
        if c.algorithm > best.algorithm {
            c
        } else {
            best
        }
    });
    let challenge = best.ok_or(AnswerError::Unsupported)?;
    if question.again && !challenge.stale {
        return Err(AnswerError::Refused);
    }
    Ok(write(&challenge, question))
}

fn write(challenge: &Challenge, question: &Question) -> String {
    let Challenge { realm, nonce, .. } = challenge;
    let Question {
        username,
        uri,
        cnonce,
        ..
    } = question;
    let nc = format!("{:08x}", question.count);
    let response = Proof {
        algorithm: challenge.algorithm,
        username,
        realm,
        password: question.password,
        method: question.method,
        uri,
        nonce,
        auth: challenge.auth.then_some((&nc, cnonce)),
    }
    .response();
    let mut value = format!(
        "Digest username=\"{username}\", realm=\"{realm}\", nonce=\"{nonce}\", uri=\"{uri}\", \
         response=\"{response}\""
    );
    if challenge.named.is_some() {
        value += &format!(", algorithm={}", challenge.algorithm);
    }
    if challenge.auth {
        value += &format!(", qop=auth, nc={nc}, cnonce=\"{cnonce}\"");
    }
    if let Some(opaque) = challenge.opaque {
        value += &format!(", opaque=\"{opaque}\"");
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    const PUBLISHED: &str = "realm=\"http-auth@example.org\", qop=\"auth, auth-int\", \
        nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", \
        opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\"";

    fn question() -> Question<'static> {
        Question {
            username: "Mufasa",
            password: "Circle of Life",
            method: "GET",
            uri: "/dir/index.html",
            cnonce: "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
            count: 1,
            again: false,
        }
    }

    #[test]
    fn sha_256_is_taken_wherever_it_stands() {
        let md5 = format!("Digest {PUBLISHED}, algorithm=MD5");
        let sha = format!("Digest {PUBLISHED}, algorithm=SHA-256");
        for order in [[md5.as_str(), &sha], [&sha, &md5]] {
            let value = answer(&order, &question()).unwrap();
            assert!(value.contains(
                "response=\"753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1\""
            ));
            assert!(value.contains("algorithm=SHA-256, qop=auth, nc=00000001, cnonce="));
            assert!(value.ends_with("opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\""));
        }
        let value = answer(&["Basic realm=\"x\"", &md5], &question()).unwrap();
        assert!(value.contains("response=\"8ca523f5e9506fed4657c9700eebdbec\""));
    }

    #[test]
    fn a_challenge_without_qop_is_answered_in_the_old_way() {
        let value = answer(&["Digest realm=\"r\", nonce=\"n\""], &question()).unwrap();
        assert!(
            value.contains("response=\"0bab5c24c08a1ef94a6cc3d446ce558a\""),
            "{value}"
        );
        assert!(!value.contains("qop") && !value.contains("nc=") && !value.contains("algorithm"));
    }

    #[test]
    fn what_cannot_be_answered_is_told() {
        let error = |challenges: &[&str]| answer(challenges, &question()).unwrap_err();
        assert_eq!(error(&[]), AnswerError::NoDigest);
        assert_eq!(error(&["Basic realm=\"x\""]), AnswerError::NoDigest);
        let sess = format!("Digest {PUBLISHED}, algorithm=MD5-sess");
        assert_eq!(error(&[&sess]), AnswerError::Unsupported);
        let integrity = "Digest realm=\"r\", nonce=\"n\", qop=\"auth-int\"";
        assert_eq!(error(&[integrity]), AnswerError::Unsupported);
    }

    #[test]
    fn a_second_challenge_is_answered_only_when_the_nonce_was_stale() {
        let again = Question {
            again: true,
            ..question()
        };
        let fresh = format!("Digest {PUBLISHED}");
        assert_eq!(answer(&[&fresh], &again), Err(AnswerError::Refused));
        assert!(answer(&[&format!("{fresh}, stale=TRUE")], &again).is_ok());
    }

    #[test]
    fn the_password_is_not_shown() {
        assert_eq!(format!("{:?}", question()), "Question(GET as Mufasa)");
    }
}
