use std::time::Duration;

use super::trouble::Trouble;
use super::watch::Look;

/// Timelines that the store has not taken for so long are late.
const LATE: Duration = Duration::from_secs(10);
/// Of so many pairs of ports one is to be free.
const FEW_PORTS: u64 = 100;
/// What goes on while the store cannot be written.
const MEANWHILE: &str = "calls go on, and no callback is promised meanwhile";

/// Something that may be wrong for a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The store meets this.
    Store(Trouble),
    /// This node goes by itself.
    Alone,
    /// Timelines wait for the store.
    Timeline,
    /// Ports for sound run out.
    Ports,
    /// Descriptors run out.
    Descriptors,
}

impl Fault {
    /// All of them.
    pub const ALL: [Fault; 9] = [
        Fault::Store(Trouble::Damaged),
        Fault::Store(Trouble::Full),
        Fault::Store(Trouble::Locked),
        Fault::Store(Trouble::Late),
        Fault::Store(Trouble::Away),
        Fault::Alone,
        Fault::Timeline,
        Fault::Ports,
        Fault::Descriptors,
    ];

    /// In one word, by which it is counted.
    pub fn kind(self) -> &'static str {
        match self {
            Fault::Store(Trouble::Damaged) => "database-damaged",
            Fault::Store(Trouble::Full) => "disk-full",
            Fault::Store(Trouble::Locked) => "database-locked",
            Fault::Store(Trouble::Late) => "database-slow",
            Fault::Store(Trouble::Away) => "database-away",
            Fault::Alone => "store-alone",
            Fault::Timeline => "timeline-late",
            Fault::Ports => "no-ports",
            Fault::Descriptors => "no-descriptors",
        }
    }

    /// What is well again when it is over.
    pub(super) fn over(self) -> &'static str {
        match self {
            Fault::Store(Trouble::Damaged) => "the database is sound again",
            Fault::Store(Trouble::Full) => "the disk of the database takes what is written again",
            Fault::Store(Trouble::Locked) => "the database is no longer locked",
            Fault::Store(Trouble::Late) => "the database answers in time again",
            Fault::Store(Trouble::Away) => "the database can be reached again",
            Fault::Alone => "this node shares its queue by the store again",
            Fault::Timeline => "the timelines of calls are written down again",
            Fault::Ports => "ports for sound are free again",
            Fault::Descriptors => "there are enough descriptors again",
        }
    }

    /// What is wrong, in plain words, where it is there. `unopened` is whether a leg could not be opened lately.
    pub(super) fn wrong(self, look: &Look, unopened: bool) -> Option<String> {
        match self {
            Fault::Store(trouble) => look.troubles.contains(&trouble).then(|| store(trouble)),
            Fault::Alone => look.alone.then(|| {
                "the store does not answer: this node serves its own callers with its own handlers"
                    .to_owned()
            }),
            Fault::Timeline => (look.timeline_waits >= LATE).then(|| {
                let seconds = look.timeline_waits.as_secs();
                format!("the timelines of calls have waited for the store for {seconds} s")
            }),
            Fault::Ports => ports(look.ports, unopened),
            Fault::Descriptors => look.few_descriptors.map(|left| {
                format!(
                    "descriptors run out: {left} are left, and kept for calls to 999. New callers are refused"
                )
            }),
        }
    }
}

fn store(trouble: Trouble) -> String {
    let help = match trouble {
        Trouble::Damaged => {
            ". Put its file back from a copy, or move it away: then the service goes on with that, or with a new one"
        }
        _ => "",
    };
    format!("{trouble}: {MEANWHILE}{help}")
}

/// Whether ports run out, by what we have taken, and by what could not be had: others may have taken some.
fn ports((taken, all): (u64, u64), unopened: bool) -> Option<String> {
    let left = all.saturating_sub(taken);
    (unopened || left < all.div_ceil(FEW_PORTS)).then(|| {
        format!(
            "ports or descriptors for sound run out: {left} pairs of {all} are not used by us. New callers are refused \
             where there are none, so that the network tries elsewhere"
        )
    })
}
