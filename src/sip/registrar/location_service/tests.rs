use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + seconds).unwrap()
}

fn register(contacts: &[&str], call_id: &str, cseq: u32) -> Register {
    Register {
        aor: "1001".into(),
        user: "1001".into(),
        contacts: Contacts::read(contacts).unwrap(),
        expires: None,
        call_id: call_id.into(),
        cseq,
        source: "udp:192.0.2.1:5062".parse().unwrap(),
    }
}

fn contacts(outcome: &Outcome) -> Vec<&str> {
    let headers = outcome.headers.iter();
    let contacts = headers.filter(|(name, _)| *name == "Contact");
    contacts.map(|(_, value)| value.as_str()).collect()
}

fn signed_in() -> Vec<Event> {
    vec![Event::SignedIn("1001".into())]
}

fn signed_out() -> Vec<Event> {
    vec![Event::SignedOut("1001".into())]
}

#[test]
fn the_first_phone_signs_in_and_the_last_signs_out() {
    let mut registrar = Registrar::default();
    let outcome = registrar.on(at(0), &register(&["<sip:1001@192.0.2.1:5062>"], "a", 1));
    assert_eq!((outcome.status, &outcome.events), (200, &signed_in()));
    assert_eq!(
        contacts(&outcome),
        ["<sip:1001@192.0.2.1:5062>;expires=3600"]
    );
    let date = outcome.headers.iter().find(|(name, _)| *name == "Date");
    assert_eq!(date.unwrap().1, "Fri, 15 Jan 2027 08:00:00 GMT");

    let second = registrar.on(at(1), &register(&["<sip:1001@192.0.2.2>;q=0.3"], "b", 1));
    assert!(second.events.is_empty());
    assert!(contacts(&second).contains(&"<sip:1001@192.0.2.2>;expires=3600;q=0.300"));

    let gone = registrar.on(
        at(2),
        &register(&["<sip:1001@192.0.2.1:5062>;expires=0"], "a", 2),
    );
    assert!(gone.events.is_empty());
    let last = registrar.on(
        at(3),
        &register(&["<sip:1001@192.0.2.2>;expires=0"], "b", 2),
    );
    assert_eq!((contacts(&last).len(), last.events), (0, signed_out()));
    assert_eq!(registrar.deadline(), None);
}

#[test]
fn nobody_registers_for_another() {
    let mut registrar = Registrar::default();
    let mut other = register(&["<sip:1001@192.0.2.1>"], "a", 1);
    other.user = "1002".into();
    let outcome = registrar.on(at(0), &other);
    assert_eq!((outcome.status, outcome.headers.len()), (403, 0));
    other.contacts = Contacts::Query;
    assert_eq!(registrar.on(at(0), &other).status, 403);
    assert_eq!(registrar.all().count(), 0);
}

#[test]
fn times_are_taken_from_the_contact_then_the_header_then_the_default() {
    let mut registrar = Registrar::default();
    let mut request = register(
        &["<sip:a@192.0.2.1>;expires=90", "<sip:b@192.0.2.1>"],
        "a",
        1,
    );
    request.expires = Some(120);
    let outcome = registrar.on(at(0), &request);
    assert!(contacts(&outcome).contains(&"<sip:a@192.0.2.1>;expires=90"));
    assert!(contacts(&outcome).contains(&"<sip:b@192.0.2.1>;expires=120"));
    let long = register(&["<sip:a@192.0.2.1>;expires=86400"], "a", 2);
    assert!(contacts(&registrar.on(at(0), &long)).contains(&"<sip:a@192.0.2.1>;expires=3600"));
}

#[test]
fn too_short_a_time_is_answered_423_and_changes_nothing() {
    let mut registrar = Registrar::default();
    let brief = register(
        &["<sip:a@192.0.2.1>", "<sip:b@192.0.2.1>;expires=59"],
        "a",
        1,
    );
    let outcome = registrar.on(at(0), &brief);
    assert_eq!(outcome.status, 423);
    assert_eq!(outcome.headers, [("Min-Expires", "60".to_owned())]);
    assert_eq!(registrar.all().count(), 0);
    let enough = register(&["<sip:b@192.0.2.1>;expires=60"], "a", 2);
    assert_eq!(registrar.on(at(0), &enough).status, 200);
}

