use std::collections::VecDeque;
use std::net::IpAddr;

use jiff::{SignedDuration, Timestamp};

use super::Algorithm;

/// A phone that comes back without an answer within this time did not understand the challenge.
const BACK: SignedDuration = SignedDuration::from_mins(5);
/// A phone sends its first request again sooner than this only when it lost our response.
const REPEAT: SignedDuration = SignedDuration::from_millis(200);
/// Phones that are remembered; the oldest is forgotten first.
const REMEMBERED: usize = 4_096;

/// Which algorithms a phone is offered.
///
/// Some phones give up when they meet a challenge with an algorithm that they do not know, whatever
/// stands beside it. One that comes back without credentials is offered MD5 alone, where MD5 is
/// allowed at all.
#[derive(Debug, Default)]
pub struct Offers {
    asked: VecDeque<(IpAddr, String, Timestamp)>,
}

impl Offers {
    /// The algorithms for the challenge to `user` at `address`, who sent no credentials.
    pub fn to(
        &mut self,
        now: Timestamp,
        address: IpAddr,
        user: &str,
        all: &[Algorithm],
    ) -> Vec<Algorithm> {
        if all.len() < 2 || !all.contains(&Algorithm::Md5) {
            return all.to_vec();
        }
        self.asked
            .retain(|(_, _, at)| now.duration_since(*at) < BACK && *at <= now);
        let known = self
            .asked
            .iter()
            .find(|(known, name, _)| *known == address && name == user);
        match known {
            Some((_, _, at)) if now.duration_since(*at) >= REPEAT => vec![Algorithm::Md5],
            Some(_) => all.to_vec(),
            None => {
                self.asked.push_back((address, user.to_owned(), now));
                if self.asked.len() > REMEMBERED {
                    self.asked.pop_front();
                }
                all.to_vec()
            }
        }
    }

    /// Credentials came: the phone understood what it was offered.
    pub fn understood(&mut self, address: IpAddr, user: &str) {
        self.asked
            .retain(|(known, name, _)| *known != address || name != user);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PHONE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).unwrap()
    }

    #[test]
    fn a_phone_that_comes_back_without_an_answer_is_offered_md5_alone() {
        let mut offers = Offers::default();
        let all = Algorithm::ALL;
        assert_eq!(offers.to(at(0), PHONE, "1001", &all), all);
        assert_eq!(offers.to(at(0), PHONE, "1002", &all), all);
        assert_eq!(offers.to(at(30), PHONE, "1001", &all), [Algorithm::Md5]);
        assert_eq!(offers.to(at(400), PHONE, "1001", &all), all);
    }

    #[test]
    fn one_that_answers_goes_on_with_the_best() {
        let mut offers = Offers::default();
        offers.to(at(0), PHONE, "1001", &Algorithm::ALL);
        offers.understood(PHONE, "1001");
        assert_eq!(
            offers.to(at(30), PHONE, "1001", &Algorithm::ALL),
            Algorithm::ALL
        );
    }

    #[test]
    fn md5_is_offered_to_nobody_where_it_is_not_allowed() {
        let mut offers = Offers::default();
        let only = [Algorithm::Sha256];
        offers.to(at(0), PHONE, "1001", &only);
        assert_eq!(offers.to(at(30), PHONE, "1001", &only), only);
    }
}
