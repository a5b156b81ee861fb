//! Where answers come from: the command line, or standard input.

use std::collections::VecDeque;
use std::io::{BufRead as _, IsTerminal as _, Read as _, Write as _};

use super::super::{Outcome, output};

/// The longest line that is read at once, in bytes.
const LONGEST: u64 = 256;
const HOW: &str = "write the number of an answer, b to go back, or q to leave";

/// What somebody wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Given {
    /// This answer, counted from 1.
    Answer(usize),
    /// To take the last answer back.
    Back,
    /// To leave.
    Quit,
}

impl Given {
    fn read(text: &str) -> Option<Self> {
        match text.trim() {
            "b" | "B" => Some(Given::Back),
            "q" | "Q" => Some(Given::Quit),
            number => number.parse().ok().map(Given::Answer),
        }
    }
}

pub(super) enum Answers {
    Written(VecDeque<String>),
    Asked,
}

impl Answers {
    pub(super) fn new(written: Option<Vec<String>>) -> Self {
        written.map_or(Answers::Asked, |answers| Answers::Written(answers.into()))
    }

    /// Whether they stand on the command line: then a wrong one cannot be given anew.
    pub(super) fn are_written(&self) -> bool {
        matches!(self, Answers::Written(_))
    }

    /// The next one; otherwise how the command ends for want of it.
    pub(super) fn next(&mut self) -> Result<Given, Outcome> {
        match self {
            Answers::Written(written) => {
                let next = written.pop_front().ok_or_else(|| {
                    eprintln!("ivr111: the answers end before the assessment does");
                    Outcome::Wrong
                })?;
                Given::read(&next).ok_or_else(|| {
                    eprintln!("ivr111: `{next}` is no answer: {HOW}");
                    Outcome::Wrong
                })
            }
            Answers::Asked => asked(),
        }
    }

    /// Those that nothing asks for any more.
    pub(super) fn left_over(&self) -> Option<String> {
        match self {
            Answers::Written(left) if !left.is_empty() => Some(
                left.iter()
                    .map(String::as_str)
                    .collect::<Vec<_>>()
                    .join(","),
            ),
            _ => None,
        }
    }
}

fn asked() -> Result<Given, Outcome> {
    let mut input = std::io::stdin().lock();
    loop {
        if input.is_terminal() {
            eprint!("> ");
            let _ = std::io::stderr().flush();
        }
        let mut line = Vec::new();
        match input.by_ref().take(LONGEST).read_until(b'\n', &mut line) {
            Ok(0) => {
                return Err(output::failed(
                    "standard input has ended: left before the end",
                ));
            }
            Ok(_) => {}
            Err(error) => return Err(output::failed(error)),
        }
        match Given::read(&String::from_utf8_lossy(&line)) {
            Some(given) => return Ok(given),
            None => eprintln!("ivr111: {HOW}"),
        }
    }
}
