//! Discs that fail, under a worker without a thread of its own.

use super::super::track::Progress;
use super::*;

/// A file on a disc with so many bytes left.
#[derive(Clone, Debug)]
struct Disc {
    file: Arc<Mutex<Cursor<Vec<u8>>>>,
    room: usize,
}

impl Disc {
    fn with(room: usize) -> Disc {
        Disc {
            file: Arc::default(),
            room,
        }
    }

    fn sound(&self) -> Vec<u8> {
        self.file.lock().unwrap().get_ref().clone()
    }
}

impl Write for Disc {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut file = self.file.lock().unwrap();
        let left = self.room.saturating_sub(file.position() as usize);
        if left == 0 {
            return Err(io::ErrorKind::StorageFull.into());
        }
        file.write(&bytes[..left.min(bytes.len())])
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Seek for Disc {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file.lock().unwrap().seek(to)
    }
}

/// Records 20 s on each of the discs at once.
fn record(discs: &[Disc], longest: i64) -> RecordingStats {
    let (pieces, queued) = sync_channel(100_000);
    let (beginning, begun) = channel();
    let counters = Arc::new(Counters::default());
    let mut tracks = Vec::new();
    let mut progresses = Vec::new();
    for (recording, disc) in (0..).zip(discs) {
        assert!(counters.enter(100));
        let progress = Arc::new(Progress::default());
        let begun = Begun {
            recording,
            name: format!("{recording}.wav"),
            out: disc.clone(),
            at: 0,
            progress: Arc::clone(&progress),
        };
        beginning.send(begun).unwrap();
        progresses.push(Arc::clone(&progress));
        let counters = Arc::clone(&counters);
        tracks.push(Track::new(recording, pieces.clone(), progress, counters));
    }
    for n in 0..1_000u32 {
        for track in &mut tracks {
            let at = MILLIS(u64::from(n) * 20);
            let bytes = [encode(Codec::Pcma, 1_000); 160];
            track.put(Channel::Said, at, n * 160, Codec::Pcma, &bytes);
        }
    }
    drop((tracks, pieces, beginning));
    Worker::new(queued, begun, Arc::clone(&counters), longest).run();
    // Whatever the ending, a track would know not to go on.
    assert!(progresses.iter().all(|p| p.over.load(Relaxed)));
    counters.read()
}

#[test]
fn a_full_disc_ends_only_its_own_recording() {
    let discs = [
        Disc::with(10_000_000),
        Disc::with(5 * 32_000 + 1_000),
        Disc::with(20),
        Disc::with(10_000_000),
    ];
    let stats = record(&discs, 100 * RATE);
    assert_eq!((stats.failed, stats.open, stats.cut), (2, 0, 0));
    for whole in [0, 3] {
        let sound = Sound::read(&discs[whole].sound());
        assert_eq!(sound.len(), 160_000);
        assert!(sound.channels[0].iter().all(|&sample| sample > 900));
    }
    // The header of the one that failed tells of its five whole seconds.
    let mut file = discs[1].sound();
    assert!(file.len() > 5 * 32_000 + 44);
    file.truncate(5 * 32_000 + 44);
    assert_eq!(Sound::read(&file).len(), 40_000);
    assert_eq!(discs[2].sound().len(), 20);
    assert_eq!(stats.written, 2 * (640_000 + 44) + 160_000 + 44);
}

#[test]
fn a_recording_that_is_too_long_is_cut_off_and_counted() {
    let disc = Disc::with(10_000_000);
    let stats = record(std::slice::from_ref(&disc), 15 * RATE);
    assert_eq!((stats.failed, stats.open, stats.cut), (0, 0, 1));
    assert_eq!(Sound::read(&disc.sound()).len(), 120_000);
}
