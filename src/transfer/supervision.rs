/// How a supervisor takes part in somebody else's call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Supervision {
    /// Hears both, and is heard by nobody.
    Listen,
    /// Hears both, and is heard by the handler.
    Whisper,
    /// Hears both, and is heard by both.
    Barge,
    /// Has the caller instead of the handler.
    TakeOver,
}

impl Supervision {
    /// Words for the record of who listened.
    pub fn word(self) -> &'static str {
        match self {
            Supervision::Listen => "listens to",
            Supervision::Whisper => "whispers to",
            Supervision::Barge => "barges in on",
            Supervision::TakeOver => "takes over from",
        }
    }
}
