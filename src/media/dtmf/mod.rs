//! Keys: RFC 4733 events, in-band tones (ITU-T Q.23, Q.24), and the rule that one key pressed is
//! one key received, whichever carrier brings it.

mod event;
mod generate;
mod info;
mod key;
mod merge;
mod tone;

pub use event::{EventPacket, EventReceiver};
pub use generate::{DualTone, SineTone};
pub use info::key_of_info;
pub use key::{Carrier, Key};
pub use merge::Merge;
pub use tone::ToneDetector;
