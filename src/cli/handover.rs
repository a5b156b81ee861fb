//! Handing calls over to a new process of the newest binary: it begins while the old one goes on, and says
//! when it is prepared; then the old one lets go, and the new one goes on with all that has been kept.

use std::ffi::OsString;
use std::io::{self, IoSlice, IoSliceMut, Read, Write};
use std::mem::MaybeUninit;
use std::net::SocketAddr;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::net::{UnixDatagram, UnixStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, recvmsg, sendmsg,
};
use serde::{Deserialize, Serialize};

/// Tells a process that its standard input is the way to the one that it takes over from.
const MARK: &str = "IVR111_TAKES_OVER";
/// What a new process says when it is prepared.
const PREPARED: u8 = b'P';
/// How long reading tables, prompts and the store may take.
const PREPARING: Duration = Duration::from_secs(60);
/// Nobody listens on more sockets.
const SOCKETS: usize = 32;
/// Their addresses, as JSON.
const LARGEST: usize = 8 * 1024;

/// What a socket is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Purpose {
    /// SIP over UDP.
    Udp,
    /// SIP over TCP.
    Tcp,
    /// Readiness and metrics.
    Http,
}

/// A socket that is listened on.
#[derive(Debug)]
pub(super) struct Socket<S> {
    pub(super) purpose: Purpose,
    pub(super) address: SocketAddr,
    pub(super) socket: S,
}

/// The program as it was started, to be started once more.
#[derive(Clone, Debug)]
pub(super) struct Program {
    path: PathBuf,
    arguments: Vec<OsString>,
}

impl Program {
    /// To be asked at the beginning: the file may be another one later.
    pub(super) fn here() -> io::Result<Self> {
        Ok(Program {
            path: std::env::current_exe()?,
            arguments: std::env::args_os().skip(1).collect(),
        })
    }
}

/// A new process, which waits for this one to let go.
pub(super) struct Successor {
    child: Child,
    channel: UnixStream,
}

impl Successor {
    /// Starts it, and waits until it is prepared. Where it is not to be, nothing has changed.
    pub(super) fn prepare(program: &Program) -> io::Result<Self> {
        let (ours, theirs) = UnixStream::pair()?;
        ours.set_read_timeout(Some(PREPARING))?;
        let child = Command::new(&program.path)
            .args(&program.arguments)
            .env(MARK, "1")
            .stdin(Stdio::from(OwnedFd::from(theirs)))
            .spawn()?;
        let mut successor = Successor {
            child,
            channel: ours,
        };
        let mut said = [0];
        let prepared = successor.channel.read_exact(&mut said);
        match prepared {
            Ok(()) if said == [PREPARED] => Ok(successor),
            prepared => {
                let _ = successor.child.kill();
                let _ = successor.child.wait();
                Err(prepared.err().unwrap_or(io::ErrorKind::InvalidData.into()))
            }
        }
    }

    /// Its process number.
    pub(super) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Lets it go on from here, with the sockets that are listened on.
    pub(super) fn go(self, sockets: &[Socket<BorrowedFd<'_>>]) -> io::Result<()> {
        tell_supervisor(&format!("MAINPID={}", self.child.id()));
        let listed: Vec<(Purpose, SocketAddr)> =
            sockets.iter().map(|s| (s.purpose, s.address)).collect();
        let listed = serde_json::to_vec(&listed)?;
        let descriptors: Vec<BorrowedFd<'_>> = sockets.iter().map(|s| s.socket).collect();
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(SOCKETS))];
        let mut control = SendAncillaryBuffer::new(&mut space);
        if listed.len() > LARGEST || !control.push(SendAncillaryMessage::ScmRights(&descriptors)) {
            return Err(io::Error::other("there are too many sockets"));
        }
        let bytes = [IoSlice::new(&listed)];
        let sent = sendmsg(&self.channel, &bytes, &mut control, SendFlags::empty())?;
        match sent == listed.len() {
            true => Ok(()),
            false => Err(io::ErrorKind::WriteZero.into()),
        }
    }
}

/// The process that this one takes over from.
pub(super) struct Predecessor(UnixStream);

impl Predecessor {
    /// None where this process is not to take over from another.
    pub(super) fn here() -> io::Result<Option<Self>> {
        if std::env::var_os(MARK).is_none() {
            return Ok(None);
        }
        let channel = io::stdin().as_fd().try_clone_to_owned()?;
        Ok(Some(Predecessor(UnixStream::from(channel))))
    }

