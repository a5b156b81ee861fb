use proptest::prelude::*;
use rsipstack::sip::SipMessage;
use rsipstack::sip::prelude::{HeadersExt as _, ToTypedHeader as _};

use super::*;

const SOURCE: &str = "192.0.2.7:5080";

pub(super) fn from(wire: Wire) -> Origin {
    Origin {
        source: SOURCE.parse().unwrap(),
        wire,
    }
}

pub(super) fn judge_udp(raw: &[u8]) -> Verdict<'_> {
    validate(raw, from(Wire::Udp), &Limits::default())
}

/// The message that passes, or the status line of the refusal.
pub(super) fn outcome(raw: &str) -> Result<String, String> {
    match judge_udp(raw.as_bytes()) {
        Verdict::Pass { message, .. } => Ok(String::from_utf8_lossy(&message).into_owned()),
        Verdict::Reject { response, .. } => {
            let text = String::from_utf8(response).unwrap();
            Err(text.lines().next().unwrap_or_default().to_owned())
        }
        Verdict::Drop(why) => Err(why.to_string()),
    }
}

const GOOD: &str = "INVITE sip:111@sip.example SIP/2.0\r\n\
    Via: SIP/2.0/UDP 192.0.2.7:5080;branch=z9hG4bKa\r\n\
    From: <sip:01632960001@sip.example>;tag=f\r\n\
    To: <sip:111@sip.example>\r\n\
    Call-ID: c1\r\n\
    CSeq: 1 INVITE\r\n\
    Max-Forwards: 70\r\n\
    Contact: <sip:01632960001@192.0.2.7:5080>\r\n\
    Content-Length: 4\r\n\r\nbody";

fn with(old: &str, new: &str) -> String {
    assert!(GOOD.contains(old), "{old}");
    GOOD.replacen(old, new, 1)
}

fn refusal(raw: &str) -> String {
    match judge_udp(raw.as_bytes()) {
        Verdict::Reject { response, .. } => String::from_utf8(response).unwrap(),
        other => panic!("not refused: {other:?}"),
    }
}

fn parse(text: &str) -> SipMessage {
    SipMessage::try_from(text.as_bytes()).unwrap()
}

