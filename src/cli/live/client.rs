//! A GET of the summary, by HTTP/1.0 (RFC 1945): one request on one connection, whose end is the end of the answer, and
//! which nobody may send in chunks (RFC 9112 section 6.1).

use std::io::{self, Read, Write};
use std::net::{TcpStream, ToSocketAddrs as _};
use std::time::{Duration, Instant};

use serde_json::Value;
use thiserror::Error;

use super::Server;

/// How long all of it may take: the server itself answers within two seconds.
const PATIENCE: Duration = Duration::from_secs(5);
/// Bytes of an answer; a summary of a hundred regions is a twentieth of it.
const LARGEST: usize = 1024 * 1024;
const PATH: &str = "/api/v1/live";

/// Why there is no summary. What the server is, is in each.
#[derive(Debug, Error)]
pub(super) enum ClientError {
    #[error("{0} cannot be asked: {1}")]
    Away(Server, io::Error),
    #[error("{0} does not answer in time")]
    Late(Server),
    #[error("{0} answers with more than a summary can be")]
    TooLong(Server),
    #[error("{0} answers with status {1}, and not with a summary")]
    Status(Server, u16),
    #[error("what answers at {0} is no ivr111 that gives a summary")]
    NotOurs(Server),
}

/// Asks a server for its summary.
pub(super) fn summary(server: &Server) -> Result<Value, ClientError> {
    summary_within(server, PATIENCE)
}

fn summary_within(server: &Server, patience: Duration) -> Result<Value, ClientError> {
    let until = Instant::now() + patience;
    let answer = exchange(server, until).map_err(|error| match error.kind() {
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => ClientError::Late(server.clone()),
        _ => ClientError::Away(server.clone(), error),
    })?;
    let Some(answer) = answer else {
        return Err(ClientError::TooLong(server.clone()));
    };
    let not_ours = || ClientError::NotOurs(server.clone());
    let (status, body) = parse(&answer).ok_or_else(not_ours)?;
    if status != 200 {
        return Err(ClientError::Status(server.clone(), status));
    }
    let summary: Value = serde_json::from_slice(body).map_err(|_| not_ours())?;
    match summary["at"].is_string() && summary["now"].is_object() {
        true => Ok(summary),
        false => Err(not_ours()),
    }
}

