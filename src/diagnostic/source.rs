use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use miette::NamedSource;
use serde::de::DeserializeOwned;

use super::problem::{Excerpt, Problem};

/// The text of one file, able to say where in it something stands.
#[derive(Clone, Debug)]
pub struct Source {
    path: PathBuf,
    named: Arc<NamedSource<String>>,
}

impl Source {
    /// Takes text that has already been read.
    pub fn new(path: impl Into<PathBuf>, text: impl Into<String>) -> Self {
        let path = path.into();
        let named = Arc::new(NamedSource::new(path.display().to_string(), text.into()));
        Source { path, named }
    }

    /// Reads a file. A missing or unreadable one, or one that is not UTF-8, is a problem.
    pub fn read(path: &Path) -> Result<Self, Problem> {
        match std::fs::read_to_string(path) {
            Ok(text) => Ok(Source::new(path, text)),
            Err(error) => Err(Problem::with_file(path, format!("cannot be read: {error}"))),
        }
    }

    /// The file's path, as it was given.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The file's text.
    pub fn text(&self) -> &str {
        self.named.inner()
    }

    /// A problem at a byte range of the text; a range past the end points at the end.
    pub fn problem(&self, span: Range<usize>, message: impl Into<String>) -> Problem {
        let text = self.text();
        let mut start = span.start.min(text.len());
        while !text.is_char_boundary(start) {
            start -= 1;
        }
        let before = &text[..start];
        let line_start = before.rfind('\n').map_or(0, |i| i + 1);
        Problem {
            file: self.path.clone(),
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
            message: message.into(),
            help: None,
            excerpt: Some(Excerpt {
                source: Arc::clone(&self.named),
                offset: start,
                length: span.end.min(text.len()).saturating_sub(start),
            }),
        }
    }

    /// A problem on a line counted from 1, as CSV readers report them.
    pub fn problem_on_line(&self, line: u64, message: impl Into<String>) -> Problem {
        let index = usize::try_from(line.saturating_sub(1)).unwrap_or(usize::MAX);
        let mut start = 0;
        for (n, text) in self.text().split_inclusive('\n').enumerate() {
            if n == index {
                let length = text.trim_end().len();
                return self.problem(start..start + length, message);
            }
            start += text.len();
        }
        self.problem(start..start, message)
    }

    /// Parses the text as TOML. The problem points at the offending place; an unknown key is
    /// answered with the nearest known one (the type must be `#[serde(deny_unknown_fields)]`).
    pub fn toml<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        toml::from_str(self.text()).map_err(|error| {
            let span = error.span().unwrap_or(0..0);
            let problem = self.problem(span, error.message().trim().to_owned());
            match nearest_key(error.message()) {
                Some(key) => problem.help(format!("did you mean `{key}`?")),
                None => problem,
            }
        })
    }
}

/// Reads serde's "unknown field `x`, expected one of `a`, `b`" and finds the nearest known name.
fn nearest_key(message: &str) -> Option<&str> {
    if !message.starts_with("unknown field") && !message.starts_with("unknown variant") {
        return None;
    }
    let mut quoted = message.split('`').skip(1).step_by(2);
    let unknown = quoted.next()?;
    quoted
        .map(|known| (strsim::damerau_levenshtein(unknown, known), known))
        .min()
        .filter(|(distance, known)| *distance <= known.len().max(unknown.len()) / 2)
        .map(|(_, known)| known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(serde::Deserialize, Debug)]
    #[serde(deny_unknown_fields)]
    struct Sample {
        #[expect(dead_code)]
        listen: String,
    }

    #[test]
    fn an_unknown_key_is_placed_and_the_nearest_named() {
        let source = Source::new("a.toml", "# é\nlisten = \"x\"\nlisen = 1\n");
        let problem = source.toml::<Sample>().unwrap_err();
        assert_eq!((problem.line, problem.column), (3, 1));
        assert_eq!(problem.help.as_deref(), Some("did you mean `listen`?"));
    }

    #[test]
    fn a_line_past_the_end_points_at_the_end() {
        let source = Source::new("a.csv", "a\nb\n");
        assert_eq!(source.problem_on_line(9, "x").line, 3);
        assert_eq!(source.problem_on_line(2, "x").line, 2);
    }
}