#[test]
fn a_message_that_is_good_as_it_stands_is_not_copied() {
    match judge_udp(GOOD.as_bytes()) {
        Verdict::Pass {
            message: Cow::Borrowed(same),
            reply_to,
        } => {
            assert_eq!(same, GOOD.as_bytes());
            assert_eq!(reply_to, SOURCE.parse().unwrap());
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn each_missing_or_doubled_header_is_named_in_the_refusal() {
    for (line, name) in [
        ("From: <sip:01632960001@sip.example>;tag=f\r\n", "From"),
        ("To: <sip:111@sip.example>\r\n", "To"),
        ("Call-ID: c1\r\n", "Call-ID"),
        ("CSeq: 1 INVITE\r\n", "CSeq"),
    ] {
        let missing = format!("SIP/2.0 400 {name} is missing");
        assert_eq!(outcome(&with(line, "")), Err(missing));
        let twice = format!("SIP/2.0 400 {name} given twice");
        assert_eq!(outcome(&with(line, &line.repeat(2))), Err(twice));
    }
    assert!(outcome(&with("Max-Forwards: 70\r\n", "")).is_ok());
    let twice = with(
        "Max-Forwards: 70\r\n",
        "Max-Forwards: 70\r\nMax-Forwards: 70\r\n",
    );
    assert_eq!(
        outcome(&twice),
        Err("SIP/2.0 400 Max-Forwards given twice".into())
    );
}

#[test]
fn each_fault_gets_the_status_that_rfc_3261_has_for_it() {
    for (old, new, status) in [
        (
            "INVITE sip:111@sip.example SIP/2.0",
            "INVITE sip:111@sip.example SIP/3.0",
            505,
        ),
        ("sip:111@sip.example SIP", "mailto:111@sip.example SIP", 416),
        ("sip:111@sip.example SIP", "111 SIP", 400),
        (
            "sip:111@sip.example SIP",
            "sip:111@sip.example;transport=pigeon SIP",
            400,
        ),
        ("sip:111@sip.example SIP", "sip:111@ SIP", 400),
        ("sip:111@sip.example SIP", "sip:11%1@sip.example SIP", 400),
        ("1 INVITE", "2147483648 INVITE", 400),
        ("1 INVITE", "x INVITE", 400),
        ("1 INVITE", "1 BYE", 400),
        ("Max-Forwards: 70", "Max-Forwards: 256", 400),
        ("Max-Forwards: 70", "Max-Forwards: -1", 400),
        ("Content-Length: 4", "Content-Length: 5", 400),
        ("Content-Length: 4", "Content-Length: 4\r\nl: 4", 400),
        ("Content-Length: 4", "Content-Length: 4294967295", 400),
        ("Call-ID: c1", "Call-ID: c 1", 400),
        (";tag=f", "", 400),
        (";tag=f", ";tag=f;tag=g", 400),
        ("Call-ID: c1", "Call-ID: c1\r\nno colon here", 400),
        ("Call-ID: c1", "Call-ID: c1\r\n: no name", 400),
        ("Call-ID: c1", "Call-ID: c1\r\nSubject: a\u{0}b", 400),
        ("Call-ID: c1", "Call-ID: c1\r\nSubject: a\nb: c", 400),
        ("Via: SIP/2.0/UDP", "Via: SIP/2.0/PIGEON", 400),
        ("192.0.2.7:5080;branch", "192.0.2.7:99999;branch", 0),
        ("Via: SIP", "X: SIP", 0),
    ] {
        let said = outcome(&with(old, new)).unwrap_err();
        if status == 0 {
            assert!(
                said.starts_with("request without a usable Via"),
                "{new}: {said}"
            );
        } else {
            assert!(
                said.starts_with(&format!("SIP/2.0 {status} ")),
                "{new}: {said}"
            );
        }
    }
}

#[test]
fn an_unknown_method_gets_501_since_nobody_behind_can_answer_it() {
    for method in ["FETCH", "invite", "Invite"] {
        let said = outcome(&GOOD.replace("INVITE", method));
        assert_eq!(
            said,
            Err("SIP/2.0 501 Method not implemented".into()),
            "{method}"
        );
    }
}

#[test]
fn invalid_utf8_in_a_header_gets_400_and_in_a_body_passes() {
    let mut bad = with("Call-ID: c1", "Call-ID: c1\r\nSubject: ?").into_bytes();
    let at = bad.iter().position(|b| *b == b'?').unwrap();
    bad[at] = 0xff;
    assert!(matches!(judge_udp(&bad), Verdict::Reject { .. }));
    let mut good = GOOD.as_bytes().to_vec();
    *good.last_mut().unwrap() = 0xff;
    assert!(matches!(judge_udp(&good), Verdict::Pass { .. }));
}

#[test]
fn an_ack_and_a_response_are_never_answered() {
    let ack = GOOD
        .replace("INVITE", "ACK")
        .replace("Max-Forwards: 70", "Max-Forwards: x");
    assert!(matches!(
        judge_udp(ack.as_bytes()),
        Verdict::Drop(Silence::Ack(_))
    ));
    let line = "INVITE sip:111@sip.example SIP/2.0";
    for (from, to) in [("CSeq: 1", "CSeq: x"), ("Via:", "Vai:"), (";tag=f", ";;")] {
        let response = GOOD.replacen(line, "SIP/2.0 200 OK", 1);
        assert!(outcome(&response).is_ok());
        let bad = response.replacen(from, to, 1);
        assert!(matches!(
            judge_udp(bad.as_bytes()),
            Verdict::Drop(Silence::Response(_))
        ));
    }
}

#[test]
fn a_response_to_somebody_else_is_dropped() {
    let response = GOOD
        .replacen("INVITE sip:111@sip.example SIP/2.0", "SIP/2.0 200 OK", 1)
        .replacen(
            "Via:",
            "Via: SIP/2.0/UDP 198.51.100.1;branch=z9hG4bKz\r\nVia:",
            1,
        );
    assert!(matches!(
        judge_udp(response.as_bytes()),
        Verdict::Drop(Silence::Response(_))
    ));
}

#[test]
fn a_refusal_carries_what_lets_the_sender_match_it_and_nothing_else() {
    let bad = with("Max-Forwards: 70", "Max-Forwards: x")
        .replace("192.0.2.7:5080;", "phone.example:5090;rport;")
        .replace(
            "Call-ID: c1",
            "Via: SIP/2.0/TCP 198.51.100.1;branch=z9hG4bKb\r\nCall-ID: c1",
        );
    let text = refusal(&bad);
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(
        lines[0],
        "SIP/2.0 400 Max-Forwards is not a number up to 255"
    );
    let stamped =
        "Via: SIP/2.0/UDP phone.example:5090;rport=5080;branch=z9hG4bKa;received=192.0.2.7";
    assert_eq!(lines[1], stamped);
    assert_eq!(lines[2], "Via: SIP/2.0/TCP 198.51.100.1;branch=z9hG4bKb");
    assert_eq!(lines[3], "From: <sip:01632960001@sip.example>;tag=f");
    assert!(
        lines[4].starts_with("To: <sip:111@sip.example>;tag="),
        "{}",
        lines[4]
    );
    assert_eq!(
        lines[5..],
        ["Call-ID: c1", "CSeq: 1 INVITE", "Content-Length: 0", ""]
    );
    assert_eq!(refusal(&bad), text, "a repeated request gets the same tag");
    assert!(
        matches!(
            judge_udp(text.as_bytes()),
            Verdict::Drop(Silence::Response(_))
        ),
        "two Via"
    );
}

#[test]
fn header_text_cannot_break_out_of_a_refusal() {
    let bad = with(
        "To: <sip:111@sip.example>",
        "To: <sip:111@sip.example>\nEvil: 1\r\nX: \u{1}",
    );
    let text = refusal(&bad);
    assert!(!text.contains("Evil"), "{text}");
}

#[test]
fn whatever_only_a_receiver_may_write_into_a_via_is_taken_out() {
    let via = "192.0.2.7:5080;received=198.51.100.66;transport=tcp;branch=z9hG4bKa";
    let passed = outcome(&with("192.0.2.7:5080;branch=z9hG4bKa", via)).unwrap();
    assert!(
        passed.contains("Via: SIP/2.0/UDP 192.0.2.7:5080;branch=z9hG4bKa\r\n"),
        "{passed}"
    );
    let via = "192.0.2.7:5080;rport=1;branch=z9hG4bKa";
    let passed = outcome(&with("192.0.2.7:5080;branch=z9hG4bKa", via)).unwrap();
    assert!(
        passed.contains(":5080;rport;branch=z9hG4bKa\r\n"),
        "{passed}"
    );
}

#[test]
fn answers_to_udp_go_where_the_via_or_rport_says() {
    let reply_to = |via: &str, wire| {
        let raw = with("192.0.2.7:5080;", via);
        match validate(raw.as_bytes(), from(wire), &Limits::default()) {
            Verdict::Pass { reply_to, .. } => reply_to.to_string(),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(reply_to("192.0.2.7:5090;", Wire::Udp), "192.0.2.7:5090");
    assert_eq!(reply_to("192.0.2.7;", Wire::Udp), "192.0.2.7:5060");
    assert_eq!(reply_to("192.0.2.7:5090;rport;", Wire::Udp), SOURCE);
    assert_eq!(
        reply_to("10.0.0.9:5090;", Wire::Udp),
        SOURCE,
        "behind a NAT"
    );
    assert_eq!(reply_to("192.0.2.7:5090;", Wire::Tcp), SOURCE);
}

#[test]
fn an_address_inside_a_display_name_is_not_the_callers() {
    let name = r#"From: "<sip:01632960999@sip.example> \" <x>" <sip:01632960001@sip.example>"#;
    let passed = outcome(&with("From: <sip:01632960001@sip.example>", name)).unwrap();
    let from = parse(&passed).from_header().unwrap().typed().unwrap();
    assert_eq!(from.uri.user(), Some("01632960001"));
    let asserted =
        r#"P-Asserted-Identity: "<sip:01632960999@x.example>" <sip:01632960001@x.example>"#;
    let passed = outcome(&with("Call-ID: c1", &format!("Call-ID: c1\r\n{asserted}"))).unwrap();
    let clean = r#"P-Asserted-Identity: "(sip:01632960999@x.example)" <sip:01632960001@x.example>"#;
    assert!(passed.contains(clean), "{passed}");
}

#[test]
fn a_semicolon_in_the_user_part_does_not_move_the_host() {
    let line = "INVITE sip:111;phone-context=uk@sip.example SIP/2.0";
    let passed = outcome(&with("INVITE sip:111@sip.example SIP/2.0", line)).unwrap();
    let SipMessage::Request(request) = parse(&passed) else {
        panic!("not a request");
    };
    assert_eq!(request.uri.host_with_port.to_string(), "sip.example");
    let contact = "Contact: <sip:a?b;c@192.0.2.7:5080;transport=udp>";
    let passed = outcome(&with("Contact: <sip:01632960001@192.0.2.7:5080>", contact)).unwrap();
    assert!(
        passed.contains("<sip:a%3Fb%3Bc@192.0.2.7:5080;transport=udp>"),
        "{passed}"
    );
}

#[test]
fn a_missing_content_length_is_added_on_udp_and_surplus_bytes_are_cut_off() {
    let passed = outcome(&with("Content-Length: 4\r\n", "")).unwrap();
    assert!(passed.ends_with("Content-Length: 4\r\n\r\nbody"));
    let passed = outcome(&with("Content-Length: 4", "Content-Length: 2")).unwrap();
    assert!(passed.ends_with("\r\n\r\nbo"));
}

#[test]
fn what_a_message_grows_to_when_written_out_counts_against_the_limit() {
    let short = "v: SIP/2.0/UDP a.b\r\n".repeat(100);
    let raw = with("Call-ID: c1\r\n", &format!("Call-ID: c1\r\n{short}"));
    let limits = Limits {
        udp_message: raw.len() + 50,
        ..Limits::default()
    };
    let verdict = validate(raw.as_bytes(), from(Wire::Udp), &limits);
    assert!(
        matches!(verdict, Verdict::Reject { response, .. } if response.starts_with(b"SIP/2.0 513 "))
    );
}

/// Bits of SIP and of rubbish, so that random messages get past the first check.
fn line() -> impl Strategy<Value = String> {
    let name = prop::sample::select(vec![
        "Via",
        "v",
        "From",
        "f ",
        "To",
        "t",
        "Call-ID",
        "i",
        "CSeq",
        "Max-Forwards",
        "Contact",
        "m",
        "l",
        "Content-Length ",
        "Subject",
        "P-Asserted-Identity",
        "Date",
        "",
        "Route",
    ]);
    let value = prop_oneof![
        3 => Just("SIP/2.0/UDP 192.0.2.7;branch=z9hG4bKa;rport".to_owned()),
        3 => Just("\"a <b>\" <sip:c;d@e.example> ; tag = 1".to_owned()),
        2 => Just("1 INVITE".to_owned()),
        1 => Just("0".to_owned()),
        3 => "[-a-z0-9<>\";,=:@/?%\\\\ \t\\[\\].é]{0,40}",
        1 => "\\PC{0,20}",
    ];
    (
        name,
        value,
        prop::sample::select(vec!["\r\n", "\r\n ", "\n"]),
    )
        .prop_map(|(name, value, end)| format!("{name}: {value}{end}"))
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(raw in prop::collection::vec(any::<u8>(), 0..600)) {
        let _ = judge_udp(&raw);
        let _ = validate(&raw, from(Wire::Tcp), &Limits::default());
    }

    /// What passes is read by rsipstack as the same message, is left alone when it comes again, and is framed
    /// as one message; what is refused is a response that holds together.
    #[test]
    fn what_passes_is_settled_and_what_is_refused_is_answered_properly(
        lines in prop::collection::vec(line(), 0..10),
        keep in any::<bool>(),
        at in 0_usize..9,
    ) {
        let mut good: Vec<String> = GOOD.split_inclusive("\r\n").map(str::to_owned).collect();
        if keep {
            good.splice(at.max(1)..at.max(1), lines);
        } else {
            good.splice(1..=at.max(1), lines);
        }
        let raw = good.concat();
        match judge_udp(raw.as_bytes()) {
            Verdict::Pass { message, .. } => {
                prop_assert!(SipMessage::try_from(message.as_ref()).is_ok());
                let again = judge_udp(&message);
                let same = matches!(&again, Verdict::Pass { message: Cow::Borrowed(m), .. } if *m == message.as_ref());
                prop_assert!(same, "{:?}", again);
                let mut framer = super::super::StreamFramer::new(Limits::default());
                framer.push(&message);
                let frames: Vec<_> = framer.collect();
                prop_assert_eq!(frames, [super::super::Frame::Message(message.into_owned())]);
            }
            Verdict::Reject { response, .. } => {
                let parsed = SipMessage::try_from(response.as_slice());
                prop_assert!(matches!(parsed, Ok(SipMessage::Response(_))), "{:?}", parsed);
                let text = String::from_utf8(response).unwrap();
                prop_assert_eq!(text.matches("\r\n\r\n").count(), 1);
                prop_assert!(!text.replace("\r\n", "").contains(['\r', '\n', '\0']));
            }
            Verdict::Drop(_) => {}
        }
    }
}
