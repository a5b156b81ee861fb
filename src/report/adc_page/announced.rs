use crate::report::Measured;
use crate::report::page::{Block, Cell, Part, Table};
use crate::report::words::{count, figure};

/// Waits as they were announced against waits as they were. None where nobody was told one, or that is held back.
pub fn announced(measured: &Measured) -> Option<Part> {
    let announced = &measured.announced;
    let told = announced.median_error_as_told;
    if announced.calls == 0 {
        return None;
    }
    let calls = |calls: usize| count(u64::try_from(calls).ok());
    let seconds = |seconds: Option<f64>| match seconds {
        None => Cell::Number(figure(None, 1)),
        some => Cell::Number(format!("{}\u{a0}s", figure(some, 1))),
    };
    let percent = match announced.median_error_percent {
        None => figure(None, 1),
        some => format!("{}\u{a0}%", figure(some, 1)),
    };
    let rows = [
        (
            "Callers who were told a wait and were answered",
            calls(announced.calls),
        ),
        (
            "Of them, waited no longer than they were told",
            calls(announced.not_longer_than_told),
        ),
        (
            "Of them, told “more than an hour”",
            calls(announced.told_over_an_hour),
        ),
        (
            "Wait from the announcement to the answer, median",
            seconds(announced.median_wait),
        ),
        ("What was announced was off by, median", seconds(told)),
        (
            "What had been reckoned was off by, median",
            seconds(announced.median_error_as_reckoned),
        ),
        (
            "The same in hundredths of the wait, of those who waited a minute or more",
            Cell::Number(percent),
        ),
    ];
    let table = Table {
        caption: "Waits as announced, and as they were".to_owned(),
        heading: ["What", "Figure"].map(str::to_owned).into(),
        rows: rows
            .map(|(name, cell)| vec![Cell::Text(name.to_owned()), cell])
            .into(),
    };
    let text = "A wait is announced in full minutes, rounded up, so that most who are answered at once have been told more. The \
                errors are told whichever way they go.";
    let part = 100.0 * announced.not_longer_than_told as f64 / announced.calls as f64;
    Some(Part {
        heading: format!("Announced waits: {part:.0}\u{a0}% waited no longer than they were told"),
        blocks: vec![Block::Table(table), Block::Text(text.to_owned())],
    })
}
