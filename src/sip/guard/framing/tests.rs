use proptest::prelude::*;

use super::*;

fn message(subject: &str, length: &str, body: &str) -> String {
    format!(
        "INFO sip:111@a.example SIP/2.0\r\nVia: SIP/2.0/TCP b.example\r\n{subject}{length}\r\n\r\n{body}"
    )
}

fn frames(pieces: &[&[u8]]) -> Vec<Frame> {
    let mut framer = StreamFramer::new(Limits::default());
    let mut all = Vec::new();
    for piece in pieces {
        framer.push(piece);
        all.extend(framer.by_ref());
    }
    all
}

fn fault_of(stream: &str) -> Fault {
    match frames(&[stream.as_bytes()]).pop() {
        Some(Frame::Broken { fault, .. }) => fault,
        other => panic!("not broken: {other:?}"),
    }
}

#[test]
fn every_way_to_write_content_length_ends_the_message_at_the_same_place() {
    for length in [
        "Content-Length: 4",
        "Content-Length:4",
        "Content-Length \t : 4",
        "content-LENGTH: 004",
        "l: 4",
        "L :4",
        "l:\r\n 4",
    ] {
        let one = message("", length, "body");
        let stream = format!("{one}{one}");
        let one = Frame::Message(one.into_bytes());
        assert_eq!(frames(&[stream.as_bytes()]), [one.clone(), one], "{length}");
    }
}

#[test]
fn a_content_length_that_can_be_read_in_two_ways_breaks_the_stream() {
    for length in [
        "Content-Length: 4\r\nContent-Length: 4",
        "Content-Length: 4\r\nl: 0",
        "Content-Length : 0\r\nContent-Length: 4",
        "Content-Length: -1",
        "Content-Length: +4",
        "Content-Length: 0x4",
        "Content-Length: 4, 4",
        "Content-Length: 4 4",
        "Content-Length:",
        "Content-Length: 18446744073709551620",
        "Subject: none here",
    ] {
        assert_eq!(
            fault_of(&message("", length, "body")).status,
            400,
            "{length}"
        );
    }
}

#[test]
fn a_length_in_a_fold_of_another_header_is_not_a_length() {
    let one = message(
        "Subject: x\r\n Content-Length: 99\r\n",
        "Content-Length: 0",
        "",
    );
    assert_eq!(
        frames(&[one.as_bytes()]),
        [Frame::Message(one.clone().into_bytes())]
    );
}

#[test]
fn what_is_beyond_a_limit_breaks_the_stream_before_it_is_stored() {
    let long = "x".repeat(70_000);
    let endless = format!("INFO sip:{long}");
    let header = message(&format!("Subject: {}\r\n", &long[..5_000]), "l: 0", "");
    let folded = format!("Subject: x\r\n{}", " y\r\n".repeat(2_000));
    let many = message(&"A: b\r\n".repeat(200), "l: 0", "");
    let head = message(&format!("A: {}\r\n", &long[..3_000]).repeat(20), "l: 0", "");
    let body = message("", "l: 40000", "");
    for stream in [
        endless,
        header,
        message(&folded, "l: 0", ""),
        many,
        head,
        body,
    ] {
        assert_eq!(fault_of(&stream).status, 513);
    }
    let identity = format!("Identity: {}\r\n", &long[..6_000]);
    let signed = message(&identity, "l: 0", "");
    assert_eq!(frames(&[signed.as_bytes()]).len(), 1);
}

#[test]
fn only_crlf_ends_a_line() {
    for stream in [
        "INFO sip:a SIP/2.0\nl: 0\n\n",
        "INFO sip:a SIP/2.0\r\nSubject: x\nl: 0\r\n\r\n",
        "INFO sip:a SIP/2.0\r\nSubject: x\rl: 0\r\n\r\n",
        "\n\nINFO",
        "\rINFO",
    ] {
        assert_eq!(fault_of(stream).status, 400, "{stream:?}");
    }
}

#[test]
fn two_line_ends_between_messages_are_a_ping_and_one_is_nothing() {
    let one = message("", "l: 0", "");
    let whole = Frame::Message(one.clone().into_bytes());
    let stream = format!("\r\n{one}\r\n\r\n{one}\r\n\r\n\r\n");
    let expected = [whole.clone(), Frame::Ping, whole, Frame::Ping];
    assert_eq!(frames(&[stream.as_bytes()]), expected);
}

#[test]
fn a_message_that_has_begun_is_pending_until_it_is_complete() {
    let mut framer = StreamFramer::new(Limits::default());
    assert!(!framer.pending());
    let one = message("", "l: 3", "abc");
    let (begin, end) = one.as_bytes().split_at(one.len() - 1);
    framer.push(begin);
    assert_eq!(framer.next(), None);
    assert!(framer.pending());
    framer.push(end);
    assert!(matches!(framer.next(), Some(Frame::Message(_))));
    assert!(!framer.pending());
}

#[test]
fn nothing_comes_out_of_a_broken_stream_any_more() {
    let good = message("", "l: 0", "");
    let stream = format!("{}{good}", message("", "l: x", ""));
    let mut framer = StreamFramer::new(Limits::default());
    framer.push(stream.as_bytes());
    assert!(matches!(framer.next(), Some(Frame::Broken { .. })));
    framer.push(good.as_bytes());
    assert_eq!(framer.next(), None);
    assert!(!framer.pending());
}

fn piece() -> impl Strategy<Value = String> {
    let body = "[a-z\r\n]{0,40}";
    prop_oneof![
        4 => body.prop_map(|b| message("", &format!("Content-Length: {}", b.len()), &b)),
        2 => body.prop_map(|b| message("", &format!("l :{}", b.len()), &b)),
        2 => body.prop_map(|b| message("Subject: a\r\n b\r\n", &format!("L:\r\n\t{}", b.len()), &b)),
        2 => Just("\r\n".to_owned()),
        1 => Just("\r\n\r\n".to_owned()),
        1 => Just(message("", "Content-Length: 4\r\nl: 4", "body")),
        1 => Just("INFO x\r\nA: b\n".to_owned()),
        1 => "[ -~\r\n]{0,30}",
    ]
}

proptest! {
    #[test]
    fn how_the_stream_is_cut_makes_no_difference(
        pieces in prop::collection::vec(piece(), 0..8),
        sizes in prop::collection::vec(1_usize..50, 1..20),
    ) {
        let stream = pieces.concat().into_bytes();
        let whole = frames(&[&stream]);
        let bytes: Vec<&[u8]> = stream.chunks(1).collect();
        prop_assert_eq!(&frames(&bytes), &whole);
        let (mut cuts, mut rest) = (Vec::new(), stream.as_slice());
        for size in sizes.iter().cycle() {
            if rest.is_empty() {
                break;
            }
            let (cut, after) = rest.split_at((*size).min(rest.len()));
            cuts.push(cut);
            rest = after;
        }
        prop_assert_eq!(&frames(&cuts), &whole);
    }

    #[test]
    fn no_bytes_make_it_panic_or_hoard(
        pieces in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..5_000), 0..40),
    ) {
        let limits = Limits { head: 2_000, start_line: 500, body: 1_000, tcp_message: 3_000, ..Limits::default() };
        let mut framer = StreamFramer::new(limits);
        for piece in pieces {
            framer.push(&piece);
            framer.by_ref().for_each(drop);
            prop_assert!(framer.buffer.len() <= 3_000 + 5_000);
        }
    }
}
