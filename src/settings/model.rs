use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroU8;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;
use toml::Spanned;

use crate::diagnostic::{Problem, Source};
use crate::emergency;

use super::{
    Account, AgainSettings, AlertSettings, CallbackSettings, CodeSettings, Peer, PortRange,
    QueueSettings, ReportSettings, Seconds, SignOffSettings, StoreSettings, Trunk, User,
};

/// What runs, kept so that another process on this machine can go on with it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Live {
    /// The folder of the file in which it is kept.
    pub folder: String,
}

impl Default for Live {
    fn default() -> Self {
        Live {
            folder: "var".to_owned(),
        }
    }
}

/// All settings. Paths in them are relative to the folder of the settings file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Settings {
    /// Signalling.
    pub sip: Sip,
    /// Sound.
    pub media: Media,
    /// The HTTP side.
    pub http: Http,
    /// What must survive.
    pub store: StoreSettings,
    /// What runs, kept for another process.
    #[serde(default)]
    pub live: Live,
    /// Where routing, flows and prompts are.
    pub tables: Tables,
    /// What is answered.
    pub service: Service,
    /// The handler queue.
    #[serde(default)]
    pub queue: QueueSettings,
    /// What handlers and supervisors dial.
    #[serde(default)]
    pub codes: CodeSettings,
    /// Clinical callbacks.
    #[serde(default)]
    pub callback: CallbackSettings,
    /// Callers who ring again.
    #[serde(default)]
    pub again: AgainSettings,
    /// The hunt for an ambulance control room.
    #[serde(default)]
    pub emergency: Emergency,
    /// Who is told what is wrong.
    #[serde(default)]
    pub alert: AlertSettings,
    /// Crisis lines.
    #[serde(default)]
    pub crisis: CrisisSettings,
    /// Services of the directory.
    #[serde(default)]
    pub directory: DirectorySettings,
    /// What is measured, and how.
    #[serde(default)]
    pub report: ReportSettings,
    /// Who may change what callers are served by.
    #[serde(default)]
    pub sign_off: SignOffSettings,
    /// What happens on SIGTERM.
    #[serde(default)]
    pub drain: Drain,
    /// What is logged.
    #[serde(default)]
    pub log: Log,
    /// Connections to other networks.
    #[serde(default)]
    pub trunk: Vec<Trunk>,
    /// Phones that may register.
    #[serde(default)]
    pub account: Vec<Account>,
    /// Who uses the API besides them.
    #[serde(default)]
    pub user: Vec<User>,
    #[serde(skip)]
    pub(super) folder: PathBuf,
    #[serde(skip)]
    pub(super) source: Option<Source>,
}

/// `[sip]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Sip {
    /// Addresses to listen on.
    pub listen: Spanned<Vec<Peer>>,
    /// The realm in which phones and trunks authenticate.
    #[serde(default = "default_realm")]
    pub realm: String,
    /// Digest algorithms offered, best first: `SHA-256`, `MD5`.
    #[serde(default = "default_digest")]
    pub digest: Spanned<Vec<String>>,
    /// Passwords of accounts and trunks, a line `user:password` each.
    pub passwords: Option<String>,
    /// What the wire guard lets through.
    #[serde(default)]
    pub limits: Limits,
}

/// `[sip.limits]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Limits {
    /// Bytes of a whole message.
    pub message: usize,
    /// Bytes of a body.
    pub body: usize,
    /// Bytes of one header.
    pub header: usize,
    /// Headers of a message.
    pub headers: usize,
    /// TCP connections in all.
    pub connections: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            message: 65_535,
            body: 32_768,
            header: 8_192,
            headers: 128,
            connections: 4_096,
        }
    }
}

/// `[media]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Media {
    /// The address for sound.
    pub address: Spanned<IpAddr>,
    /// The address told to peers, when it is another one.
    pub advertise: Option<IpAddr>,
    /// Ports for RTP and RTCP.
    pub ports: PortRange,
    /// Threads that carry sound: as many as cores are given to it.
    #[serde(default = "default_threads")]
    pub threads: NonZeroU8,
    /// After so long without a packet the call's timeline says so and the peer is asked whether it is
    /// there; whoever we have dialled and never heard is let go after twice as long.
    #[serde(default = "default_silence")]
    pub silence: Seconds,
    /// The folder that calls are recorded into; nothing is recorded where it is left out.
    pub recordings: Option<String>,
}

/// `[http]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Http {
    /// The address.
    pub listen: Spanned<SocketAddr>,
    /// Whether whoever comes to it from outside comes through a proxy that brings TLS. Where it listens on more
    /// than loopback and there is none, nobody can sign in.
    #[serde(default)]
    pub behind_tls: bool,
}

impl Http {
    /// Whether passwords may be sent to it.
    pub fn is_private(&self) -> bool {
        self.behind_tls || self.listen.get_ref().ip().is_loopback()
    }
}

/// `[tables]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Tables {
    /// The folder of areas, postcodes, regions and flows.
    pub routing: String,
    /// The folder of recordings.
    pub prompts: String,
    /// The flow that callers go through: a file in `flows/`.
    pub flow: String,
}

