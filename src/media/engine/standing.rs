//! What another process needs to go on with a leg, and the clock that both go by.

use std::{net::IpAddr, time::Duration};

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::media::{
    sdp::Session,
    stream::{Position, Resumed, SIGNALLING, Starts, machine_now},
};

/// How long a leg was silent where the clock does not tell, as the machine has been started since.
const UNKNOWN: Duration = Duration::from_secs(2);

/// A leg as it stands, but for what changes with every packet: see [`Lane::resume`](super::Lane::resume).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// Where its stream began.
    pub(super) start: Position,
    pub(super) cname: String,
    pub(super) session: Session,
    /// Where the peer's signalling comes from.
    pub(super) signalling: Vec<IpAddr>,
}

impl Standing {
    /// Our RTP port; RTCP is one above.
    pub fn port(&self) -> u16 {
        self.session.port()
    }

    /// Whether that is where its own stream was, and not that of an earlier leg at the same port.
    pub fn is_of(&self, position: &Position) -> bool {
        (position.port, position.ssrc) == (self.port(), self.start.ssrc)
    }

    pub(super) fn signals_from(&mut self, address: IpAddr) {
        if self.signalling.len() < SIGNALLING && !self.signalling.contains(&address) {
            self.signalling.push(address);
        }
    }

    /// Where its stream is to go on in an engine whose clock began at `epoch` of the machine's.
    pub(super) fn resumed(
        &self,
        position: Option<&Position>,
        epoch: Duration,
        ntp_epoch: u64,
    ) -> (Starts, Resumed) {
        let ours = position.filter(|position| self.is_of(position));
        let position = ours.unwrap_or(&self.start);
        let since = machine_now().checked_sub(position.at);
        let starts = Starts {
            ssrc: position.ssrc,
            sequence: position.sequence_after(since.unwrap_or(UNKNOWN)),
            timestamp: match since {
                Some(_) => position.timestamp_at(epoch),
                None => position.timestamp_at(position.at.saturating_add(UNKNOWN)),
            },
            cname: Bytes::from(self.cname.clone()),
            seed: rand::random(),
            ntp_epoch,
        };
        let resumed = Resumed {
            position: *position,
            signalling: self.signalling.clone(),
            agreement: self.session.agreement().cloned(),
        };
        (starts, resumed)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::media::Codec;

    fn position(at: Duration) -> Position {
        let starts = Starts {
            ssrc: 7,
            sequence: 65_000,
            timestamp: 1_000,
            cname: Bytes::new(),
            seed: 1,
            ntp_epoch: 0,
        };
        Position::starting(20_000, &starts, at, Duration::ZERO)
    }

    fn standing(start: Position) -> Standing {
        Standing {
            start,
            cname: "c".into(),
            session: Session::new(IpAddr::from([127, 0, 0, 1]), 20_000, 1),
            signalling: vec![],
        }
    }

    fn sessions() -> impl Strategy<Value = Session> {
        let codecs = Just(Codec::ALL.to_vec()).prop_shuffle();
        let directions = prop::sample::select(vec!["sendrecv", "sendonly", "recvonly", "inactive"]);
        let hosts = prop::sample::select(vec!["127.0.0.1", "192.0.2.9", "0.0.0.0"]);
        let number = prop::option::of(96..127_u8);
        (codecs, directions, hosts, 1_024..u16::MAX - 1, number, 0..4_u8).prop_map(
            |(codecs, direction, host, port, number, course)| {
                let mut session = Session::new(IpAddr::from([127, 0, 0, 1]), port, 1);
                session.speak(&codecs);
                let event = number.map_or(String::new(), |n| {
                    format!("a=rtpmap:{n} telephone-event/8000\r\n")
                });
                let number = number.map_or(String::new(), |n| format!(" {n}"));
                let theirs = format!(
                    "v=0\r\no=- 1 1 IN IP4 {host}\r\ns=-\r\nc=IN IP4 {host}\r\nt=0 0\r\n\
                     m=audio {port} RTP/AVP 0 8{number}\r\n{event}a={direction}\r\nm=video 9 RTP/AVP 31\r\n"
                );
                match course {
                    0 => {}
                    1 => drop(session.offer(codecs.first().copied())),
                    2 => drop(session.answer(&theirs).unwrap()),
                    _ => {
                        session.answer(&theirs).unwrap();
                        session.offer(None);
                    }
                }
                session
            },
        )
    }

    fn positions() -> impl Strategy<Value = Position> {
        let bound = prop::option::of((any::<IpAddr>(), any::<u16>()));
        let event = any::<Option<(u32, u8)>>();
        let numbers = any::<(u16, u32, u16, u32, Option<u32>, u64, u16)>();
        (
            numbers,
            any::<[u32; 2]>(),
            [bound.clone(), bound.clone(), bound],
            event,
        )
            .prop_map(|(n, [packets, octets], bound, event)| Position {
                port: n.0,
                ssrc: n.1,
                sequence: n.2,
                timestamp: n.3,
                end: n.4,
                at: Duration::from_nanos(n.5),
                pace: n.6,
                packets,
                octets,
                bound: bound.map(|bound| bound.map(Into::into)),
                event,
            })
    }

    proptest! {
        #[test]
        fn a_standing_is_the_same_when_it_is_read_again(
            session in sessions(),
            start in positions(),
            signalling in prop::collection::vec(any::<IpAddr>(), 0..SIGNALLING),
        ) {
            let standing = Standing { start, cname: "c".into(), session, signalling };
            let text = serde_json::to_string(&standing).unwrap();
            let read: Standing = serde_json::from_str(&text).unwrap();
            prop_assert!(text.len() < 4_000, "{}", text.len());
            prop_assert_eq!(read, standing);
        }

        #[test]
        fn a_number_given_away_before_is_never_given_again(
            position in positions(),
            ms in 0..60_000_u64,
            pace in 1..=100_u64,
        ) {
            let mut position = position;
            position.pace = pace as u16;
            let next = position.sequence_after(Duration::from_millis(ms));
            let used = (ms * pace / 1_000) as u16;
            let left = next.wrapping_sub(position.sequence.wrapping_add(used));
            prop_assert!(left < 32_000, "{left}");
        }
    }

    #[test]
    fn the_numbers_go_on_as_if_it_had_been_silent() {
        let now = machine_now();
        let standing = standing(position(now.saturating_sub(Duration::from_secs(4))));
        let (starts, _) = standing.resumed(None, now, 0);
        assert_eq!(starts.ssrc, 7);
        let ahead = starts.sequence.wrapping_sub(65_000);
        assert!((200..300).contains(&ahead), "{ahead}");
        assert_eq!(starts.timestamp, 1_000 + 4 * 8_000);
    }

    #[test]
    fn the_position_of_an_earlier_leg_at_the_same_port_is_none_of_ours() {
        let now = machine_now();
        let standing = standing(position(now));
        let mut other = position(now);
        other.ssrc = 8;
        let (starts, resumed) = standing.resumed(Some(&other), now, 0);
        assert_eq!((starts.ssrc, resumed.position.ssrc), (7, 7));
    }

    #[test]
    fn a_machine_that_has_been_started_since_goes_on_all_the_same() {
        let now = machine_now();
        let standing = standing(position(now + Duration::from_secs(9_999)));
        let (starts, _) = standing.resumed(None, now, 0);
        let ahead = starts.sequence.wrapping_sub(65_000);
        assert!((100..200).contains(&ahead), "{ahead}");
        assert_eq!(starts.timestamp, 1_000 + 2 * 8_000);
    }
}
