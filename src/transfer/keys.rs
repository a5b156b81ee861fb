use jiff::{SignedDuration, Timestamp};

use crate::flow::Key;

/// How long the second key may take.
const TOGETHER: SignedDuration = SignedDuration::from_secs(3);

/// What a handler can say by keys in a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// `*1`: to a clinician.
    Clinician,
    /// `*2`: to a callback.
    Callback,
    /// `*3`: hold, and back again.
    Hold,
    /// `*4`: a machine has answered whom we have rung.
    Voicemail,
    /// `*9`: to 999.
    Emergency,
}

/// Takes a handler's keys: a star and a digit within three seconds of it are a command, and everything else
/// is none, so that no slip of a finger hands a caller on.
#[derive(Clone, Copy, Debug, Default)]
pub struct Keys {
    star: Option<Timestamp>,
}

impl Keys {
    /// The command that a key completes.
    pub fn on(&mut self, now: Timestamp, key: Key) -> Option<Command> {
        let star = self.star.take();
        if key.char() == '*' {
            self.star = Some(now);
            return None;
        }
        let soon = star.is_some_and(|star| now.duration_since(star) <= TOGETHER);
        match key.char() {
            '1' if soon => Some(Command::Clinician),
            '2' if soon => Some(Command::Callback),
            '3' if soon => Some(Command::Hold),
            '4' if soon => Some(Command::Voicemail),
            '9' if soon => Some(Command::Emergency),
            _ => None,
        }
    }
}
