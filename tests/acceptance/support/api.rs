//! Somebody at a desk, who works with the API.

use std::io::Write as _;
use std::net::TcpStream;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

/// The address of the shipped settings.
const HTTP: &str = "127.0.0.1:8111";

/// Somebody who has a name and a password.
#[derive(Clone)]
pub struct AtDesk {
    basic: String,
}

impl AtDesk {
    /// By their name, with their demonstration password.
    pub fn named(name: &str) -> Self {
        AtDesk {
            basic: STANDARD.encode(format!("{name}:demo-{name}")),
        }
    }

    /// Asks for something, and gives status and answer.
    pub fn ask(&self, method: &str, path: &str, body: Option<&Value>) -> (u16, Value) {
        let body = body.map(Value::to_string).unwrap_or_default();
        let mut stream = TcpStream::connect(HTTP).unwrap();
        write!(
            stream,
            "{method} /api/v1{path} HTTP/1.0\r\nAuthorization: Basic {}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            self.basic,
            body.len()
        )
        .unwrap();
        let text = std::io::read_to_string(stream).unwrap();
        let status = text.split(' ').nth(1).unwrap().parse().unwrap();
        let body = text.split_once("\r\n\r\n").unwrap().1;
        (status, serde_json::from_str(body).unwrap_or(Value::Null))
    }

    /// The same, of which something must come.
    pub fn did(&self, method: &str, path: &str, body: Option<&Value>) -> Value {
        let (status, answer) = self.ask(method, path, body);
        assert!((200..300).contains(&status), "{method} {path}: {answer}");
        answer
    }

    /// Begins an assessment of the caller with whom they talk.
    pub fn begins(&self, pathway: &str, years: u8) -> Assessed {
        self.begins_one(pathway, years, true)
    }

    /// Begins one without a call.
    pub fn begins_without_a_call(&self, pathway: &str, years: u8) -> Assessed {
        self.begins_one(pathway, years, false)
    }

    fn begins_one(&self, pathway: &str, years: u8, in_call: bool) -> Assessed {
        let body = json!({ "pathway": pathway, "years": years, "in_call": in_call });
        let seen = self.did("POST", "/assessments", Some(&body));
        Assessed {
            id: seen["id"].as_str().unwrap().to_owned(),
            by: self.clone(),
            seen,
        }
    }
}

/// An assessment that somebody works on.
#[derive(Clone)]
pub struct Assessed {
    pub id: String,
    pub by: AtDesk,
    /// As it was answered last.
    pub seen: Value,
}

impl Assessed {
    /// Does something with it.
    pub fn does(&mut self, what: &str, body: Option<&Value>) -> Value {
        let path = format!("/assessments/{}/{what}", self.id);
        self.seen = self.by.did("POST", &path, body);
        self.seen.clone()
    }

    /// Reads it again.
    pub fn reads(&mut self) -> &Value {
        let path = format!("/assessments/{}", self.id);
        self.seen = self.by.did("GET", &path, None);
        &self.seen
    }

    /// Gives answers, each by the beginning of its words, until there is no question left.
    pub fn answers(&mut self, answers: &[&str]) {
        for words in answers {
            let question = self.seen["question"].clone();
            let choices = question["answers"].as_array().expect("a question is open");
            let choice = choices
                .iter()
                .find(|choice| choice["text"].as_str().unwrap().starts_with(words));
            let choice = choice.unwrap_or_else(|| panic!("{question} has no {words}"));
            let body = json!({ "question": question["name"], "answer": choice["number"] });
            self.does("answers", Some(&body));
        }
        assert!(self.seen["question"].is_null(), "{}", self.seen);
    }
}
