use std::time::Duration;

/// How much a peer may ask of us. Sizes are in bytes.
#[derive(Clone, Debug)]
pub struct Limits {
    /// A whole datagram. Must stay below the 8,192 bytes that rsipstack reads at once.
    pub udp_message: usize,
    /// A whole message on a stream.
    pub tcp_message: usize,
    /// The request or status line.
    pub start_line: usize,
    /// How many headers.
    pub headers: usize,
    /// One header with its name and its folds.
    pub header: usize,
    /// One Identity header: a signed PASSporT (RFC 8224) is longer than anything else.
    pub identity_header: usize,
    /// Start line and headers together.
    pub head: usize,
    /// The body.
    pub body: usize,
    /// Refusals that one address is sent in a second, once its burst is used up.
    pub refusals_per_second: u32,
    /// Refusals that one address is sent at once; malformed messages beyond that meet silence.
    pub refusal_burst: u32,
    /// Connections that peers may have open, all together.
    pub connections: usize,
    /// Connections from one address.
    pub connections_per_address: usize,
    /// A connection on which nothing at all has come for this long is closed.
    pub idle: Duration,
    /// The time a peer has to complete a message that it has begun.
    pub half_message: Duration,
    /// The time a peer has to take some bytes when there are any for it.
    pub write: Duration,
    /// Bytes that wait for a slow peer before it is given up.
    pub write_queue: usize,
    /// The time for opening a connection of ours.
    pub connect: Duration,
    /// The kernel's buffer for each direction of a UDP socket, as far as the kernel grants it.
    pub socket_buffer: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            udp_message: 8_000,
            tcp_message: 64 * 1024,
            start_line: 2 * 1024,
            headers: 128,
            header: 4 * 1024,
            identity_header: 8 * 1024,
            head: 32 * 1024,
            body: 32 * 1024,
            refusals_per_second: 10,
            refusal_burst: 50,
            connections: 1_024,
            connections_per_address: 64,
            // Longer than a call is likely to go on without any signalling.
            idle: Duration::from_secs(2 * 60 * 60),
            half_message: Duration::from_secs(10),
            write: Duration::from_secs(10),
            write_queue: 256 * 1024,
            connect: Duration::from_secs(4),
            socket_buffer: 4 * 1024 * 1024,
        }
    }
}
