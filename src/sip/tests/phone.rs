use std::net::SocketAddr;

use tokio::net::UdpSocket;
use tokio::time::timeout;

use super::super::digest::{Question, answer};
use super::super::wire::token;
use super::site::{SOON, password_of};

pub const SDP: &str = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n\
                       m=audio 40000 RTP/AVP 8\r\n";

/// A phone with one dialog, that of its latest call.
pub struct Phone {
    socket: UdpSocket,
    server: SocketAddr,
    pub user: String,
    pub call_id: String,
    /// From and To of its requests.
    local: String,
    remote: String,
    cseq: u32,
}

/// The value of a header.
pub fn header<'m>(message: &'m str, name: &str) -> Option<&'m str> {
    let head = message.split("\r\n\r\n").next()?;
    let mut lines = head.lines().filter_map(|line| line.split_once(": "));
    lines.find(|(n, _)| *n == name).map(|(_, value)| value)
}

pub fn body(message: &str) -> &str {
    message.split_once("\r\n\r\n").map_or("", |(_, body)| body)
}

fn tag(value: &str) -> &str {
    value.split(";tag=").nth(1).expect("a tag")
}

impl Phone {
    pub async fn open(server: SocketAddr, user: &str) -> Self {
        Phone {
            socket: UdpSocket::bind("127.0.0.1:0").await.unwrap(),
            server,
            user: user.to_owned(),
            call_id: String::new(),
            local: String::new(),
            remote: String::new(),
            cseq: 0,
        }
    }

    pub fn address(&self) -> SocketAddr {
        self.socket.local_addr().unwrap()
    }

    /// Its dialog as the other end would name it in a Replaces: Call-ID, the other end's tag, its own.
    pub fn replaces(&self) -> (String, String, String) {
        let (ours, theirs) = (tag(&self.local), tag(&self.remote));
        (self.call_id.clone(), theirs.to_owned(), ours.to_owned())
    }

    /// The next message of which the first line begins so; others are passed over.
    pub async fn hears(&self, start: &str) -> String {
        let mut buffer = vec![0; 8_192];
        let heard = timeout(SOON, async {
            loop {
                let length = self.socket.recv(&mut buffer).await.unwrap();
                let message = String::from_utf8_lossy(&buffer[..length]).into_owned();
                if message.starts_with(start) {
                    return message;
                }
            }
        });
        heard
            .await
            .unwrap_or_else(|_| panic!("never heard {start}"))
    }

    async fn send(&self, text: &str) {
        self.socket
            .send_to(text.as_bytes(), self.server)
            .await
            .unwrap();
    }

    /// Sends a request of its dialog; each of the `extra` lines ends with CRLF.
    pub async fn asks(&mut self, method: &str, uri: &str, extra: &str, body: &str) {
        if method != "ACK" {
            self.cseq += 1;
        }
        let (server, ours, branch) = (self.server, self.address(), token());
        let (user, local, remote) = (&self.user, &self.local, &self.remote);
        let (call_id, cseq, length) = (&self.call_id, self.cseq, body.len());
        let text = format!(
            "{method} sip:{uri}@{server} SIP/2.0\r\nVia: SIP/2.0/UDP {ours};branch=z9hG4bK{branch};rport\r\n\
             From: {local}\r\nTo: {remote}\r\nCall-ID: {call_id}\r\nCSeq: {cseq} {method}\r\n\
             Max-Forwards: 70\r\nContact: <sip:{user}@{ours}>\r\n{extra}Content-Length: {length}\r\n\r\n{body}"
        );
        self.send(&text).await;
    }

    /// Sends an INVITE for a new call, and gives the final response to it.
    pub async fn dials(&mut self, dialled: &str, extra: &str) -> String {
        self.call_id = token();
        self.local = format!("<sip:{}@{}>;tag={}", self.user, self.server, token());
        self.dials_again(dialled, extra).await
    }

    /// The same once more, as after a challenge.
    pub async fn dials_again(&mut self, dialled: &str, extra: &str) -> String {
        let response = self.invites(dialled, extra).await;
        if response.starts_with("SIP/2.0 2") {
            self.asks("ACK", "111", "", "").await;
        } else {
            self.acknowledges(&response, dialled).await;
        }
        response
    }

    /// Sends an INVITE for a new call, and gives the 200 to it, which has no ACK yet.
    pub async fn dials_and_waits(&mut self, dialled: &str) -> String {
        self.call_id = token();
        self.local = format!("<sip:{}@{}>;tag={}", self.user, self.server, token());
        self.invites(dialled, "").await
    }

