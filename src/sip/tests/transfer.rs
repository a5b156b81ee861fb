//! Transfers that phones ask for by REFER: blind, and attended after a call to consult somebody.

use super::super::Incoming;
use super::super::leg::{Leg, Side};
use super::phone::{Phone, SDP, header};
use super::site::{Events, Site, ended, refer};

/// A phone that has called a code with its password, and has been answered.
async fn consulting(site: &mut Site, user: &str) -> (Phone, Incoming) {
    let mut phone = Phone::open(site.address(), user).await;
    let (answered, call) = tokio::join!(phone.calls("*71", ""), async {
        let call = site.call().await;
        call.leg.answer(SDP.into());
        call
    });
    assert!(answered.starts_with("SIP/2.0 200"), "{answered}");
    (phone, call)
}

/// A phone that we have called, and that has answered.
async fn called(site: &Site, user: &str, may_refer: bool) -> (Phone, Leg, Events) {
    let mut phone = Phone::open(site.address(), user).await;
    let (leg, events) = site.dials(&phone, may_refer);
    phone.answers().await;
    (phone, leg, events)
}

#[tokio::test]
async fn a_blind_transfer_is_agreed_to_and_told_of_until_it_is_done() {
    let mut site = Site::open("127.0.0.0/8").await;
    let (mut phone, mut call) = consulting(&mut site, "1001").await;
    // As Debian's baresip sends it, without brackets.
    let to = format!("Refer-To: sip:1002@{}\r\n", site.address());
    phone.asks("REFER", "111", &to, "").await;
    let (id, to, replaces) = refer(&mut call.events.1).await;
    assert_eq!((&*to.user, &*to.host), ("1002", "127.0.0.1"));
    assert_eq!(to.port, Some(site.address().port()));
    assert_eq!(replaces, None);
    call.leg.refer_reply(id, Ok(()));
    let accepted = phone.hears("SIP/2.0 202").await;
    assert!(header(&accepted, "Contact").is_some(), "{accepted}");
    let (event, state, line) = phone.is_notified().await;
    assert_eq!((&*event, &*line), ("refer", "SIP/2.0 100 Trying\r\n"));
    assert!(state.starts_with("active;expires=1"), "{state}");
    call.leg.refer_progress(id, 180);
    let (_, state, line) = phone.is_notified().await;
    assert!(state.starts_with("active;expires=1"), "{state}");
    assert_eq!(line, "SIP/2.0 180 Ringing\r\n");
    call.leg.refer_progress(id, 200);
    let (_, state, line) = phone.is_notified().await;
    assert_eq!(state, "terminated;reason=noresource");
    assert_eq!(line, "SIP/2.0 200 OK\r\n");
    // It hangs up by itself then.
    phone.asks("BYE", "111", "", "").await;
    assert_eq!(ended(&mut call.events.1).await.by, Side::Far);
}

#[tokio::test]
async fn a_phone_that_we_have_called_is_told_that_it_may_transfer() {
    let site = Site::open("127.0.0.0/8").await;
    let mut phone = Phone::open(site.address(), "1001").await;
    let (leg, mut events) = site.dials(&phone, true);
    let invite = phone.answers().await;
    let allow = header(&invite, "Allow").unwrap();
    assert!(allow.split(", ").any(|method| method == "REFER"), "{allow}");
    let supported = header(&invite, "Supported").unwrap();
    assert!(
        supported.split(", ").any(|s| s == "replaces"),
        "{supported}"
    );
    phone
        .asks("REFER", "111", "Refer-To: <sip:1002@127.0.0.1>\r\n", "")
        .await;
    let (id, to, _) = refer(&mut events).await;
    assert_eq!(to.user, "1002");
    leg.refer_reply(id, Err(404));
    phone.hears("SIP/2.0 404").await;
    // Nothing stands in the way of another one.
    phone
        .asks("REFER", "111", "Refer-To: <sip:1003@127.0.0.1>\r\n", "")
        .await;
    assert_eq!(refer(&mut events).await.1.user, "1003");
}

