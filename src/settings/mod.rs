//! The settings file `ivr111.toml`: what a server listens on, whom it knows, how long it waits.

mod account;
mod check;
mod duration;
mod listen;
mod model;
mod password;
mod store;
mod trunk;

pub use account::{Account, Role};
pub use duration::Seconds;
pub use listen::{Peer, PortRange, Source as TrunkSource, Transport};
pub use model::{
    CallbackSettings, CrisisSettings, Drain, Emergency, Http, Limits, Log, LogFormat, Media,
    QueueSettings, Service, Settings, Sip, Tables,
};
pub use password::{PasswordError, Passwords};
pub use store::StoreSettings;
pub use trunk::{Credentials, Trunk, VoiceCodec};
