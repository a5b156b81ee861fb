//! Assessments by the API, from the first question to the end.

use serde_json::json;

use super::*;
use crate::call::{Answer, Ordered};
use crate::transfer::Command;

const HANDLER: Option<&str> = Some("1001:demo-1001");
const OTHER: Option<&str> = Some("1002:demo-1002");
const CLINICIAN: Option<&str> = Some("2001:demo-2001");
const ASSESSMENTS: &str = "/api/v1/assessments";

/// Somebody at work with one assessment.
struct Work {
    desk: Arc<Desk>,
    api: Api,
    id: String,
    seen: Value,
}

impl Work {
    async fn begin(pathway: &str, years: u8, in_call: bool) -> Self {
        let desk = Desk::new().await;
        if in_call {
            desk.talks();
        }
        let api = desk.api(true);
        let body = json!({ "pathway": pathway, "years": years, "in_call": in_call });
        let (status, seen) = send(&api, "POST", ASSESSMENTS, HANDLER, Some(body)).await;
        assert_eq!(status, StatusCode::CREATED, "{seen}");
        let id = seen["id"].as_str().unwrap().to_owned();
        Work {
            desk,
            api,
            id,
            seen,
        }
    }

    /// Does something, and gives how it was answered.
    async fn does(&mut self, whom: Option<&str>, what: &str, body: Option<Value>) -> StatusCode {
        let path = format!("{ASSESSMENTS}/{}/{what}", self.id);
        let (status, seen) = send(&self.api, "POST", &path, whom, body).await;
        self.seen = seen;
        status
    }

    async fn did(&mut self, whom: Option<&str>, what: &str, body: Option<Value>) {
        let status = self.does(whom, what, body).await;
        assert_eq!(status, StatusCode::OK, "{what}: {}", self.seen);
    }

    /// Gives the answers that lead to a kind of disposition.
    async fn comes_to(&mut self, kind: &str) {
        let (codes, pathways) = (self.desk.codes(), self.desk.pathways());
        let pathway = pathways.get(self.seen["pathway"].as_str().unwrap());
        let path = pathway.unwrap().paths().find(|path| {
            let disposition = codes.disposition(&path.disposition).unwrap();
            let waits = disposition.validated_as.is_some();
            disposition.kind.word() == kind && waits == (kind == "ambulance")
        });
        for step in path.unwrap_or_else(|| panic!("no path to {kind}")).steps {
            assert_eq!(self.seen["question"]["name"], step.question.as_str());
            let body = json!({ "question": step.question, "answer": step.answer });
            self.did(HANDLER, "answers", Some(body)).await;
        }
        assert_eq!(self.seen["need"]["kind"], kind, "{}", self.seen);
    }

    /// What is stored of the referrals: what came of each, by the words; empty where that is not told.
    async fn referrals(&self) -> Vec<String> {
        let period = (jiff::Timestamp::MIN, jiff::Timestamp::MAX);
        let rows = self.desk.store().referrals(period, None, 10).await.unwrap();
        let outcomes = rows.into_iter().map(|row| row.outcome.unwrap_or_default());
        let mut outcomes: Vec<String> = outcomes.collect();
        outcomes.sort();
        outcomes
    }

    fn next(&self) -> &str {
        self.seen["next"]["order"].as_str().unwrap_or_default()
    }
}

#[tokio::test]
async fn a_caller_is_put_through_to_the_service_that_was_found() {
    let mut work = Work::begin("dental-pain", 40, true).await;
    work.comes_to("dental").await;
    assert_eq!(work.next(), "search");
    let body = json!({ "postcode": "BN1 1AA" });
    work.did(HANDLER, "search", Some(body)).await;
    let found = work.seen["found"].clone();
    work.seen = work.seen["assessment"].clone();
    assert_eq!(work.next(), "choose");
    let service = found["offered"][0]["service"].clone();
    let body = json!({ "service": service, "connect": true });
    work.did(HANDLER, "refer", Some(body)).await;
    assert_eq!(work.seen["closed"]["outcome"], "referred");
    assert_eq!(work.seen["closed"]["service"], service);
    let ordered = work.desk.ordered.lock().unwrap().clone();
    let [Ordered::PutThrough(line)] = &ordered[..] else {
        panic!("{ordered:?}");
    };
    assert_eq!(service, line.service.as_str());
    assert_eq!(work.referrals().await, ["accepted"]);
}

#[tokio::test]
async fn what_came_of_a_referral_is_stored_when_it_is_told() {
    let mut work = Work::begin("dental-pain", 40, false).await;
    work.comes_to("emergency-department").await;
    for (came_of, before, after) in [
        ("declined", &[""][..], &["declined"][..]),
        (
            "patient-told",
            &["", "declined"],
            &["declined", "patient-told"],
        ),
    ] {
        let postcode = json!({ "postcode": "SE5" });
        work.did(HANDLER, "search", Some(postcode)).await;
        let service = work.seen["found"]["offered"][0]["service"].clone();
        let refer = json!({ "service": service });
        work.did(HANDLER, "refer", Some(refer)).await;
        assert_eq!(work.referrals().await, before);
        let told = json!({ "came_of": came_of });
        work.did(OTHER, "referred", Some(told)).await;
        assert_eq!(work.referrals().await, after);
    }
    assert_eq!(work.seen["closed"]["outcome"], "referred");
}

