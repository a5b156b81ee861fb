//! Calls that go on in a second process after the first has ended without a word.

use tokio::runtime::Runtime;

use super::super::Incoming;
use super::super::leg::{Dialled, Leg, LegEvent, Side, Standing, abandon, resume, resume_dialled};
use super::phone::{Phone, SDP, header};
use super::site::{Events, SOON, Site, any_event, ended, event};
use crate::mailbox::mailbox;

const NETWORK: &str = "127.0.0.0/8";

/// A process that can be ended as by a signal: nothing that it runs gets to say goodbye.
struct Process {
    runtime: Runtime,
    site: Site,
}

impl Process {
    async fn start() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let site = runtime.spawn(Site::open(NETWORK)).await.unwrap();
        Process { runtime, site }
    }

    /// Calls a phone.
    fn dials(&self, phone: &Phone) -> (Leg, Events) {
        let _inside = self.runtime.enter();
        self.site.dials(phone, false)
    }

    /// Answers the next call.
    async fn answers(&mut self) -> Incoming {
        let call = self.site.call().await;
        call.leg.answer(SDP.into());
        call
    }

    /// Ends it; what its legs hold is dropped after it. The next one listens at the same address.
    async fn dies(self) -> Site {
        let address = self.site.address();
        let Process { runtime, site } = self;
        let ended = tokio::task::spawn_blocking(move || runtime.shutdown_timeout(SOON));
        ended.await.unwrap();
        drop(site);
        Site::open_at(NETWORK, address).await
    }
}

/// As it would come out of a file.
fn read_again<T: serde::Serialize + serde::de::DeserializeOwned>(what: &T) -> T {
    serde_json::from_str(&serde_json::to_string(what).unwrap()).unwrap()
}

/// How a leg stands once the ACK has come, or while it is awaited.
async fn standing(events: &mut Events, acknowledged: bool) -> Standing {
    loop {
        if let LegEvent::Standing(standing) = any_event(events).await {
            let written = serde_json::to_value(&*standing).unwrap();
            if written["unacknowledged"].is_null() == acknowledged {
                return read_again(&*standing);
            }
        }
    }
}

async fn dialled(events: &mut Events) -> Dialled {
    loop {
        if let LegEvent::Dialled(dialled) = any_event(events).await {
            return read_again(&*dialled);
        }
    }
}

fn goes_on(site: &Site, standing: Standing) -> (Leg, Events) {
    let (sender, events) = mailbox(16);
    let leg = resume(site.endpoint.wire(), standing, None, sender).unwrap();
    (leg, events)
}

fn cseq(message: &str) -> u32 {
    let cseq = header(message, "CSeq").unwrap();
    cseq.split(' ').next().unwrap().parse().unwrap()
}

/// A caller who has been answered by a process that has ended since, and the leg in the next one.
async fn caller_outlives() -> (Phone, Site, Leg, Events) {
    let mut first = Process::start().await;
    let mut phone = Phone::open(first.site.address(), "01632960001").await;
    phone.counts(9);
    let (answered, mut call) = tokio::join!(phone.dials("111", ""), first.answers());
    assert!(answered.starts_with("SIP/2.0 200"), "{answered}");
    let standing = standing(&mut call.events.1, true).await;
    let second = first.dies().await;
    let (leg, events) = goes_on(&second, standing);
    (phone, second, leg, events)
}

/// A phone that has answered a process that has ended since, and the leg in the next one.
async fn callee_outlives() -> (Phone, Site, Leg, Events) {
    let first = Process::start().await;
    let mut phone = Phone::open(first.site.address(), "1001").await;
    let (_leg, mut events) = first.dials(&phone);
    phone.answers().await;
    let standing = standing(&mut events, true).await;
    let second = first.dies().await;
    let (leg, events) = goes_on(&second, standing);
    (phone, second, leg, events)
}

/// Both sides change the session, the peer first.
async fn sessions_change(phone: &mut Phone, leg: &Leg, events: &mut Events) {
    let extra = "Content-Type: application/sdp\r\n";
    phone.asks("INVITE", "111", extra, SDP).await;
    let LegEvent::Offer { id, sdp } = event(events).await else {
        panic!("no offer");
    };
    assert_eq!(sdp.as_deref(), Some(SDP));
    leg.reply(id, Ok(Some(SDP.into())));
    phone.hears("SIP/2.0 200").await;
    phone.asks("ACK", "111", "", "").await;
    let acknowledged = event(events).await;
    assert!(matches!(acknowledged, LegEvent::Acknowledged { .. }));
    leg.offer(SDP.into());
    let invite = phone.hears("INVITE").await;
    assert!(cseq(&invite) > 16, "{invite}");
    phone.responds(&invite, "200 OK", extra, SDP).await;
    phone.hears("ACK").await;
    let changed = LegEvent::Changed {
        sdp: Some(SDP.into()),
    };
    assert_eq!(event(events).await, changed);
}