    /// Says that this process is prepared, and waits until the other one lets go. Where that one has ended
    /// without a word there are no sockets.
    pub(super) fn lets_go(mut self) -> io::Result<Vec<Socket<OwnedFd>>> {
        match self.0.write_all(&[PREPARED]) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(Vec::new()),
            said => said?,
        }
        let mut bytes = vec![0; LARGEST];
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(SOCKETS))];
        let mut control = RecvAncillaryBuffer::new(&mut space);
        let flags = RecvFlags::CMSG_CLOEXEC;
        let received = {
            let mut into = [IoSliceMut::new(&mut bytes)];
            recvmsg(&self.0, &mut into, &mut control, flags)?.bytes
        };
        let mut descriptors = Vec::new();
        for message in control.drain() {
            if let RecvAncillaryMessage::ScmRights(rights) = message {
                descriptors.extend(rights);
            }
        }
        if received == 0 {
            return Ok(Vec::new());
        }
        let listed = bytes.get(..received).unwrap_or_default();
        let listed: Vec<(Purpose, SocketAddr)> = serde_json::from_slice(listed)?;
        let sockets = listed.into_iter().zip(descriptors);
        Ok(sockets
            .map(|((purpose, address), socket)| Socket {
                purpose,
                address,
                socket,
            })
            .collect())
    }
}

/// Tells whoever supervises the service (systemd's sd_notify protocol), where anybody does.
pub(super) fn tell_supervisor(what: &str) {
    let Some(path) = std::env::var_os("NOTIFY_SOCKET") else {
        return;
    };
    let told = UnixDatagram::unbound().and_then(|socket| match path.to_str() {
        // A name that begins so is in no file system.
        Some(name) if name.starts_with('@') => {
            use std::os::linux::net::SocketAddrExt;
            let name = name.get(1..).unwrap_or_default();
            let address = std::os::unix::net::SocketAddr::from_abstract_name(name)?;
            socket.send_to_addr(what.as_bytes(), &address)
        }
        _ => socket.send_to(what.as_bytes(), &path),
    });
    if let Err(error) = told {
        tracing::warn!(%error, "whoever supervises the service is not told");
    }
}

#[cfg(test)]
mod tests {
    use std::net::UdpSocket;

    use super::*;

    #[test]
    fn a_socket_goes_on_in_other_hands() {
        let (ours, theirs) = UnixStream::pair().unwrap();
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let address = socket.local_addr().unwrap();
        let child = Command::new("true").spawn().unwrap();
        let mut successor = Successor {
            child,
            channel: ours,
        };
        let taken = std::thread::spawn(move || Predecessor(theirs).lets_go());
        let listened = Socket {
            purpose: Purpose::Udp,
            address,
            socket: socket.as_fd(),
        };
        // Sent before anybody else has it, and read by whoever has it then.
        let phone = UdpSocket::bind("127.0.0.1:0").unwrap();
        phone.send_to(b"hello", address).unwrap();
        let mut said = [0];
        successor.channel.read_exact(&mut said).unwrap();
        assert_eq!(said, [PREPARED]);
        successor.go(&[listened]).unwrap();
        drop(socket);
        let taken = taken.join().unwrap().unwrap();
        let [taken] = <[_; 1]>::try_from(taken).unwrap();
        assert_eq!((taken.purpose, taken.address), (Purpose::Udp, address));
        let socket = UdpSocket::from(taken.socket);
        let mut bytes = [0; 16];
        let (length, from) = socket.recv_from(&mut bytes).unwrap();
        assert_eq!(&bytes[..length], b"hello");
        assert_eq!(from, phone.local_addr().unwrap());
    }

    #[test]
    fn a_process_that_has_ended_leaves_no_sockets() {
        let (ours, theirs) = UnixStream::pair().unwrap();
        drop(ours);
        let left = Predecessor(theirs).lets_go();
        assert!(left.unwrap().is_empty());
    }

    #[test]
    fn a_program_that_ends_at_once_takes_nothing_over() {
        let program = Program {
            path: "true".into(),
            arguments: vec![],
        };
        assert!(Successor::prepare(&program).is_err());
    }
}
