//! Signalling: the wire guard, the endpoint, trunks, the registrar, and legs.
//!
//! rsipstack parses messages and runs transactions. Dialogs are our own: its dialogs cannot send
//! reliable provisional responses, leave overtaken requests unanswered, and do not hand out the
//! answer that comes in an ACK. Session descriptions pass through this room as text.

mod body;
mod credentials;
mod detour;
mod dialog;
mod dialogs;
pub mod digest;
mod doorkeeper;
mod endpoint;
mod error;
mod escape;
pub mod guard;
mod invitation;
pub mod leg;
mod line;
mod merged;
mod message;
mod origin;
mod paging;
mod refer_to;
pub mod registrar;
mod registrations;
mod replaces;
mod signing_in;
mod transaction;
pub mod trunk;
mod trunks;
mod wire;

#[cfg(test)]
mod tests;

pub use body::Part;
pub use doorkeeper::Doorkeeper;
pub use endpoint::{Endpoint, EndpointConfig, Incoming, Listening};
pub use error::SipError;
pub use invitation::Invitation;
pub use line::Line;
pub use message::quoted;
pub use origin::Origin;
pub use refer_to::ReferTo;
pub use registrations::{Registered, Registrations};
pub use replaces::Replaces;
pub use rsipstack::sip::Transport;
pub use signing_in::{SignInError, sign_in};
pub use trunks::{Route, TrunkLines, uri_of};
pub use wire::{Hop, Wire};
