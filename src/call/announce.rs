//! What callers hear outside the menus.

use crate::flow::Utterance;
use crate::media::Playlist;

use super::plan::Plan;

pub(super) const QUEUE_JOINED: &str = "queue-joined";
pub(super) const QUEUE_COMFORT: &str = "queue-comfort";
pub(super) const MUSIC: &str = "music";
pub(super) const CALLBACK_BOOKED: &str = "callback-booked";
pub(super) const CALLBACK_NOT_BOOKED: &str = "callback-not-booked";
pub(super) const CALLBACK_CLINICIAN: &str = "callback-clinician";
pub(super) const CALLBACK_NO_ANSWER: &str = "callback-no-answer";
pub(super) const CRISIS_CONNECTING: &str = "crisis-connecting";
pub(super) const CRISIS_NO_ANSWER: &str = "crisis-no-answer";
pub(super) const EMERGENCY_CONNECTING: &str = "emergency-connecting";
pub(super) const EMERGENCY_WAITING: &str = "emergency-waiting";
pub(super) const EMERGENCY_HANDLER: &str = "emergency-handler";
pub(super) const EMERGENCY_AGAIN: &str = "emergency-again";

/// Every prompt that is said outside the menus: each must have been recorded.
pub const SERVICE_PROMPTS: [&str; 13] = [
    QUEUE_JOINED,
    QUEUE_COMFORT,
    MUSIC,
    CALLBACK_BOOKED,
    CALLBACK_NOT_BOOKED,
    CALLBACK_CLINICIAN,
    CALLBACK_NO_ANSWER,
    CRISIS_CONNECTING,
    CRISIS_NO_ANSWER,
    EMERGENCY_CONNECTING,
    EMERGENCY_WAITING,
    EMERGENCY_HANDLER,
    EMERGENCY_AGAIN,
];

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

    /// Music and a word of comfort, in turn.
    pub(super) fn music(&self, language: &str) -> Playlist {
        let said = [MUSIC, QUEUE_COMFORT].map(Utterance::prompt);
        Playlist {
            repeat: true,
            ..self.playlist(language, &said, 0)
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
