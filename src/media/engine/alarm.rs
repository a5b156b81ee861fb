//! What wakes the media thread at a millisecond: the system's timer, which is exact where a poll's
//! own timeout is rounded up to whole milliseconds.

use std::{
    io,
    os::fd::{AsFd, AsRawFd},
    time::Duration,
};

use mio::{Interest, Registry, Token, unix::SourceFd};
use nix::sys::{
    time::TimeSpec,
    timerfd::{ClockId, Expiration, TimerFd, TimerFlags, TimerSetTimeFlags},
};

/// A timer that a poll waits for.
#[derive(Debug)]
pub(super) struct Alarm {
    timer: TimerFd,
    /// What it is set to.
    set: Option<Duration>,
}

impl Alarm {
    pub(super) fn new(registry: &Registry, token: Token) -> io::Result<Alarm> {
        let flags = TimerFlags::TFD_NONBLOCK | TimerFlags::TFD_CLOEXEC;
        let timer = TimerFd::new(ClockId::CLOCK_MONOTONIC, flags)?;
        let descriptor = timer.as_fd().as_raw_fd();
        registry.register(&mut SourceFd(&descriptor), token, Interest::READABLE)?;
        Ok(Alarm { timer, set: None })
    }

    /// It has rung, or may have.
    pub(super) fn rang(&mut self) {
        self.set = None;
    }

    /// Sets it to a time of the clock that reads `now`; `None` switches it off.
    pub(super) fn set(&mut self, now: Duration, to: Option<Duration>) -> io::Result<()> {
        if self.set == to {
            return Ok(());
        }
        self.set = to;
        match to {
            None => self.timer.unset()?,
            Some(to) => {
                // Zero would switch it off.
                let left = to.saturating_sub(now).max(Duration::from_nanos(1));
                let once = Expiration::OneShot(TimeSpec::from_duration(left));
                self.timer.set(once, TimerSetTimeFlags::empty())?;
            }
        }
        Ok(())
    }
}
