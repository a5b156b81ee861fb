use std::fmt;
use std::path::{Path, PathBuf};

use miette::{Diagnostic, LabeledSpan, NamedSource, SourceCode};

/// Something wrong in a file that a person wrote.
///
/// `Display` gives `file:line:column: message`; as a [`Diagnostic`] it shows the line itself.
#[derive(Clone, Debug)]
pub struct Problem {
    /// The file, as the caller named it.
    pub file: PathBuf,
    /// Line, counted from 1.
    pub line: usize,
    /// Column in characters, counted from 1.
    pub column: usize,
    /// What is wrong.
    pub message: String,
    /// What to write instead, where that is known.
    pub help: Option<String>,
    pub(super) excerpt: Option<Excerpt>,
}

/// The text around a problem, kept for display.
#[derive(Clone, Debug)]
pub(super) struct Excerpt {
    pub source: std::sync::Arc<NamedSource<String>>,
    pub offset: usize,
    pub length: usize,
}

impl Problem {
    /// A problem with a file as a whole: it is missing, or cannot be read.
    pub fn with_file(file: &Path, message: impl Into<String>) -> Self {
        Problem {
            file: file.to_path_buf(),
            line: 1,
            column: 1,
            message: message.into(),
            help: None,
            excerpt: None,
        }
    }

    /// Adds what to write instead.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Problem {
            file, line, column, ..
        } = self;
        write!(f, "{}:{line}:{column}: {}", file.display(), self.message)
    }
}

impl std::error::Error for Problem {}

impl Diagnostic for Problem {
    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.help
            .as_ref()
            .map(|h| Box::new(h) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.excerpt.as_ref().map(|e| &*e.source as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let e = self.excerpt.as_ref()?;
        let label = LabeledSpan::new(Some("here".into()), e.offset, e.length);
        Some(Box::new(std::iter::once(label)))
    }
}
