//! The recorder with its thread and real files.

use super::*;

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

/// A recorder with a folder that does not exist before.
fn start(at_once: u64, queue: usize) -> (tempfile::TempDir, std::path::PathBuf, Recorder) {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("calls");
    let limits = Limits {
        at_once,
        queue,
        longest: 3_600,
    };
    let recorder = Recorder::start_within(&folder, limits).unwrap();
    (parent, folder, recorder)
}

fn tone(track: &mut Track, packets: std::ops::Range<u32>) {
    let bytes = [encode(Codec::Pcmu, 2_000); 160];
    for n in packets {
        let at = MILLIS(u64::from(n) * 20);
        track.put(Channel::Heard, at, n * 160, Codec::Pcmu, &bytes);
    }
}

#[test]
fn the_folder_and_the_files_are_for_their_owner_alone() {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("calls");
    let recorder = Recorder::start(&folder).unwrap();
    assert_eq!(mode(&folder), 0o700);
    assert!(recorder.stats().running);
    let track = recorder.begin("one-2_3.x", Duration::ZERO).unwrap();
    let file = folder.join("one-2_3.x.wav");
    assert_eq!(mode(&file), 0o600);
    drop(track);
    settle(&recorder);
    assert_eq!(Sound::read(&fs::read(&file).unwrap()).len(), 0);
    // A folder that is there already is used as it is.
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o750)).unwrap();
    Recorder::start(&folder).unwrap();
    assert_eq!(mode(&folder), 0o750);
    assert!(matches!(Recorder::start(&file), Err(RecordError::Io(_))));
}

#[test]
fn a_file_that_exists_is_not_touched() {
    let (parent, folder, recorder) = start(2, 100);
    fs::write(folder.join("call.wav"), "keep me").unwrap();
    let outside = parent.path().join("outside.wav");
    symlink(&outside, folder.join("link.wav")).unwrap();
    for name in ["call", "link", "call", "link"] {
        let refused = recorder.begin(name, Duration::ZERO);
        assert!(matches!(refused, Err(RecordError::Exists { .. })));
    }
    assert_eq!(fs::read(folder.join("call.wav")).unwrap(), b"keep me");
    assert!(!outside.exists());
    // What was refused takes no place.
    assert_eq!(recorder.stats().open, 0);
}

#[test]
fn a_name_that_could_lead_elsewhere_is_refused() {
    let (_parent, folder, recorder) = start(2, 100);
    let long = "x".repeat(201);
    for name in [
        "", "../up", "a/b", "/etc/x", "a\0b", "a b", "a\nb", "ü", "a:b", &long,
    ] {
        let refused = recorder.begin(name, Duration::ZERO);
        assert!(matches!(refused, Err(RecordError::Name { .. })), "{name:?}");
    }
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 0);
    let named = [".", "..", &long[1..]].map(|name| recorder.clone().begin(name, Duration::ZERO));
    assert!(matches!(
        named,
        [Ok(_), Ok(_), Err(RecordError::Full { at_once: 2 })]
    ));
    assert!(folder.join("..wav").is_file() && folder.join("...wav").is_file());
}

#[test]
fn a_recording_that_has_ended_makes_room_for_another() {
    let (_parent, folder, recorder) = start(1, 1_000);
    let mut track = recorder.begin("one", Duration::ZERO).unwrap();
    let refused = recorder.begin("two", Duration::ZERO).unwrap_err();
    assert!(refused.is_temporary());
    assert!(!folder.join("two.wav").exists());
    tone(&mut track, 0..100);
    track.finish(MILLIS(3_500));
    settle(&recorder);
    drop(recorder.begin("two", Duration::ZERO).unwrap());
    settle(&recorder);
    let one = fs::read(folder.join("one.wav")).unwrap();
    assert_eq!(recorder.stats().written, one.len() as u64 + 44);
    let sound = Sound::read(&one);
    assert_eq!(sound.len(), 28_000);
    let expected = Law::Mu.decode(encode(Codec::Pcmu, 2_000));
    assert!(sound.channels[1][..16_000].iter().all(|&s| s == expected));
    assert!(sound.channels[1][16_000..].iter().all(|&s| s == 0));
    assert!(sound.channels[0].iter().all(|&s| s == 0));
}