#[tokio::test]
async fn a_caller_goes_on_and_hangs_up() {
    let (mut phone, site, leg, mut events) = caller_outlives().await;
    sessions_change(&mut phone, &leg, &mut events).await;
    phone.asks("BYE", "111", "", "").await;
    phone.hears("SIP/2.0 200").await;
    assert_eq!(ended(&mut events).await.by, Side::Far);
    drop(site);
}

#[tokio::test]
async fn a_caller_goes_on_and_is_hung_up_on() {
    let (phone, _site, leg, mut events) = caller_outlives().await;
    leg.hang_up();
    let bye = phone.hears("BYE").await;
    assert!(cseq(&bye) > 16, "{bye}");
    assert_eq!(header(&bye, "Call-ID"), Some(&*phone.call_id));
    phone.responds(&bye, "200 OK", "", "").await;
    assert_eq!(ended(&mut events).await.by, Side::Near);
}

#[tokio::test]
async fn who_has_been_called_goes_on_and_hangs_up() {
    let (mut phone, _site, leg, mut events) = callee_outlives().await;
    sessions_change(&mut phone, &leg, &mut events).await;
    phone.asks("BYE", "111", "", "").await;
    phone.hears("SIP/2.0 200").await;
    assert_eq!(ended(&mut events).await.by, Side::Far);
}

#[tokio::test]
async fn who_has_been_called_goes_on_and_is_hung_up_on() {
    let (phone, _site, leg, _events) = callee_outlives().await;
    leg.hang_up();
    let bye = phone.hears("BYE").await;
    assert!(cseq(&bye) > 17, "{bye}");
    assert_eq!(header(&bye, "Call-ID"), Some(&*phone.call_id));
}

#[tokio::test]
async fn a_leg_goes_on_twice() {
    let (mut phone, site, _leg, mut events) = caller_outlives().await;
    let again = standing(&mut events, true).await;
    let second = goes_on(&site, again);
    phone.asks("BYE", "111", "", "").await;
    phone.hears("SIP/2.0 200").await;
    let mut events = second.1;
    assert_eq!(ended(&mut events).await.by, Side::Far);
}

#[tokio::test]
async fn what_was_asked_for_last_may_come_again_and_what_came_before_may_not() {
    let (mut phone, _site, _leg, mut events) = caller_outlives().await;
    let key = ("Content-Type: application/dtmf\r\n", "5");
    phone.counts(-2);
    phone.asks("INFO", "111", key.0, key.1).await;
    phone.hears("SIP/2.0 500").await;
    // The number of its INVITE, which was the last that it asked for.
    phone.asks("INFO", "111", key.0, key.1).await;
    phone.hears("SIP/2.0 200").await;
    let LegEvent::Info { body, .. } = event(&mut events).await else {
        panic!("no key");
    };
    assert_eq!(body, "5");
}

#[tokio::test]
async fn a_200_that_has_no_ack_is_sent_again() {
    let mut first = Process::start().await;
    let mut phone = Phone::open(first.site.address(), "01632960001").await;
    let (answered, mut call) = tokio::join!(phone.dials_and_waits("111"), first.answers());
    let standing = standing(&mut call.events.1, false).await;
    let second = first.dies().await;
    let (leg, mut events) = goes_on(&second, standing);
    // Hung up before the ACK: the BYE waits for it.
    leg.hang_up();
    let again = loop {
        let again = phone.hears("SIP/2.0 200").await;
        if header(&again, "Via") == header(&answered, "Via") {
            break again;
        }
    };
    assert_eq!(header(&again, "To"), header(&answered, "To"));
    phone.asks("ACK", "111", "", "").await;
    let acknowledged = event(&mut events).await;
    assert!(matches!(acknowledged, LegEvent::Acknowledged { .. }));
    phone.hears("BYE").await;
}

#[tokio::test]
async fn the_answer_to_an_offer_of_the_process_before_is_acknowledged() {
    let mut first = Process::start().await;
    let mut phone = Phone::open(first.site.address(), "01632960001").await;
    let (_, mut call) = tokio::join!(phone.dials("111", ""), first.answers());
    standing(&mut call.events.1, true).await;
    call.leg.offer(SDP.into());
    let invite = phone.hears("INVITE").await;
    let standing = standing(&mut call.events.1, true).await;
    let second = first.dies().await;
    let (_leg, mut events) = goes_on(&second, standing);
    let extra = "Content-Type: application/sdp\r\n";
    phone.responds(&invite, "200 OK", extra, SDP).await;
    let ack = phone.hears("ACK").await;
    assert_eq!(cseq(&ack), cseq(&invite));
    let changed = LegEvent::Changed {
        sdp: Some(SDP.into()),
    };
    assert_eq!(event(&mut events).await, changed);
}

