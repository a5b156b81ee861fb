use std::net::{IpAddr, Ipv4Addr};

use proptest::prelude::*;

use super::*;
use crate::media::codec::Codec;

fn session() -> Session {
    Session::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 20_000, 77)
}

fn sdp(media: &str) -> String {
    format!(
        "v=0\r\no=phone 1 1 IN IP4 192.0.2.7\r\ns=call\r\nc=IN IP4 192.0.2.7\r\nt=0 0\r\n{media}"
    )
}

fn lines<'a>(text: &'a str, start: &str) -> Vec<&'a str> {
    text.lines().filter(|l| l.starts_with(start)).collect()
}

fn agreement(media: &str) -> Agreement {
    let mut session = session();
    session.answer(&sdp(media)).unwrap();
    session.agreement().unwrap().clone()
}

fn refusal(media: &str) -> SdpError {
    session().answer(&sdp(media)).unwrap_err()
}

#[test]
fn an_answer_keeps_the_offers_numbers_and_has_our_order() {
    let offer = sdp(
        "m=audio 4000 RTP/AVP 18 0 115 97 8\r\na=rtpmap:115 G722/8000\r\na=rtpmap:97 telephone-event/8000\r\n",
    );
    let mut session = session();
    let answer = session.answer(&offer).unwrap();
    assert_eq!(lines(&answer, "m="), ["m=audio 20000 RTP/AVP 8 0 115 97"]);
    assert_eq!(lines(&answer, "a=fmtp"), ["a=fmtp:97 0-15"]);
    let agreed = session.agreement().unwrap();
    assert_eq!(agreed.codec, Codec::Pcma);
    assert_eq!(agreed.send.event, Some(97));
    assert_eq!(agreed.kind(97), Some(Kind::Event));
    assert_eq!(agreed.kind(115), Some(Kind::Voice(Codec::G722)));
    assert_eq!(agreed.kind(9), None);
    assert_eq!(agreed.remote.unwrap().to_string(), "192.0.2.7:4000");
    assert_eq!(agreed.remote_rtcp.unwrap().to_string(), "192.0.2.7:4001");
    let again = session.offer(None);
    assert_eq!(lines(&again, "m="), ["m=audio 20000 RTP/AVP 8 0 115 97"]);
}

#[test]
fn an_offer_puts_the_wanted_codec_first() {
    let offer = session().offer(Some(Codec::Pcmu));
    assert_eq!(lines(&offer, "m="), ["m=audio 20000 RTP/AVP 0 8 9 101"]);
    let offer = session().offer(None);
    assert_eq!(lines(&offer, "m="), ["m=audio 20000 RTP/AVP 8 0 9 101"]);
}

#[test]
fn each_trunk_has_codecs_and_an_order_of_its_own() {
    let offer = sdp("m=audio 4000 RTP/AVP 8 9 0\r\n");
    let mut session = session();
    session.speak(&[Codec::G722, Codec::Pcmu]);
    let answer = session.answer(&offer).unwrap();
    assert_eq!(lines(&answer, "m="), ["m=audio 20000 RTP/AVP 9 0"]);
    let agreed = session.agreement().unwrap();
    assert_eq!(agreed.codec, Codec::G722);
    // What was not answered is not spoken, whatever the offer said.
    assert_eq!((agreed.kind(8), agreed.send.pcma), (None, None));
    let again = session.offer(Some(Codec::Pcma));
    assert_eq!(lines(&again, "m="), ["m=audio 20000 RTP/AVP 9 0 101"]);
    session.speak(&[Codec::Pcmu]);
    let refused = session.answer(&sdp("m=audio 4000 RTP/AVP 8 9\r\n"));
    assert_eq!(refused, Err(SdpError::NoCommonCodec));
}

#[test]
fn the_first_of_an_answer_is_what_is_spoken() {
    let mut session = session();
    session.offer(None);
    let answer = sdp("m=audio 4000 RTP/AVP 9 8\r\n");
    session.accept_answer(&answer).unwrap();
    assert_eq!(session.agreement().unwrap().codec, Codec::G722);
    // Not one that was never offered.
    session.speak(&[Codec::Pcma]);
    session.offer(None);
    session.accept_answer(&answer).unwrap();
    let agreed = session.agreement().unwrap();
    assert_eq!((agreed.codec, agreed.kind(9)), (Codec::Pcma, None));
}

#[test]
fn an_answer_with_numbers_of_its_own_is_sent_with_those_and_heard_with_both() {
    let mut session = session();
    session.offer(None);
    session
        .accept_answer(&sdp(
            "m=audio 4000 RTP/AVP 8 96\r\na=rtpmap:96 telephone-event/8000\r\n",
        ))
        .unwrap();
    let agreed = session.agreement().unwrap();
    assert_eq!(agreed.send.event, Some(96));
    assert_eq!(agreed.kind(101), Some(Kind::Event));
    assert_eq!(agreed.kind(96), Some(Kind::Event));
    assert_eq!(agreed.send.pcmu, None);
    assert_eq!(agreed.kind(0), None);
}

