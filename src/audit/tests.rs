use proptest::prelude::*;

use super::*;

const NODE: &str = "leeds";

/// A chain as the store writes it, and its head.
fn chain(records: Vec<Record>) -> (Vec<Stored>, Head) {
    let mut before = Hash::genesis(NODE);
    let mut chain = Vec::new();
    for (n, record) in records.into_iter().enumerate() {
        let record = Record {
            node: NODE.into(),
            sequence: n as i64 + 1,
            ..record
        };
        before = before.then(&record);
        chain.push(Stored {
            record,
            hash: before.to_string(),
        });
    }
    let head = Head {
        sequence: chain.len() as i64,
        hash: before.to_string(),
    };
    (chain, head)
}

fn record() -> impl Strategy<Value = Record> {
    let texts = ("[0-9a-f]{0,4}", ".{0,3}", ".{0,6}", ".{0,6}", ".{0,12}");
    (texts, any::<i64>()).prop_map(|((id, reference, by, what, detail), at)| Record {
        node: String::new(),
        sequence: 0,
        id,
        reference,
        at,
        by,
        what,
        detail,
    })
}

/// Chains of one to twelve entries.
fn chains() -> impl Strategy<Value = (Vec<Stored>, Head)> {
    prop::collection::vec(record(), 1..12).prop_map(chain)
}

fn flaws(chain: &[Stored], head: &Head) -> Vec<Flaw> {
    verify(NODE, chain, Some(head)).err().unwrap_or_default()
}

/// Changes one field of an entry, so that it is another for certain.
fn alter(stored: &mut Stored, field: usize, text: &str, number: i64) {
    let record = &mut stored.record;
    let texts = [
        &mut record.node,
        &mut record.id,
        &mut record.reference,
        &mut record.by,
        &mut record.what,
        &mut record.detail,
        &mut stored.hash,
    ];
    match field {
        0..=6 => {
            let altered = texts.into_iter().nth(field).unwrap();
            match *altered == text {
                true => altered.push('x'),
                false => text.clone_into(altered),
            }
        }
        _ => record.at = record.at.wrapping_add(number.max(1)),
    }
}

proptest! {
    #[test]
    fn what_nobody_has_touched_is_sound((chain, head) in chains()) {
        let summary = verify(NODE, &chain, Some(&head)).unwrap();
        prop_assert_eq!(summary, Summary { entries: chain.len() as u64, head });
    }

    #[test]
    fn an_altered_field_is_named_and_no_other_entry(
        (mut chain, head) in chains(),
        at: prop::sample::Index,
        field in 0..8_usize,
        text in ".{0,8}",
        number: i64,
    ) {
        let at = at.index(chain.len());
        alter(&mut chain[at], field, &text, number);
        let mut expected = vec![Flaw::Altered { entry: at as i64 + 1 }];
        if field == 6 && at + 1 == chain.len() {
            expected.push(Flaw::HeadDiffers { entry: head.sequence });
        }
        prop_assert_eq!(flaws(&chain, &head), expected);
    }

    #[test]
    fn a_moved_number_is_found(
        (mut chain, head) in chains(),
        at: prop::sample::Index,
        sequence in any::<i64>(),
    ) {
        let at = at.index(chain.len());
        prop_assume!(chain[at].record.sequence != sequence);
        chain[at].record.sequence = sequence;
        prop_assert!(!flaws(&chain, &head).is_empty());
        chain.sort_by_key(|stored| stored.record.sequence);
        prop_assert!(!flaws(&chain, &head).is_empty());
    }

    #[test]
    fn removed_entries_are_named(
        (mut chain, head) in chains(),
        from: prop::sample::Index,
        count in 1..4_usize,
    ) {
        let all = chain.len();
        let from = from.index(all);
        let to = (from + count).min(all);
        chain.drain(from..to);
        let (from, to) = (from as i64 + 1, to as i64);
        let missing = match to as usize == all {
            true => Flaw::CutOff { from, to },
            false => Flaw::Missing { from, to },
        };
        prop_assert_eq!(flaws(&chain, &head), [missing]);
    }

    #[test]
    fn swapped_entries_are_found(
        (mut chain, head) in chains(),
        a: prop::sample::Index,
        b: prop::sample::Index,
    ) {
        let (a, b) = (a.index(chain.len()), b.index(chain.len()));
        prop_assume!(a != b);
        chain.swap(a, b);
        prop_assert!(!flaws(&chain, &head).is_empty());
        // The same with their numbers left where they were.
        let (one, other) = (chain[a].record.sequence, chain[b].record.sequence);
        chain[a].record.sequence = other;
        chain[b].record.sequence = one;
        prop_assert!(!flaws(&chain, &head).is_empty());
    }

    #[test]
    fn an_entry_put_in_is_found(
        (mut chain, head) in chains(),
        at: prop::sample::Index,
        put_in in record(),
        renumbered: bool,
    ) {
        let at = at.index(chain.len() + 1);
        let before = match at {
            0 => Hash::genesis(NODE),
            _ => chain[at - 1].hash.parse().unwrap(),
        };
        let record = Record { node: NODE.into(), sequence: at as i64 + 1, ..put_in };
        // Whoever puts it in knows how hashes are made.
        let hash = before.then(&record).to_string();
        chain.insert(at, Stored { record, hash });
        if renumbered {
            for (n, stored) in chain.iter_mut().enumerate() {
                stored.record.sequence = n as i64 + 1;
            }
        }
        prop_assert!(!flaws(&chain, &head).is_empty());
    }

    #[test]
    fn a_chain_that_was_made_anew_differs_from_the_head_that_was_kept(
        (old, _) in chains(),
        at: prop::sample::Index,
        kept: prop::sample::Index,
        cut in 0..3_usize,
    ) {
        let at = at.index(old.len());
        let kept = at + kept.index(old.len() - at);
        let kept = Head { sequence: kept as i64 + 1, hash: old[kept].hash.clone() };
        let mut records: Vec<Record> = old.into_iter().map(|stored| stored.record).collect();
        records[at].detail.push('x');
        records.truncate(records.len() - cut.min(records.len()));
        let (made, head) = chain(records);
        prop_assert_eq!(flaws(&made, &head), []);
        let mut walk = Walk::new(NODE, vec![kept]);
        made.iter().for_each(|stored| walk.on(stored));
        prop_assert!(walk.end(Some(&head)).is_err());
    }

    #[test]
    fn a_head_is_read_back((_, head) in chains()) {
        prop_assert_eq!(head.to_string().parse(), Ok(head));
    }

    #[test]
    fn no_text_that_should_be_a_head_panics(text in "[0-9:a-f\u{e4}-]{0,80}") {
        let _ = text.parse::<Head>();
    }
}

