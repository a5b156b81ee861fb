//! The settings file `ivr111.toml`: what a server listens on, whom it knows, how long it waits.

mod account;
mod again;
mod announce;
mod callback;
mod check;
mod codes;
mod duration;
mod listen;
mod model;
mod password;
mod queue;
mod report;
mod sign_off;
mod store;
mod trunk;
mod user;
mod webhook;

pub use account::{Account, Role, Skill};
pub use again::AgainSettings;
pub use announce::AnnounceSettings;
pub use callback::{CallbackSettings, DispositionRow, MarginRow, RiskTable};
pub use check::KEPT_FOR_EMERGENCIES;
pub use codes::CodeSettings;
pub use duration::Seconds;
pub use listen::{Peer, PortRange, Source as TrunkSource, Transport};
pub use model::{
    CrisisSettings, DirectorySettings, Drain, Emergency, Http, Limits, Log, LogFormat, Media,
    Service, Settings, Sip, Tables, was_taken,
};
pub use password::{PasswordError, Passwords};
pub use queue::QueueSettings;
pub use report::{AbandonedOf, ClockStart, Ivr, ReportSettings, Targets};
pub use sign_off::{SignOffPerson, SignOffSettings};
pub use store::StoreSettings;
pub use trunk::{Credentials, Trunk, VoiceCodec};
pub use user::{DeskRole, User};
pub use webhook::{AlertSettings, Webhook};
