//! Who calls, from which number, to which number, and from where: read from signalling, judged by the
//! rules of UK numbering, never guessed.

mod caller;
mod dialled;
mod location;
mod location_out;
mod number;
mod reference;

pub use caller::{Caller, CallerNumber, IdentityHeaders};
pub use dialled::Dialled;
pub use location::{CarriedLocation, LocationError};
pub use location_out::{PostcodeSource, of_postcode};
pub use number::{Number, NumberError, NumberKind};
pub use reference::{Reference, ReferenceError};
