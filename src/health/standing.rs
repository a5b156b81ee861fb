use std::time::Duration;

/// Something is taken to be over when it has not been seen for so long.
const OVER: Duration = Duration::from_secs(3);
/// Of one kind it is told at most so often.
const REPEAT: Duration = Duration::from_secs(60);

/// Something that is wrong for a while, or was.
#[derive(Clone, Debug, Default)]
pub(super) struct Standing {
    /// When it was last seen, while it is not taken to be over.
    seen: Option<Duration>,
    /// When it was last told of.
    told: Option<Duration>,
    /// It has been told of, and not that it is over.
    is_owed: bool,
}

/// What is to be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Telling {
    /// Something is wrong, still or again.
    Wrong,
    /// It is over.
    Over,
}

impl Standing {
    /// It has been looked at `now`, and is so or not.
    pub(super) fn look(&mut self, now: Duration, is_so: bool) -> Option<Telling> {
        if is_so {
            self.seen = Some(now);
            return self.may_be_told(now).then(|| {
                self.told = Some(now);
                self.is_owed = true;
                Telling::Wrong
            });
        }
        if self.seen.is_some_and(|seen| now < seen + OVER) {
            return None;
        }
        self.seen = None;
        std::mem::take(&mut self.is_owed).then_some(Telling::Over)
    }

    /// Whether it is so, or was a moment ago.
    pub(super) fn is_so(&self) -> bool {
        self.seen.is_some()
    }

    /// Whether it is long enough ago that it was told.
    pub(super) fn may_be_told(&self, now: Duration) -> bool {
        self.told.is_none_or(|told| now >= told + REPEAT)
    }

    /// Something that lasts no time has been told of.
    pub(super) fn has_been_told(&mut self, now: Duration) {
        self.told = Some(now);
    }
}
