use std::fmt;

/// Why a request is refused: the status code and a phrase that tells the peer's engineer what to mend.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The status code of the refusal (400, 416, 501, 505 or 513).
    pub status: u16,
    /// The reason phrase.
    pub why: &'static str,
}

impl Fault {
    /// 400: not the grammar of RFC 3261 section 25.
    pub const fn bad(why: &'static str) -> Self {
        Fault { status: 400, why }
    }

    /// 513: beyond a limit of ours.
    pub const fn too_large(why: &'static str) -> Self {
        Fault { status: 513, why }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.status, self.why)
    }
}

/// Why a message is thrown away without an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Silence {
    /// Nothing but line ends: a peer keeping its NAT binding open.
    KeepAlive,
    /// A response that does not hold together; responses are never answered.
    Response(Fault),
    /// An ACK that does not hold together; an ACK is never answered (RFC 3261 section 17).
    Ack(Fault),
    /// A request without a Via that could carry an answer back.
    Unanswerable(Fault),
}

impl fmt::Display for Silence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Silence::KeepAlive => write!(f, "keep-alive"),
            Silence::Response(fault) => write!(f, "malformed response: {fault}"),
            Silence::Ack(fault) => write!(f, "malformed ACK: {fault}"),
            Silence::Unanswerable(fault) => write!(f, "request without a usable Via: {fault}"),
        }
    }
}
