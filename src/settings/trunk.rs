use serde::Deserialize;
use toml::Spanned;

use super::{Peer, Seconds, TrunkSource};

/// A user name for digest authentication; its password is found under the same name.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Credentials {
    /// The user name.
    pub username: Spanned<String>,
}

/// A connection to another network: `[[trunk]]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Trunk {
    /// Its name, by which tables and logs speak of it.
    pub name: Spanned<String>,
    /// Where calls out go, tried in this order.
    #[serde(default)]
    pub peers: Vec<Peer>,
    /// Where calls in may come from; empty for a trunk that only takes calls.
    #[serde(default)]
    pub from: Vec<TrunkSource>,
    /// Whether P-Asserted-Identity of calls in is believed (RFC 3325).
    #[serde(default)]
    pub trusted_identity: bool,
    /// Asked of calls in.
    pub ask: Option<Credentials>,
    /// Given when a peer asks.
    pub give: Option<Credentials>,
    /// How often peers are asked whether they are up (OPTIONS); 0 is never.
    #[serde(default = "default_keepalive")]
    pub keepalive: Seconds,
    /// How long a peer may stay wholly silent before the next one is tried.
    #[serde(default = "default_response_time")]
    pub response_time: Seconds,
    /// At most so many calls at once, in and out together.
    #[serde(default = "default_calls")]
    pub calls: u32,
    /// What a control room's trunk wants to see as Resource-Priority (RFC 4412): `esnet.0` says that a call
    /// is for an emergency service (RFC 7135). Nothing is sent where it is empty.
    #[serde(default)]
    pub resource_priority: String,
    /// Whether 999 is dialled there as `urn:service:sos.ambulance` (RFC 5031), with the peer as the Route.
    #[serde(default)]
    pub emergency_urn: bool,
    /// Whether nobody but control rooms calls in by it: whoever does rings back for a caller whom they had.
    #[serde(default)]
    pub control_room: bool,
    /// The codecs that are offered and taken, the best first; none of them is tried that is not here.
    #[serde(default = "VoiceCodec::all")]
    pub codecs: Spanned<Vec<VoiceCodec>>,
}

/// A voice codec by its encoding name (RFC 3551).
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
pub enum VoiceCodec {
    /// G.711 A-law.
    #[serde(rename = "PCMA")]
    Pcma,
    /// G.711 mu-law.
    #[serde(rename = "PCMU")]
    Pcmu,
    /// G.722.
    #[serde(rename = "G722")]
    G722,
}

impl VoiceCodec {
    /// Every codec, as the settings of a trunk that says nothing of them.
    pub fn all() -> Spanned<Vec<VoiceCodec>> {
        let all = vec![VoiceCodec::Pcma, VoiceCodec::Pcmu, VoiceCodec::G722];
        Spanned::new(0..0, all)
    }
}

fn default_keepalive() -> Seconds {
    Seconds::new(30)
}

fn default_response_time() -> Seconds {
    Seconds::new(3)
}

fn default_calls() -> u32 {
    10_000
}
