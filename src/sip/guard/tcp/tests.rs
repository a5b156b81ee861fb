use std::time::Duration;

use rsipstack::EndpointBuilder;
use rsipstack::sip::{Method, StatusCode};
use rsipstack::transaction::endpoint::Endpoint;
use rsipstack::transaction::key::{TransactionKey, TransactionRole};
use rsipstack::transaction::transaction::Transaction;
use rsipstack::transaction::{TransactionReceiver, make_tag};
use rsipstack::transport::TransportLayer;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::*;

struct House {
    stack: Endpoint,
    requests: TransactionReceiver,
    tcp: GuardedTcp,
    address: SocketAddr,
    cancel: CancellationToken,
    gone: mpsc::UnboundedReceiver<SocketAddr>,
}

async fn house(limits: Limits) -> House {
    let cancel = CancellationToken::new();
    let layer = TransportLayer::new(cancel.clone());
    let stack = EndpointBuilder::new()
        .with_cancel_token(cancel.clone())
        .with_transport_layer(layer)
        .build();
    let requests = stack.incoming_transactions().unwrap();
    let (closed, gone) = mpsc::unbounded_channel();
    let tcp = GuardedTcp::new(stack.inner.clone(), limits, cancel.clone(), closed);
    let address = tcp.listen("127.0.0.1:0".parse().unwrap(), None).unwrap().0;
    let serving = stack.inner.clone();
    tokio::spawn(async move { serving.serve().await });
    House {
        stack,
        requests,
        tcp,
        address,
        cancel,
        gone,
    }
}

impl House {
    async fn request(&mut self) -> Transaction {
        let next = timeout(Duration::from_secs(20), self.requests.recv());
        next.await.expect("a request arrives").unwrap()
    }

    async fn nothing_more(&mut self) {
        let next = timeout(Duration::from_millis(200), self.requests.recv());
        assert!(next.await.is_err(), "no further request arrives");
    }

