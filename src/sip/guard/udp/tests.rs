use std::net::Ipv4Addr;
use std::time::Duration;

use tokio::time::timeout;

use super::*;

const LOOPBACK: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

fn guarded(limits: Limits) -> (GuardedUdp, broadcast::Receiver<SocketAddr>) {
    let (refusals, refused) = broadcast::channel(16);
    (
        GuardedUdp::bind(LOOPBACK, None, limits, refusals).unwrap(),
        refused,
    )
}

async fn phone() -> UdpSocket {
    UdpSocket::bind(LOOPBACK).await.unwrap()
}

fn options(via: &str, max_forwards: &str) -> String {
    format!(
        "OPTIONS sip:111@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP {via};branch=z9hG4bKx\r\nMax-Forwards: {max_forwards}\r\n\
         From: <sip:01632960001@127.0.0.1>;tag=f\r\nTo: <sip:111@127.0.0.1>\r\nCall-ID: c\r\n\
         CSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"
    )
}

async fn receive(guard: &GuardedUdp) -> (Vec<u8>, SocketAddr) {
    let mut buffer = vec![0; 8192];
    let next = timeout(Duration::from_secs(20), guard.recv_from(&mut buffer));
    let (length, source) = next.await.expect("a message passes").unwrap();
    buffer.truncate(length);
    (buffer, source)
}

async fn hear(phone: &UdpSocket) -> Option<String> {
    let mut buffer = [0; 4096];
    let next = timeout(Duration::from_secs(2), phone.recv_from(&mut buffer));
    let (length, _) = next.await.ok()?.unwrap();
    Some(String::from_utf8(buffer[..length].to_vec()).unwrap())
}

#[tokio::test]
async fn a_bad_datagram_is_answered_and_a_good_one_passes() {
    let (guard, _refused) = guarded(Limits::default());
    let phone = phone().await;
    let here = phone.local_addr().unwrap();
    let bad = options(&here.to_string(), "999");
    let good = options(&here.to_string(), "70");
    for datagram in ["\r\n\r\n", "nonsense", &bad, &good] {
        phone
            .send_to(datagram.as_bytes(), guard.address())
            .await
            .unwrap();
    }
    let (message, source) = receive(&guard).await;
    assert_eq!(message, good.as_bytes());
    assert_eq!(source, here);
    let answer = hear(&phone).await.unwrap();
    assert!(answer.starts_with("SIP/2.0 400 Max-Forwards"), "{answer}");
    assert_eq!(hear(&phone).await, None, "the others meet silence");
}

#[tokio::test]
async fn a_flood_of_bad_datagrams_is_answered_only_so_often() {
    let limits = Limits {
        refusals_per_second: 1,
        refusal_burst: 3,
        ..Limits::default()
    };
    let (guard, _refused) = guarded(limits);
    let phone = phone().await;
    let here = phone.local_addr().unwrap().to_string();
    for _ in 0..20 {
        phone
            .send_to(options(&here, "x").as_bytes(), guard.address())
            .await
            .unwrap();
    }
    phone
        .send_to(options(&here, "70").as_bytes(), guard.address())
        .await
        .unwrap();
    receive(&guard).await;
    let mut heard = 0;
    while hear(&phone).await.is_some() {
        heard += 1;
    }
    assert_eq!(heard, 3);
}

#[tokio::test]
async fn a_datagram_longer_than_allowed_is_refused_with_513() {
    let (guard, _refused) = guarded(Limits::default());
    let phone = phone().await;
    let here = phone.local_addr().unwrap().to_string();
    let long = options(&here, "70") + &"x".repeat(9_000);
    phone
        .send_to(long.as_bytes(), guard.address())
        .await
        .unwrap();
    phone
        .send_to(options(&here, "70").as_bytes(), guard.address())
        .await
        .unwrap();
    receive(&guard).await;
    let answer = hear(&phone).await.unwrap();
    assert!(answer.starts_with("SIP/2.0 513 "), "{answer}");
}

#[tokio::test]
async fn answers_go_to_the_port_in_the_via_unless_rport_is_asked_for() {
    let (guard, _refused) = guarded(Limits::default());
    let phone = phone().await;
    let here = phone.local_addr().unwrap();
    phone
        .send_to(options("127.0.0.1:5999", "70").as_bytes(), guard.address())
        .await
        .unwrap();
    assert_eq!(receive(&guard).await.1, "127.0.0.1:5999".parse().unwrap());
    for via in [
        "127.0.0.1:5999;rport",
        "192.0.2.9:5999",
        "phone.example:5999",
    ] {
        phone
            .send_to(options(via, "70").as_bytes(), guard.address())
            .await
            .unwrap();
        assert_eq!(receive(&guard).await.1, here, "{via}");
    }
}

async fn a_closed_port() -> SocketAddr {
    phone().await.local_addr().unwrap()
}

#[tokio::test]
async fn a_closed_port_is_learnt_and_does_not_stop_datagrams_to_others() {
    let (guard, mut refused) = guarded(Limits::default());
    let guard = std::sync::Arc::new(guard);
    let phone = phone().await;
    let here = phone.local_addr().unwrap();
    let listening = std::sync::Arc::clone(&guard);
    let listener = tokio::spawn(async move { receive(&listening).await });
    let closed = a_closed_port().await;
    for _ in 0..20 {
        guard.send_to(b"to nobody", closed).await.unwrap();
        guard.send_to(b"to the phone", here).await.unwrap();
        assert_eq!(hear(&phone).await.as_deref(), Some("to the phone"));
    }
    let said = timeout(Duration::from_secs(20), refused.recv())
        .await
        .expect("learnt");
    assert_eq!(said.unwrap(), closed);
    phone
        .send_to(options(&here.to_string(), "70").as_bytes(), guard.address())
        .await
        .unwrap();
    listener.await.unwrap();
}

async fn learns_of_a_closed_port(loopback: SocketAddr) {
    let (refusals, mut refused) = broadcast::channel(16);
    let guard = GuardedUdp::bind(loopback, None, Limits::default(), refusals).unwrap();
    let guard = std::sync::Arc::new(guard);
    let listening = std::sync::Arc::clone(&guard);
    tokio::spawn(async move { receive(&listening).await });
    tokio::time::sleep(Duration::from_millis(50)).await;
    let closed = UdpSocket::bind(loopback)
        .await
        .unwrap()
        .local_addr()
        .unwrap();
    guard.send_to(b"to nobody", closed).await.unwrap();
    let said = timeout(Duration::from_secs(20), refused.recv()).await;
    assert_eq!(said.expect("learnt").unwrap(), closed);
}

#[tokio::test]
async fn a_refusal_is_learnt_while_nothing_else_happens() {
    learns_of_a_closed_port(LOOPBACK).await;
}

#[tokio::test]
async fn a_refusal_is_learnt_on_ipv6() {
    let loopback = SocketAddr::new(std::net::Ipv6Addr::LOCALHOST.into(), 0);
    // Not every machine has IPv6.
    if std::net::UdpSocket::bind(loopback).is_ok() {
        learns_of_a_closed_port(loopback).await;
    }
}
