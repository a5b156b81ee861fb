//! A WAV file that grows: RIFF with `fmt ` and `data`, 16-bit PCM, 8,000 samples/s, 2 channels.

use std::io::{self, Seek, SeekFrom, Write};

use super::RATE;

/// Bytes before the sound.
pub(super) const HEADER: usize = 44;
/// Bytes of a frame: a sample of each channel.
pub(super) const FRAME: usize = 4;
/// Bytes after which the header is brought up to date: 10 s.
const NOTE: u64 = 10 * RATE as u64 * FRAME as u64;
/// The greatest length of the sound in bytes: with the header less than 4 GiB (RIFF's sizes are 32 bits).
pub(super) const MOST: u64 = (u32::MAX as u64 - HEADER as u64) / FRAME as u64 * FRAME as u64;

/// The file, to whose end sound is written.
#[derive(Debug)]
pub(super) struct Wav<W> {
    out: W,
    /// Bytes of sound in the file.
    sound: u64,
    /// Bytes of sound that the header tells of.
    noted: u64,
}

impl<W: Write + Seek> Wav<W> {
    /// Begins an empty file with a header that is right for it.
    pub(super) fn new(mut out: W) -> io::Result<Wav<W>> {
        out.write_all(&header(0))?;
        Ok(Wav {
            out,
            sound: 0,
            noted: 0,
        })
    }

    /// The file's length in bytes.
    pub(super) fn len(&self) -> u64 {
        HEADER as u64 + self.sound
    }

    /// Writes interleaved samples to the end, and every 10 s the header. After an error the file has
    /// to be left alone but for [`Wav::note`].
    pub(super) fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.out.write_all(bytes)?;
        self.sound += bytes.len() as u64;
        if self.sound - self.noted >= NOTE {
            self.note()?;
        }
        Ok(())
    }

    /// Brings the header up to date; it takes no space, so that it can be done on a full disc too.
    pub(super) fn note(&mut self) -> io::Result<()> {
        self.out.seek(SeekFrom::Start(0))?;
        self.out.write_all(&header(self.sound))?;
        self.out.seek(SeekFrom::Start(self.len()))?;
        self.out.flush()?;
        self.noted = self.sound;
        Ok(())
    }
}

/// The header of a file with so many bytes of sound; of no more than [`MOST`].
fn header(sound: u64) -> [u8; HEADER] {
    let sound = sound.min(MOST) as u32;
    let rate = RATE as u32;
    let fields: [&[u8]; 13] = [
        b"RIFF",
        &(sound + HEADER as u32 - 8).to_le_bytes(),
        b"WAVE",
        b"fmt ",
        &16u32.to_le_bytes(),
        // PCM, two channels.
        &1u16.to_le_bytes(),
        &2u16.to_le_bytes(),
        &rate.to_le_bytes(),
        &(rate * FRAME as u32).to_le_bytes(),
        &(FRAME as u16).to_le_bytes(),
        &16u16.to_le_bytes(),
        b"data",
        &sound.to_le_bytes(),
    ];
    let mut header = [0; HEADER];
    for (to, &from) in header.iter_mut().zip(fields.into_iter().flatten()) {
        *to = from;
    }
    header
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    #[test]
    fn the_header_is_byte_for_byte_what_players_expect() {
        let bytes = header(320);
        let expected = [
            0x52, 0x49, 0x46, 0x46, 0x64, 0x01, 0, 0, 0x57, 0x41, 0x56, 0x45, 0x66, 0x6D, 0x74,
            0x20, 16, 0, 0, 0, 1, 0, 2, 0, 0x40, 0x1F, 0, 0, 0, 0x7D, 0, 0, 4, 0, 16, 0, 0x64,
            0x61, 0x74, 0x61, 0x40, 0x01, 0, 0,
        ];
        assert_eq!(bytes, expected);
    }

    #[test]
    fn the_longest_file_does_not_overflow_its_sizes() {
        let bytes = header(u64::MAX);
        let riff = u32::from_le_bytes(bytes[4..8].try_into().unwrap());
        let data = u32::from_le_bytes(bytes[40..44].try_into().unwrap());
        assert_eq!(riff - data, 36);
        assert!(u64::from(data) + HEADER as u64 <= u64::from(u32::MAX));
    }

    #[test]
    fn a_file_left_alone_tells_of_all_but_its_last_ten_seconds() {
        let mut wav = Wav::new(Cursor::new(Vec::new())).unwrap();
        let second = vec![1; RATE as usize * FRAME];
        for n in 1..=37u64 {
            wav.append(&second).unwrap();
            let file = wav.out.get_ref();
            assert_eq!(file.len() as u64, wav.len());
            let told = u64::from(u32::from_le_bytes(file[40..44].try_into().unwrap()));
            assert_eq!(told, n / 10 * 10 * 32_000);
        }
    }
}
