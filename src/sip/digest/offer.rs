use std::collections::VecDeque;
use std::net::IpAddr;

use jiff::{SignedDuration, Timestamp};

use super::Algorithm;

/// A phone that comes back without an answer within this time did not understand the challenge.
const BACK: SignedDuration = SignedDuration::from_mins(5);
/// A phone sends its first request again sooner than this only when it lost our response.
const REPEAT: SignedDuration = SignedDuration::from_millis(200);
/// For so long a phone that knows MD5 alone is known as such, since it was last heard of.
const KNOWN: SignedDuration = SignedDuration::from_hours(2);
/// Phones that are remembered; the oldest is forgotten first.
const REMEMBERED: usize = 4_096;

/// Which algorithms a phone is offered.
///
/// Some phones give up when they meet a challenge with an algorithm that they do not know, whatever
/// stands beside it. One that comes back without credentials is offered MD5 alone, where MD5 is
/// allowed at all; and once it has answered, so it is for each call and registration, as long as it
/// is heard of: a handler's phone does not fail every other time.
#[derive(Debug, Default)]
pub struct Offers {
    asked: VecDeque<Asked>,
}

#[derive(Debug)]
struct Asked {
    address: IpAddr,
    user: String,
    at: Timestamp,
    /// Whether it has been offered MD5 alone, and has then answered.
    alone: Option<bool>,
}

impl Asked {
    fn is(&self, address: IpAddr, user: &str) -> bool {
        self.address == address && self.user == user
    }

    fn holds(&self, now: Timestamp) -> bool {
        let lasts = if self.alone == Some(true) {
            KNOWN
        } else {
            BACK
        };
        now.duration_since(self.at) < lasts && self.at <= now
    }
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
        self.asked.retain(|asked| asked.holds(now));
        let mut asked = self.asked.iter_mut();
        match asked.find(|asked| asked.is(address, user)) {
            Some(known) if known.alone.is_some() => vec![Algorithm::Md5],
            Some(known) if now.duration_since(known.at) >= REPEAT => {
                known.alone = Some(false);
                vec![Algorithm::Md5]
            }
            Some(_) => all.to_vec(),
            None => {
                self.asked.push_back(Asked {
                    address,
                    user: user.to_owned(),
                    at: now,
                    alone: None,
                });
                if self.asked.len() > REMEMBERED {
                    self.asked.pop_front();
                }
                all.to_vec()
            }
        }
    }

    /// Credentials came: the phone understood what it was offered.
    pub fn understood(&mut self, now: Timestamp, address: IpAddr, user: &str) {
        self.asked
            .retain(|asked| !asked.is(address, user) || asked.alone.is_some());
        let mut asked = self.asked.iter_mut();
        if let Some(known) = asked.find(|asked| asked.is(address, user)) {
            known.alone = Some(true);
            known.at = now;
        }
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
        offers.understood(at(1), PHONE, "1001");
        assert_eq!(
            offers.to(at(30), PHONE, "1001", &Algorithm::ALL),
            Algorithm::ALL
        );
    }

    #[test]
    fn one_that_answers_md5_alone_is_not_made_to_give_up_again() {
        let mut offers = Offers::default();
        let all = Algorithm::ALL;
        let mut offered = |seconds| offers.to(at(seconds), PHONE, "1001", &all);
        assert_eq!(offered(0), all);
        assert_eq!(offered(30), [Algorithm::Md5]);
        offers.understood(at(31), PHONE, "1001");
        let hour = 60 * 60;
        assert_eq!(offers.to(at(hour), PHONE, "1001", &all), [Algorithm::Md5]);
        offers.understood(at(hour), PHONE, "1001");
        let later = 3 * hour - 1;
        assert_eq!(offers.to(at(later), PHONE, "1001", &all), [Algorithm::Md5]);
        assert_eq!(offers.to(at(later), PHONE, "1002", &all), all);
        assert_eq!(offers.to(at(3 * hour), PHONE, "1001", &all), all);
    }

    #[test]
    fn md5_is_offered_to_nobody_where_it_is_not_allowed() {
        let mut offers = Offers::default();
        let only = [Algorithm::Sha256];
        offers.to(at(0), PHONE, "1001", &only);
        assert_eq!(offers.to(at(30), PHONE, "1001", &only), only);
    }
}