/// All that is answered until then; none where it is too much.
fn exchange(server: &Server, until: Instant) -> io::Result<Option<Vec<u8>>> {
    let mut stream = connect(server, until)?;
    stream.set_write_timeout(Some(left(until)?))?;
    let authority = server.authority();
    write!(
        stream,
        "GET {PATH} HTTP/1.0\r\nHost: {authority}\r\nUser-Agent: ivr111\r\nAccept: application/json\r\n\r\n"
    )?;
    let mut answer = Vec::new();
    let mut piece = [0; 16 * 1024];
    loop {
        stream.set_read_timeout(Some(left(until)?))?;
        let length = match stream.read(&mut piece) {
            Ok(0) => return Ok(Some(answer)),
            Ok(length) => length,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        answer.extend_from_slice(piece.get(..length).unwrap_or_default());
        if answer.len() > LARGEST {
            return Ok(None);
        }
    }
}

fn connect(server: &Server, until: Instant) -> io::Result<TcpStream> {
    let mut last = io::Error::from(io::ErrorKind::NotFound);
    for address in server.authority().to_socket_addrs()? {
        match TcpStream::connect_timeout(&address, left(until)?) {
            Ok(stream) => return Ok(stream),
            Err(error) => last = error,
        }
    }
    Err(last)
}

/// What is left of the time; an error once there is nothing left.
fn left(until: Instant) -> io::Result<Duration> {
    let left = until.saturating_duration_since(Instant::now());
    match left.is_zero() {
        true => Err(io::ErrorKind::TimedOut.into()),
        false => Ok(left),
    }
}

/// The status and the body of an answer.
fn parse(answer: &[u8]) -> Option<(u16, &[u8])> {
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n")?;
    let (head, body) = (answer.get(..end)?, answer.get(end + 4..)?);
    let line = head.split(|byte| *byte == b'\r').next()?;
    let line = std::str::from_utf8(line).ok()?;
    let mut words = line.split(' ');
    words.next().filter(|word| word.starts_with("HTTP/1."))?;
    let status = words.next().filter(|status| status.len() == 3)?;
    Some((status.parse().ok()?, body))
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead as _, BufReader};
    use std::net::TcpListener;

    use super::*;

    /// Somebody who takes one request and answers it so; gives what was asked.
    fn asked(
        answer: impl FnOnce(&mut TcpStream) + Send + 'static,
        patience: Duration,
    ) -> (Result<Value, ClientError>, String) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = Server::at(listener.local_addr().unwrap());
        let other = std::thread::spawn(move || {
            let mut reader = BufReader::new(listener.accept().unwrap().0);
            let mut head = String::new();
            while !head.ends_with("\r\n\r\n") {
                reader.read_line(&mut head).unwrap();
            }
            answer(reader.get_mut());
            head
        });
        let summary = summary_within(&server, patience);
        (summary, other.join().unwrap())
    }

    fn answered(text: impl Into<Vec<u8>>) -> (Result<Value, ClientError>, String) {
        let text = text.into();
        // Who is told too much hangs up before the end of it.
        let answer = move |stream: &mut TcpStream| drop(stream.write_all(&text));
        asked(answer, PATIENCE)
    }

    #[test]
    fn a_summary_is_asked_for_and_taken() {
        let body = r#"{"at":"2026-12-01T08:00:00Z","now":{}}"#;
        let (summary, head) = answered(format!("HTTP/1.1 200 OK\r\nA: b\r\n\r\n{body}"));
        assert_eq!(summary.unwrap()["at"], "2026-12-01T08:00:00Z");
        assert!(head.starts_with("GET /api/v1/live HTTP/1.0\r\nHost: 127.0.0.1:"));
    }

    #[test]
    fn whatever_else_answers_is_said_in_words() {
        let says = |answer: &str| answered(answer).0.unwrap_err().to_string();
        let said = says("HTTP/1.1 404 Not Found\r\n\r\n");
        assert!(said.ends_with("answers with status 404, and not with a summary"));
        for other in [
            "HTTP/1.1 200 OK\r\n\r\n{\"at\":1}",
            "HTTP/1.1 200 OK\r\n\r\n{\"at\":\"2026",
            "HTTP/1.1 200 OK\r\n\r\n<html>",
            "HTTP/1.1 2000 OK\r\n\r\n{}",
            "SIP/2.0 200 OK\r\n\r\n{}",
            "HTTP/1.1 200 OK\r\n",
            "",
        ] {
            assert!(says(other).contains("is no ivr111"), "{other}");
        }
    }

    #[test]
    fn an_answer_without_end_is_not_taken_in() {
        let mut answer = b"HTTP/1.1 200 OK\r\n\r\n".to_vec();
        answer.resize(2 * LARGEST, b' ');
        let (summary, _) = answered(answer);
        assert!(matches!(summary, Err(ClientError::TooLong(_))));
    }

    #[test]
    fn who_says_nothing_is_not_waited_for() {
        // Until we hang up.
        let says_nothing = |stream: &mut TcpStream| drop(stream.read(&mut [0]));
        let (summary, _) = asked(says_nothing, Duration::from_millis(300));
        assert!(matches!(summary, Err(ClientError::Late(_))));
    }

    #[test]
    fn nobody_there_is_said_in_words() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = Server::at(listener.local_addr().unwrap());
        drop(listener);
        let said = summary(&server).unwrap_err().to_string();
        assert!(said.contains("cannot be asked"), "{said}");
    }
}