    async fn invites(&mut self, dialled: &str, extra: &str) -> String {
        self.remote = format!("<sip:{dialled}@{}>", self.server);
        let extra = format!("Content-Type: application/sdp\r\n{extra}");
        self.asks("INVITE", dialled, &extra, SDP).await;
        let cseq = format!("{} INVITE", self.cseq);
        let response = loop {
            // What is repeated of an earlier call is passed over.
            let response = self.hears("SIP/2.0").await;
            let ours = header(&response, "Call-ID") == Some(&self.call_id)
                && header(&response, "CSeq") == Some(&cseq);
            if ours && !response.starts_with("SIP/2.0 1") {
                break response;
            }
        };
        self.remote = header(&response, "To").unwrap().to_owned();
        response
    }

    /// Leaves out so many numbers, or goes back by as many.
    pub fn counts(&mut self, by: i32) {
        self.cseq = self.cseq.saturating_add_signed(by);
    }

    /// The ACK of a refusal belongs to the transaction of its INVITE (RFC 3261 section 17.1.1.3).
    async fn acknowledges(&self, refusal: &str, dialled: &str) {
        let (server, cseq) = (self.server, self.cseq);
        let headers = ["Via", "From", "To", "Call-ID"].map(|name| {
            let value = header(refusal, name).unwrap();
            format!("{name}: {value}\r\n")
        });
        let text = format!(
            "ACK sip:{dialled}@{server} SIP/2.0\r\n{}CSeq: {cseq} ACK\r\nMax-Forwards: 70\r\n\
             Content-Length: 0\r\n\r\n",
            headers.concat()
        );
        self.send(&text).await;
    }

    /// Responds to a request; where it has no tag in To, one is added.
    pub async fn responds(&self, request: &str, status: &str, extra: &str, body: &str) {
        let headers = ["Via", "From", "To", "Call-ID", "CSeq"].map(|name| {
            let value = header(request, name).unwrap();
            match name == "To" && !value.contains(";tag=") {
                true => format!("To: {}\r\n", self.local),
                false => format!("{name}: {value}\r\n"),
            }
        });
        let (user, ours, length) = (&self.user, self.address(), body.len());
        let text = format!(
            "SIP/2.0 {status}\r\n{}Contact: <sip:{user}@{ours}>\r\n{extra}Content-Length: {length}\r\n\r\n{body}",
            headers.concat()
        );
        self.send(&text).await;
    }

    /// Is called and rings; gives the INVITE.
    pub async fn rings(&mut self) -> String {
        let invite = self.hears("INVITE").await;
        self.call_id = header(&invite, "Call-ID").unwrap().to_owned();
        self.local = format!("{};tag={}", header(&invite, "To").unwrap(), token());
        self.remote = header(&invite, "From").unwrap().to_owned();
        self.responds(&invite, "180 Ringing", "", "").await;
        invite
    }

    /// Is called and answers; gives the INVITE.
    pub async fn answers(&mut self) -> String {
        let invite = self.rings().await;
        let extra = "Content-Type: application/sdp\r\n";
        self.responds(&invite, "200 OK", extra, SDP).await;
        self.hears("ACK").await;
        invite
    }

    /// Is told of a transfer: Event, Subscription-State, and the status line.
    pub async fn is_notified(&self) -> (String, String, String) {
        let notify = self.hears("NOTIFY").await;
        self.responds(&notify, "200 OK", "", "").await;
        let kind = header(&notify, "Content-Type");
        assert_eq!(kind, Some("message/sipfrag;version=2.0"), "{notify}");
        let value = |name| header(&notify, name).unwrap().to_owned();
        let line = body(&notify).to_owned();
        (value("Event"), value("Subscription-State"), line)
    }

    /// The Authorization header for an INVITE that has been challenged.
    pub fn credentials(&self, challenge: &str, dialled: &str, password: &str) -> String {
        let challenges = challenge
            .lines()
            .filter_map(|line| line.strip_prefix("WWW-Authenticate: "));
        let challenges: Vec<&str> = challenges.collect();
        let uri = format!("sip:{dialled}@{}", self.server);
        let question = Question {
            username: &self.user,
            password,
            method: "INVITE",
            uri: &uri,
            cnonce: "c",
            count: 1,
            again: false,
        };
        format!(
            "Authorization: {}\r\n",
            answer(&challenges, &question).unwrap()
        )
    }

    /// Calls with its account's password, and gives the final response.
    pub async fn calls(&mut self, dialled: &str, extra: &str) -> String {
        let challenge = self.dials(dialled, "").await;
        assert!(challenge.starts_with("SIP/2.0 401"), "{challenge}");
        let password = password_of(&self.user);
        let credentials = self.credentials(&challenge, dialled, &password);
        self.dials_again(dialled, &format!("{credentials}{extra}"))
            .await
    }
}
