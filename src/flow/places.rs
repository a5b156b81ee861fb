use super::key::Key;
use super::outward::OutwardCodes;

/// By which keys a caller says where they are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Places {
    /// Keys and the regions that they stand for. Without any, nobody is asked.
    pub regions: Vec<(Key, String)>,
    /// The key of whoever would rather key a postcode, where that is offered.
    pub postcode_key: Option<Key>,
    /// The postcodes that can be keyed, by their first half.
    pub outward_codes: OutwardCodes,
}