#[test]
fn an_answer_that_names_no_events_switches_them_off() {
    let mut session = session();
    session.offer(None);
    session
        .accept_answer(&sdp("m=audio 4000 RTP/AVP 8\r\n"))
        .unwrap();
    assert_eq!(session.agreement().unwrap().kind(101), None);
}

#[test]
fn the_wanted_packet_time_is_honoured_from_10_to_60() {
    let with =
        |attributes: &str| agreement(&format!("m=audio 4000 RTP/AVP 8\r\n{attributes}")).ptime;
    assert_eq!(with(""), 20);
    assert_eq!(with("a=ptime:30\r\n"), 30);
    assert_eq!(with("a=ptime:5\r\n"), 10);
    assert_eq!(with("a=ptime:200\r\n"), 60);
    assert_eq!(with("a=ptime:60\r\na=maxptime:40\r\n"), 40);
    assert_eq!(with("a=ptime:nonsense\r\n"), 20);
}

#[test]
fn hold_directions_are_mirrored() {
    let with = |attribute: &str| {
        let mut session = session();
        let media = format!("m=audio 4000 RTP/AVP 8\r\n{attribute}\r\n");
        let answer = session.answer(&sdp(&media)).unwrap();
        let direction = session.agreement().unwrap().direction;
        let said = answer.lines().last().unwrap().to_owned();
        (said, direction.sends, direction.receives)
    };
    assert_eq!(with("a=sendrecv"), ("a=sendrecv".into(), true, true));
    assert_eq!(with("a=sendonly"), ("a=recvonly".into(), false, true));
    assert_eq!(with("a=recvonly"), ("a=sendonly".into(), true, false));
    assert_eq!(with("a=inactive"), ("a=inactive".into(), false, false));
    assert_eq!(with("c=IN IP4 0.0.0.0"), ("a=recvonly".into(), false, true));
}

#[test]
fn a_direction_of_the_session_holds_where_the_media_says_none() {
    let text = "v=0\r\no=- 1 1 IN IP4 192.0.2.7\r\ns=-\r\nc=IN IP4 192.0.2.7\r\nt=0 0\r\na=sendonly\r\nm=audio 4000 RTP/AVP 8\r\n";
    let mut session = session();
    session.answer(text).unwrap();
    assert!(!session.agreement().unwrap().direction.sends);
}

#[test]
fn the_version_rises_only_when_something_changed() {
    let origin = |text: &str| lines(text, "o=")[0].to_owned();
    let mut session = session();
    let media = sdp("m=audio 4000 RTP/AVP 8\r\n");
    let first = session.answer(&media).unwrap();
    assert_eq!(origin(&first), "o=- 77 77 IN IP4 127.0.0.1");
    assert_eq!(session.answer(&media).unwrap(), first);
    let held = session
        .answer(&sdp("m=audio 4000 RTP/AVP 8\r\na=inactive\r\n"))
        .unwrap();
    assert_eq!(origin(&held), "o=- 77 78 IN IP4 127.0.0.1");
    let back = session.answer(&media).unwrap();
    assert_eq!(origin(&back), "o=- 77 79 IN IP4 127.0.0.1");
}

#[test]
fn other_media_are_refused_with_port_0_in_their_places() {
    let offer = sdp(
        "m=video 5000 RTP/AVP 96\r\na=rtpmap:96 VP8/90000\r\nm=audio 4000 RTP/AVP 8\r\nm=audio 4002 RTP/AVP 0\r\n",
    );
    let mut session = session();
    let answer = session.answer(&offer).unwrap();
    let expected = [
        "m=video 0 RTP/AVP 96",
        "m=audio 20000 RTP/AVP 8",
        "m=audio 0 RTP/AVP 0",
    ];
    assert_eq!(lines(&answer, "m="), expected);
    assert_eq!(lines(&session.offer(None), "m=").len(), 3);
}

#[test]
fn encrypted_media_only_is_not_acceptable() {
    let transport = refusal("m=audio 4000 RTP/SAVP 8\r\n");
    assert_eq!(transport, SdpError::Transport("RTP/SAVP".into()));
    let both = agreement("m=audio 4000 RTP/SAVP 8\r\nm=audio 4002 RTP/AVP 8\r\n");
    assert_eq!(both.remote.unwrap().port(), 4002);
}