#[test]
fn an_overtaken_request_is_refused() {
    let mut registrar = Registrar::default();
    let contact = ["<sip:1001@192.0.2.1>"];
    assert_eq!(registrar.on(at(0), &register(&contact, "a", 7)).status, 200);
    for cseq in [6, 7] {
        let late = register(&["<sip:1001@192.0.2.1>;expires=0"], "a", cseq);
        assert_eq!(registrar.on(at(1), &late).status, 500, "{cseq}");
        let mut all = register(&["*"], "a", cseq);
        all.expires = Some(0);
        assert_eq!(registrar.on(at(1), &all).status, 500, "{cseq}");
    }
    assert_eq!(registrar.all().count(), 1);
    assert_eq!(registrar.on(at(2), &register(&contact, "a", 8)).status, 200);
    assert_eq!(
        registrar
            .on(at(3), &register(&contact, "restarted", 1))
            .status,
        200
    );
    assert_eq!(registrar.all().count(), 1);
}

#[test]
fn a_wildcard_removes_all_and_needs_zero() {
    let mut registrar = Registrar::default();
    let two = ["<sip:a@192.0.2.1>", "<sip:b@192.0.2.1>"];
    registrar.on(at(0), &register(&two, "a", 1));
    let mut all = register(&["*"], "other", 1);
    for expires in [None, Some(60)] {
        all.expires = expires;
        assert_eq!(registrar.on(at(1), &all).status, 400);
    }
    all.expires = Some(0);
    let outcome = registrar.on(at(1), &all);
    assert_eq!((outcome.status, outcome.events), (200, signed_out()));
}

#[test]
fn a_query_lists_and_changes_nothing() {
    let mut registrar = Registrar::default();
    registrar.on(
        at(0),
        &register(&["<sip:1001@192.0.2.1>;expires=100"], "a", 9),
    );
    let outcome = registrar.on(at(40), &register(&[], "a", 1));
    assert_eq!(contacts(&outcome), ["<sip:1001@192.0.2.1>;expires=60"]);
    assert_eq!(outcome.events, []);
}

#[test]
fn a_sixth_phone_takes_the_place_of_the_one_refreshed_longest_ago() {
    let mut registrar = Registrar::default();
    for n in 0..5 {
        let contact = format!("<sip:1001@192.0.2.{n}>");
        registrar.on(at(n), &register(&[&contact], &format!("c{n}"), 1));
    }
    registrar.on(at(5), &register(&["<sip:1001@192.0.2.0>"], "c0", 2));
    let outcome = registrar.on(at(6), &register(&["<sip:1001@192.0.2.9>"], "c9", 1));
    let uri = "sip:1001@192.0.2.1".to_owned();
    let aor = "1001".to_owned();
    assert_eq!(outcome.events, [Event::Displaced { aor, uri }]);
    assert_eq!(contacts(&outcome).len(), 5);
    let six: Vec<String> = (0..6).map(|n| format!("<sip:{n}@192.0.2.1>")).collect();
    let six: Vec<&str> = six.iter().map(String::as_str).collect();
    assert_eq!(registrar.on(at(7), &register(&six, "d", 1)).status, 403);
    assert_eq!(registrar.all().count(), 5);
}

#[test]
fn the_same_phone_at_a_new_address_replaces_itself() {
    let mut registrar = Registrar::default();
    let contact = |port| format!("<sip:1001@192.0.2.1:{port}>;+sip.instance=\"<urn:uuid:1>\"");
    registrar.on(at(0), &register(&[&contact(40_000)], "a", 1));
    registrar.on(at(1), &register(&[&contact(40_001)], "b", 1));
    let uris: Vec<&str> = registrar.all().map(|(_, b)| b.uri.as_str()).collect();
    assert_eq!(uris, ["sip:1001@192.0.2.1:40001"]);
}

#[test]
fn phones_are_rung_by_preference_then_by_the_latest_refresh() {
    let mut registrar = Registrar::default();
    for (n, contact) in [
        "<sip:a@192.0.2.1>;q=0.5",
        "<sip:b@192.0.2.1>",
        "<sip:c@192.0.2.1>",
    ]
    .into_iter()
    .enumerate()
    {
        registrar.on(at(n as i64), &register(&[contact], "a", 1 + n as u32));
    }
    let order = |now| -> Vec<char> {
        let bindings = registrar.bindings(now, "1001").into_iter();
        bindings.filter_map(|b| b.uri.chars().nth(4)).collect()
    };
    assert_eq!(order(at(3)), ['c', 'b', 'a']);
    assert_eq!(order(at(3_601)), ['c']);
}

#[test]
fn bindings_run_out() {
    let mut registrar = Registrar::default();
    registrar.on(
        at(0),
        &register(&["<sip:1001@192.0.2.1>;expires=60"], "a", 1),
    );
    assert_eq!(registrar.deadline(), Some(at(60)));
    assert_eq!(registrar.tick(at(59)), []);
    assert_eq!(registrar.tick(at(60)), signed_out());
    assert_eq!(registrar.tick(at(61)), []);
}

