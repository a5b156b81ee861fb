//! Reading the peer's description.

use std::{
    io::Cursor,
    net::{IpAddr, SocketAddr},
};

use rtc_sdp::{
    MediaDescription, SessionDescription,
    description::common::{Attribute, ConnectionInformation},
};

use super::{
    agreement::{Direction, Kind, Numbers},
    error::SdpError,
};
use crate::media::codec::Codec;

/// No telephone's description is longer; the parser is not fed more.
const MAX_BYTES: usize = 16 * 1024;
const MAX_LINES: usize = 500;
const MAX_MEDIA: usize = 16;
const MAX_FORMATS: usize = 64;

/// One `m=` line.
#[derive(Debug)]
pub(crate) struct Line {
    pub media: String,
    pub protocol: String,
    pub formats: Vec<String>,
    pub port: u16,
    /// What is known of it when it is audio over RTP/AVP.
    pub audio: Option<Audio>,
}

/// An audio stream over plain RTP.
#[derive(Debug)]
pub(crate) struct Audio {
    /// `Ok(None)` for the unspecified address of the old way to hold.
    pub address: Result<Option<IpAddr>, SdpError>,
    pub rtcp: Option<SocketAddr>,
    pub rtcp_port: Option<u16>,
    /// Kinds we know, in the peer's order, each once.
    pub order: Vec<Kind>,
    pub numbers: Numbers,
    pub ptime: u8,
    pub direction: Direction,
}

impl Audio {
    /// The voice codecs in the peer's order.
    pub(crate) fn codecs(&self) -> impl Iterator<Item = Codec> + '_ {
        self.order.iter().filter_map(|kind| match kind {
            Kind::Voice(codec) => Some(*codec),
            Kind::Event => None,
        })
    }
}

/// Reads the `m=` lines of a description.
pub(crate) fn read(text: &str) -> Result<Vec<Line>, SdpError> {
    if text.len() > MAX_BYTES {
        return Err(SdpError::TooLarge("more than 16 KiB"));
    }
    if text.lines().count() > MAX_LINES {
        return Err(SdpError::TooLarge("more than 500 lines"));
    }
    let session = SessionDescription::unmarshal(&mut Cursor::new(text.as_bytes()))
        .map_err(|error| SdpError::Malformed(error.to_string()))?;
    if session.media_descriptions.len() > MAX_MEDIA {
        return Err(SdpError::TooLarge("more than 16 media lines"));
    }
    session
        .media_descriptions
        .iter()
        .map(|media| line(&session, media))
        .collect()
}

fn line(session: &SessionDescription, media: &MediaDescription) -> Result<Line, SdpError> {
    let name = &media.media_name;
    if name.formats.len() > MAX_FORMATS {
        return Err(SdpError::TooLarge("more than 64 formats"));
    }
    let protocol = name.protos.join("/");
    let audio = (name.media == "audio" && protocol == "RTP/AVP").then(|| audio(session, media));
    Ok(Line {
        media: name.media.clone(),
        protocol,
        formats: name.formats.clone(),
        port: u16::try_from(name.port.value).unwrap_or(0),
        audio,
    })
}

fn audio(session: &SessionDescription, media: &MediaDescription) -> Audio {
    let mut order = Vec::new();
    let mut numbers = Numbers::default();
    for number in media
        .media_name
        .formats
        .iter()
        .filter_map(|f| f.parse().ok())
    {
        if let Some(kind) = kind(number, &media.attributes)
            && numbers.get(kind).is_none()
        {
            numbers.set(kind, number);
            order.push(kind);
        }
    }
    let connection = media
        .connection_information
        .as_ref()
        .or(session.connection_information.as_ref());
    let direction = |attributes: &[Attribute]| {
        attributes
            .iter()
            .find_map(|attribute| Direction::from_name(&attribute.key))
    };
    let (rtcp_port, rtcp) = rtcp(&media.attributes);
    Audio {
        address: address(connection),
        rtcp,
        rtcp_port,
        order,
        numbers,
        ptime: ptime(&media.attributes),
        direction: direction(&media.attributes)
            .or_else(|| direction(&session.attributes))
            .unwrap_or(Direction::BOTH),
    }
}

/// What a format number stands for: by its `a=rtpmap`, else by RFC 3551's static table.
fn kind(number: u8, attributes: &[Attribute]) -> Option<Kind> {
    let mapping = values(attributes, "rtpmap").find_map(|value| {
        let (mapped, encoding) = value.split_once(char::is_whitespace)?;
        (mapped.parse() == Ok(number)).then(|| encoding.trim())
    });
    let Some(encoding) = mapping else {
        return Codec::ALL
            .into_iter()
            .find(|codec| codec.payload_type() == number)
            .map(Kind::Voice);
    };
    let mut parts = encoding.split('/');
    let name = parts.next()?;
    let rate = parts.next()?;
    let channels = parts.next().unwrap_or("1");
    if rate != "8000" || channels != "1" || number > 127 {
        return None;
    }
    if name.eq_ignore_ascii_case("telephone-event") {
        return Some(Kind::Event);
    }
    Codec::from_name(name).map(Kind::Voice)
}

fn values<'a>(attributes: &'a [Attribute], key: &'a str) -> impl Iterator<Item = &'a str> {
    attributes
        .iter()
        .filter(move |attribute| attribute.key == key)
        .filter_map(|attribute| attribute.value.as_deref())
}

/// `a=ptime` within 10 to 60 ms and within `a=maxptime`; 20 where nothing is said.
fn ptime(attributes: &[Attribute]) -> u8 {
    let number = |key| {
        values(attributes, key)
            .next()
            .and_then(|value| value.trim().parse::<f32>().ok())
            .filter(|ms| *ms > 0.0)
    };
    let wanted = number("ptime").unwrap_or(20.0);
    let most = number("maxptime").unwrap_or(60.0);
    wanted.min(most).clamp(10.0, 60.0) as u8
}

/// `a=rtcp:port [IN IP4 address]`, RFC 3605.
fn rtcp(attributes: &[Attribute]) -> (Option<u16>, Option<SocketAddr>) {
    let Some(value) = values(attributes, "rtcp").next() else {
        return (None, None);
    };
    let mut words = value.split_whitespace();
    let port = words.next().and_then(|port| port.parse::<u16>().ok());
    let address = words.nth(2).and_then(|a| a.parse::<IpAddr>().ok());
    (port, port.zip(address).map(|(p, a)| SocketAddr::new(a, p)))
}

fn address(connection: Option<&ConnectionInformation>) -> Result<Option<IpAddr>, SdpError> {
    let text = connection
        .and_then(|c| c.address.as_ref())
        .map(|a| a.address.as_str())
        .unwrap_or_default();
    let unusable = || SdpError::Address(text.chars().take(64).collect());
    let ip: IpAddr = text.parse().map_err(|_| unusable())?;
    let broadcast = matches!(ip, IpAddr::V4(v4) if v4.is_broadcast());
    if ip.is_multicast() || broadcast {
        return Err(unusable());
    }
    Ok((!ip.is_unspecified()).then_some(ip))
}
