use std::time::Duration;

use proptest::prelude::*;

use super::record::{self, HEADER, LARGEST};
use super::*;

const SOON: Duration = Duration::from_secs(20);

fn key(n: u128) -> Key {
    Key::Call(n)
}

fn opened(folder: &std::path::Path) -> (Journal, Found) {
    let until = std::time::Instant::now() + SOON;
    loop {
        match Journal::open(folder, "main") {
            Ok(opened) => return opened,
            // The thread of the one before lets go of the file in a moment.
            Err(LiveError::InUse(_)) if std::time::Instant::now() < until => {
                std::thread::yield_now();
            }
            Err(error) => panic!("{error}"),
        }
    }
}

#[test]
fn the_newest_state_of_each_is_there_for_the_next_process() {
    let folder = tempfile::tempdir().unwrap();
    let (journal, found) = opened(folder.path());
    assert_eq!(found, Found::default());
    journal.put(key(1), b"menu".to_vec());
    journal.put(key(2), b"queue".to_vec());
    journal.put(Key::Stream(20_000), b"7".to_vec());
    assert!(journal.flush(SOON));
    journal.put(key(1), b"handler".to_vec());
    journal.end(key(2));
    assert!(journal.hand_over(SOON));
    // What comes afterwards is the next process's.
    journal.put(key(9), b"late".to_vec());
    let (_next, found) = opened(folder.path());
    let expected = [
        (key(1), b"handler".to_vec()),
        (Key::Stream(20_000), b"7".to_vec()),
    ];
    assert_eq!(found.states, expected.into());
    assert_eq!(found.torn, 0);
}

#[test]
fn one_file_has_one_process() {
    let folder = tempfile::tempdir().unwrap();
    let (_journal, _) = opened(folder.path());
    let second = Journal::open(folder.path(), "main");
    assert!(matches!(second, Err(LiveError::InUse(_))));
    assert!(Journal::open(folder.path(), "other").is_ok());
}

#[test]
fn only_its_owner_can_read_it() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let (_journal, _) = opened(folder.path());
    let file = folder.path().join("main.live");
    let mode = std::fs::metadata(file).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn what_is_out_of_date_does_not_gather() {
    let folder = tempfile::tempdir().unwrap();
    let (journal, _) = opened(folder.path());
    let state = vec![7; 100_000];
    for n in 0..200_u128 {
        journal.put(key(n % 3), state.clone());
        assert!(journal.flush(SOON));
    }
    let length = std::fs::metadata(folder.path().join("main.live"))
        .unwrap()
        .len();
    assert!(length < 6 * 1024 * 1024, "{length}");
    assert!(journal.hand_over(SOON));
    let (_next, found) = opened(folder.path());
    assert_eq!(found.states.len(), 3);
    assert!(found.states.values().all(|found| *found == state));
}

#[test]
fn a_file_that_is_none_of_ours_holds_nothing() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("main.live"), "something else").unwrap();
    let (_journal, found) = opened(folder.path());
    assert!(found.states.is_empty());
    assert_eq!(found.torn, 14);
}

#[test]
fn what_is_too_large_is_left_out() {
    let mut bytes = Vec::new();
    assert!(!record::write(
        &mut bytes,
        key(1),
        Some(&vec![0; LARGEST + 1])
    ));
    assert!(bytes.is_empty());
}

proptest! {
    #[test]
    fn wherever_the_file_ends_what_was_whole_is_found(
        states in proptest::collection::vec((0_u128..5, proptest::option::of(".{0,40}")), 0..20),
        cut in any::<prop::sample::Index>(),
        flip in proptest::option::of(any::<prop::sample::Index>()),
    ) {
        let mut bytes = HEADER.to_vec();
        let mut ends = vec![bytes.len()];
        for (n, state) in &states {
            record::write(&mut bytes, key(*n), state.as_ref().map(String::as_bytes));
            ends.push(bytes.len());
        }
        let length = HEADER.len() + cut.index(bytes.len() - HEADER.len() + 1);
        bytes.truncate(length);
        let mut sound = length;
        if let Some(flip) = flip && length > HEADER.len() {
            let place = HEADER.len() + flip.index(length - HEADER.len());
            bytes[place] ^= 0x10;
            sound = place;
        }
        let whole = ends.iter().filter(|end| **end <= sound).count().saturating_sub(1);
        let mut expected = std::collections::HashMap::new();
        for (n, state) in &states[..whole] {
            match state {
                Some(state) => expected.insert(key(*n), state.clone().into_bytes()),
                None => expected.remove(&key(*n)),
            };
        }
        prop_assert_eq!(Found::read(&bytes).states, expected);
    }

    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let mut file = HEADER.to_vec();
        file.extend(&bytes);
        let found = Found::read(&file);
        prop_assert!(found.torn <= bytes.len());
    }
}
