use tokio::signal::unix::{Signal, SignalKind, signal};

/// `SIGXFSZ`: a file has come to the size it may have. Unheeded it would end the process; heeded, the write
/// fails as on a full disk.
const FILE_SIZE: i32 = 25;

/// What is wanted of the server.
pub(super) enum Wish {
    Reload,
    /// What was signed is to be followed: not by a signal, but because its time has come.
    Follow,
    /// Another process of the newest binary is to go on.
    Replace,
    Drain,
    Stop,
}

/// The signals by which that is said.
pub(super) struct Signals {
    reload: Signal,
    replace: Signal,
    drain: Signal,
    stop: Signal,
    _file_size: Signal,
}

impl Signals {
    pub(super) fn listen() -> std::io::Result<Self> {
        Ok(Signals {
            reload: signal(SignalKind::hangup())?,
            replace: signal(SignalKind::user_defined2())?,
            drain: signal(SignalKind::terminate())?,
            stop: signal(SignalKind::interrupt())?,
            _file_size: signal(SignalKind::from_raw(FILE_SIZE))?,
        })
    }

    pub(super) async fn next(&mut self) -> Wish {
        tokio::select! {
            _ = self.reload.recv() => Wish::Reload,
            _ = self.replace.recv() => Wish::Replace,
            _ = self.drain.recv() => Wish::Drain,
            _ = self.stop.recv() => Wish::Stop,
        }
    }

    /// Somebody does not want to wait for the running calls.
    pub(super) async fn again(&mut self) {
        tokio::select! {
            _ = self.drain.recv() => {}
            _ = self.stop.recv() => {}
        }
    }
}