#[tokio::test]
async fn nobody_else_may_transfer() {
    let mut site = Site::open("127.0.0.0/8").await;
    let mut caller = Phone::open(site.address(), "+441632960001").await;
    let (answered, _call) = tokio::join!(caller.dials("111", ""), async {
        let call = site.call().await;
        call.leg.answer(SDP.into());
        call
    });
    assert!(!answered.contains("REFER") && !answered.contains("replaces"));
    let (called, _leg, _events) = called(&site, "+441632960002", false).await;
    for mut peer in [caller, called] {
        peer.asks("REFER", "111", "Refer-To: <sip:1002@127.0.0.1>\r\n", "")
            .await;
        peer.hears("SIP/2.0 403").await;
    }
}

#[tokio::test]
async fn one_transfer_at_a_time_and_later_ones_are_named() {
    let site = Site::open("127.0.0.0/8").await;
    let (mut phone, leg, mut events) = called(&site, "1001", true).await;
    let to = "Refer-To: <sip:1002@127.0.0.1>\r\n";
    phone.asks("REFER", "111", to, "").await;
    let (first, ..) = refer(&mut events).await;
    phone.asks("REFER", "111", to, "").await;
    let refused = phone.hears("SIP/2.0 500").await;
    assert!(header(&refused, "Retry-After").is_some(), "{refused}");
    leg.refer_reply(first, Ok(()));
    assert_eq!(phone.is_notified().await.0, "refer");
    leg.refer_progress(first, 486);
    assert_eq!(phone.is_notified().await.2, "SIP/2.0 486 Busy Here\r\n");
    phone.asks("REFER", "111", to, "").await;
    let (second, ..) = refer(&mut events).await;
    leg.refer_reply(second, Ok(()));
    let accepted = phone.hears("SIP/2.0 202").await;
    let cseq = header(&accepted, "CSeq").unwrap().replace(" REFER", "");
    let (event, ..) = phone.is_notified().await;
    assert_eq!(event, format!("refer;id={cseq}"));
}

#[tokio::test]
async fn what_cannot_be_followed_does_not_reach_the_call() {
    let site = Site::open("127.0.0.0/8").await;
    let (mut phone, _leg, mut events) = called(&site, "1001", true).await;
    let twice = "Refer-To: <sip:1002@127.0.0.1>\r\nRefer-To: <sip:1003@127.0.0.1>\r\n";
    for (to, status) in [
        ("", 400),
        (twice, 400),
        ("Refer-To: <sip:@>\r\n", 400),
        ("Refer-To: <tel:+441632960001>\r\n", 416),
        ("Refer-To: <sip:1002@127.0.0.1;method=BYE>\r\n", 603),
    ] {
        phone.asks("REFER", "111", to, "").await;
        phone.hears(&format!("SIP/2.0 {status}")).await;
    }
    phone
        .asks("REFER", "111", "r: <sip:1002@127.0.0.1>\r\n", "")
        .await;
    assert_eq!(refer(&mut events).await.1.user, "1002");
}

#[tokio::test]
async fn who_does_not_want_to_be_told_is_not_told() {
    let site = Site::open("127.0.0.0/8").await;
    let (mut phone, leg, mut events) = called(&site, "1001", true).await;
    let silently = "Refer-To: <sip:1002@127.0.0.1>\r\nRefer-Sub: false\r\n";
    phone.asks("REFER", "111", silently, "").await;
    let (id, ..) = refer(&mut events).await;
    leg.refer_reply(id, Ok(()));
    let accepted = phone.hears("SIP/2.0 202").await;
    assert_eq!(header(&accepted, "Refer-Sub"), Some("false"));
    leg.refer_progress(id, 200);
    leg.hang_up();
    let next = phone.hears("").await;
    assert!(next.starts_with("BYE"), "{next}");
}

