//! Recordings as studios deliver them: any of the formats, stereo, at any rate, too soft or too loud.

use std::path::Path;
use std::process::Command;

use ivr111::media::{Codec, Law, Prompts};

use crate::support::server::checkout;
use crate::support::sound::correlation;

/// Encoders put some silence before what they encode: as far as this, in samples at 8,000/s.
const DELAY: usize = 800;

fn run(program: &str, arguments: &[&str]) {
    let status = Command::new(program).args(arguments).status();
    let status = status.unwrap_or_else(|error| panic!("{program}: {error}"));
    assert!(status.success(), "{program} {arguments:?}");
}

/// A folder of prompts with one prompt, delivered as a file with this name.
fn delivered(file: &str, gain: &str) -> (tempfile::TempDir, Prompts) {
    let folder = tempfile::TempDir::new().unwrap();
    let english = folder.path().join("en-GB");
    std::fs::create_dir(&english).unwrap();
    let script = "[voice.en-GB]\nmade = \"for this test\"\n[prompt.age]\nen-GB = \"How old?\"\n";
    std::fs::write(folder.path().join("script.toml"), script).unwrap();
    let shipped = checkout().join("prompts/en-GB/age.flac");
    let file = english.join(file);
    let (from, to) = (shipped.to_str().unwrap(), file.to_str().unwrap());
    if to.ends_with(".mp3") {
        let wav = folder.path().join("age.wav");
        let wav = wav.to_str().unwrap();
        run("sox", &[from, "-r", "44100", "-c", "2", wav, "vol", gain]);
        run("lame", &["--quiet", wav, to]);
    } else {
        run("sox", &[from, "-r", "44100", "-c", "2", to, "vol", gain]);
    }
    let prompts = Prompts::load(folder.path()).unwrap_or_else(|problems| panic!("{problems:?}"));
    (folder, prompts)
}

fn samples(prompts: &Prompts) -> Vec<i16> {
    let clip = prompts.clip("en-GB", "age").unwrap();
    let decoded = clip.bytes(Codec::Pcma).iter();
    decoded.map(|byte| Law::A.decode(*byte)).collect()
}

fn shipped() -> Vec<i16> {
    let prompts = Prompts::load(&checkout().join("prompts"));
    samples(&prompts.unwrap_or_else(|problems| panic!("{problems:?}")))
}

fn root_mean_square(samples: &[i16]) -> f64 {
    let sum: f64 = samples.iter().map(|s| f64::from(*s).powi(2)).sum();
    (sum / samples.len() as f64).sqrt()
}

#[test]
fn every_format_is_played_alike_and_equally_loud() {
    let original = shipped();
    for file in ["age.flac", "age.wav", "age.ogg", "age.mp3"] {
        for gain in ["0.1", "1.2"] {
            let (_folder, prompts) = delivered(file, gain);
            let heard = samples(&prompts);
            let length = original.len() - DELAY;
            let like = |delay: usize| {
                let end = (delay + length).min(heard.len());
                correlation(&heard[delay..end], &original[..end - delay])
            };
            let best = (0..DELAY).map(like).fold(0.0, f64::max);
            assert!(best > 0.95, "{file} at {gain}: {best}");
            let louder = root_mean_square(&heard) / root_mean_square(&original);
            assert!((0.85..1.15).contains(&louder), "{file} at {gain}: {louder}");
        }
    }
}

#[test]
fn what_is_no_recording_is_named() {
    let folder = tempfile::TempDir::new().unwrap();
    let english = folder.path().join("en-GB");
    std::fs::create_dir(&english).unwrap();
    let script =
        "[voice.en-GB]\nmade = \"x\"\n[prompt.age]\nen-GB = \"x\"\n[prompt.menu]\nen-GB = \"x\"\n";
    std::fs::write(folder.path().join("script.toml"), script).unwrap();
    std::fs::write(english.join("age.wav"), "no sound").unwrap();
    let problems = Prompts::load(folder.path()).unwrap_err();
    let names = |file: &Path, message: &str| {
        let found = problems
            .iter()
            .any(|p| p.file.ends_with(file) && p.message.contains(message));
        assert!(found, "{problems:?}");
    };
    names(Path::new("en-GB/age.wav"), "cannot be read as a recording");
    names(Path::new("script.toml"), "has not been recorded");
}
