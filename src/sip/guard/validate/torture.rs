//! The kinds of messages that RFC 4475 describes, in messages of our own: the thirteen valid ones of its
//! section 3.1.1, the nineteen malformed ones of section 3.1.2, and some of the later sections.

use super::tests::{judge_udp, outcome};
use super::{Silence, Verdict};

/// A request with sound headers around what is under test.
fn request(method: &str, uri: &str, more: &str) -> String {
    let has = |name: &str| more.contains(name);
    let mut text = format!("{method} {uri} SIP/2.0\r\n");
    for (name, value) in [
        (
            "Via",
            "SIP/2.0/UDP 192.0.2.7:5080;branch=z9hG4bKt".to_owned(),
        ),
        ("Max-Forwards", "70".to_owned()),
        ("From", "<sip:01632960001@a.example>;tag=t1".to_owned()),
        ("To", "<sip:111@b.example>".to_owned()),
        ("Call-ID", "torture.1@a.example".to_owned()),
        ("CSeq", format!("7 {method}")),
        ("Content-Length", "0".to_owned()),
    ] {
        if !has(&format!("{name}:")) {
            text += &format!("{name}: {value}\r\n");
        }
    }
    text + more + "\r\n"
}

fn invite(more: &str) -> String {
    request("INVITE", "sip:111@b.example", more)
}

fn passes(raw: &str) -> String {
    outcome(raw).unwrap_or_else(|said| panic!("{said}\n{raw}"))
}

fn refused(raw: &str, status: u16) {
    let said = outcome(raw).expect_err(raw);
    assert!(
        said.starts_with(&format!("SIP/2.0 {status} ")),
        "{said}\n{raw}"
    );
}

fn is_dropped(raw: &str) {
    let verdict = judge_udp(raw.as_bytes());
    assert!(
        matches!(verdict, Verdict::Drop(Silence::Response(_))),
        "{verdict:?}\n{raw}"
    );
}

#[test]
fn valid_1_folds_spaces_compact_names_and_odd_case_are_one_plain_message() {
    let raw = "INVITE sip:111@b.example;odd SIP/2.0\r\n\
        TO :\r\n sip:111@b.example ;   tag    = 19z\r\n\
        from   : \"Nurse \\\\\\\"\"       <sip:01632960001@a.example>\r\n  ;\r\n  tag = 98a\r\n\
        MaX-fOrWaRdS: 0068\r\n\
        Call-ID: tortuous@192.0.2.7\r\n\
        Content-Length   : 6\r\n\
        cseq: 0009\r\n  INVITE\r\n\
        Via  : SIP  /   2.0\r\n /UDP\r\n    192.0.2.7 : 5080;branch=390sk\r\n\
        s :\r\n\
        NewHeader:   new value\r\n continued\r\n\
        Strange: ;;,,;;,;\r\n\
        Content-Type: application/sdp\r\n\
        Route:\r\n <sip:b.example;lr;unknown=value;flag>\r\n\
        v:  SIP  / 2.0  / TCP     c.example   ;\r\n  branch  =   z9hG4bK9  ,\r\n SIP  /    2.0   / UDP  192.0.2.255   ; branch=\r\n z9hG4bK3\r\n\
        m:\"Nurse \\\"\\\"\" <sip:01632960001@a.example> ; odd =\r\n      value ;\r\n  second ; q = 0.33\r\n\
        \r\nv=0\r\n\rsurplus";
    let passed = passes(raw);
    for line in [
        "INVITE sip:111@b.example;odd SIP/2.0",
        "TO: <sip:111@b.example>;tag=19z",
        "from: \"Nurse \\\\\\\"\" <sip:01632960001@a.example>;tag=98a",
        "MaX-fOrWaRdS: 68",
        "cseq: 9 INVITE",
        "Via: SIP/2.0/UDP 192.0.2.7:5080;branch=390sk",
        "Subject: ",
        "NewHeader: new value continued",
        "Strange: ;;,,;;,;",
        "Contact: \"Nurse \\\"\\\"\" <sip:01632960001@a.example>;odd=value;second;q=0.33",
        "Content-Length: 6",
    ] {
        assert!(passed.contains(&format!("{line}\r\n")), "{line}\n{passed}");
    }
    assert!(passed.ends_with("\r\n\r\nv=0\r\n\r"), "{passed:?}");
}