#[test]
fn what_was_stored_comes_back_after_a_restart() {
    let mut before = Registrar::default();
    before.on(
        at(0),
        &register(&["<sip:1001@192.0.2.1>;expires=60"], "a", 1),
    );
    let stored: Vec<Binding> = before.all().map(|(_, b)| b.clone()).collect();
    let mut after = Registrar::default();
    let event = after.restore(at(10), "1001", stored[0].clone());
    assert_eq!(event, Some(Event::SignedIn("1001".into())));
    assert_eq!(after.restore(at(10), "1001", stored[0].clone()), None);
    assert_eq!(after.restore(at(60), "1002", stored[0].clone()), None);
    assert_eq!(after.all().count(), 1);
}

#[test]
fn an_account_taken_away_and_a_closed_connection_sign_out() {
    let mut registrar = Registrar::default();
    registrar.on(at(0), &register(&["<sip:1001@192.0.2.1>"], "a", 1));
    assert_eq!(registrar.retain(|aor| aor == "1001"), []);
    assert_eq!(registrar.retain(|aor| aor == "1002"), signed_out());
    let mut tcp = register(&["<sip:1001@10.0.0.7:1;transport=tcp>"], "a", 1);
    tcp.source = "tcp:192.0.2.1:40000".parse().unwrap();
    registrar.on(at(0), &tcp);
    assert_eq!(
        registrar.disconnected("tcp:192.0.2.1:40001".parse().unwrap()),
        []
    );
    assert_eq!(registrar.disconnected(tcp.source), signed_out());
}

#[derive(Clone, Debug)]
enum Step {
    Register {
        phone: u8,
        expires: u32,
        call: u8,
        cseq: u32,
    },
    All {
        call: u8,
        cseq: u32,
    },
    Wait(i64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let register = (0..8u8, prop_oneof![Just(0), 1..200u32], 0..3u8, 0..40u32).prop_map(
        |(phone, expires, call, cseq)| Step::Register {
            phone,
            expires,
            call,
            cseq,
        },
    );
    let all = (0..3u8, 0..40u32).prop_map(|(call, cseq)| Step::All { call, cseq });
    let wait = (0..120i64).prop_map(Step::Wait);
    prop::collection::vec(prop_oneof![6 => register, 1 => all, 2 => wait], 0..60)
}

proptest! {
    /// Whatever comes: who is signed in by the events is who has a binding; no phone stands twice; no
    /// account has more than five; nothing outlives its time; a refusal changes nothing.
    #[test]
    fn the_book_agrees_with_what_it_has_told(steps in steps()) {
        let mut registrar = Registrar::default();
        let mut present: BTreeSet<String> = BTreeSet::new();
        let mut now = at(0);
        for step in steps {
            registrar.tick(now).into_iter().for_each(|e| hear(&mut present, e));
            let before: Vec<Binding> = registrar.all().map(|(_, b)| b.clone()).collect();
            let mut request = register(&["*"], "", 0);
            let (call, cseq) = match step {
                Step::Wait(seconds) => {
                    now += SignedDuration::from_secs(seconds);
                    continue;
                }
                Step::All { call, cseq } => {
                    request.expires = Some(0);
                    (call, cseq)
                }
                Step::Register { phone, expires, call, cseq } => {
                    let contact = format!("<sip:1001@192.0.2.{phone}>;expires={expires}");
                    request.contacts = Contacts::read(&[&contact]).unwrap();
                    (call, cseq)
                }
            };
            request.call_id = call.to_string();
            request.cseq = cseq;
            let outcome = registrar.on(now, &request);
            outcome.events.iter().cloned().for_each(|e| hear(&mut present, e));
            let after: Vec<Binding> = registrar.all().map(|(_, b)| b.clone()).collect();
            if outcome.status != 200 {
                prop_assert_eq!(&before, &after);
            } else {
                prop_assert_eq!(contacts(&outcome).len(), after.len());
            }
            let uris: BTreeSet<&str> = after.iter().map(|b| b.uri.as_str()).collect();
            prop_assert_eq!(uris.len(), after.len());
            prop_assert!(after.len() <= 5);
            prop_assert!(after.iter().all(|b| b.expires > now));
            prop_assert_eq!(present.contains("1001"), !after.is_empty());
            prop_assert_eq!(registrar.deadline(), after.iter().map(|b| b.expires).min());
        }
        registrar.tick(now + SignedDuration::from_hours(2)).into_iter().for_each(|e| hear(&mut present, e));
        prop_assert!(present.is_empty());
    }
}

fn hear(present: &mut BTreeSet<String>, event: Event) {
    match event {
        Event::SignedIn(aor) => assert!(present.insert(aor), "signed in twice"),
        Event::SignedOut(aor) => assert!(present.remove(&aor), "signed out twice"),
        Event::Displaced { .. } => {}
    }
}
