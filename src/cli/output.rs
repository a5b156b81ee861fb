//! Printing: problems with their places, tables, JSON.

use std::io::{IsTerminal as _, Write as _};

use miette::{GraphicalReportHandler, GraphicalTheme};
use serde::Serialize;

use crate::diagnostic::Problem;

use super::Outcome;

/// Prints problems on standard error, each with its file, line and column, the line itself, and what to
/// write instead.
pub(super) fn problems(problems: &[Problem]) {
    let theme = match std::io::stderr().is_terminal() {
        true => GraphicalTheme::unicode(),
        false => GraphicalTheme::unicode_nocolor(),
    };
    let handler = GraphicalReportHandler::new_themed(theme).with_width(100);
    for problem in problems {
        let mut text = String::new();
        if handler.render_report(&mut text, problem).is_err() {
            text = format!("{problem}\n");
        }
        // The place on a line of its own, where programs look for it.
        eprintln!("{problem}\n{}", text.trim_end());
    }
}

/// Says why a command could not run.
pub(super) fn failed(error: impl std::fmt::Display) -> Outcome {
    eprintln!("ivr111: {error}");
    Outcome::Failed
}

/// Prints on standard output; a reader that has gone away is no error.
pub(super) fn line(text: impl std::fmt::Display) {
    let _ = writeln!(std::io::stdout(), "{text}");
}

/// Prints JSON.
pub(super) fn json(value: &impl Serialize) -> Outcome {
    match serde_json::to_string_pretty(value) {
        Ok(text) => {
            line(text);
            Outcome::Good
        }
        Err(error) => failed(error),
    }
}

/// Prints rows under a heading, each column as wide as its widest cell.
pub(super) fn table(heading: &[&str], rows: &[Vec<String>]) {
    let mut widths: Vec<usize> = heading.iter().map(|h| h.chars().count()).collect();
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let print = |cells: &mut dyn Iterator<Item = &str>| {
        let padded = cells.zip(&widths).map(|(cell, w)| format!("{cell:<w$}"));
        line(padded.collect::<Vec<_>>().join("  ").trim_end());
    };
    print(&mut heading.iter().copied());
    for row in rows {
        print(&mut row.iter().map(String::as_str));
    }
}