    async fn settles_at(&self, count: usize) {
        for _ in 0..1000 {
            if self.tcp.open_connections() == count {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        assert_eq!(self.tcp.open_connections(), count);
        let layer = &self.stack.inner.transport_layer;
        assert_eq!(layer.connections_count(), count);
    }
}

fn options(branch: &str, length: &str, body: &str) -> String {
    format!(
        "OPTIONS sip:111@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1:5070;branch=z9hG4bK{branch};rport\r\n\
         From: <sip:01632960001@127.0.0.1>;tag=f{branch}\r\nTo: <sip:111@127.0.0.1>\r\nCall-ID: c-{branch}\r\n\
         CSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\n{length}\r\n{body}"
    )
}

fn plain(branch: &str) -> String {
    options(branch, "Content-Length: 0\r\n", "")
}

async fn read_until(stream: &mut TcpStream, end: &str) -> String {
    let mut heard = Vec::new();
    let mut chunk = [0; 2048];
    while !String::from_utf8_lossy(&heard).contains(end) {
        let read = timeout(Duration::from_secs(20), stream.read(&mut chunk));
        let count = read.await.expect("bytes arrive").unwrap();
        assert_ne!(
            count,
            0,
            "closed after {:?}",
            String::from_utf8_lossy(&heard)
        );
        heard.extend_from_slice(&chunk[..count]);
    }
    String::from_utf8(heard).unwrap()
}

async fn read_to_end(stream: &mut TcpStream) -> String {
    let mut heard = Vec::new();
    let read = timeout(Duration::from_secs(20), stream.read_to_end(&mut heard));
    let _ = read.await.expect("the connection is closed");
    String::from_utf8(heard).unwrap()
}

#[tokio::test]
async fn two_requests_in_one_segment_are_two_and_answers_go_back_on_the_connection() {
    let mut house = house(Limits::default()).await;
    let mut phone = TcpStream::connect(house.address).await.unwrap();
    let both = plain("a") + &plain("b");
    phone.write_all(both.as_bytes()).await.unwrap();
    for branch in ["a", "b"] {
        let mut request = house.request().await;
        assert_eq!(request.original.method, Method::Options);
        request.reply(StatusCode::OK).await.unwrap();
        let answer = read_until(&mut phone, "\r\n\r\n").await;
        assert!(answer.starts_with("SIP/2.0 200 OK"), "{answer}");
        assert!(answer.contains(&format!("z9hG4bK{branch}")), "{answer}");
        let port = phone.local_addr().unwrap().port();
        assert!(answer.contains(&format!("rport={port}")), "{answer}");
    }
    house.nothing_more().await;
}

#[tokio::test]
async fn a_request_that_arrives_in_pieces_is_one() {
    let mut house = house(Limits::default()).await;
    let mut phone = TcpStream::connect(house.address).await.unwrap();
    phone.set_nodelay(true).unwrap();
    for piece in options("p", "Content-Length: 4\r\n", "abcd")
        .as_bytes()
        .chunks(97)
    {
        phone.write_all(piece).await.unwrap();
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let request = house.request().await;
    assert_eq!(request.original.body, b"abcd");
}

#[tokio::test]
async fn a_body_behind_a_spaced_content_length_is_not_the_next_request() {
    let mut house = house(Limits::default()).await;
    let mut phone = TcpStream::connect(house.address).await.unwrap();
    let hidden = plain("hidden");
    let length = format!("Content-Length : {}\r\n", hidden.len());
    let outer = options("outer", &length, &hidden) + &plain("after");
    phone.write_all(outer.as_bytes()).await.unwrap();
    let first = house.request().await;
    assert!(first.key.to_string().contains("z9hG4bKouter"));
    assert_eq!(first.original.body, hidden.as_bytes());
    let second = house.request().await;
    assert!(second.key.to_string().contains("z9hG4bKafter"));
    house.nothing_more().await;
}

#[tokio::test]
async fn a_second_content_length_is_refused_and_the_connection_closed() {
    let mut house = house(Limits::default()).await;
    let mut phone = TcpStream::connect(house.address).await.unwrap();
    let hidden = plain("hidden");
    let length = format!("Content-Length: {}\r\nContent-Length: 0\r\n", hidden.len());
    let outer = options("outer", &length, &hidden);
    phone.write_all(outer.as_bytes()).await.unwrap();
    let heard = read_to_end(&mut phone).await;
    assert!(
        heard.starts_with("SIP/2.0 400 Content-Length given twice\r\n"),
        "{heard}"
    );
    assert_eq!(heard.matches("SIP/2.0 4").count(), 1, "{heard}");
    house.nothing_more().await;
    house.settles_at(0).await;
}

#[tokio::test]
async fn a_malformed_request_is_refused_and_the_connection_kept() {
    let mut house = house(Limits::default()).await;
    let mut phone = TcpStream::connect(house.address).await.unwrap();
    let bad = plain("bad").replace("Max-Forwards: 70", "Max-Forwards: many");
    phone.write_all(bad.as_bytes()).await.unwrap();
    let heard = read_until(&mut phone, "\r\n\r\n").await;
    assert!(heard.starts_with("SIP/2.0 400 Max-Forwards"), "{heard}");
    phone.write_all(plain("good").as_bytes()).await.unwrap();
    house.request().await;
}

#[tokio::test]
async fn a_ping_is_answered_with_a_pong() {
    let house = house(Limits::default()).await;
    let mut phone = TcpStream::connect(house.address).await.unwrap();
    phone.write_all(b"\r\n\r\n").await.unwrap();
    assert_eq!(read_until(&mut phone, "\r\n").await, "\r\n");
}

#[tokio::test]
async fn who_trickles_a_message_is_closed() {
    let limits = Limits {
        half_message: Duration::from_millis(200),
        ..Limits::default()
    };
    let house = house(limits).await;
    let phone = TcpStream::connect(house.address).await.unwrap();
    let (mut read, mut write) = phone.into_split();
    tokio::spawn(async move {
        for byte in plain("slow").as_bytes() {
            if write.write_all(&[*byte]).await.is_err() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    let mut heard = Vec::new();
    let read = timeout(Duration::from_secs(4), read.read_to_end(&mut heard));
    let _ = read
        .await
        .expect("closed long before the message is complete");
    house.settles_at(0).await;
}

#[tokio::test]
async fn a_silent_connection_is_closed_and_a_keepalive_holds_it() {
    let limits = Limits {
        idle: Duration::from_secs(2),
        ..Limits::default()
    };
    let house = house(limits).await;
    let mut phone = TcpStream::connect(house.address).await.unwrap();
    for _ in 0..4 {
        tokio::time::sleep(Duration::from_millis(700)).await;
        phone.write_all(b"\r\n").await.unwrap();
    }
    house.settles_at(1).await;
    read_to_end(&mut phone).await;
    house.settles_at(0).await;
}

#[tokio::test]
async fn who_does_not_read_is_closed_and_nobody_waits_for_it() {
    let limits = Limits {
        write_queue: 64 * 1024,
        ..Limits::default()
    };
    let mut house = house(limits).await;
    let mut phone = TcpStream::connect(house.address).await.unwrap();
    phone.write_all(plain("one").as_bytes()).await.unwrap();
    let request = house.request().await;
    let connection = request.connection.clone().unwrap();
    let mut large = request.original.clone();
    large.body = vec![b'x'; 30_000];
    let token = connection.cancel_token().unwrap();
    let sending = async {
        while !token.is_cancelled() {
            let _ = connection.send(large.clone().into(), None).await;
            tokio::task::yield_now().await;
        }
    };
    let sent = timeout(Duration::from_secs(20), sending);
    sent.await.expect("the connection is given up");
    house.settles_at(0).await;
}

#[tokio::test]
async fn connections_of_one_address_are_limited() {
    let limits = Limits {
        connections_per_address: 2,
        ..Limits::default()
    };
    let house = house(limits).await;
    let first = TcpStream::connect(house.address).await.unwrap();
    let _second = TcpStream::connect(house.address).await.unwrap();
    house.settles_at(2).await;
    let mut third = TcpStream::connect(house.address).await.unwrap();
    read_to_end(&mut third).await;
    drop(first);
    house.settles_at(1).await;
    let mut again = TcpStream::connect(house.address).await.unwrap();
    again.write_all(b"\r\n\r\n").await.unwrap();
    assert_eq!(read_until(&mut again, "\r\n").await, "\r\n");
}

#[tokio::test]
async fn a_request_of_ours_goes_out_on_the_connection_that_the_peer_opened() {
    let mut house = house(Limits::default()).await;
    let mut phone = TcpStream::connect(house.address).await.unwrap();
    phone.write_all(plain("hello").as_bytes()).await.unwrap();
    let incoming = house.request().await;
    let phone_address = phone.local_addr().unwrap();
    house.tcp.connect(phone_address).await.unwrap();
    assert_eq!(house.tcp.open_connections(), 1);
    let mut request = incoming.original.clone();
    let tag = make_tag().to_string();
    let line = format!("<sip:111@127.0.0.1>;tag={tag}");
    request
        .headers
        .unique_push(rsipstack::sip::Header::From(line.into()));
    let key = TransactionKey::from_request(&request, TransactionRole::Client).unwrap();
    let inner = house.stack.inner.clone();
    // No connection is given: rsipstack finds it by the address.
    let mut ours = Transaction::new_client(key, request, inner, None);
    ours.destination = Some(SipAddr::new(Transport::Tcp, phone_address.into()));
    ours.send().await.unwrap();
    let heard = read_until(&mut phone, "\r\n\r\n").await;
    assert!(
        heard.starts_with("OPTIONS sip:111@127.0.0.1 SIP/2.0"),
        "{heard}"
    );
    let answer = heard.replacen("OPTIONS sip:111@127.0.0.1 SIP/2.0", "SIP/2.0 200 OK", 1);
    phone.write_all(answer.as_bytes()).await.unwrap();
    let reply = timeout(Duration::from_secs(20), ours.receive())
        .await
        .unwrap();
    assert!(reply.unwrap().to_string().starts_with("SIP/2.0 200"));
}

#[tokio::test]
async fn connecting_to_a_closed_port_fails_at_once_and_cancelling_closes_everything() {
    let house = house(Limits::default()).await;
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let nobody = closed.local_addr().unwrap();
    drop(closed);
    assert!(house.tcp.connect(nobody).await.is_err());
    let peer = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = peer.local_addr().unwrap();
    let connection = house.tcp.connect(address).await.unwrap();
    let (mut theirs, _) = peer.accept().await.unwrap();
    house.cancel.cancel();
    assert_eq!(read_to_end(&mut theirs).await, "");
    assert!(connection.cancel_token().unwrap().is_cancelled());
    for _ in 0..1000 {
        if house.tcp.open_connections() == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("a connection is left");
}

#[tokio::test]
async fn it_is_told_when_a_connection_that_a_peer_opened_has_closed() {
    let mut house = house(Limits::default()).await;
    let listening = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let theirs = listening.local_addr().unwrap();
    house.tcp.connect(theirs).await.unwrap();
    drop(listening.accept().await.unwrap());
    let phone = TcpStream::connect(house.address).await.unwrap();
    let address = phone.local_addr().unwrap();
    drop(phone);
    let gone = timeout(Duration::from_secs(20), house.gone.recv()).await;
    assert_eq!(
        gone.unwrap(),
        Some(address),
        "and not of one that we opened"
    );
    house.settles_at(0).await;
    assert!(house.gone.try_recv().is_err());
}
