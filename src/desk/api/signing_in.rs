//! Who asks: name and password with every request (HTTP Basic, RFC 7617). Whoever guesses has to wait.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use axum::http::{HeaderMap, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio::time::Instant;

use super::people::{People, Person};
use super::refusal::Refusal;

/// So many wrong passwords for a name from an address, within [`WHILE`], are let pass.
const WRONG: u32 = 10;
const WHILE: Duration = Duration::from_secs(60);
/// Names and addresses that are remembered; when there are more, those that are over go.
const REMEMBERED: usize = 10_000;
/// The longest header that is read, in bytes.
const LONGEST: usize = 1_024;

/// Who has guessed, for which name and from where.
type Guesser = (IpAddr, String);

/// Wrong passwords of late.
#[derive(Debug, Default)]
pub(super) struct Guesses(Mutex<HashMap<Guesser, (Instant, u32)>>);

impl Guesses {
    /// How many seconds somebody has to wait before another password is looked at.
    fn wait(&self, guesser: &Guesser, now: Instant) -> Option<u32> {
        let guesses = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (since, wrong) = guesses.get(guesser)?;
        let left = (*since + WHILE).checked_duration_since(now)?;
        (*wrong >= WRONG).then(|| u32::try_from(left.as_secs() + 1).unwrap_or(u32::MAX))
    }

    fn wrong(&self, guesser: Guesser, now: Instant) {
        let mut guesses = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if guesses.len() >= REMEMBERED {
            guesses.retain(|_, (since, _)| *since + WHILE > now);
        }
        if guesses.len() >= REMEMBERED && !guesses.contains_key(&guesser) {
            return;
        }
        let (since, wrong) = guesses.entry(guesser).or_insert((now, 0));
        if *since + WHILE <= now {
            (*since, *wrong) = (now, 0);
        }
        *wrong += 1;
    }
}

/// Whoever signs in with a request from an address.
pub(super) fn sign_in(
    people: &People,
    guesses: &Guesses,
    headers: &HeaderMap,
    from: IpAddr,
) -> Result<Person, Refusal> {
    let (name, password) = credentials(headers).ok_or_else(Refusal::nobody)?;
    let (guesser, now) = ((from, name), Instant::now());
    if let Some(seconds) = guesses.wait(&guesser, now) {
        return Err(Refusal::too_often(seconds));
    }
    match people.sign_in(&guesser.1, &password) {
        Some(person) => Ok(person.clone()),
        None => {
            guesses.wrong(guesser, now);
            Err(Refusal::nobody())
        }
    }
}

fn credentials(headers: &HeaderMap) -> Option<(String, String)> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, encoded) = value.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") || encoded.len() > LONGEST {
        return None;
    }
    let plain = STANDARD.decode(encoded.trim()).ok()?;
    let plain = String::from_utf8(plain).ok()?;
    let (name, password) = plain.split_once(':')?;
    Some((name.to_owned(), password.to_owned()))
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    fn guesser(name: &str) -> Guesser {
        (Ipv4Addr::LOCALHOST.into(), name.to_owned())
    }

    #[test]
    fn whoever_guesses_waits_for_that_name_alone() {
        let (guesses, now) = (Guesses::default(), Instant::now());
        for _ in 0..WRONG {
            assert_eq!(guesses.wait(&guesser("1001"), now), None);
            guesses.wrong(guesser("1001"), now);
        }
        let later = now + Duration::from_secs(10);
        assert_eq!(guesses.wait(&guesser("1001"), later), Some(51));
        assert_eq!(guesses.wait(&guesser("1002"), later), None);
        let other = ("192.0.2.1".parse().unwrap(), "1001".to_owned());
        assert_eq!(guesses.wait(&other, later), None);
        assert_eq!(guesses.wait(&guesser("1001"), now + WHILE + WHILE), None);
        guesses.wrong(guesser("1001"), now + WHILE);
        assert_eq!(guesses.wait(&guesser("1001"), now + WHILE), None);
    }

    #[test]
    fn what_is_remembered_has_an_end() {
        let (guesses, now) = (Guesses::default(), Instant::now());
        for n in 0..REMEMBERED + 5 {
            guesses.wrong(guesser(&n.to_string()), now);
        }
        assert_eq!(guesses.0.lock().unwrap().len(), REMEMBERED);
        guesses.wrong(guesser("later"), now + WHILE);
        assert_eq!(guesses.0.lock().unwrap().len(), 1);
    }

    #[test]
    fn only_basic_credentials_are_read() {
        let read = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::AUTHORIZATION, value.parse().unwrap());
            credentials(&headers)
        };
        let both = |password: &str| Some(("1001".to_owned(), password.to_owned()));
        assert_eq!(read("Basic MTAwMTphOmI="), both("a:b"));
        assert_eq!(read("basic MTAwMTo="), both(""));
        for wrong in [
            "Basic",
            "Basic MTAwMQ==",
            "Basic !",
            "Bearer MTAwMTphOmI=",
            "",
        ] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
        assert_eq!(read(&format!("Basic {}", "A".repeat(LONGEST + 4))), None);
    }
}
