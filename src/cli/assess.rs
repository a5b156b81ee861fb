//! `ivr111 assess`: walks a pathway in the terminal.

mod answers;
mod end;
mod tables;

use std::sync::Arc;

use jiff::Timestamp;

use crate::clinical::{Codes, Patient};
use crate::pathway::{Asked, Assessment, By, Case, Event, Pathways};

use super::args::Assess;
use super::{Outcome, ask, output};

use answers::{Answers, Given};
use end::Found;

/// Whose assessments these are: nobody's account.
const TERMINAL: &str = "terminal";

pub(super) fn run(arguments: &Assess) -> Outcome {
    let (codes, pathways) = match load(arguments) {
        Ok(loaded) => loaded,
        Err(outcome) => return outcome,
    };
    if arguments.list {
        return tables::list(arguments, &pathways);
    }
    if arguments.walk {
        return tables::walk(arguments, &pathways);
    }
    match begin(arguments, &pathways) {
        Ok(assessment) => assess(arguments, assessment, &codes),
        Err(outcome) => outcome,
    }
}

/// Codes and pathways, and nothing else of what a server needs.
fn load(arguments: &Assess) -> Result<(Codes, Pathways), Outcome> {
    let routing = match &arguments.routing {
        Some(folder) => folder.clone(),
        None => {
            let settings = ask::settings(&arguments.config)?;
            settings.path(&settings.tables.routing)
        }
    };
    let loaded = Codes::load(&routing).and_then(|codes| {
        let pathways = Pathways::load(&routing, &codes)?;
        Ok((codes, pathways))
    });
    loaded.map_err(|problems| {
        output::problems(&problems);
        Outcome::Wrong
    })
}

fn begin(arguments: &Assess, pathways: &Pathways) -> Result<Assessment, Outcome> {
    let id = arguments.pathway.as_deref().unwrap_or_default();
    let Some(pathway) = pathways.get(id) else {
        let known: Vec<&str> = pathways.iter().map(|pathway| pathway.id()).collect();
        let message = format!("there is no pathway `{id}`; there are {}", known.join(", "));
        return Err(output::failed(message));
    };
    let patient = Patient {
        years: arguments.age,
        gender: arguments.gender,
    };
    let by = By::handler(TERMINAL);
    let pathway = Arc::clone(pathway);
    let language = &arguments.language;
    Assessment::begin(pathway, patient, language, Timestamp::now(), by).map_err(output::failed)
}

/// Asks until the end. With JSON, what is said on the way goes to standard error.
fn assess(arguments: &Assess, mut assessment: Assessment, codes: &Codes) -> Outcome {
    let mut case = Case::new(Timestamp::now());
    let mut answers = Answers::new(arguments.answers.clone());
    let say = |text: String| match arguments.json {
        true => eprintln!("{text}"),
        false => output::line(text),
    };
    say(end::heading(&assessment, &arguments.language));
    while let Some(asked) = assessment.question() {
        say(question(&asked));
        let given = match answers.next() {
            Ok(given) => given,
            Err(outcome) => return outcome,
        };
        let (at, by) = (Timestamp::now(), By::handler(TERMINAL));
        let done = match given {
            Given::Answer(number) => assessment.answer(at, by, &asked.question, number),
            Given::Back => assessment.back(at, by),
            Given::Quit => {
                eprintln!("ivr111: the assessment was left before its end");
                return Outcome::Wrong;
            }
        };
        if let Err(refused) = done {
            eprintln!("ivr111: {refused}");
            if answers.are_written() {
                return Outcome::Wrong;
            }
        }
    }
    if let Some(left) = answers.left_over() {
        eprintln!("ivr111: the assessment has ended, and answers are left over: {left}");
        return Outcome::Wrong;
    }
    let Some(reached) = assessment.ended().cloned() else {
        return output::failed("the assessment has no end");
    };
    let end = Box::new(reached.clone());
    let decided = Event::Decided { end };
    if let Err(refused) = case.on(Timestamp::now(), &By::handler(TERMINAL), decided, codes) {
        return output::failed(refused);
    }
    let found = Found::new(&assessment, reached, case.order(), codes);
    match arguments.json {
        true => output::json(&found),
        false => found.print(),
    }
}

/// A question with its answers, as it is shown.
fn question(asked: &Asked) -> String {
    let mut lines = vec![String::new(), asked.text.clone()];
    lines.extend(asked.help.iter().map(|help| format!("   ({help})")));
    let answers = asked.answers.iter();
    lines.extend(answers.map(|answer| format!("  {}  {}", answer.number, answer.text)));
    lines.join("\n")
}
