//! Our side of offer and answer: RFC 3264.

use std::{
    fmt::Write,
    net::{IpAddr, SocketAddr},
};

use serde::{Deserialize, Serialize};

use super::{
    agreement::{Agreement, Direction, Kind, Numbers},
    error::SdpError,
    remote::{self, Audio, Line},
};
use crate::media::codec::Codec;

/// The payload type we give telephone-event when we are the first to name one.
const EVENT: u8 = 101;

/// One `m=` line of the session; their number and order never change (RFC 3264 section 8).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Slot {
    Audio,
    /// Refused with port 0: media, protocol and formats as offered.
    Refused(String, String, String),
}

/// One audio session: what we have said, and what has been agreed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Session {
    address: IpAddr,
    port: u16,
    id: u64,
    version: u64,
    /// What we said last, without the origin line, to know whether the version must rise.
    said: String,
    slots: Vec<Slot>,
    /// The codecs that we take here, the best first.
    codecs: Vec<Codec>,
    /// Payload types as we number them: the peer's, once it has named any.
    numbers: Numbers,
    /// The order of an offer that waits for its answer.
    pending: Option<Vec<Kind>>,
    agreement: Option<Agreement>,
}

impl Session {
    /// A session for a leg that receives RTP at `address` and `port`, RTCP one above. `id` makes
    /// the origin line unique (RFC 8866 section 5.2).
    pub(crate) fn new(address: IpAddr, port: u16, id: u64) -> Session {
        Session {
            address,
            port,
            id,
            version: id,
            said: String::new(),
            slots: vec![Slot::Audio],
            codecs: Codec::ALL.to_vec(),
            numbers: Numbers {
                pcma: Some(Codec::Pcma.payload_type()),
                pcmu: Some(Codec::Pcmu.payload_type()),
                g722: Some(Codec::G722.payload_type()),
                event: Some(EVENT),
            },
            pending: None,
            agreement: None,
        }
    }

    /// The port at which RTP is received.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// What has been agreed so far.
    pub(crate) fn agreement(&self) -> Option<&Agreement> {
        self.agreement.as_ref()
    }

    /// The codecs to take from now on, the best first; an empty list changes nothing.
    pub(crate) fn speak(&mut self, codecs: &[Codec]) {
        if !codecs.is_empty() {
            self.codecs = codecs.to_vec();
        }
    }

    /// An offer of everything we speak here, `first` first if it is among it.
    pub(crate) fn offer(&mut self, first: Option<Codec>) -> String {
        let mut codecs = self.codecs.clone();
        codecs.sort_by_key(|&codec| Some(codec) != first);
        let mut order: Vec<Kind> = codecs.into_iter().map(Kind::Voice).collect();
        order.push(Kind::Event);
        let ptime = self.agreement.as_ref().map_or(20, |a| a.ptime);
        let text = self.say(&order, ptime, Direction::BOTH);
        self.pending = Some(order);
        text
    }

    /// Answers an offer: the first of our codecs that is in it, then the others, in our order, so that
    /// neither side need translate where both could speak the same. What was agreed before stands when
    /// it is refused.
    pub(crate) fn answer(&mut self, offer: &str) -> Result<String, SdpError> {
        let lines = remote::read(offer)?;
        let (place, audio) = self.choose(&lines)?;
        let line = &lines[place];
        let mut direction = audio.direction.reversed();
        direction.sends &= matches!(audio.address, Ok(Some(_)));
        let order = self.order(audio);
        let numbers = only(&audio.numbers, &order);
        let codec = self.preferred(audio).next();
        let codec = codec.ok_or(SdpError::NoCommonCodec)?;
        let agreement = self.agree(line, audio, (codec, numbers, numbers), direction)?;
        let ptime = audio.ptime;
        // Numbers once given away keep their meaning in later offers (RFC 3264 section 8.3.2).
        for &kind in &order {
            if let Some(number) = audio.numbers.get(kind) {
                self.numbers.set(kind, number);
            }
        }
        self.slots = lines
            .iter()
            .enumerate()
            .map(|(n, line)| {
                if n == place {
                    return Slot::Audio;
                }
                let formats = line.formats.join(" ");
                Slot::Refused(line.media.clone(), line.protocol.clone(), formats)
            })
            .collect();
        self.pending = None;
        self.agreement = Some(agreement);
        Ok(self.say(&order, ptime, direction))
    }

    /// Takes the answer to our offer.
    pub(crate) fn accept_answer(&mut self, answer: &str) -> Result<(), SdpError> {
        let offered = self.pending.as_ref().ok_or(SdpError::Unexpected)?;
        let lines = remote::read(answer)?;
        let place = self.slots.iter().position(|s| matches!(s, Slot::Audio));
        let line = place
            .and_then(|place| lines.get(place))
            .ok_or(SdpError::NoAudio)?;
        if line.port == 0 {
            return Err(SdpError::Refused);
        }
        let Some(audio) = &line.audio else {
            return Err(SdpError::Transport(line.protocol.clone()));
        };
        let mut receive = Numbers::default();
        for &kind in offered.iter().filter(|kind| audio.order.contains(kind)) {
            if let Some(number) = self.numbers.get(kind) {
                receive.set(kind, number);
            }
        }
        let mut direction = audio.direction.reversed();
        direction.sends &= matches!(audio.address, Ok(Some(_)));
        let send = only(&audio.numbers, offered);
        // The first of the answer is what the peer would rather hear (RFC 3264 section 7).
        let mut codecs = audio
            .codecs()
            .filter(|codec| offered.contains(&Kind::Voice(*codec)));
        let codec = codecs.next().ok_or(SdpError::NoCommonCodec)?;
        let agreement = self.agree(line, audio, (codec, send, receive), direction)?;
        self.pending = None;
        self.agreement = Some(agreement);
        Ok(())
    }

