use jiff::Timestamp;

use super::names::Names;

/// What a page says of a report besides its figures.
#[derive(Clone, Default)]
pub struct Told {
    /// What things are called.
    pub names: Names,
    /// Counts below this, 0 left out, are held back.
    pub suppressed: Option<u64>,
    /// When things stood as they do here.
    pub as_of: Option<Timestamp>,
}
