use jiff::Timestamp;

/// How a hunt for a control room went, to be written down at its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmergencyTransfer {
    /// When the caller wanted 999.
    pub asked_at: Timestamp,
    /// When the first control room was dialled.
    pub first_invite_at: Option<Timestamp>,
    /// When the control room that took the call had answered.
    pub answered_at: Option<Timestamp>,
    /// When it was first heard.
    pub proved_at: Option<Timestamp>,
    /// When the hunt ended.
    pub ended_at: Timestamp,
    /// Which control room took the call last.
    pub room: Option<String>,
    /// `room-hung-up`, `caller-hung-up`, or `not-answered` where the caller went, or the server ended, before
    /// a control room was heard.
    pub outcome: &'static str,
    /// What came of every try, as JSON.
    pub tries: String,
}

impl EmergencyTransfer {
    /// A line for the timeline.
    pub(super) fn detail(&self) -> String {
        let after = |at: Option<Timestamp>| match at {
            Some(at) => format!("{} ms", at.duration_since(self.asked_at).as_millis()),
            None => "-".to_owned(),
        };
        format!(
            "{}: {}; first INVITE after {}, answered after {}, heard after {}; tries {}",
            self.outcome,
            self.room.as_deref().unwrap_or("no control room"),
            after(self.first_invite_at),
            after(self.answered_at),
            after(self.proved_at),
            self.tries
        )
    }
}
