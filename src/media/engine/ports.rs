//! The configured ports, in pairs: RTP on an even one, RTCP on the odd one above (RFC 3550
//! section 11).

use std::{
    collections::{HashMap, VecDeque},
    io,
    net::{IpAddr, SocketAddr},
    ops::RangeInclusive,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use mio::net::UdpSocket;
use socket2::{Domain, Protocol, Socket, Type};

use crate::media::error::MediaError;

/// How long a full range is waited on for a leg that is being closed.
const CLOSING: Duration = Duration::from_millis(100);

/// A pair of bound sockets and its place in the range.
#[derive(Debug)]
pub(super) struct Pair {
    pub place: usize,
    pub port: u16,
    pub rtp: UdpSocket,
    pub rtcp: UdpSocket,
}

/// Which pairs may be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Which {
    /// All but those that are kept for emergencies.
    Ordinary,
    /// All.
    Any,
}

/// Which pairs are free. A pair given back is used last, so that late packets of one call do not
/// meet the next.
#[derive(Debug)]
pub(super) struct Ports {
    address: IpAddr,
    dscp: Option<u8>,
    first: u16,
    pairs: usize,
    /// So many are kept for emergencies.
    reserve: usize,
    pool: Mutex<Pool>,
    given_back: Condvar,
}

#[derive(Debug)]
struct Pool {
    free: VecDeque<usize>,
    /// Pairs whose leg has been told to close.
    closing: usize,
}

impl Ports {
    pub(super) fn new(
        address: IpAddr,
        range: &RangeInclusive<u16>,
        dscp: Option<u8>,
        reserve: usize,
    ) -> Result<Ports, MediaError> {
        let (first, last) = (*range.start(), *range.end());
        let even = u32::from(first.max(1)).next_multiple_of(2);
        let pairs = (u32::from(last) + 1).saturating_sub(even) / 2;
        if pairs == 0 {
            return Err(MediaError::EmptyRange { first, last });
        }
        let pairs = pairs as usize;
        Ok(Ports {
            address,
            dscp,
            first: even as u16,
            pairs,
            reserve,
            pool: Mutex::new(Pool {
                free: (0..pairs).collect(),
                closing: 0,
            }),
            given_back: Condvar::new(),
        })
    }

    pub(super) fn pairs(&self) -> usize {
        self.pairs
    }

    /// Ports that are not free.
    pub(super) fn in_use(&self) -> u64 {
        2 * (self.pairs - self.pool().free.len()) as u64
    }

    /// Binds the next free pair; one that another process holds is passed over.
    pub(super) fn open(&self, which: Which) -> Result<Pair, MediaError> {
        for _ in 0..self.pairs {
            let place = self.next(which)?;
            let port = self.number(place);
            match self.bind_pair(place, port) {
                Err(error) if error.kind() == io::ErrorKind::AddrInUse => {}
                bound => return Ok(bound?),
            }
        }
        Err(MediaError::NoPort { pairs: self.pairs })
    }

    /// The number of the RTP port at a place in the range.
    pub(super) fn number(&self, place: usize) -> u16 {
        self.first + 2 * place as u16
    }

    /// Binds the pair of which RTP is on this port.
    pub(super) fn take(&self, port: u16) -> Result<Pair, MediaError> {
        let gone = || MediaError::PortGone { port };
        let above = port.checked_sub(self.first).ok_or_else(gone)?;
        let place = usize::from(above / 2);
        {
            let mut pool = self.pool();
            let free = pool.free.iter().position(|&free| free == place);
            let free = free.filter(|_| above % 2 == 0).ok_or_else(gone)?;
            pool.free.remove(free);
        }
        match self.bind_pair(place, port) {
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => Err(gone()),
            bound => Ok(bound?),
        }
    }

    /// Binds the pair at a place that has been taken from the free ones; it is one of them again where that fails.
    fn bind_pair(&self, place: usize, port: u16) -> io::Result<Pair> {
        let both = self
            .bind(port)
            .and_then(|rtp| Ok((rtp, self.bind(port + 1)?)));
        let (rtp, rtcp) = both.inspect_err(|_| self.pool().free.push_back(place))?;
        Ok(Pair {
            place,
            port,
            rtp,
            rtcp,
        })
    }

