/// An entry of the log, as it is hashed: texts and numbers as the store holds them, so that one that makes
/// no sense any more can be checked all the same.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record {
    /// In whose chain.
    pub node: String,
    /// Where in it: the first entry is 1.
    pub sequence: i64,
    /// Unlike that of any other entry of any chain.
    pub id: String,
    /// Whose callback.
    pub reference: String,
    /// When, in milliseconds since 1970 in UTC.
    pub at: i64,
    /// Who has changed it.
    pub by: String,
    /// What has changed, in a word.
    pub what: String,
    /// In a few words.
    pub detail: String,
}

/// An entry with the hash that the store has of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// What it says.
    pub record: Record,
    /// Its hash: 64 hexadecimal digits, unless somebody has altered it.
    pub hash: String,
}

impl Record {
    /// Its canonical bytes: no two entries that differ have the same.
    pub(super) fn bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(256);
        let number = |number: i64| number.to_be_bytes();
        field(&mut bytes, self.node.as_bytes());
        field(&mut bytes, &number(self.sequence));
        field(&mut bytes, self.id.as_bytes());
        field(&mut bytes, self.reference.as_bytes());
        field(&mut bytes, &number(self.at));
        field(&mut bytes, self.by.as_bytes());
        field(&mut bytes, self.what.as_bytes());
        field(&mut bytes, self.detail.as_bytes());
        bytes
    }
}

/// Each field with its length before it, so that none can be moved into the next.
pub(super) fn field(bytes: &mut Vec<u8>, field: &[u8]) {
    bytes.extend_from_slice(&(field.len() as u64).to_be_bytes());
    bytes.extend_from_slice(field);
}
