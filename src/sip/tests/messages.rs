//! Texts for the display of a phone (RFC 3428).

use super::super::Hop;
use super::super::leg::LegEvent;
use super::phone::{Phone, body, header};
use super::site::{Site, event};

#[tokio::test]
async fn a_phone_is_sent_a_text_outside_any_call() {
    let site = Site::open("127.0.0.0/8").await;
    let phone = Phone::open(site.address(), "1001").await;
    let uri = format!("sip:1001@{}", phone.address());
    let hop = Hop::to(site.peer(&phone));
    let wire = site.endpoint.wire();
    wire.message(
        hop,
        &uri,
        "\"111\" <sip:111@127.0.0.1>",
        "Not ready: two calls missed – éteint",
    );
    let message = phone.hears("MESSAGE").await;
    assert!(
        message.starts_with(&format!("MESSAGE {uri} SIP/2.0\r\n")),
        "{message}"
    );
    assert_eq!(body(&message), "Not ready: two calls missed – éteint");
    let kind = header(&message, "Content-Type");
    assert_eq!(kind, Some("text/plain;charset=UTF-8"));
    assert_eq!(header(&message, "Contact"), None);
    let from = header(&message, "From").unwrap();
    assert!(
        from.starts_with("\"111\" <sip:111@127.0.0.1>;tag="),
        "{from}"
    );
    phone.responds(&message, "200 OK", "", "").await;
}

#[tokio::test]
async fn a_call_goes_on_whatever_comes_of_a_text_or_is_sent_as_one() {
    let site = Site::open("127.0.0.0/8").await;
    let mut phone = Phone::open(site.address(), "1001").await;
    let (leg, mut events) = site.dials(&phone, true);
    phone.answers().await;
    let uri = format!("sip:1001@{}", phone.address());
    let wire = site.endpoint.wire();
    wire.message(Hop::to(site.peer(&phone)), &uri, "<sip:111@127.0.0.1>", "x");
    let message = phone.hears("MESSAGE").await;
    phone
        .responds(&message, "405 Method Not Allowed", "", "")
        .await;
    // We have no use for texts, and say so.
    phone
        .asks("MESSAGE", "111", "Content-Type: text/plain\r\n", "x")
        .await;
    let refused = phone.hears("SIP/2.0 405").await;
    assert!(!header(&refused, "Allow").unwrap().contains("MESSAGE"));
    leg.hang_up();
    phone.hears("BYE").await;
    while !matches!(event(&mut events).await, LegEvent::Ended(_)) {}
}