#[tokio::test]
async fn a_transfer_that_nobody_looks_at_is_declined() {
    let site = Site::open("127.0.0.0/8").await;
    let (mut phone, leg, mut events) = called(&site, "1001", true).await;
    phone
        .asks("REFER", "111", "Refer-To: <sip:1002@127.0.0.1>\r\n", "")
        .await;
    let (id, ..) = refer(&mut events).await;
    phone.hears("SIP/2.0 603").await;
    // Too late: there is nothing that could be agreed to or told of.
    leg.refer_reply(id, Ok(()));
    leg.refer_progress(id, 200);
    leg.hang_up();
    let next = phone.hears("").await;
    assert!(next.starts_with("BYE"), "{next}");
}

#[tokio::test]
async fn a_transfer_ends_with_its_leg() {
    let site = Site::open("127.0.0.0/8").await;
    let (mut phone, _leg, mut events) = called(&site, "1001", true).await;
    phone
        .asks("REFER", "111", "Refer-To: <sip:1002@127.0.0.1>\r\n", "")
        .await;
    refer(&mut events).await;
    phone.asks("BYE", "111", "", "").await;
    phone.hears("SIP/2.0 200").await;
    let refused = phone.hears("SIP/2.0 487").await;
    assert!(header(&refused, "CSeq").unwrap().ends_with("REFER"));
    assert_eq!(ended(&mut events).await.by, Side::Far);
}

#[tokio::test]
async fn a_phone_that_wants_no_notify_keeps_its_call() {
    let site = Site::open("127.0.0.0/8").await;
    let (mut phone, leg, mut events) = called(&site, "1001", true).await;
    phone
        .asks("REFER", "111", "Refer-To: <sip:1002@127.0.0.1>\r\n", "")
        .await;
    let (id, ..) = refer(&mut events).await;
    leg.refer_reply(id, Ok(()));
    let notify = phone.hears("NOTIFY").await;
    phone
        .responds(&notify, "481 Subscription Does Not Exist", "", "")
        .await;
    leg.refer_progress(id, 200);
    // This one is never answered.
    phone.hears("NOTIFY").await;
    phone.asks("BYE", "111", "", "").await;
    assert_eq!(ended(&mut events).await.by, Side::Far);
}

/// The Refer-To of a phone that has a dialog with us in which it has consulted somebody: it names it as we
/// know it (RFC 5589 section 7.3).
fn attended(consultation: &Phone, target: &str) -> String {
    let (call_id, ours, theirs) = consultation.replaces();
    format!(
        "Refer-To: <sip:{target}@127.0.0.1?Replaces={call_id}%3Bto-tag%3D{ours}%3Bfrom-tag%3D{theirs}>\r\n"
    )
}

#[tokio::test]
async fn an_attended_transfer_names_the_leg_of_the_consultation() {
    let mut site = Site::open("127.0.0.0/8").await;
    let (mut phone, first, mut first_events) = called(&site, "1001", true).await;
    let (mut line_two, mut second) = consulting(&mut site, "1001").await;
    let wire = site.endpoint.wire();
    phone
        .asks("REFER", "111", &attended(&line_two, "1002"), "")
        .await;
    let (_, to, replaces) = refer(&mut first_events).await;
    assert_eq!(to.user, "1002");
    let replaces = replaces.unwrap();
    assert_eq!(wire.leg_of(&replaces), Ok(second.leg.id()));
    // The other way round, as phones may do as well: the call that we have placed is named.
    line_two
        .asks("REFER", "111", &attended(&phone, "1001"), "")
        .await;
    let (_, _, named) = refer(&mut second.events.1).await;
    assert_eq!(wire.leg_of(&named.unwrap()), Ok(first.id()));
    // Named from the phone's own side it is no dialog of ours.
    let mut swapped = replaces.clone();
    std::mem::swap(&mut swapped.to_tag, &mut swapped.from_tag);
    assert_eq!(wire.leg_of(&swapped), Err(481));
    line_two.asks("BYE", "111", "", "").await;
    ended(&mut second.events.1).await;
    assert_eq!(wire.leg_of(&replaces), Err(603));
}
