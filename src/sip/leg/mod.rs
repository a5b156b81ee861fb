//! One leg of a call: one dialog with one peer, run by a task of its own.
//!
//! Whoever holds a [`Leg`] tells it what to do and hears [`LegEvent`]s from it. Session descriptions
//! travel through here as text. Dropping the last handle of a leg hangs it up.
//!
//! A leg tells what another process needs to go on with it ([`LegEvent::Standing`],
//! [`LegEvent::Dialled`]): see [`resume`] and [`resume_dialled`].

mod confirmed;
mod dialled;
mod handle;
mod incoming;
mod outgoing;
mod referral;
mod reliable;
mod standing;

pub use confirmed::resume;
pub use dialled::{Dialled, abandon, resume_dialled};
pub use handle::{Cause, Leg, LegEvent, LegEvents, LegId, OfferId, ReferId, Side};
pub(super) use incoming::accept;
pub use outgoing::{Credentials, Dial, Target, dial};
pub use standing::Standing;