#[test]
fn valid_2_every_character_that_may_stand_may_stand() {
    let method = "!odd-Method0123456789_*+`.%or'~";
    let uri = "sip:1_odd.URI~(to-be!sure)&isn't+it$/mad?,/;;*:&it+has=1,weird!*pas$wo~d_too.(isn't-it)@b.example";
    let more = "To: \"BEL:\\\u{7} NUL:\\\u{0} DEL:\\\u{7f}\" <sip:1_odd.URI~(to-be!sure)&isn't+it$/mad?,/;;*@b.example>\r\n\
        From: token1~` token2'+_ token3*%!.- <sip:mundane@a.example>;fromParam''~+*_!.-%=\"ра\";tag=_token~1'+`*%!-.\r\n\
        extensionHeader-!.%*+_`'~: \u{fe2}text\r\n";
    // Well formed; but the method has nobody to answer it, as RFC 4475 expects.
    refused(&request(method, uri, more), 501);
    let known = passes(&request("OPTIONS", uri, more));
    let start = "OPTIONS sip:1_odd.URI~(to-be!sure)&isn't+it$/mad%3F,/%3B%3B*:&it+has=1,weird!*pas$wo~d_too.(isn't-it)@b.example ";
    assert!(known.starts_with(start), "{known}");
}

#[test]
fn valid_3_escapes_stay_as_they_are() {
    let more = "To: <sip:%75se%72@b.example>\r\nFrom: <sip:I%20have%20spaces@a.example>;tag=9\r\n\
        Contact: <sip:cal%6Cer@192.0.2.7:5061;%6C%72;n%61me=v%61lue%25%34%31>\r\n";
    let raw = request("INVITE", "sip:sips%3A111%40a.example@b.example", more);
    assert!(passes(&raw).contains("n%61me=v%61lue%25%34%31"));
}

#[test]
fn valid_4_an_escaped_nul_is_a_character_like_others() {
    let more = "To: sip:null-%00-null@b.example\r\nFrom: sip:null-%00-null@b.example;tag=8\r\n\
        Contact: <sip:%00@192.0.2.7>\r\nContact: <sip:%00%00@192.0.2.7>\r\n";
    passes(&request("REGISTER", "sip:b.example", more));
}

#[test]
fn valid_5_a_percent_sign_in_a_token_is_no_escape() {
    let more = "From: \"%Z%45\" <sip:r%65@a.example>;tag=f232\r\nContact: <sip:alias@192.0.2.7>;odd%20=x%zz\r\n";
    refused(&request("RE%47IST%45R", "sip:b.example", more), 501);
    passes(&request("REGISTER", "sip:b.example", more));
}

#[test]
fn valid_6_no_space_is_needed_before_the_bracket() {
    passes(&request(
        "OPTIONS",
        "sip:111@b.example",
        "From: caller<sip:c@a.example>;tag=323\r\n",
    ));
}

#[test]
fn valid_7_long_values_are_within_the_limits() {
    let long = "long".repeat(60);
    let mut more = format!(
        "To: \"I have a user name of {long}\" <sip:111@b.example:5060;{long}={long};short>\r\n\
         From: sip:{long}@a.example;tag=12{long}424;{long}={long};short\r\n\
         Call-ID: {long}@{long}\r\n{long}: {long}\r\nContact: <sip:{long}@192.0.2.7>\r\n"
    );
    for hop in 0..34 {
        more += &format!("Via: SIP/2.0/TCP hop{hop}.example;branch=z9hG4bK{hop};{long}\r\n");
    }
    let raw = invite(&more.replace(&format!(";{long}\r\nVia"), "\r\nVia"));
    assert!(raw.len() > 5_000);
    passes(&raw);
}

#[test]
fn valid_8_bytes_after_the_declared_body_are_not_part_of_the_datagram() {
    let raw = request("REGISTER", "sip:b.example", "") + &invite("");
    let passed = passes(&raw);
    assert!(!passed.contains("INVITE"), "{passed}");
}

#[test]
fn valid_9_a_parameter_in_the_user_part_belongs_to_the_user() {
    let raw = request("OPTIONS", "sip:user;par=u%40b.example@c.example", "");
    assert!(passes(&raw).starts_with("OPTIONS sip:user%3Bpar=u%40b.example@c.example SIP/2.0"));
}

