//! From what is to be said to what is played.

use crate::flow::Utterance;
use crate::media::Playlist;

use super::announce::MUSIC;
use super::plan::Plan;

/// Ringing tones between two announcements: three seconds each.
const RINGS: usize = 4;

impl Plan {
    /// Utterances as recordings in a language. One that is missing is left out, and said so in the log:
    /// a caller is never stopped by it.
    pub(super) fn playlist(&self, language: &str, said: &[Utterance], id: u64) -> Playlist {
        let names = said.iter().flat_map(Utterance::recordings);
        let clips = names.filter_map(|name| {
            let clip = self.prompts.clip(language, &name);
            if clip.is_none() {
                tracing::error!(language, name, "a prompt is missing");
            }
            clip.cloned()
        });
        Playlist {
            clips: clips.collect(),
            repeat: false,
            id,
        }
    }

    /// Music for whoever waits or is on hold.
    pub(super) fn hold_music(&self, language: &str) -> Playlist {
        Playlist {
            repeat: true,
            ..self.playlist(language, &[Utterance::prompt(MUSIC)], 0)
        }
    }

    /// The ringing tone, and an announcement between its rings where one is given.
    pub(super) fn ringing(&self, language: &str, between: Option<&str>) -> Playlist {
        let mut playlist = Playlist {
            clips: vec![self.ringing_tone.clone(); RINGS],
            repeat: true,
            id: 0,
        };
        if let Some(name) = between {
            let said = self.playlist(language, &[Utterance::prompt(name)], 0);
            playlist.clips.extend(said.clips);
        }
        playlist
    }
}