#[tokio::test]
async fn a_service_that_does_not_answer_is_not_offered_again() {
    let mut work = Work::begin("dental-pain", 40, true).await;
    work.comes_to("dental").await;
    let postcode = json!({ "postcode": "BN1" });
    work.did(HANDLER, "search", Some(postcode.clone())).await;
    let service = work.seen["found"]["offered"][0]["service"].clone();
    *work.desk.answer.lock().unwrap() = Answer::Failed;
    let body = json!({ "service": service, "connect": true });
    work.did(HANDLER, "refer", Some(body.clone())).await;
    assert_eq!(work.next(), "search");
    work.did(HANDLER, "search", Some(postcode)).await;
    let lists = ["offered", "more", "catch_all"].into_iter();
    let found = &work.seen["found"];
    for offer in lists.flat_map(|list| found[list].as_array().unwrap()) {
        assert_ne!(offer["service"], service, "{found}");
    }
    let status = work.does(HANDLER, "refer", Some(body)).await;
    assert_eq!(status, StatusCode::CONFLICT, "{}", work.seen);
}

#[tokio::test]
async fn a_life_in_danger_goes_to_999_at_once_and_stays_there() {
    let mut work = Work::begin("chest-pain", 60, true).await;
    work.comes_to("life-threatening").await;
    // The hunt has been ordered, and a control room has the caller: that is written down by itself.
    let path = format!("{ASSESSMENTS}/{}", work.id);
    loop {
        let (_, seen) = ask(&work.api, "GET", &path, HANDLER).await;
        if seen["closed"].is_object() {
            assert_eq!(seen["closed"]["outcome"], "emergency");
            break;
        }
        assert_eq!(seen["next"]["order"], "emergency");
        tokio::task::yield_now().await;
    }
    let ordered = work.desk.ordered.lock().unwrap().clone();
    assert_eq!(ordered, [Ordered::Command(Command::Emergency)]);
    assert_eq!(work.does(HANDLER, "back", None).await, StatusCode::CONFLICT);
}

#[tokio::test]
async fn another_ambulance_is_confirmed_by_a_clinician_first() {
    let mut work = Work::begin("head-injury", 40, false).await;
    work.comes_to("ambulance").await;
    assert_eq!(work.next(), "validate");
    let status = work.does(HANDLER, "confirm", None).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    let open = format!("{ASSESSMENTS}?waits_for=clinician");
    let (_, waits) = ask(&work.api, "GET", &open, CLINICIAN).await;
    assert_eq!(waits[0]["id"], work.id.as_str());
    let body = json!({ "to": "Dx05", "why": "able to get there by car" });
    work.did(CLINICIAN, "change", Some(body)).await;
    assert_eq!(work.seen["need"]["disposition"], "Dx05");
    assert_eq!(work.next(), "search");
    assert!(work.desk.ordered.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_callback_is_promised_in_the_call() {
    let mut work = Work::begin("repeat-prescription", 40, true).await;
    work.comes_to("callback").await;
    *work.desk.answer.lock().unwrap() = Answer::Failed;
    work.did(HANDLER, "callback", None).await;
    assert_eq!(work.next(), "callback", "nothing was promised");
    *work.desk.answer.lock().unwrap() = Answer::NotNow;
    let status = work.does(HANDLER, "callback", None).await;
    assert_eq!(status, StatusCode::CONFLICT);
    *work.desk.answer.lock().unwrap() = Answer::Done;
    work.did(HANDLER, "callback", None).await;
    assert_eq!(work.seen["closed"]["outcome"], "callback");
}

#[tokio::test]
async fn an_answer_goes_to_the_question_that_is_open_and_can_be_taken_back() {
    let mut work = Work::begin("chest-pain", 60, false).await;
    let first = work.seen["question"].clone();
    let last = first["answers"].as_array().unwrap().len();
    for wrong in [
        json!({ "question": "nothing", "answer": 1 }),
        json!({ "question": first["name"], "answer": last + 1 }),
        json!({ "question": first["name"], "answer": 0 }),
    ] {
        let status = work.does(HANDLER, "answers", Some(wrong)).await;
        assert_eq!(status, StatusCode::CONFLICT);
    }
    // Another handler goes on: the caller may have come to them.
    let body = json!({ "question": first["name"], "answer": 1 });
    work.did(OTHER, "answers", Some(body)).await;
    assert_ne!(work.seen["question"]["name"], first["name"]);
    work.did(OTHER, "back", None).await;
    assert_eq!(work.seen["question"], first);
    let history = work.seen["history"].as_array().unwrap().iter();
    let done: Vec<&Value> = history.map(|deed| &deed["what"]).collect();
    assert_eq!(done, ["answered", "taken-back"]);
}

#[tokio::test]
async fn what_cannot_be_begun_is_told_so() {
    let desk = Desk::new().await;
    let api = desk.api(true);
    for (body, expected) in [
        (json!({ "pathway": "nothing", "years": 40 }), 404),
        (json!({ "pathway": "fever-in-a-child", "years": 40 }), 400),
        (
            json!({ "pathway": "chest-pain", "years": 40, "language": "xx" }),
            400,
        ),
        (
            json!({ "pathway": "chest-pain", "years": 40, "in_call": true }),
            409,
        ),
        (json!({ "pathway": "chest-pain" }), 422),
    ] {
        let (status, problem) = send(&api, "POST", ASSESSMENTS, HANDLER, Some(body)).await;
        assert_eq!(status.as_u16(), expected, "{problem}");
    }
    let (_, adults) = ask(&api, "GET", "/api/v1/pathways?years=40", HANDLER).await;
    let adults = adults.as_array().unwrap();
    let is_there = |id: &str| adults.iter().any(|pathway| pathway["id"] == id);
    assert!(is_there("chest-pain") && !is_there("fever-in-a-child"));
}