#[test]
fn valid_10_transports_further_down_may_be_unknown() {
    let more = "Via: SIP/2.0/UDP 192.0.2.7:5080;branch=z9hG4bK1\r\nVia: SIP/2.0/SCTP t2.example;branch=z9hG4bK2\r\n\
        Via: SIP/2.0/TLS t3.example;branch=z9hG4bK3\r\nVia: SIP/2.0/UNKNOWN t4.example;branch=z9hG4bK4\r\n";
    passes(&request("OPTIONS", "sip:111@b.example", more));
}

#[test]
fn valid_11_a_body_of_many_parts_with_binary_in_it_stays_whole() {
    let body = b"--x\r\n\r\nHello\r\n--x\r\nContent-Type: application/octet-stream\r\n\r\n\x00\xff\r\n\r\n\x80--x--\r\n";
    let head = request(
        "MESSAGE",
        "sip:111@b.example",
        &format!(
            "Content-Type: multipart/mixed;boundary=x\r\nContent-Length: {}\r\n",
            body.len()
        ),
    );
    let raw = [head.as_bytes(), body].concat();
    match judge_udp(&raw) {
        Verdict::Pass { message, .. } => assert!(message.ends_with(body)),
        other => panic!("{other:?}"),
    }
}

fn response(line: &str, more: &str) -> String {
    let (_, rest) = request("OPTIONS", "sip:x", more)
        .split_once("\r\n")
        .map(|(a, b)| (a.to_owned(), b.to_owned()))
        .unwrap();
    format!("{line}\r\n{rest}")
}

#[test]
fn valid_12_and_13_a_reason_phrase_may_be_anything_or_nothing() {
    passes(&response(
        "SIP/2.0 200 = 2**3 * 5**2 \u{43d}\u{43e} \u{441}\u{442}\u{43e}",
        "",
    ));
    passes(&response("SIP/2.0 100 ", ""));
}

#[test]
fn malformed_1_stray_separators() {
    refused(&invite("Contact: \"Joe\" <sip:joe@a.example>;;;;\r\n"), 400);
    refused(&invite("Via: SIP/2.0/UDP 192.0.2.7:5080;;,;,,\r\n"), 400);
}

#[test]
fn malformed_2_content_length_beyond_the_datagram() {
    refused(&(invite("Content-Length: 9999\r\n") + "v=0"), 400);
}

#[test]
fn malformed_3_negative_content_length() {
    refused(&(invite("Content-Length: -999\r\n") + "v=0"), 400);
}

#[test]
fn malformed_4_numbers_too_large_in_a_request() {
    let more = "CSeq: 36893488147419103232 REGISTER\r\nMax-Forwards: 300\r\nExpires: 10000000000000000000000\r\n";
    refused(&request("REGISTER", "sip:b.example", more), 400);
    refused(
        &request("REGISTER", "sip:b.example", "Max-Forwards: 300\r\n"),
        400,
    );
}

#[test]
fn malformed_5_numbers_too_large_in_a_response() {
    is_dropped(&response(
        "SIP/2.0 503 Service Unavailable",
        "CSeq: 9292394834772304023312 OPTIONS\r\n",
    ));
}

#[test]
fn malformed_6_a_quote_that_does_not_close() {
    refused(&invite("To: \"Mr. J. User <sip:j.user@b.example>\r\n"), 400);
}

#[test]
fn malformed_7_brackets_around_the_request_uri() {
    refused(&request("INVITE", "<sip:user@b.example>", ""), 400);
}

#[test]
fn malformed_8_space_in_the_request_uri() {
    refused(&request("INVITE", "sip:user@b.example; lr", ""), 400);
}

#[test]
fn malformed_9_several_spaces_in_the_request_line() {
    refused(
        &request("INVITE", " sip:user@b.example ", "CSeq: 7 INVITE\r\n"),
        400,
    );
}

#[test]
fn malformed_10_spaces_after_the_request_line() {
    refused(&invite("").replacen("SIP/2.0\r\n", "SIP/2.0  \r\n", 1), 400);
}

#[test]
fn malformed_11_headers_in_the_request_uri() {
    refused(
        &request("INVITE", "sip:user@b.example?Route=%3Csip:b.example%3E", ""),
        400,
    );
}

#[test]
fn malformed_12_a_date_in_another_zone_is_left_out_and_the_call_goes_on() {
    let date = "Date: Fri, 01 Jan 2010 16:00:00";
    assert!(!passes(&invite(&format!("{date} EST\r\n"))).contains("Date"));
    assert!(passes(&invite(&format!("{date} GMT\r\n"))).contains(date));
}