#[tokio::test]
async fn a_call_that_nobody_has_any_more_meets_481() {
    let mut first = Process::start().await;
    let mut phone = Phone::open(first.site.address(), "01632960001").await;
    let (_, _call) = tokio::join!(phone.dials("111", ""), first.answers());
    let _second = first.dies().await;
    for method in ["INVITE", "UPDATE", "BYE"] {
        phone.asks(method, "111", "", "").await;
        phone.hears("SIP/2.0 481").await;
    }
}

/// A phone that rings for a process that has ended since.
async fn rings_on() -> (Phone, String, Site, Dialled) {
    let first = Process::start().await;
    let mut phone = Phone::open(first.site.address(), "1001").await;
    let (_leg, mut events) = first.dials(&phone);
    let dialled = dialled(&mut events).await;
    let invite = phone.rings().await;
    let second = first.dies().await;
    (phone, invite, second, dialled)
}

/// The branch that a request went out under.
fn branch(message: &str) -> &str {
    let via = header(message, "Via").unwrap();
    let branch = via.split(";branch=").nth(1).unwrap();
    branch.split(';').next().unwrap()
}

#[tokio::test]
async fn what_rings_is_cancelled() {
    let (phone, invite, site, dialled) = rings_on().await;
    abandon(site.endpoint.wire(), dialled).unwrap();
    let cancel = phone.hears("CANCEL").await;
    assert_eq!(branch(&cancel), branch(&invite));
    assert_eq!(cseq(&cancel), cseq(&invite));
    for name in ["From", "To", "Call-ID"] {
        assert_eq!(header(&cancel, name), header(&invite, name));
    }
    phone.responds(&cancel, "200 OK", "", "").await;
    phone
        .responds(&invite, "487 Request Terminated", "", "")
        .await;
    phone.hears("ACK").await;
}

#[tokio::test]
async fn whoever_answers_what_was_cancelled_is_hung_up_on() {
    let (phone, invite, site, dialled) = rings_on().await;
    abandon(site.endpoint.wire(), dialled).unwrap();
    phone.hears("CANCEL").await;
    let extra = "Content-Type: application/sdp\r\n";
    phone.responds(&invite, "200 OK", extra, SDP).await;
    phone.hears("ACK").await;
    let bye = phone.hears("BYE").await;
    assert_eq!(header(&bye, "Call-ID"), Some(&*phone.call_id));
}

#[tokio::test]
async fn what_rings_is_answered_by_another_process() {
    let (mut phone, invite, site, dialled) = rings_on().await;
    let (sender, mut events) = mailbox(16);
    let leg = resume_dialled(site.endpoint.wire(), dialled, None, sender).unwrap();
    phone.responds(&invite, "180 Ringing", "", "").await;
    let rings = LegEvent::Progress {
        status: 180,
        sdp: None,
    };
    assert_eq!(event(&mut events).await, rings);
    let extra = "Content-Type: application/sdp\r\n";
    phone.responds(&invite, "200 OK", extra, SDP).await;
    let ack = phone.hears("ACK").await;
    assert_eq!(cseq(&ack), cseq(&invite));
    let answered = LegEvent::Answered {
        sdp: Some(SDP.into()),
    };
    assert_eq!(event(&mut events).await, answered);
    sessions_change(&mut phone, &leg, &mut events).await;
    leg.hang_up();
    phone.hears("BYE").await;
}

#[tokio::test]
async fn what_rings_is_refused_to_another_process() {
    let (phone, invite, site, dialled) = rings_on().await;
    let (sender, mut events) = mailbox(16);
    let _leg = resume_dialled(site.endpoint.wire(), dialled, None, sender).unwrap();
    phone.responds(&invite, "486 Busy Here", "", "").await;
    let ack = phone.hears("ACK").await;
    assert_eq!(branch(&ack), branch(&invite));
    let cause = ended(&mut events).await;
    assert_eq!((cause.by, cause.status), (Side::Far, Some(486)));
}

#[tokio::test]
async fn a_quiet_call_tells_how_it_stands_twice_and_in_little_room() {
    let mut site = Site::open(NETWORK).await;
    let mut phone = Phone::open(site.address(), "01632960001").await;
    let (_, mut call) = tokio::join!(phone.dials("111", ""), async {
        let call = site.call().await;
        call.leg.answer(SDP.into());
        call
    });
    let mut told = vec![];
    let mut hangs_up = Some(phone);
    loop {
        match any_event(&mut call.events.1).await {
            LegEvent::Standing(standing) => {
                told.push(serde_json::to_string(&*standing).unwrap().len());
            }
            LegEvent::Ended(_) => break,
            _ => {}
        }
        if told.len() == 2
            && let Some(mut phone) = hangs_up.take()
        {
            phone.asks("BYE", "111", "", "").await;
        }
    }
    assert_eq!(told.len(), 2);
    assert!(told[0] < 3_000 && told[1] < 1_000, "{told:?}");
    println!("octets of JSON: {told:?}");
}
