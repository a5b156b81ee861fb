use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

use serde::Deserialize;
use toml::Spanned;

use crate::diagnostic::{Problem, Source};

/// What a prompt asks the caller for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Asks {
    /// One key.
    Key,
    /// A number, ended by #.
    Number,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    voice: BTreeMap<String, Made>,
    #[serde(default)]
    music: Option<Made>,
    prompt: BTreeMap<Spanned<String>, Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Made {
    #[serde(rename = "made")]
    _made: String,
    #[serde(rename = "remark")]
    _remark: Option<String>,
}

#[derive(Deserialize)]
struct Row {
    asks: Option<Asks>,
    level: Option<Spanned<f32>>,
    #[serde(flatten)]
    texts: BTreeMap<String, String>,
}

/// One prompt of the script.
#[derive(Clone, Debug)]
pub(super) struct Line {
    pub(super) asks: Option<Asks>,
    /// The level to bring it to, in dBov (dB below a full-scale square wave).
    pub(super) level: f32,
    /// What it says, by language.
    pub(super) texts: BTreeMap<String, String>,
    pub(super) span: Range<usize>,
}

/// `prompts/script.toml`: which prompts there are, and what they say.
#[derive(Clone, Debug)]
pub struct Script {
    pub(super) lines: BTreeMap<String, Line>,
    pub(super) languages: Vec<String>,
    pub(super) source: Source,
}

/// The level of speech where the script names none: some 3 dB below the most that a telephone
/// network likes to carry, as loud as a person who speaks close to the handset (ITU-T P.830).
const SPEECH_LEVEL: f32 = -22.0;

impl Script {
    /// Reads `script.toml` in the folder of prompts.
    pub fn load(folder: &Path) -> Result<Self, Vec<Problem>> {
        let source = Source::read(&folder.join("script.toml"));
        Self::parse(source.map_err(|problem| vec![problem])?)
    }

    fn parse(source: Source) -> Result<Self, Vec<Problem>> {
        let file: File = source.toml().map_err(|problem| vec![problem])?;
        let _ = file.music;
        let languages: Vec<String> = file.voice.into_keys().collect();
        let mut problems = Vec::new();
        let mut lines = BTreeMap::new();
        for (name, row) in file.prompt {
            let span = name.span();
            for language in row.texts.keys().filter(|l| !languages.contains(l)) {
                let message = format!("`{language}` is neither a key nor a language with a voice");
                let help = format!(
                    "write asks, level, or one of the languages: {}",
                    languages.join(", ")
                );
                problems.push(source.problem(span.clone(), message).help(help));
            }
            let level = match row.level {
                None => SPEECH_LEVEL,
                Some(level) => {
                    if !(-60.0..=-10.0).contains(level.get_ref()) {
                        let message = "a level is -60 to -10 dBov";
                        problems.push(source.problem(level.span(), message));
                    }
                    level.into_inner()
                }
            };
            let line = Line {
                asks: row.asks,
                level,
                texts: row.texts,
                span,
            };
            lines.insert(name.into_inner(), line);
        }
        if problems.is_empty() {
            Ok(Script {
                lines,
                languages,
                source,
            })
        } else {
            Err(problems)
        }
    }

    /// What a prompt asks for; nothing for one that only tells.
    pub fn asks(&self, name: &str) -> Option<Asks> {
        self.lines.get(name)?.asks
    }

    /// What a prompt says in a language.
    pub fn text(&self, language: &str, name: &str) -> Option<&str> {
        let texts = &self.lines.get(name)?.texts;
        texts.get(language).map(String::as_str)
    }

    /// Every prompt's name.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.lines.keys().map(String::as_str)
    }

    /// The languages that have a voice.
    pub fn languages(&self) -> impl Iterator<Item = &str> {
        self.languages.iter().map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Script, Vec<Problem>> {
        Script::parse(Source::new("script.toml", text))
    }

    #[test]
    fn texts_stand_by_language() {
        let script = parse(
            "[voice.en-GB]\nmade = 'x'\n[prompt.menu]\nasks = 'key'\nen-GB = 'Press 1.'\n\
             [prompt.music]\nlevel = -30\nen-GB = '(music)'\n",
        )
        .unwrap();
        assert_eq!(script.asks("menu"), Some(Asks::Key));
        assert_eq!(script.text("en-GB", "menu"), Some("Press 1."));
        assert_eq!(script.text("cy-GB", "menu"), None);
        assert_eq!(script.names().collect::<Vec<_>>(), ["menu", "music"]);
    }

    #[test]
    fn what_is_neither_a_key_nor_a_language_is_placed() {
        let problems =
            parse("[voice.en-GB]\nmade = 'x'\n[prompt.menu]\nask = 'key'\n").unwrap_err();
        assert_eq!((problems.len(), problems[0].line), (1, 3));
    }
}
