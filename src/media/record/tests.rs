use std::{
    fs,
    io::{self, Cursor, Seek, SeekFrom, Write},
    os::unix::fs::{PermissionsExt as _, symlink},
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::Ordering::Relaxed,
        mpsc::{channel, sync_channel},
    },
    thread,
    time::Duration,
};

use super::{
    recorder::Limits,
    stats::Counters,
    worker::{Begun, Worker},
    *,
};
use crate::media::{Codec, Law};

mod disc;
mod handle;
mod recording;
mod simulation;

const MILLIS: fn(u64) -> Duration = Duration::from_millis;

/// A small generator, so that every run is the same.
struct Dice(u64);

impl Dice {
    fn below(&mut self, sides: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(0x5851_F42D_4C95_7F2D)
            .wrapping_add(0x1405_7B7E_F767_814F);
        (self.0 >> 33) % sides
    }
}

/// A sample as a byte of G.711.
fn encode(codec: Codec, sample: i16) -> u8 {
    codec.law().unwrap().encode(sample)
}

/// What a WAV file says, read by its header.
struct Sound {
    /// Samples of the left and of the right channel.
    channels: [Vec<i16>; 2],
}

impl Sound {
    /// Reads a file; its header must fit its length.
    fn read(file: &[u8]) -> Sound {
        let u16_at = |at: usize| u16::from_le_bytes([file[at], file[at + 1]]);
        let u32_at = |at: usize| u32::from_le_bytes(file[at..at + 4].try_into().unwrap());
        assert_eq!(&file[..4], b"RIFF");
        assert_eq!(u32_at(4) as usize, file.len() - 8);
        assert_eq!(&file[8..16], b"WAVEfmt ");
        assert_eq!((u32_at(16), u16_at(20), u16_at(22)), (16, 1, 2));
        assert_eq!((u32_at(24), u32_at(28)), (8_000, 32_000));
        assert_eq!((u16_at(32), u16_at(34)), (4, 16));
        assert_eq!(&file[36..40], b"data");
        assert_eq!(u32_at(40) as usize, file.len() - 44);
        let samples: Vec<i16> = (44..file.len())
            .step_by(2)
            .map(|at| u16_at(at) as i16)
            .collect();
        let channel = |n: usize| samples.iter().copied().skip(n).step_by(2).collect();
        Sound {
            channels: [channel(0), channel(1)],
        }
    }

    fn len(&self) -> usize {
        self.channels[0].len()
    }
}

/// Waits until everything is in its file.
fn settle(recorder: &Recorder) {
    for _ in 0..2_000 {
        if recorder.stats().open == 0 {
            return;
        }
        thread::sleep(MILLIS(5));
    }
    panic!("recordings stay open: {:?}", recorder.stats());
}
