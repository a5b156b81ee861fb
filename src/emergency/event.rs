use serde::{Deserialize, Deserializer, Serialize};
use std::time::Duration;

/// How long things may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// Without any response for so long, the next target is tried.
    pub response: Duration,
    /// Responding or ringing for so long, the next one is tried as well.
    pub ringing: Duration,
    /// Between two rounds of all targets.
    pub pause: Duration,
    /// A target must be heard within this time after its answer, or the next one is tried as well. One that
    /// goes sooner than this after it was first heard has not taken the call.
    pub proof: Duration,
    /// With nobody heard for so long, all targets that are not being tried are dialled at once.
    pub together: Duration,
    /// With nobody heard for so long, somebody has to know; likewise when whoever has the caller has sent
    /// nothing but silence for so long.
    pub late: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            response: Duration::from_secs(2),
            ringing: Duration::from_secs(10),
            pause: Duration::from_secs(2),
            proof: Duration::from_secs(3),
            together: Duration::from_secs(20),
            late: Duration::from_secs(10),
        }
    }
}

/// Names one try to reach one target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct AttemptId(pub u32);

/// Why a try has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Why {
    /// The SIP status, where there was one.
    pub status: Option<u16>,
    /// A few words. Of what another process has written down only the status is known again.
    pub text: &'static str,
}

#[derive(Deserialize)]
struct OfBefore {
    status: Option<u16>,
}

impl<'de> Deserialize<'de> for Why {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let OfBefore { status } = OfBefore::deserialize(from)?;
        Ok(Why {
            status,
            text: "ended before an interruption",
        })
    }
}

impl Why {
    /// A cause without a status.
    pub fn words(text: &'static str) -> Self {
        Why { status: None, text }
    }
}

/// What has happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// The caller wants 999.
    Start,
    /// A target has responded with 100: it has the request.
    Responded(AttemptId),
    /// A target is ringing: any other provisional response.
    Rang(AttemptId),
    /// A target has answered.
    Answered(AttemptId),
    /// Packets of sound have come from a target that has answered.
    Heard(AttemptId),
    /// The same, and they carry more than digital silence.
    Sounded(AttemptId),
    /// A target has refused, cannot be reached, or has hung up.
    Ended(AttemptId, Why),
    /// A target was lost: it has not hung up, but is no longer there.
    Lost(AttemptId, Why),
    /// The handler who kept the caller company has gone.
    HandlerGone,
    /// The caller has gone.
    CallerGone,
    /// Time has passed.
    Tick,
}

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Dial a target, by its place in the list.
    Dial {
        /// The place.
        target: usize,
        /// The try.
        attempt: AttemptId,
    },
    /// End a try: another one has taken the call, or the caller has gone.
    Cancel(AttemptId),
    /// One has answered and has not been heard: let it hear the caller, and the caller hear whatever it
    /// says. All else goes on, with what is played to the caller.
    Connect(AttemptId),
    /// One has been heard: the caller is with it, and with the handler who keeps them company, for as long
    /// as that one likes. Others that have answered stay until it has lasted.
    Proved(AttemptId),
    /// All targets have been tried, or the handler who had been fetched has gone: put the caller at
    /// the top of the handler queue, while the hunt goes on. Where a handler is there already, they
    /// keep the caller company again.
    FetchHandler,
    /// Somebody has to know.
    Warn(Warning),
}

/// What somebody has to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Warning {
    /// A try has failed: it was refused, or ended before the call was taken.
    Failed(AttemptId, Why),
    /// A target has answered, and nothing comes from it.
    Unheard(AttemptId),
    /// A target has the caller, and has sent nothing but silence so far.
    Silent(AttemptId),
    /// A target that had taken the call is no longer there.
    Lost(AttemptId),
    /// The caller has waited for too long.
    Late,
}
