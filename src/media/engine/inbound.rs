//! Reading datagrams together with the moment at which the kernel took them in.
//!
//! Most legs are read only when their turn to send comes, up to 20 ms after a packet's arrival; its
//! own time keeps jitter, gaps and keys as exact as if somebody had waited for it.

use std::{
    io::{self, IoSliceMut},
    net::SocketAddr,
    os::fd::{AsFd, AsRawFd},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use nix::{
    cmsg_space,
    sys::{
        socket::{ControlMessageOwned, MsgFlags, SockaddrStorage, recvmsg, setsockopt, sockopt},
        time::TimeSpec,
    },
};

/// The largest datagram taken; of what is longer nothing is.
const LARGEST: usize = 2048;
/// A packet that claims to be further from now was stamped by a clock that has been set meanwhile.
const FURTHEST: Duration = Duration::from_secs(1);

/// The engine's clock, and the wall clock that the kernel stamps with, read together.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clocks {
    pub now: Duration,
    wall: Duration,
}

impl Clocks {
    pub(super) fn read(started: Instant) -> Clocks {
        Clocks {
            now: started.elapsed(),
            wall: SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .unwrap_or_default(),
        }
    }

    /// A moment of the wall clock on the engine's. It may be later than the reading of the clocks: a
    /// packet that came while others were being read.
    fn at(&self, stamp: Duration) -> Duration {
        match stamp.abs_diff(self.wall) {
            distance if distance > FURTHEST => self.now,
            later if stamp > self.wall => self.now + later,
            age => self.now.saturating_sub(age),
        }
    }
}

/// A datagram read.
#[derive(Debug)]
pub(super) struct Datagram<'a> {
    pub bytes: &'a [u8],
    pub from: SocketAddr,
    /// When it arrived, on the engine's clock.
    pub at: Duration,
}

/// The one buffer that everything is read into.
#[derive(Debug)]
pub(super) struct Inbound {
    bytes: Box<[u8; LARGEST]>,
    control: Vec<u8>,
}

impl Inbound {
    pub(super) fn new() -> Inbound {
        Inbound {
            bytes: Box::new([0; LARGEST]),
            control: cmsg_space!(TimeSpec),
        }
    }

    /// Has the kernel stamp what comes in at a socket.
    pub(super) fn stamp(socket: &impl AsFd) -> io::Result<()> {
        setsockopt(socket, sockopt::ReceiveTimestampns, &true)?;
        Ok(())
    }

    /// Reads one datagram; `WouldBlock` when there is none.
    pub(super) fn read(
        &mut self,
        socket: &impl AsRawFd,
        clocks: &Clocks,
    ) -> io::Result<Datagram<'_>> {
        let mut slices = [IoSliceMut::new(&mut self.bytes[..])];
        let control = Some(self.control.as_mut_slice());
        let received = recvmsg::<SockaddrStorage>(
            socket.as_raw_fd(),
            &mut slices,
            control,
            MsgFlags::MSG_DONTWAIT,
        )?;
        let stamp = received
            .cmsgs()
            .into_iter()
            .flatten()
            .find_map(|message| match message {
                ControlMessageOwned::ScmTimestampns(stamp) => Some(Duration::from(stamp)),
                _ => None,
            });
        let from = received.address.as_ref().and_then(address);
        // A datagram that was cut off is nothing that can be passed on: let it count as invalid.
        let is_whole = !received.flags.contains(MsgFlags::MSG_TRUNC);
        let length = if is_whole { received.bytes } else { 0 };
        let at = stamp.map_or(clocks.now, |stamp| clocks.at(stamp));
        let from = from.ok_or(io::ErrorKind::InvalidData)?;
        Ok(Datagram {
            bytes: &self.bytes[..length],
            from,
            at,
        })
    }
}

fn address(storage: &SockaddrStorage) -> Option<SocketAddr> {
    let v4 = || {
        storage
            .as_sockaddr_in()
            .map(|a| SocketAddr::V4((*a).into()))
    };
    let v6 = || {
        storage
            .as_sockaddr_in6()
            .map(|a| SocketAddr::V6((*a).into()))
    };
    v4().or_else(v6)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_packet_has_its_own_time_before_and_after_the_clocks_were_read() {
        let ms = Duration::from_millis;
        let clocks = Clocks {
            now: ms(5_000),
            wall: ms(1_000_000),
        };
        assert_eq!(clocks.at(ms(999_990)), ms(4_990));
        assert_eq!(clocks.at(ms(1_000_003)), ms(5_003));
        // The wall clock has been set between the stamp and now.
        assert_eq!(clocks.at(ms(900_000)), ms(5_000));
        assert_eq!(clocks.at(ms(1_100_000)), ms(5_000));
    }
}