#[test]
fn what_cannot_be_agreed_is_refused_with_the_reason() {
    assert_eq!(
        refusal("m=audio 4000 RTP/AVP 18 4\r\n"),
        SdpError::NoCommonCodec
    );
    assert_eq!(
        refusal("m=audio 4000 RTP/AVP 96\r\na=rtpmap:96 PCMA/16000\r\n"),
        SdpError::NoCommonCodec
    );
    assert_eq!(refusal("m=video 4000 RTP/AVP 96\r\n"), SdpError::NoAudio);
    assert_eq!(refusal("m=audio 0 RTP/AVP 8\r\n"), SdpError::NoAudio);
    let address = |c: &str| refusal(&format!("m=audio 4000 RTP/AVP 8\r\nc=IN {c}\r\n"));
    assert!(matches!(address("IP4 224.1.1.1"), SdpError::Address(_)));
    assert!(matches!(address("IP4 host.example"), SdpError::Address(_)));
    assert!(matches!(address("IP6 2001:db8::1"), SdpError::Address(_)));
    assert!(matches!(
        session().answer("nonsense"),
        Err(SdpError::Malformed(_))
    ));
    assert!(matches!(session().answer(""), Err(SdpError::Malformed(_))));
    let long = sdp(&"a=x:y\r\n".repeat(4000));
    assert!(matches!(
        session().answer(&long),
        Err(SdpError::TooLarge(_))
    ));
}

#[test]
fn a_refused_offer_leaves_the_agreement_as_it_was() {
    let mut session = session();
    session.answer(&sdp("m=audio 4000 RTP/AVP 8\r\n")).unwrap();
    let before = session.agreement().cloned();
    session
        .answer(&sdp("m=audio 4000 RTP/AVP 18\r\n"))
        .unwrap_err();
    assert_eq!(session.agreement().cloned(), before);
}

#[test]
fn an_early_answer_is_agreed_on_and_the_last_one_counts() {
    let mut session = session();
    assert_eq!(
        session.accept_early(&sdp("m=audio 4000 RTP/AVP 8\r\n")),
        Err(SdpError::Unexpected)
    );
    session.offer(None);
    assert_eq!(
        session.accept_early(&sdp("m=audio 0 RTP/AVP 8\r\n")),
        Err(SdpError::Refused)
    );
    session
        .accept_early(&sdp("m=audio 4000 RTP/AVP 8\r\n"))
        .unwrap();
    assert_eq!(session.agreement().unwrap().codec, Codec::Pcma);
    assert!(session.agreement().unwrap().early);
    // Another branch of a fork rings as well, and answers.
    session
        .accept_early(&sdp("m=audio 5000 RTP/AVP 0\r\n"))
        .unwrap();
    session
        .accept_answer(&sdp("m=audio 5000 RTP/AVP 0\r\n"))
        .unwrap();
    let agreed = session.agreement().unwrap();
    assert_eq!(agreed.codec, Codec::Pcmu);
    assert!(!agreed.early);
    assert_eq!(agreed.remote.unwrap().port(), 5000);
    assert_eq!(
        session.accept_answer(&sdp("m=audio 5000 RTP/AVP 0\r\n")),
        Err(SdpError::Unexpected)
    );
}

#[test]
fn an_answer_must_have_been_asked_for_and_must_take_the_stream() {
    let mut session = session();
    let answer = sdp("m=audio 4000 RTP/AVP 8\r\n");
    assert_eq!(session.accept_answer(&answer), Err(SdpError::Unexpected));
    session.offer(None);
    assert_eq!(
        session.accept_answer(&sdp("m=audio 0 RTP/AVP 8\r\n")),
        Err(SdpError::Refused)
    );
    assert_eq!(session.accept_answer(&answer), Ok(()));
}

#[test]
fn an_rtcp_attribute_says_where_reports_go() {
    let media = "m=audio 4000 RTP/AVP 8\r\na=rtcp:5001 IN IP4 192.0.2.9\r\n";
    assert_eq!(
        agreement(media).remote_rtcp.unwrap().to_string(),
        "192.0.2.9:5001"
    );
    let media = "m=audio 4000 RTP/AVP 8\r\na=rtcp:5001\r\n";
    assert_eq!(
        agreement(media).remote_rtcp.unwrap().to_string(),
        "192.0.2.7:5001"
    );
}

#[test]
fn line_feeds_alone_end_lines_too() {
    let offer = sdp("m=audio 4000 RTP/AVP 8\r\n").replace("\r\n", "\n");
    session().answer(&offer).unwrap();
}

proptest! {
    #[test]
    fn no_text_makes_the_reader_panic(
        cut in 0usize..200, insert in "\\PC{0,12}", text in "([a-z]=[ -~]{0,30}\r\n){0,12}",
    ) {
        let good = sdp("m=audio 4000 RTP/AVP 8 101\r\na=rtpmap:101 telephone-event/8000\r\na=ptime:20\r\na=rtcp:9\r\n");
        let cut = cut.min(good.len());
        let _ = session().answer(&format!("{}{insert}{}", &good[..cut], &good[cut..]));
        let _ = session().answer(&text);
    }
}