    /// Takes an answer that came before the call was answered: early media (RFC 3960). The answer that
    /// counts may be another, so the offer still waits for it.
    pub(crate) fn accept_early(&mut self, answer: &str) -> Result<(), SdpError> {
        let pending = self.pending.clone();
        self.accept_answer(answer)?;
        self.pending = pending;
        if let Some(agreement) = &mut self.agreement {
            agreement.early = true;
        }
        Ok(())
    }

    /// The first audio line that we can take.
    fn choose<'l>(&self, lines: &'l [Line]) -> Result<(usize, &'l Audio), SdpError> {
        let mut refusal = SdpError::NoAudio;
        for (place, line) in lines.iter().enumerate() {
            if line.media != "audio" || line.port == 0 {
                continue;
            }
            match &line.audio {
                Some(audio) if self.preferred(audio).next().is_some() => return Ok((place, audio)),
                Some(_) => refusal = SdpError::NoCommonCodec,
                None if refusal == SdpError::NoAudio => {
                    refusal = SdpError::Transport(line.protocol.clone());
                }
                None => {}
            }
        }
        Err(refusal)
    }

    /// What an answer names: our codecs that are offered, in our order, and telephone-event.
    fn order(&self, audio: &Audio) -> Vec<Kind> {
        let mut order: Vec<Kind> = self.preferred(audio).map(Kind::Voice).collect();
        order.extend(audio.order.contains(&Kind::Event).then_some(Kind::Event));
        order
    }

    /// Our codecs that the other side speaks, in our order.
    fn preferred<'a>(&'a self, audio: &'a Audio) -> impl Iterator<Item = Codec> + 'a {
        let codecs = self.codecs.iter().copied();
        codecs.filter(|&codec| audio.order.contains(&Kind::Voice(codec)))
    }

    fn agree(
        &self,
        line: &Line,
        audio: &Audio,
        (codec, send, receive): (Codec, Numbers, Numbers),
        direction: Direction,
    ) -> Result<Agreement, SdpError> {
        let address = audio.address.clone()?;
        if let Some(ip) = address
            && ip.is_ipv4() != self.address.is_ipv4()
        {
            return Err(SdpError::Address(ip.to_string()));
        }
        let rtcp_port = audio.rtcp_port.or_else(|| line.port.checked_add(1));
        let same_kind = |at: &SocketAddr| at.is_ipv4() == self.address.is_ipv4();
        let remote_rtcp = audio.rtcp.filter(same_kind).or_else(|| {
            address
                .zip(rtcp_port)
                .map(|(ip, port)| SocketAddr::new(ip, port))
        });
        Ok(Agreement {
            remote: address.map(|ip| SocketAddr::new(ip, line.port)),
            remote_rtcp,
            codec,
            send,
            receive,
            ptime: audio.ptime,
            direction,
            early: false,
        })
    }

    /// Writes a description, with a higher version when it differs from the last.
    fn say(&mut self, order: &[Kind], ptime: u8, direction: Direction) -> String {
        let family = if self.address.is_ipv4() { "IP4" } else { "IP6" };
        let mut body = format!("s=-\r\nc=IN {family} {}\r\nt=0 0\r\n", self.address);
        for slot in &self.slots {
            // Writing to a string cannot fail.
            let _ = match slot {
                Slot::Audio => self.write_audio(&mut body, order, ptime, direction),
                Slot::Refused(media, protocol, formats) => {
                    write!(body, "m={media} 0 {protocol} {formats}\r\n")
                }
            };
        }
        if !self.said.is_empty() && self.said != body {
            self.version += 1;
        }
        let text = format!(
            "v=0\r\no=- {} {} IN {family} {}\r\n{body}",
            self.id, self.version, self.address
        );
        self.said = body;
        text
    }

    fn write_audio(
        &self,
        body: &mut String,
        order: &[Kind],
        ptime: u8,
        direction: Direction,
    ) -> std::fmt::Result {
        let numbered = || {
            order
                .iter()
                .filter_map(|&kind| Some((kind, self.numbers.get(kind)?)))
        };
        write!(body, "m=audio {} RTP/AVP", self.port)?;
        for (_, number) in numbered() {
            write!(body, " {number}")?;
        }
        body.push_str("\r\n");
        for (kind, number) in numbered() {
            match kind {
                Kind::Voice(codec) => write!(body, "a=rtpmap:{number} {}/8000\r\n", codec.name())?,
                Kind::Event => write!(
                    body,
                    "a=rtpmap:{number} telephone-event/8000\r\na=fmtp:{number} 0-15\r\n"
                )?,
            }
        }
        write!(body, "a=ptime:{ptime}\r\na={}\r\n", direction.name())
    }
}

/// The numbers of these kinds alone.
fn only(numbers: &Numbers, kinds: &[Kind]) -> Numbers {
    let mut some = Numbers::default();
    for &kind in kinds {
        if let Some(number) = numbers.get(kind) {
            some.set(kind, number);
        }
    }
    some
}
