//! Why a session description cannot be agreed on.

/// Why an offer or an answer was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SdpError {
    /// The description is longer, or has more media lines, than any call needs.
    #[error("session description too large: {0}")]
    TooLarge(&'static str),
    /// It is no session description (RFC 8866 section 9). SIP: 400.
    #[error("malformed session description: {0}")]
    Malformed(String),
    /// No audio stream is offered, or it is switched off with port 0. SIP: 488.
    #[error("no audio stream is offered")]
    NoAudio,
    /// Audio is offered, but over a transport other than RTP/AVP (SRTP, for one). SIP: 488.
    #[error("audio is offered over {0} only, not over RTP/AVP")]
    Transport(String),
    /// None of our codecs is among the formats. SIP: 488.
    #[error("no codec in common: none of PCMA, PCMU and G722 that we take here is offered")]
    NoCommonCodec,
    /// The address to send to is no unicast IP address of the kind our sockets have. SIP: 488.
    #[error("address {0} cannot be sent to")]
    Address(String),
    /// The answer switches our audio stream off.
    #[error("the peer refused the audio stream")]
    Refused,
    /// An answer came, but no offer of ours is waiting for one.
    #[error("an answer to an offer that was not made")]
    Unexpected,
}
