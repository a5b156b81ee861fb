use proptest::prelude::*;

use super::*;

/// Proposed, approved, proposed, withdrawn, proposed, approved, gone back to the first.
fn history() -> Written {
    let mut written = Written::default();
    let first = written.proposes(PROVIDER, 0, "one");
    written.approves(COMMISSIONER, 1, first, "one");
    let second = written.proposes(PROVIDER, 2, "two");
    written.withdraws(PROVIDER, 3, second);
    let third = written.proposes(DEPUTY, 4, "three");
    written.approves(COMMISSIONER, 5, third, "three");
    written.rolls_back(DEPUTY, 6, (first, "one"), 6);
    written
}

#[test]
fn what_nobody_has_touched_is_sound() {
    let written = history();
    let read = written.read();
    assert_eq!(read.broken(), None);
    assert_eq!((read.entries().len(), read.torn()), (7, 0));
    assert!(read.entries().iter().all(|judged| judged.signed.is_ok()));
    assert!(read.goes_on_from(&read.head()));
    assert_eq!(read.head().to_string().parse(), Ok(read.head()));
    let empty = Written::default().read();
    assert!(read.goes_on_from(&empty.head()) && !empty.goes_on_from(&read.head()));
    assert_eq!(written.in_force(5), Some(5));
    assert_eq!(written.in_force(6), Some(1));
}

#[test]
fn the_entry_that_was_altered_is_named() {
    let text = String::from_utf8(history().0).unwrap();
    let broken = |text: String| {
        let read = Written(text.into_bytes()).read();
        (read.entries().len(), read.broken().map(ToString::to_string))
    };
    let says = |entry: usize, why: &str| {
        let text = format!("the chain is broken at entry {entry}: {why}");
        (entry - 1, Some(text))
    };
    let altered = text.replacen("no longer wanted", "no longer wanteD", 1);
    assert_eq!(
        broken(altered),
        says(4, "it was altered after it was signed")
    );
    let lines: Vec<&str> = text.lines().collect();
    let without = [&lines[..2], &lines[3..]].concat().join("\n") + "\n";
    let why = "it has another number: one is missing, or was put in";
    assert_eq!(broken(without), says(3, why));
    let spaced = text.replacen(
        "{\"entry\":{\"sequence\":2",
        "{\"entry\": {\"sequence\":2",
        1,
    );
    assert_eq!(
        broken(spaced),
        says(2, "it is not written as entries are: it was altered")
    );
    let spoilt = text.replacen("\"sequence\":5", "\"sequence\":x", 1);
    assert_eq!(broken(spoilt), says(5, "it cannot be read as an entry"));
}

#[test]
fn an_altered_last_entry_counts_for_nothing() {
    let text = String::from_utf8(history().0).unwrap();
    let altered = Written(text.replace("a mistake", "no mistake").into_bytes());
    let read = altered.read();
    assert_eq!(read.broken(), None);
    assert_eq!(read.entries()[6].signed, Err(Unsigned::WrongKey));
    // It was to lead back to the first.
    assert_eq!(altered.in_force(6), Some(5));
}

#[test]
fn a_torn_line_is_told_and_not_taken() {
    let mut written = history();
    let whole = written.0.len();
    written.0.extend(b"{\"entry\":{\"sequence\":8");
    let read = written.read();
    assert_eq!(
        (read.entries().len(), read.torn(), read.broken()),
        (7, 22, None)
    );
    // The last line without its end.
    written.0.truncate(whole - 1);
    let read = written.read();
    assert_eq!((read.entries().len(), read.broken()), (6, None));
    assert!(read.torn() > 0);
}

#[test]
fn an_entry_longer_than_any_is_not_read() {
    let mut written = history();
    written.0.extend(vec![b' '; 3 << 20]);
    written.0.push(b'\n');
    let broken = written.read().broken().unwrap().to_string();
    assert_eq!(
        broken,
        "the chain is broken at entry 8: its line is longer than any entry"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whoever alters a byte brings nothing into force that was not in force by the entries before it.
    #[test]
    fn an_altered_byte_approves_nothing(place: prop::sample::Index, byte: u8, cut in 0..3_usize) {
        let original = history();
        let mut altered = original.clone();
        let place = place.index(altered.0.len());
        prop_assume!(altered.0[place] != byte);
        altered.0[place] = byte;
        altered.0.truncate(altered.0.len() - cut);
        let (before, after) = (original.read(), altered.read());
        let is_told = after.broken().is_some()
            || after.torn() > 0
            || after.entries().iter().any(|judged| judged.signed.is_err());
        prop_assert!(is_told);
        prop_assert!(!after.goes_on_from(&before.head()));
        let people = people();
        let rules = Rules::new(&after, &people, |_| Object::Sound);
        for seconds in 0..8 {
            let in_force = rules.in_force(at(seconds)).map(|in_force| in_force.set);
            let was = (0..=original.0.len()).filter(|end| *end == 0 || original.0[end - 1] == b'\n');
            let by_some_prefix = was.map(|end| Written(original.0[..end].to_vec())).any(|prefix| {
                let history = prefix.read();
                let rules = Rules::new(&history, &people, |_| Object::Sound);
                rules.in_force(at(seconds)).map(|in_force| in_force.set) == in_force
            });
            prop_assert!(by_some_prefix);
        }
    }

    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let read = History::read(&bytes, &people());
        prop_assert!(read.entries().is_empty());
    }

    #[test]
    fn no_text_that_should_be_a_head_panics(text in "[0-9:a-f\u{e4}-]{0,80}") {
        let _ = text.parse::<Head>();
    }
}
