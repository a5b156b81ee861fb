//! What the network says about datagrams that it could not deliver (`ip(7)`, `IP_RECVERR`).

use std::io::{self, IoSliceMut};
use std::net::{SocketAddr, SocketAddrV4, SocketAddrV6};
use std::os::fd::AsRawFd;

use nix::cmsg_space;
use nix::sys::socket::{
    ControlMessageOwned, MsgFlags, SockaddrStorage, recvmsg, setsockopt, sockopt,
};

/// Origin (`linux/errqueue.h`) and type of "destination unreachable", in ICMP (RFC 792) and in ICMPv6 (RFC 4443).
const UNREACHABLE: [(u8, u8); 2] = [(2, 3), (3, 1)];
/// ICMP code 4, "fragmentation needed": about the size of a packet, not about the peer.
const TOO_BIG: u8 = 4;

/// Asks the kernel to keep ICMP errors for us.
pub(super) fn enable(socket: &socket2::Socket, ipv6: bool) -> io::Result<()> {
    if ipv6 {
        setsockopt(socket, sockopt::Ipv6RecvErr, &true)?;
    } else {
        setsockopt(socket, sockopt::Ipv4RecvErr, &true)?;
    }
    Ok(())
}

/// Takes one error from the queue: `WouldBlock` when there is none, `None` when it is not about an unreachable peer.
pub(super) fn take(socket: &impl AsRawFd) -> io::Result<Option<SocketAddr>> {
    let mut payload = [0_u8; 64];
    let mut parts = [IoSliceMut::new(&mut payload)];
    let mut control = cmsg_space!([u8; 256]);
    let flags = MsgFlags::MSG_ERRQUEUE | MsgFlags::MSG_DONTWAIT;
    let fd = socket.as_raw_fd();
    let message = recvmsg::<SockaddrStorage>(fd, &mut parts, Some(&mut control), flags)?;
    let Some(peer) = message.address.as_ref().and_then(to_std) else {
        return Ok(None);
    };
    let unreachable = message.cmsgs()?.any(|said| match said {
        ControlMessageOwned::Ipv4RecvErr(error, _) | ControlMessageOwned::Ipv6RecvErr(error, _) => {
            let kind = (error.ee_origin, error.ee_type);
            let size = kind == (2, 3) && error.ee_code == TOO_BIG;
            UNREACHABLE.contains(&kind) && !size
        }
        _ => false,
    });
    Ok(unreachable.then_some(peer))
}

fn to_std(address: &SockaddrStorage) -> Option<SocketAddr> {
    if let Some(v4) = address.as_sockaddr_in() {
        return Some(SocketAddrV4::from(*v4).into());
    }
    let v6 = address.as_sockaddr_in6()?;
    Some(SocketAddrV6::from(*v6).into())
}