    /// The pairs with these RTP ports have been used by another process, in this order: of the free ones they
    /// are used last. Ports that are not of the range change nothing.
    pub(super) fn use_last(&self, used: impl IntoIterator<Item = u16>) {
        let place = |port: u16| {
            port.checked_sub(self.first)
                .map(|above| usize::from(above / 2))
        };
        let ranks = used.into_iter().filter_map(place).zip(1..);
        let ranks: HashMap<usize, usize> = ranks.collect();
        let mut pool = self.pool();
        let free = pool.free.make_contiguous();
        free.sort_by_key(|place| ranks.get(place).copied().unwrap_or_default());
    }

    /// A leg has been told to close: its pair will be free in a moment.
    pub(super) fn expect_back(&self) {
        self.pool().closing += 1;
    }

    /// The sockets of a pair are closed.
    pub(super) fn give_back(&self, place: usize) {
        let mut pool = self.pool();
        pool.closing = pool.closing.saturating_sub(1);
        pool.free.push_back(place);
        drop(pool);
        // Not everybody who waits may have it.
        self.given_back.notify_all();
    }

    /// A pair to try. When none is left, waits for one that is being closed.
    fn next(&self, which: Which) -> Result<usize, MediaError> {
        let kept = match which {
            Which::Ordinary => self.reserve,
            Which::Any => 0,
        };
        let (mut pool, _) = self
            .given_back
            .wait_timeout_while(self.pool(), CLOSING, |pool| {
                pool.free.len() <= kept && pool.closing > 0
            })
            .unwrap_or_else(PoisonError::into_inner);
        let is_there = pool.free.len() > kept;
        let place = is_there.then(|| pool.free.pop_front()).flatten();
        place.ok_or(MediaError::NoPort { pairs: self.pairs })
    }

    fn pool(&self) -> MutexGuard<'_, Pool> {
        self.pool.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn bind(&self, port: u16) -> io::Result<UdpSocket> {
        let address = SocketAddr::new(self.address, port);
        let socket = Socket::new(
            Domain::for_address(address),
            Type::DGRAM,
            Some(Protocol::UDP),
        )?;
        socket.set_nonblocking(true)?;
        if let (Some(dscp), true) = (self.dscp, address.is_ipv4()) {
            // A network that does not want marked packets will not be improved by failing here.
            let _ = socket.set_tos_v4(u32::from(dscp & 0x3F) << 2);
        }
        socket.bind(&address.into())?;
        Ok(UdpSocket::from_std(socket.into()))
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    fn ports(range: RangeInclusive<u16>) -> Result<Ports, MediaError> {
        Ports::new(IpAddr::V4(Ipv4Addr::LOCALHOST), &range, None, 0)
    }

    #[test]
    fn the_last_pairs_are_for_emergencies_alone() {
        let local = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let ports = Ports::new(local, &(18_900..=18_907), None, 2).unwrap();
        let ordinary: Vec<Pair> = std::iter::from_fn(|| ports.open(Which::Ordinary).ok()).collect();
        assert_eq!(ordinary.len(), 2);
        let mut kept: Vec<Pair> = std::iter::from_fn(|| ports.open(Which::Any).ok()).collect();
        assert_eq!(kept.len(), 2);
        // Its sockets are closed first.
        let place = kept.pop().unwrap().place;
        ports.give_back(place);
        assert!(matches!(
            ports.open(Which::Ordinary),
            Err(MediaError::NoPort { .. })
        ));
        assert!(ports.open(Which::Any).is_ok());
    }

    #[test]
    fn what_another_process_has_used_is_used_last() {
        let ports = ports(18_910..=18_917).unwrap();
        ports.use_last([18_912, 18_910, 40_000, 2]);
        let order = std::iter::from_fn(|| ports.open(Which::Any).ok());
        let pairs: Vec<Pair> = order.collect();
        let order: Vec<u16> = pairs.iter().map(|pair| pair.port).collect();
        assert_eq!(order, [18_914, 18_916, 18_912, 18_910]);
    }

    #[test]
    fn only_whole_pairs_from_an_even_port_count() {
        assert_eq!(ports(30_001..=30_004).unwrap().pairs(), 1);
        assert_eq!(ports(30_000..=30_019).unwrap().pairs(), 10);
        assert_eq!(ports(65_534..=65_535).unwrap().pairs(), 1);
        for (first, last) in [(30_001, 30_002), (30_000, 30_000), (30_002, 30_001), (0, 1)] {
            assert!(matches!(
                ports(first..=last),
                Err(MediaError::EmptyRange { .. })
            ));
        }
    }
}
