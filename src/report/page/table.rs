use super::text::{escape, or, width};

/// What a page of a telephone has room for, in its pixels.
const ROOM: f64 = 320.0;
/// The size of a table's text, and what is beside it in a cell.
const SIZE: f64 = 15.0;
const BESIDE: f64 = 22.0;
/// A row's name that is longer may break, but not into single words.
const LONG: f64 = 130.0;

/// A table. The first cell of each row names the row.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// What it shows.
    pub caption: String,
    /// What stands above each column. Where rows are longer, the rest has nothing above it.
    pub heading: Vec<String>,
    /// From top to bottom; a short row is filled up with empty cells.
    pub rows: Vec<Vec<Cell>>,
}

/// What stands in one place of a table.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// Words.
    Text(String),
    /// A number, already written; stands at the right of its column.
    Number(String),
    /// A figure that is held against a target, and whether it meets it: told by a word and a sign.
    Met(String, bool),
}

impl Table {
    /// The table, in a box of its own that scrolls where it is wider than the page.
    pub(super) fn html(&self) -> String {
        let caption = escape(or(&self.caption, "Table"));
        let mut out = match self.is_wide() {
            true => format!(
                "<div class=\"box\" tabindex=\"0\" role=\"region\" aria-label=\"{caption}\">\n"
            ),
            false => "<div class=\"box\">\n".to_owned(),
        };
        out.push_str(&format!(
            "<table>\n<caption>{caption}</caption>\n<thead>\n<tr>"
        ));
        for column in 0..self.columns() {
            let name = self.heading.get(column).map_or("", |name| name.as_str());
            let class = if self.is_of_numbers(column) {
                " class=\"number\""
            } else {
                ""
            };
            out.push_str(&match or(name, "") {
                "" => "<td></td>".to_owned(),
                name => format!("<th scope=\"col\"{class}>{}</th>", escape(name)),
            });
        }
        out.push_str("</tr>\n</thead>\n<tbody>\n");
        for row in &self.rows {
            out.push_str("<tr>");
            for column in 0..self.columns() {
                out.push_str(&cell(row.get(column), column == 0, self.is_held(column)));
            }
            out.push_str("</tr>\n");
        }
        if self.rows.is_empty() {
            out.push_str(&format!(
                "<tr><td colspan=\"{}\">There are no figures.</td></tr>\n",
                self.columns()
            ));
        }
        out.push_str("</tbody>\n</table>\n</div>\n");
        out
    }

    fn columns(&self) -> usize {
        let longest = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        longest.max(self.heading.len()).max(1)
    }

    fn is_of_numbers(&self, column: usize) -> bool {
        let mut cells = self.rows.iter().filter_map(|row| row.get(column));
        cells.any(|cell| matches!(cell, Cell::Number(_) | Cell::Met(..)))
    }

    /// Whether figures of the column are held against a target, so that its numbers leave room for the signs.
    fn is_held(&self, column: usize) -> bool {
        let mut cells = self.rows.iter().filter_map(|row| row.get(column));
        cells.any(|cell| matches!(cell, Cell::Met(..)))
    }

    /// Whether it may be wider than a telephone, so that who has no mouse must be able to scroll it.
    fn is_wide(&self) -> bool {
        let of = |column: usize| {
            let above = self
                .heading
                .get(column)
                .map_or(0.0, |name| longest_word(name));
            let below = self
                .rows
                .iter()
                .filter_map(|row| row.get(column))
                .map(breadth);
            BESIDE + below.fold(above, f64::max)
        };
        (0..self.columns()).map(of).sum::<f64>() > ROOM
    }
}

fn longest_word(text: &str) -> f64 {
    text.split_whitespace()
        .map(|word| width(word, SIZE))
        .fold(0.0, f64::max)
}

fn breadth(cell: &Cell) -> f64 {
    match cell {
        Cell::Text(text) => longest_word(text).min(width(text, SIZE)),
        Cell::Number(text) => width(text, SIZE),
        Cell::Met(text, _) => width(text, SIZE) + width(" ✗ not met", SIZE),
    }
}

fn cell(cell: Option<&Cell>, is_first: bool, is_held: bool) -> String {
    let (class, inside) = match cell {
        None => ("", String::new()),
        Some(Cell::Text(text)) if is_first && width(text, SIZE) > LONG => {
            (" class=\"long\"", escape(text))
        }
        Some(Cell::Text(text)) => ("", escape(text)),
        Some(Cell::Number(text)) if is_held => (
            of_number(text),
            format!("{} <span class=\"met\"></span>", escape(text)),
        ),
        Some(Cell::Number(text)) => (of_number(text), escape(text)),
        Some(Cell::Met(text, is_met)) => (of_number(text), met(text, *is_met)),
    };
    match is_first && !inside.is_empty() {
        true => format!("<th scope=\"row\"{class}>{inside}</th>"),
        false => format!("<td{class}>{inside}</td>"),
    }
}

/// A number does not break, unless it is none.
fn of_number(text: &str) -> &'static str {
    if width(text, SIZE) > LONG {
        " class=\"number long\""
    } else {
        " class=\"number\""
    }
}

fn met(text: &str, is_met: bool) -> String {
    let (class, sign, word) = match is_met {
        true => ("met", "✓", "met"),
        false => ("unmet", "✗", "not met"),
    };
    format!(
        "{} <span class=\"{class}\"><span aria-hidden=\"true\">{sign}</span> {word}</span>",
        escape(text)
    )
}
