use crc::{CRC_32_ISO_HDLC, Crc, Table};

/// The first bytes of the file; the last of them before the line's end is the format's version.
pub(super) const HEADER: &[u8] = b"ivr111 live 1\n";
/// Nothing that is kept is larger; what says that it is, is no record.
pub(super) const LARGEST: usize = 1024 * 1024;

const CHECK: Crc<u32, Table<16>> = Crc::<u32, Table<16>>::new(&CRC_32_ISO_HDLC);
/// Length, kind and key.
const HEAD: usize = 4 + 1 + 16;
const TAIL: usize = 4;

/// Whose state a record is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Key {
    /// A call, by its reference.
    Call(u128),
    /// A stream of sound, by its port.
    Stream(u16),
}

impl Key {
    fn kind(self) -> u8 {
        match self {
            Key::Call(_) => 1,
            Key::Stream(_) => 2,
        }
    }

    fn bits(self) -> u128 {
        match self {
            Key::Call(reference) => reference,
            Key::Stream(port) => port.into(),
        }
    }

    fn read(kind: u8, bits: u128) -> Option<Key> {
        match kind {
            1 => Some(Key::Call(bits)),
            2 => Some(Key::Stream(u16::try_from(bits).ok()?)),
            _ => None,
        }
    }
}

/// Appends a record: the newest state, or that there is none any more. What is too large is left out, and
/// told by `false`.
pub(super) fn write(to: &mut Vec<u8>, key: Key, state: Option<&[u8]>) -> bool {
    let bytes = state.unwrap_or_default();
    if bytes.len() > LARGEST {
        return false;
    }
    let from = to.len();
    // An end has the highest bit of the kind.
    let kind = key.kind() | if state.is_none() { 0x80 } else { 0 };
    to.extend_from_slice(&(bytes.len() as u32).to_le_bytes());
    to.push(kind);
    to.extend_from_slice(&key.bits().to_le_bytes());
    to.extend_from_slice(bytes);
    let check = CHECK.checksum(&to[from..]);
    to.extend_from_slice(&check.to_le_bytes());
    true
}

/// A record that has been read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Record<'a> {
    pub(super) key: Key,
    /// The newest state; none where it has ended.
    pub(super) state: Option<&'a [u8]>,
    /// Its length in the file, in bytes.
    pub(super) length: usize,
}

/// The record at the beginning of some bytes; none where they hold no whole one, or a damaged one.
pub(super) fn read(bytes: &[u8]) -> Option<Record<'_>> {
    let (head, rest) = bytes.split_at_checked(HEAD)?;
    let (length, head) = head.split_first_chunk::<4>()?;
    let (kind, bits) = head.split_first()?;
    let size = u32::from_le_bytes(*length) as usize;
    if size > LARGEST {
        return None;
    }
    let state = rest.get(..size)?;
    let check = rest.get(size..)?.first_chunk::<TAIL>()?;
    let whole = bytes.get(..HEAD + size)?;
    if CHECK.checksum(whole) != u32::from_le_bytes(*check) {
        return None;
    }
    let bits = u128::from_le_bytes(bits.try_into().ok()?);
    Some(Record {
        key: Key::read(kind & 0x7f, bits)?,
        state: (kind & 0x80 == 0).then_some(state),
        length: HEAD + size + TAIL,
    })
}

/// The records of a whole file, each with where it begins, up to the first that is damaged. A file of another
/// format has none.
pub(super) fn all(file: &[u8]) -> impl Iterator<Item = (usize, Record<'_>)> {
    let mut rest = file.strip_prefix(HEADER).unwrap_or_default();
    std::iter::from_fn(move || {
        let record = read(rest)?;
        let from = file.len() - rest.len();
        rest = rest.get(record.length..).unwrap_or_default();
        Some((from, record))
    })
}
