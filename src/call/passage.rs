use std::time::Duration;

use jiff::Timestamp;

/// A part of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// The menus.
    Menu,
    /// The number is taken on which a clinician rings back, or the promise is being made.
    Callback,
    /// Waiting for a handler.
    Queue,
    /// Being put through to a crisis line.
    CrisisLine,
    /// Being put through to a service of the directory.
    Directory,
    /// 999.
    Emergency,
}

impl Part {
    /// One word for the timeline and for metrics.
    fn word(self) -> &'static str {
        match self {
            Part::Menu => "menu",
            Part::Callback => "callback",
            Part::Queue => "queue",
            Part::CrisisLine => "crisis-line",
            Part::Directory => "directory",
            Part::Emergency => "999",
        }
    }
}

/// How far a caller has come in their call.
#[derive(Debug)]
pub(super) struct Passage {
    arrived: Timestamp,
    part: Part,
    since: Timestamp,
    /// They have talked to somebody, or have been promised that somebody rings them.
    is_served: bool,
}

/// Somebody has hung up before anything was done for them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Abandonment {
    /// In which part of the call, in one word.
    pub(super) part: &'static str,
    /// How long they were in the call.
    pub(super) in_call: Duration,
    /// How long they were in that part.
    pub(super) in_part: Duration,
}

impl Passage {
    /// A call begins with the menus.
    pub(super) fn begin(now: Timestamp) -> Self {
        Passage {
            arrived: now,
            part: Part::Menu,
            since: now,
            is_served: false,
        }
    }

    /// The caller comes to a part of the call, or is there still.
    pub(super) fn enter(&mut self, now: Timestamp, part: Part) {
        if self.part != part {
            self.part = part;
            self.since = now;
        }
    }

    /// Somebody talks to the caller, or is certain to ring them.
    pub(super) fn served(&mut self) {
        self.is_served = true;
    }

    /// That has come to nothing.
    pub(super) fn unserved(&mut self) {
        self.is_served = false;
    }

    /// Whether something has been done for them.
    pub(super) fn is_served(&self) -> bool {
        self.is_served
    }

    /// What it means that the caller has gone now; nothing, once something has been done for them.
    pub(super) fn abandoned(&self, now: Timestamp) -> Option<Abandonment> {
        let since = |then| Duration::try_from(now.duration_since(then)).unwrap_or_default();
        (!self.is_served).then(|| Abandonment {
            part: self.part.word(),
            in_call: since(self.arrived),
            in_part: since(self.since),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millisecond(1_800_000_000_000 + millis).unwrap()
    }

    #[test]
    fn who_goes_unserved_has_abandoned_the_part_they_were_in() {
        let mut passage = Passage::begin(at(0));
        passage.enter(at(500), Part::Menu);
        let abandoned = |part, in_call, in_part| {
            Some(Abandonment {
                part,
                in_call: Duration::from_millis(in_call),
                in_part: Duration::from_millis(in_part),
            })
        };
        assert_eq!(passage.abandoned(at(700)), abandoned("menu", 700, 700));
        passage.enter(at(1_000), Part::Queue);
        passage.enter(at(2_000), Part::Queue);
        assert_eq!(
            passage.abandoned(at(4_000)),
            abandoned("queue", 4_000, 3_000)
        );
        passage.served();
        assert_eq!(passage.abandoned(at(5_000)), None);
        passage.unserved();
        assert_eq!(
            passage.abandoned(at(6_000)),
            abandoned("queue", 6_000, 5_000)
        );
        // A clock that has been set back makes no time negative.
        assert_eq!(passage.abandoned(at(-1)), abandoned("queue", 0, 0));
    }
}