fn numbered(count: usize) -> (Vec<Stored>, Head) {
    let record = |n: usize| Record {
        id: n.to_string(),
        ..Record::default()
    };
    chain((0..count).map(record).collect())
}

#[test]
fn every_flaw_is_named_beside_the_others() {
    let (mut chain, head) = numbered(12);
    chain[2].record.by.push('x');
    chain[3].record.by.push('x');
    chain[7].hash = Hash::genesis("york").to_string();
    chain[8].hash = "no hash".into();
    chain.truncate(11);
    chain.remove(5);
    let altered = |entry| Flaw::Altered { entry };
    let expected = [
        altered(3),
        altered(4),
        Flaw::Missing { from: 6, to: 6 },
        altered(8),
        altered(9),
        Flaw::CutOff { from: 12, to: 12 },
    ];
    assert_eq!(flaws(&chain, &head), expected);
}

#[test]
fn the_chain_of_another_node_is_none_of_this_one() {
    let (chain, head) = numbered(1);
    let altered = [Flaw::Altered { entry: 1 }];
    assert_eq!(verify("york", &chain, Some(&head)), Err(altered.into()));
}

#[test]
fn a_head_that_says_something_else_is_found() {
    let (chain, head) = numbered(3);
    let mut behind = head.clone();
    behind.sequence = 1;
    assert_eq!(flaws(&chain, &behind), [Flaw::Beyond { from: 2, to: 3 }]);
    let mut other = head.clone();
    other.hash = Hash::genesis(NODE).to_string();
    assert_eq!(flaws(&chain, &other), [Flaw::HeadDiffers { entry: 3 }]);
    assert_eq!(verify(NODE, &chain, None), Err(vec![Flaw::NoHead]));
    assert!(verify(NODE, &[], None).is_ok());
    assert!(verify(NODE, &[], Some(&Head::genesis(NODE))).is_ok());
    assert_eq!(flaws(&[], &head), [Flaw::CutOff { from: 1, to: 3 }]);
}

#[test]
fn a_kept_head_beyond_the_end_says_that_the_end_is_cut_off() {
    let (chain, head) = numbered(3);
    let (short, short_head) = numbered(2);
    let mut walk = Walk::new(NODE, vec![head]);
    short.iter().for_each(|stored| walk.on(stored));
    let cut = Flaw::CutOff { from: 3, to: 3 };
    assert_eq!(walk.end(Some(&short_head)), Err(vec![cut]));
    let mut walk = Walk::new(NODE, vec![Head::genesis(NODE), short_head]);
    chain.iter().for_each(|stored| walk.on(stored));
    let (_, head) = numbered(3);
    assert!(walk.end(Some(&head)).is_ok());
}

#[test]
fn a_wholly_broken_chain_names_no_more_than_it_has_to() {
    let (mut chain, head) = numbered(1_500);
    for stored in &mut chain {
        stored.record.detail.push('x');
    }
    let flaws = flaws(&chain, &head);
    assert_eq!(flaws.len(), 1_001);
    assert_eq!(flaws.last(), Some(&Flaw::More { flaws: 500 }));
}

/// Fixed, so that no change of the code changes what is in stores already.
#[test]
fn the_hashes_are_those_of_the_first_version() {
    let record = Record {
        node: "main".into(),
        sequence: 1,
        id: "00ff".into(),
        reference: "01KB".into(),
        at: 1_800_000_000_000,
        by: "service".into(),
        what: "booked".into(),
        detail: String::new(),
    };
    let hash = Hash::genesis("main").then(&record).to_string();
    assert_eq!(
        hash,
        "7a2aef34231db66b2b0f86155c780ac0d23704ae50ea80669a95c5dc9ae0b1f9"
    );
}
