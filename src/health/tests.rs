use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::trouble::Trouble;
use super::watch::{Look, Note, Watch};

fn at(seconds: u64) -> Look {
    Look {
        now: Duration::from_secs(seconds),
        wall: Timestamp::from_second(1_800_000_000 + seconds as i64).unwrap(),
        ports: (0, 1_000),
        ..Look::default()
    }
}

/// The kinds of what is told.
fn kinds(notes: &[Note]) -> Vec<(&'static str, bool)> {
    let kind = |note: &Note| match note {
        Note::Wrong { kind, .. } => (*kind, true),
        Note::Over { kind, .. } => (*kind, false),
    };
    notes.iter().map(kind).collect()
}

fn text(notes: &[Note]) -> String {
    match notes {
        [Note::Wrong { text, .. }] => text.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn each_trouble_has_a_place_of_its_own() {
    assert_eq!(Trouble::ALL.map(Trouble::index), [0, 1, 2, 3, 4]);
}

#[test]
fn nothing_is_told_while_all_is_well() {
    let mut watch = Watch::default();
    for second in 0..200 {
        assert_eq!(watch.on(&at(second)), []);
    }
    assert!(watch.faults().all(|(_, is_so)| !is_so));
}

#[test]
fn what_lasts_is_told_once_a_minute_and_its_end_once() {
    let mut watch = Watch::default();
    let mut told = Vec::new();
    for second in 0..200 {
        let mut look = at(second);
        if (10..150).contains(&second) {
            look.troubles = vec![Trouble::Full];
        }
        told.extend(kinds(&watch.on(&look)).into_iter().map(|k| (second, k)));
        let is_so = watch
            .faults()
            .any(|(fault, is_so)| is_so && fault.kind() == "disk-full");
        assert_eq!(is_so, (10..152).contains(&second), "{second}");
    }
    let wrong = ("disk-full", true);
    assert_eq!(
        told,
        [
            (10, wrong),
            (70, wrong),
            (130, wrong),
            (152, ("disk-full", false))
        ]
    );
}

#[test]
fn what_comes_and_goes_is_not_told_each_time() {
    let mut watch = Watch::default();
    let mut told = Vec::new();
    for second in 0..60 {
        let mut look = at(second);
        look.alone = second % 10 < 2;
        told.extend(kinds(&watch.on(&look)));
    }
    assert_eq!(told, [("store-alone", true), ("store-alone", false)]);
}

#[test]
fn a_clock_that_jumps_is_told_of_by_how_much_both_ways() {
    let mut watch = Watch::default();
    let hour = SignedDuration::from_hours(1);
    let mut told = Vec::new();
    for second in 0..200 {
        let mut look = at(second);
        if (5..90).contains(&second) {
            look.wall += hour;
        }
        let notes = watch.on(&look);
        if !notes.is_empty() {
            told.push((second, text(&notes)));
        }
    }
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(
        told[0].0 == 5 && told[0].1.contains("jumped by 3600 s"),
        "{told:?}"
    );
    assert!(
        told[1].0 == 90 && told[1].1.contains("jumped by -3600 s"),
        "{told:?}"
    );
}

#[test]
fn a_process_that_stood_still_knows_for_how_long() {
    let mut watch = Watch::default();
    assert_eq!(watch.on(&at(0)), []);
    // Late, but no more than a busy machine is.
    assert_eq!(watch.on(&at(2)), []);
    let notes = watch.on(&at(13));
    assert!(text(&notes).contains("stood still for 10.0 s"), "{notes:?}");
    // The clock has not jumped by that.
    assert_eq!(watch.on(&at(14)), []);
}

#[test]
fn ports_and_descriptors_are_told_of_before_and_when_there_are_none() {
    let mut watch = Watch::default();
    let mut look = at(0);
    look.ports = (985, 1_000);
    assert_eq!(watch.on(&look), []);
    look = at(1);
    look.ports = (991, 1_000);
    assert_eq!(kinds(&watch.on(&look)), [("no-ports", true)]);
    look = at(2);
    look.few_descriptors = Some(256);
    assert_eq!(kinds(&watch.on(&look)), [("no-descriptors", true)]);
    let over = (3..8).flat_map(|second| kinds(&watch.on(&at(second))));
    assert_eq!(
        over.collect::<Vec<_>>(),
        [("no-ports", false), ("no-descriptors", false)]
    );
    for second in 8..100 {
        assert_eq!(watch.on(&at(second)), []);
    }
    // Others may have taken them: what counts is that a leg could not be opened.
    let mut look = at(100);
    look.unopened = 1;
    assert_eq!(kinds(&watch.on(&look)), [("no-ports", true)]);
}

proptest! {
    /// Whatever happens, an end is told only after a beginning, and of one kind nothing is told twice in a minute.
    #[test]
    fn nothing_is_told_too_often(seen in prop::collection::vec((0u64..90, 0u8..64, -4_000i64..4_000), 1..80)) {
        let mut watch = Watch::default();
        let (mut now, mut wall) = (0, 0);
        let mut last = std::collections::HashMap::new();
        let mut open = std::collections::HashSet::new();
        for (passed, bits, jump) in seen {
            now += passed;
            wall += jump;
            let mut look = at(now);
            look.wall = Timestamp::from_second(1_800_000_000 + now as i64 + wall).unwrap();
            let bit = |n: u8| bits & (1 << n) != 0;
            look.troubles = Trouble::ALL.into_iter().enumerate()
                .filter(|(n, _)| bit(*n as u8)).map(|(_, trouble)| trouble).collect();
            look.alone = bit(5);
            for (kind, is_wrong) in kinds(&watch.on(&look)) {
                if is_wrong {
                    let before = last.insert(kind, now);
                    prop_assert!(before.is_none_or(|before| now >= before + 60));
                    open.insert(kind);
                } else {
                    prop_assert!(open.remove(kind));
                }
            }
        }
    }
}
