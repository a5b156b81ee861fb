//! Showing that a peer whom we have called can be heard.

use crate::media::{event::Event, sdp::Kind};

/// What has been heard of a peer since it answered.
#[derive(Debug, Default)]
pub(crate) struct Proof {
    heard: bool,
    sounding: bool,
}

impl Proof {
    /// A packet came that was expected. Gives what is to be told of it: of the first one, and of the first
    /// one that is more than silence.
    pub(crate) fn on_packet(&mut self, kind: Kind, payload: &[u8]) -> Option<Event> {
        if self.sounding {
            return None;
        }
        let sounding = kind == Kind::Event || !is_idle(payload);
        let is_news = !self.heard || sounding;
        self.heard = true;
        self.sounding = sounding;
        is_news.then_some(Event::Heard { sounding })
    }
}

/// Whether a payload is what a line without a signal sends: one octet throughout, but for its sign, as
/// G.711 writes zero.
fn is_idle(payload: &[u8]) -> bool {
    let mut magnitudes = payload.iter().map(|octet| octet & 0x7F);
    let first = magnitudes.next();
    magnitudes.all(|magnitude| Some(magnitude) == first)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::codec::Codec;

    #[test]
    fn the_first_packet_is_told_of_and_the_first_that_is_more_than_silence() {
        let voice = Kind::Voice(Codec::Pcma);
        let mut proof = Proof::default();
        let silence = [0xD5, 0x55, 0xD5, 0xD5];
        let told = |sounding| Some(Event::Heard { sounding });
        assert_eq!(proof.on_packet(voice, &silence), told(false));
        assert_eq!(proof.on_packet(voice, &silence), None);
        assert_eq!(proof.on_packet(voice, &[0xD5, 0x51]), told(true));
        assert_eq!(proof.on_packet(voice, &[0xD5, 0x51]), None);
    }

    #[test]
    fn whoever_speaks_at_once_is_told_of_once() {
        let mut proof = Proof::default();
        let told = Some(Event::Heard { sounding: true });
        assert_eq!(proof.on_packet(Kind::Event, &[1, 2, 3, 4]), told);
        assert_eq!(proof.on_packet(Kind::Event, &[1, 2, 3, 4]), None);
    }
}