/// `[service]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Service {
    /// Dialled numbers that are answered; any other gets 404.
    pub numbers: Spanned<Vec<String>>,
    /// At most so many calls at once.
    #[serde(default = "default_calls")]
    pub calls: Spanned<u32>,
}

/// `[emergency]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Emergency {
    /// Without any response for so long, the next control room is tried.
    pub response: Seconds,
    /// Ringing for so long, the next one is tried as well.
    pub ringing: Seconds,
    /// Between two rounds of all control rooms.
    pub pause: Seconds,
    /// A control room must be heard within this time after its answer, or the next one is tried as well.
    pub proof: Seconds,
    /// With none heard for so long, all are dialled at once.
    pub together: Seconds,
    /// An alert is raised when a caller has waited for so long.
    pub alert_after: Seconds,
    /// A control room that rings back reaches the caller whom it had for so long after their call.
    pub ring_back: Seconds,
}

impl Default for Emergency {
    fn default() -> Self {
        Emergency {
            response: Seconds::new(2),
            ringing: Seconds::new(10),
            pause: Seconds::new(2),
            proof: Seconds::new(3),
            together: Seconds::new(20),
            alert_after: Seconds::new(10),
            ring_back: Seconds::new(30 * 60),
        }
    }
}

impl Emergency {
    /// As a hunt has them.
    pub fn hunt(&self) -> emergency::Settings {
        emergency::Settings {
            response: self.response.get(),
            ringing: self.ringing.get(),
            pause: self.pause.get(),
            proof: self.proof.get(),
            together: self.together.get(),
            late: self.alert_after.get(),
        }
    }
}

/// `[crisis]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct CrisisSettings {
    /// How long a crisis line rings before its caller goes to the queue.
    pub ring: Seconds,
}

/// A conversation that the other side's line ends sooner than this has not taken place.
const PROOF: Duration = Duration::from_secs(3);

/// Whether a line outside the house has taken a call that was over after so long. One that was lost rather
/// than ended has not been dealt with.
pub fn was_taken(talked: Duration, lost: bool) -> bool {
    talked >= PROOF && !lost
}

/// `[directory]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct DirectorySettings {
    /// How long a service rings before its caller is with whom they were with before, or goes to the queue.
    pub ring: Seconds,
    /// The trunk by which services are dialled that name none.
    pub trunk: Spanned<String>,
}

impl Default for DirectorySettings {
    fn default() -> Self {
        DirectorySettings {
            ring: Seconds::new(30),
            trunk: Spanned::new(0..0, "carrier".to_owned()),
        }
    }
}

impl Default for CrisisSettings {
    fn default() -> Self {
        CrisisSettings {
            ring: Seconds::new(30),
        }
    }
}

/// `[drain]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Drain {
    /// After SIGTERM running calls may go on for so long.
    pub limit: Seconds,
    /// Calls to 999 may go on for so long after that.
    pub emergency: Seconds,
}

impl Default for Drain {
    fn default() -> Self {
        Drain {
            limit: Seconds::new(15 * 60),
            emergency: Seconds::new(2 * 60 * 60),
        }
    }
}

/// How log lines look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// For collectors.
    Json,
}

/// `[log]`
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Log {
    /// `error`, `warn`, `info`, `debug`, or a filter such as `info,ivr111::sip=debug`.
    pub level: Option<String>,
    /// `text` or `json`.
    pub format: LogFormat,
}

fn default_realm() -> String {
    "ivr111".into()
}

fn default_digest() -> Spanned<Vec<String>> {
    Spanned::new(0..0, vec!["SHA-256".into(), "MD5".into()])
}

fn default_threads() -> NonZeroU8 {
    NonZeroU8::MIN
}

fn default_silence() -> Seconds {
    Seconds::new(10)
}

fn default_calls() -> Spanned<u32> {
    Spanned::new(0..0, 2_400)
}

impl Settings {
    /// Reads a settings file. What is wrong with its form comes back as one problem; what is wrong with
    /// its sense is found by [`Settings::check`].
    pub fn load(path: &Path) -> Result<Self, Problem> {
        Self::parse(Source::read(path)?)
    }

    /// Reads settings from a text.
    pub fn parse(source: Source) -> Result<Self, Problem> {
        let mut settings: Settings = source.toml()?;
        let folder = source.path().parent().unwrap_or(Path::new(""));
        settings.folder = folder.to_path_buf();
        settings.source = Some(source);
        Ok(settings)
    }

    /// A path of the settings, relative to the settings file.
    pub fn path(&self, path: &str) -> PathBuf {
        self.folder.join(path)
    }

    /// The flow's file.
    pub fn flow_path(&self) -> PathBuf {
        let file = format!("{}.toml", self.tables.flow);
        self.path(&self.tables.routing).join("flows").join(file)
    }

    /// A trunk by name.
    pub fn trunk_named(&self, name: &str) -> Option<&Trunk> {
        self.trunk.iter().find(|t| t.name.get_ref() == name)
    }

    /// Whether nothing outside this machine can reach us.
    pub fn is_loopback_only(&self) -> bool {
        let sip = self.sip.listen.get_ref().iter();
        sip.map(|l| l.address.ip())
            .chain([self.http.listen.get_ref().ip()])
            .all(|ip| ip.is_loopback())
    }
}