#[test]
fn malformed_13_a_uri_with_headers_outside_brackets() {
    let contact = "Contact: sip:user@b.example?Route=%3Csip:sip.b.example%3E\r\n";
    refused(&request("REGISTER", "sip:b.example", contact), 400);
}

#[test]
fn malformed_14_spaces_inside_an_address() {
    let to = "To: \"Watson, Thomas\" < t.watson@b.example >\r\n";
    refused(&request("OPTIONS", "sip:111@b.example", to), 400);
    refused(&invite("To: < sip:t.watson@b.example >\r\n"), 400);
}

#[test]
fn malformed_15_a_display_name_that_needs_quotes() {
    refused(
        &invite("To: Watson, Thomas <sip:t.watson@b.example>\r\n"),
        400,
    );
    refused(
        &invite("From: Bell, A. <sip:a.bell@b.example>;tag=43\r\n"),
        400,
    );
}

#[test]
fn a_display_name_that_has_one_reading_passes_without_quotes() {
    for name in [
        "Zo\u{eb} (nurse)",
        "a@b.example",
        "O'Neill",
        "=?utf-8?Q?x?=",
    ] {
        passes(&invite(&format!("To: {name} <sip:111@b.example>\r\n")));
    }
}

#[test]
fn malformed_16_another_version() {
    let raw = request(
        "OPTIONS",
        "sip:t.watson@b.example",
        "Via: SIP/7.0/UDP 192.0.2.7:5080;branch=z9hG4bKk\r\n",
    );
    refused(&raw.replacen("SIP/2.0\r\n", "SIP/7.0\r\n", 1), 505);
}

#[test]
fn malformed_17_and_18_another_method_in_cseq() {
    refused(
        &request("OPTIONS", "sip:111@b.example", "CSeq: 8 INVITE\r\n"),
        400,
    );
    refused(
        &request("NEWMETHOD", "sip:111@b.example", "CSeq: 8 INVITE\r\n"),
        400,
    );
}

#[test]
fn malformed_19_a_status_code_that_is_none() {
    is_dropped(&response(
        "SIP/2.0 4294967301 better not break the receiver",
        "",
    ));
    is_dropped(&response("SIP/2.0 099 OK", ""));
    is_dropped(&response("SIP/2.0 20 OK", ""));
}

#[test]
fn unknown_schemes_get_416_and_an_endpoint_takes_a_request_with_no_hops_left() {
    refused(
        &request("OPTIONS", "nobodyKnowsThisScheme:totallyopaquecontent", ""),
        416,
    );
    refused(&request("OPTIONS", "soap.beep://192.0.2.103:3002", ""), 416);
    passes(&request(
        "OPTIONS",
        "sip:111@b.example",
        "Max-Forwards: 0\r\n",
    ));
    passes(&request(
        "OPTIONS",
        "sip:111@b.example",
        "To: <isbn:2983792873>\r\n",
    ));
}

#[test]
fn single_headers_given_several_times_and_missing_ones_get_400() {
    let doubled = "Call-ID: a\r\nCall-ID: b\r\nCSeq: 5 INVITE\r\nCSeq: 59 INVITE\r\nMax-Forwards: 70\r\nMax-Forwards: 5\r\n";
    refused(&invite(doubled), 400);
    refused(&invite("Content-Length: 13\r\nContent-Length: 5\r\n"), 400);
    refused(
        "INVITE sip:111@b.example SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.7\r\nCSeq: 1 INVITE\r\n\r\n",
        400,
    );
}

#[test]
fn contact_parameters_and_escaped_headers_in_a_contact_pass() {
    for contact in [
        "sip:+441632960001@192.0.2.7;odd",
        "<sip:+441632960001@192.0.2.7;odd>",
        "<sip:user@b.example?Route=%3Csip:sip.b.example%3E>",
        "*",
        "<sip:a@192.0.2.7>;+sip.instance=\"<urn:uuid:0-1>\";reg-id=1, <sip:b@192.0.2.7>",
    ] {
        let raw = request(
            "REGISTER",
            "sip:b.example",
            &format!("Contact: {contact}\r\n"),
        );
        passes(&raw);
    }
    refused(&invite("Contact: *\r\n"), 400);
}
