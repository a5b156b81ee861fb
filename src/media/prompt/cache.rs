//! Prompts as they were encoded before, so that a process need not decode and encode them all again before it
//! can answer.

use std::collections::HashMap;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crc::{CRC_32_ISO_HDLC, Crc, Table};

use crate::media::clip::Clip;

/// The first bytes of the file. To be counted up when clips are made otherwise than before.
const HEADER: &[u8] = b"ivr111 prompts 1\n";
const CHECK: Crc<u32, Table<16>> = Crc::<u32, Table<16>>::new(&CRC_32_ISO_HDLC);

/// Recordings by language and name.
pub(super) type Clips = HashMap<String, HashMap<String, Clip>>;

/// What the clips are made of; where anything of it is another, they are made anew.
#[derive(Debug, Default)]
pub(super) struct Origin(DefaultHasher);

impl Origin {
    /// A recording, and how loud it is to be. One that cannot be looked at is none.
    pub(super) fn add(&mut self, path: &Path, level: f32) {
        path.hash(&mut self.0);
        level.to_bits().hash(&mut self.0);
        let found = fs::metadata(path).map(|found| (found.len(), found.modified().ok()));
        found.ok().hash(&mut self.0);
    }

    fn mark(&self) -> u64 {
        self.0.finish()
    }
}

/// A file of clips.
pub(super) struct Cache(PathBuf);

impl Cache {
    pub(super) fn new(file: PathBuf) -> Self {
        Cache(file)
    }

    /// The clips, where they are those of this origin and nothing is damaged.
    pub(super) fn read(&self, origin: &Origin) -> Option<Clips> {
        let bytes = fs::read(&self.0).ok()?;
        let (content, check) = bytes.split_last_chunk::<4>()?;
        if CHECK.checksum(content) != u32::from_le_bytes(*check) {
            return None;
        }
        let mut rest = content.strip_prefix(HEADER)?;
        let (mark, after) = rest.split_first_chunk::<8>()?;
        if u64::from_le_bytes(*mark) != origin.mark() {
            return None;
        }
        rest = after;
        let mut clips = Clips::new();
        while !rest.is_empty() {
            let language = text(&mut rest)?;
            let name = text(&mut rest)?;
            let clip = Clip {
                alaw: Arc::from(piece(&mut rest)?),
                ulaw: Arc::from(piece(&mut rest)?),
                g722: Arc::from(piece(&mut rest)?),
            };
            clips.entry(language).or_default().insert(name, clip);
        }
        Some(clips)
    }

    /// Writes the clips down. Where that fails they are made anew the next time.
    pub(super) fn write(&self, origin: &Origin, clips: &Clips) {
        let mut bytes = HEADER.to_vec();
        bytes.extend_from_slice(&origin.mark().to_le_bytes());
        for (language, of_language) in clips {
            for (name, clip) in of_language {
                put(&mut bytes, language.as_bytes());
                put(&mut bytes, name.as_bytes());
                for codec in [&clip.alaw, &clip.ulaw, &clip.g722] {
                    put(&mut bytes, codec);
                }
            }
        }
        let check = CHECK.checksum(&bytes);
        bytes.extend_from_slice(&check.to_le_bytes());
        if let Err(error) = self.replace(&bytes) {
            tracing::debug!(%error, "prompts are encoded anew at the next start");
        }
    }

    /// In one step, so that nobody reads half of it.
    fn replace(&self, bytes: &[u8]) -> io::Result<()> {
        let folder = self.0.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(folder)?;
        let fresh = self.0.with_extension(format!("new-{}", std::process::id()));
        let written = fs::File::create(&fresh).and_then(|mut file| file.write_all(bytes));
        let replaced = written.and_then(|()| fs::rename(&fresh, &self.0));
        replaced.inspect_err(|_| {
            let _ = fs::remove_file(&fresh);
        })
    }
}

fn put(to: &mut Vec<u8>, piece: &[u8]) {
    to.extend_from_slice(&(piece.len() as u64).to_le_bytes());
    to.extend_from_slice(piece);
}

fn piece<'b>(from: &mut &'b [u8]) -> Option<&'b [u8]> {
    let (length, rest) = from.split_first_chunk::<8>()?;
    let length = usize::try_from(u64::from_le_bytes(*length)).ok()?;
    let (piece, rest) = rest.split_at_checked(length)?;
    *from = rest;
    Some(piece)
}

fn text(from: &mut &[u8]) -> Option<String> {
    String::from_utf8(piece(from)?.to_vec()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clips() -> Clips {
        let clip = |n: i16| Clip::from_samples(&vec![n; 1_000]);
        let english = [("a", 1_000), ("b", -7_000)].map(|(name, n)| (name.to_owned(), clip(n)));
        HashMap::from([("en-GB".to_owned(), HashMap::from(english))])
    }

    fn same(one: &Clips, other: &Clips) -> bool {
        let bytes = |clips: &Clips| -> std::collections::BTreeMap<String, [Arc<[u8]>; 3]> {
            let all = clips.iter().flat_map(|(language, named)| {
                named.iter().map(move |(name, clip)| {
                    let codecs = [&clip.alaw, &clip.ulaw, &clip.g722].map(Arc::clone);
                    (format!("{language}/{name}"), codecs)
                })
            });
            all.collect()
        };
        bytes(one) == bytes(other)
    }

    #[test]
    fn what_was_written_is_read_for_the_same_recordings_alone() {
        let folder = tempfile::tempdir().unwrap();
        let recording = folder.path().join("a.flac");
        std::fs::write(&recording, b"one").unwrap();
        let origin = |level| {
            let mut origin = Origin::default();
            origin.add(&recording, level);
            origin
        };
        let cache = Cache::new(folder.path().join("deep/prompts.cache"));
        assert!(cache.read(&origin(-22.0)).is_none());
        cache.write(&origin(-22.0), &clips());
        assert!(same(&cache.read(&origin(-22.0)).unwrap(), &clips()));
        assert!(cache.read(&origin(-20.0)).is_none());
        std::fs::write(&recording, b"other").unwrap();
        assert!(cache.read(&origin(-22.0)).is_none());
    }

    #[test]
    fn what_is_damaged_is_not_taken() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("prompts.cache");
        let (cache, origin) = (Cache::new(file.clone()), Origin::default());
        cache.write(&origin, &clips());
        let whole = std::fs::read(&file).unwrap();
        for place in [0, 20, 40, whole.len() / 2, whole.len() - 1] {
            let mut bytes = whole.clone();
            bytes[place] ^= 1;
            std::fs::write(&file, &bytes).unwrap();
            assert!(cache.read(&origin).is_none(), "{place}");
            std::fs::write(&file, &whole[..place]).unwrap();
            assert!(cache.read(&origin).is_none(), "{place}");
        }
    }
}
