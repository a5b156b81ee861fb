//! Phones that take a call over by Replaces (RFC 3891).

use super::super::{Incoming, Replaces};
use super::phone::{Phone, SDP};
use super::site::{Site, ended};

fn named(phone: &Phone) -> String {
    let (call_id, ours, theirs) = phone.replaces();
    format!("{call_id};to-tag={ours};from-tag={theirs}")
}

/// Another phone of ours that calls with these headers, and is refused in the end.
async fn asks_for_it(site: &mut Site, extra: &str) -> Incoming {
    let mut other = Phone::open(site.address(), "1002").await;
    let (_, call) = tokio::join!(other.calls("1001", extra), async {
        let call = site.call().await;
        call.leg.reject(603);
        call
    });
    call
}

#[tokio::test]
async fn a_phone_names_the_call_that_it_takes_over() {
    let mut site = Site::open("127.0.0.0/8").await;
    let mut phone = Phone::open(site.address(), "1001").await;
    let (leg, _events) = site.dials(&phone, true);
    phone.answers().await;
    let extra = format!("Require: replaces\r\nReplaces: {}\r\n", named(&phone));
    let call = asks_for_it(&mut site, &extra).await;
    let replaces = call.invitation.replaces.unwrap();
    let wire = site.endpoint.wire();
    assert_eq!(wire.leg_of(&replaces), Ok(leg.id()));
    let early_only = Replaces {
        early_only: true,
        ..replaces
    };
    assert_eq!(wire.leg_of(&early_only), Err(486));
}

#[tokio::test]
async fn a_phone_that_rings_is_picked_up_for() {
    let mut site = Site::open("127.0.0.0/8").await;
    let mut phone = Phone::open(site.address(), "1001").await;
    let (leg, mut events) = site.dials(&phone, true);
    phone.rings().await;
    while !matches!(
        super::site::event(&mut events).await,
        super::super::leg::LegEvent::Progress { status: 180, .. }
    ) {}
    let extra = format!("Replaces: {};early-only\r\n", named(&phone));
    let call = asks_for_it(&mut site, &extra).await;
    let replaces = call.invitation.replaces.unwrap();
    assert!(replaces.early_only);
    assert_eq!(site.endpoint.wire().leg_of(&replaces), Ok(leg.id()));
}

#[tokio::test]
async fn a_call_that_has_just_ended_is_not_taken_over() {
    let mut site = Site::open("127.0.0.0/8").await;
    let mut caller = Phone::open(site.address(), "+441632960001").await;
    let (_, mut call) = tokio::join!(caller.dials("111", ""), async {
        let call = site.call().await;
        call.leg.reject(486);
        call
    });
    ended(&mut call.events.1).await;
    let gone = Replaces::parse(&named(&caller)).unwrap();
    assert_eq!(site.endpoint.wire().leg_of(&gone), Err(603));
}

#[tokio::test]
async fn a_malformed_replaces_is_refused() {
    let site = Site::open("127.0.0.0/8").await;
    let mut phone = Phone::open(site.address(), "1001").await;
    let one = "Replaces: a;to-tag=1;from-tag=2\r\n";
    for extra in ["Replaces: a\r\n", &format!("{one}{one}")] {
        let refused = phone.calls("1002", extra).await;
        assert!(refused.starts_with("SIP/2.0 400"), "{refused}");
    }
    let refused = phone.calls("1002", "Require: replaces, timer\r\n").await;
    assert!(refused.starts_with("SIP/2.0 420"), "{refused}");
    assert!(refused.contains("Unsupported: timer\r\n"), "{refused}");
    assert!(!site.has_calls());
}

#[tokio::test]
async fn a_trunks_caller_takes_nothing_over() {
    let mut site = Site::open("127.0.0.0/8").await;
    let mut caller = Phone::open(site.address(), "+441632960001").await;
    let replaces = "Replaces: a;to-tag=1;from-tag=2\r\n";
    let required = format!("{replaces}Require: replaces\r\n");
    let refused = caller.dials("111", &required).await;
    assert!(refused.contains("Unsupported: replaces\r\n"), "{refused}");
    let (answered, call) = tokio::join!(caller.dials("111", replaces), async {
        let call = site.call().await;
        call.leg.answer(SDP.into());
        call
    });
    assert!(answered.starts_with("SIP/2.0 200"), "{answered}");
    assert_eq!(call.invitation.replaces, None);
}