#[test]
fn long_packets_are_whole_again_in_the_file() {
    let (_parent, folder, recorder) = start(1, 1_000);
    let mut track = recorder.begin("call", Duration::ZERO).unwrap();
    let bytes: Vec<u8> = (0..4_800u32).map(|n| (n % 253) as u8).collect();
    for (n, payload) in (0..).zip(bytes.chunks(480)) {
        track.put(
            Channel::Said,
            MILLIS(60 * n),
            n as u32 * 480,
            Codec::Pcma,
            payload,
        );
    }
    drop(track);
    settle(&recorder);
    let sound = Sound::read(&fs::read(folder.join("call.wav")).unwrap());
    let expected: Vec<i16> = bytes.iter().map(|&b| Law::A.decode(b)).collect();
    assert_eq!(sound.channels[0], expected);
}

#[test]
fn a_call_without_packets_is_written_on_while_others_have_some() {
    let (_parent, folder, recorder) = start(2, 10_000);
    let mut quiet = recorder.begin("quiet", Duration::ZERO).unwrap();
    let mut lively = recorder.begin("lively", Duration::ZERO).unwrap();
    tone(&mut quiet, 0..50);
    tone(&mut lively, 0..1_000);
    // But for what is held back, being gathered, and the lag.
    let expected = 44 + 18 * 32_000;
    let len = || fs::metadata(folder.join("quiet.wav")).unwrap().len();
    for _ in 0..2_000 {
        if len() >= expected {
            break;
        }
        thread::sleep(MILLIS(5));
    }
    assert_eq!((len(), recorder.stats().open), (expected, 2));
    drop((quiet, lively));
}

#[test]
fn the_thread_ends_with_the_last_handle_and_the_last_track() {
    let (_parent, folder, recorder) = start(2, 1_000);
    let mut track = recorder.begin("call", Duration::ZERO).unwrap();
    let clone = recorder.clone();
    tone(&mut track, 0..50);
    let thread = recorder.counters();
    drop((recorder, clone));
    tone(&mut track, 50..150);
    assert!(thread.running.load(Relaxed));
    drop(track);
    for _ in 0..2_000 {
        if !thread.running.load(Relaxed) {
            break;
        }
        thread::sleep(MILLIS(5));
    }
    assert!(!thread.running.load(Relaxed));
    assert_eq!(thread.open.load(Relaxed), 0);
    let sound = Sound::read(&fs::read(folder.join("call.wav")).unwrap());
    assert_eq!(sound.len(), 24_000);
    assert!(sound.channels[1].iter().all(|&s| s > 1_900));
}

#[test]
fn lost_pieces_are_counted_and_silent() {
    let (_parent, folder, recorder) = start(1, 10);
    let mut track = recorder.begin("call", Duration::ZERO).unwrap();
    tone(&mut track, 0..2_000);
    // Room again, whatever was lost before.
    thread::sleep(MILLIS(200));
    tone(&mut track, 2_000..2_005);
    track.finish(MILLIS(41_000));
    settle(&recorder);
    let lost = recorder.stats().lost;
    assert!(lost > 0);
    let sound = Sound::read(&fs::read(folder.join("call.wav")).unwrap());
    assert_eq!(sound.len(), 328_000);
    let silent = sound.channels[1].iter().filter(|&&s| s == 0).count();
    assert_eq!(silent, lost as usize * 160 + 328_000 - 2_005 * 160);
    assert!(sound.channels[1][320_000..320_800].iter().all(|&s| s != 0));
}
