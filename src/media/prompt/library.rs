use std::collections::HashMap;
use std::path::{Path, PathBuf};

use crate::diagnostic::Problem;
use crate::media::clip::Clip;

use super::cache::{Cache, Clips, Origin};
use super::resample::{NARROW, WIDE, resample};
use super::script::{Line, Script};
use super::{decode, level};

/// The language that every prompt has.
const DEFAULT: &str = "en-GB";
/// What a recording may be, in the order in which it is looked for.
const EXTENSIONS: [&str; 4] = ["flac", "wav", "ogg", "mp3"];

/// Every prompt in every language, ready to be sent. Shared by all calls.
#[derive(Clone, Debug)]
pub struct Prompts {
    script: Script,
    clips: HashMap<String, HashMap<String, Clip>>,
}

impl Prompts {
    /// Reads the script and every recording that it speaks of. What is missing or cannot be read
    /// comes back all at once, each with its place in the script or its file.
    pub fn load(folder: &Path) -> Result<Self, Vec<Problem>> {
        Prompts::read(Script::load(folder)?, folder)
    }

    /// The same, but that recordings which have been read before are taken as they stand in a file; it is
    /// written where it is not there, or where it is of other recordings.
    pub fn load_with(folder: &Path, file: PathBuf) -> Result<Self, Vec<Problem>> {
        let script = Script::load(folder)?;
        let (cache, origin) = (Cache::new(file), origin(&script, folder));
        if let Some(clips) = cache.read(&origin) {
            return Ok(Prompts { script, clips });
        }
        let prompts = Prompts::read(script, folder)?;
        cache.write(&origin, &prompts.clips);
        Ok(prompts)
    }

    fn read(script: Script, folder: &Path) -> Result<Self, Vec<Problem>> {
        let mut problems = Vec::new();
        let mut clips = Clips::new();
        for (name, line) in &script.lines {
            if !line.texts.contains_key(DEFAULT) {
                let message = format!("prompt `{name}` says nothing in {DEFAULT}");
                problems.push(script.source.problem(line.span.clone(), message));
            }
            for language in line.texts.keys() {
                match recording(&script, folder, language, name, line) {
                    Ok(clip) => {
                        let of_language = clips.entry(language.clone()).or_default();
                        of_language.insert(name.clone(), clip);
                    }
                    Err(problem) => problems.push(problem),
                }
            }
        }
        if problems.is_empty() {
            Ok(Prompts { script, clips })
        } else {
            Err(problems)
        }
    }

    /// A prompt in a language, or in English where that language lacks it.
    pub fn clip(&self, language: &str, name: &str) -> Option<&Clip> {
        let of = |language: &str| self.clips.get(language)?.get(name);
        of(language).or_else(|| of(DEFAULT))
    }

    /// Whether a prompt has been recorded in a language.
    pub fn has(&self, language: &str, name: &str) -> bool {
        self.clips
            .get(language)
            .is_some_and(|clips| clips.contains_key(name))
    }

    /// Every recording with its language and name.
    pub fn all(&self) -> impl Iterator<Item = (&str, &str, &Clip)> {
        self.clips.iter().flat_map(|(language, clips)| {
            let named = clips.iter();
            named.map(|(name, clip)| (language.as_str(), name.as_str(), clip))
        })
    }

    /// What the prompts say.
    pub fn script(&self) -> &Script {
        &self.script
    }
}

/// What the prompts are made of. Of every language and every kind of file: what is added later is seen.
fn origin(script: &Script, folder: &Path) -> Origin {
    let mut origin = Origin::default();
    for (name, line) in &script.lines {
        for language in line.texts.keys() {
            let stem = folder.join(language).join(name);
            for extension in EXTENSIONS {
                origin.add(&stem.with_added_extension(extension), line.level);
            }
        }
    }
    origin
}

fn recording(
    script: &Script,
    folder: &Path,
    language: &str,
    name: &str,
    line: &Line,
) -> Result<Clip, Problem> {
    let stem = folder.join(language).join(name);
    let with = |extension: &&str| -> PathBuf { stem.with_added_extension(extension) };
    let Some(path) = EXTENSIONS.iter().map(with).find(|path| path.is_file()) else {
        let message = format!("prompt `{name}` has not been recorded in {language}");
        let help = format!(
            "put a recording at {} (or .{})",
            with(&EXTENSIONS[0]).display(),
            EXTENSIONS[1..].join(", .")
        );
        let problem = script.source.problem(line.span.clone(), message);
        return Err(problem.help(help));
    };
    clip(&path, line.level).map_err(|message| Problem::with_file(&path, message))
}

fn clip(path: &Path, level: f32) -> Result<Clip, String> {
    let recording = decode::decode(path)?;
    let narrow = resample(&recording, NARROW)?;
    let wide = resample(&recording, WIDE)?;
    // The same for both, so that a prompt is as loud on either kind of phone; but what is above the
    // telephone's band must not clip.
    let gain = level::gain(&narrow, level).min(level::gain(&wide, 0.0));
    let (narrow, wide) = (level::scaled(&narrow, gain), level::scaled(&wide, gain));
    Ok(Clip::from_bands(&narrow, &wide))
}
