use jiff::Timestamp;
use proptest::prelude::*;

use super::*;
use crate::clinical::AgeGroup;
use crate::directory::{Criterion, Missed, SearchRecord, ServiceId};
use crate::identity::Reference;
use crate::report::{Names, Suppressed, Told};
use crate::routing::RegionId;

fn period() -> (Timestamp, Timestamp) {
    let at = |text: &str| text.parse().unwrap();
    (at("2026-11-02T00:00:00Z"), at("2026-11-09T00:00:00Z"))
}

/// A search in Suffolk on a Sunday at noon, that found so many services and lost these.
fn search(offered: u32, lost: &[(&str, Criterion)]) -> SearchRecord {
    let misses = lost.iter().map(|(service, criterion)| Missed {
        service: ServiceId::new(service).unwrap(),
        criterion: *criterion,
    });
    SearchRecord {
        at: "2026-11-08T12:00:00Z".parse().unwrap(),
        region: Some(RegionId::new("suffolk")),
        area: "IP".to_owned(),
        disposition: "Dx17".parse().unwrap(),
        symptom_group: "SG1041".parse().unwrap(),
        discriminators: Vec::new(),
        age_group: AgeGroup::Adult,
        hour_of_week: 6 * 24 + 12,
        offered,
        near_misses: misses.collect(),
    }
}

fn who(n: u64) -> Reference {
    Reference::new(n, 0)
}

fn counted(searches: &[(u64, SearchRecord)]) -> GapFigures {
    let mut gaps = Gaps::new(period());
    for (n, search) in searches {
        gaps.add(who(*n), search);
    }
    gaps.figures()
}

fn words(gap: &Gap) -> (String, Option<u64>) {
    gap.best_words(&Names::default())
}

#[test]
fn the_week_is_divided_without_a_rest() {
    let table = [
        (0, PartOfWeek::WeekdayNight),
        (7, PartOfWeek::WeekdayNight),
        (8, PartOfWeek::WeekdayDay),
        (17, PartOfWeek::WeekdayDay),
        (18, PartOfWeek::WeekdayEvening),
        (21, PartOfWeek::WeekdayEvening),
        (22, PartOfWeek::WeekdayNight),
        (4 * 24 + 23, PartOfWeek::WeekdayNight),
        (5 * 24, PartOfWeek::SaturdayNight),
        (5 * 24 + 8, PartOfWeek::SaturdayDay),
        (5 * 24 + 20, PartOfWeek::SaturdayEvening),
        (6 * 24 + 7, PartOfWeek::SundayNight),
        (6 * 24 + 17, PartOfWeek::SundayDay),
        (167, PartOfWeek::SundayNight),
    ];
    for (hour, part) in table {
        assert_eq!(PartOfWeek::of_hour(hour), part, "{hour}");
    }
    let hours = |part| (0..168).filter(|h| PartOfWeek::of_hour(*h) == part).count();
    assert_eq!(
        PartOfWeek::ALL.map(hours),
        [50, 20, 50, 10, 4, 10, 10, 4, 10]
    );
}

#[test]
fn whoever_is_searched_for_twice_is_one_person() {
    let nothing = search(0, &[("ips-dental", Criterion::Opening)]);
    let later = SearchRecord {
        hour_of_week: 6 * 24 + 23,
        ..search(
            1,
            &[
                ("ips-dental", Criterion::Opening),
                ("wood-dental", Criterion::Capacity),
            ],
        )
    };
    let found = counted(&[(1, nothing.clone()), (1, later), (2, nothing)]);
    let [gap] = found.gaps.as_slice() else {
        panic!("{found:?}");
    };
    // That something was found in the end, farther away, does not undo that nothing was.
    assert_eq!(gap.counts.nothing(), Some(2));
    assert_eq!(gap.counts.lost(), Some(0));
    assert_eq!(gap.counts.when(PartOfWeek::SundayDay), Some(2));
    assert_eq!(gap.counts.when(PartOfWeek::SundayNight), Some(0));
    assert_eq!(
        words(gap),
        (
            "ips-dental opens: Sunday, 08:00 to 18:00".to_owned(),
            Some(2)
        )
    );
    // What a search lost that found something closes nothing for whoever was found nothing.
    assert_eq!(gap.changes.len(), 1);
}

#[test]
fn when_most_came_is_told_where_it_is_known() {
    let counts = |parts: [Option<u64>; 9], people: Option<u64>| {
        let found = [people, people, Some(0)];
        let all: Vec<_> = found.into_iter().chain(parts).collect();
        Counts(all.try_into().unwrap())
    };
    let [none, some] = [Some(0), Some(20)];
    let night = PartOfWeek::SundayNight;
    let plain = counts(
        [none, none, none, none, none, none, none, Some(3), some],
        Some(23),
    );
    assert_eq!(plain.mostly(), Some(night));
    // Few can be in what is held back, or many, or nobody knows.
    let few = counts(
        [None, none, none, none, none, none, none, None, some],
        Some(29),
    );
    assert_eq!(few.mostly(), Some(night));
    let many = counts(
        [None, none, none, none, none, none, none, None, some],
        Some(45),
    );
    assert_eq!(many.mostly(), None);
    let unknown = counts([None, none, none, none, none, none, none, None, some], None);
    assert_eq!(unknown.mostly(), None);
    assert_eq!(counts([None; 9], Some(9)).mostly(), None);
    assert_eq!(counts([none; 9], none).mostly(), None);
}

#[test]
fn that_no_change_closes_a_gap_is_said_only_where_it_is_so() {
    let lost = search(2, &[("ips-gp", Criterion::Capacity)]);
    let mut found = counted(&[(1, lost.clone()), (2, lost)]);
    assert_eq!(words(&found.gaps[0]), ("-".to_owned(), Some(0)));
    found.hold_back(Suppressed(5));
    // None of them found nothing: that may be told.
    assert_eq!(found.gaps[0].counts.lost(), None);
    assert_eq!(words(&found.gaps[0]), ("-".to_owned(), Some(0)));
    let mut nothing = counted(&[(1, search(0, &[]))]);
    nothing.hold_back(Suppressed(5));
    let (said, closes) = words(&nothing.gaps[0]);
    assert_eq!(
        (&*said, closes),
        ("no single change: a service is missing", None)
    );
}

#[test]
fn a_wider_search_that_lost_another_service_closes_nothing() {
    let narrow = search(0, &[("near", Criterion::Opening)]);
    let wide = search(
        1,
        &[("near", Criterion::Opening), ("far", Criterion::Capacity)],
    );
    let found = counted(&[(1, narrow), (1, wide)]);
    let closes = |service: &str| {
        let mut changes = found.changes.iter();
        let change = changes.find(|one| one.change.service.as_str() == service);
        change.map(|change| change.closes.closes())
    };
    assert_eq!(closes("near"), Some(Some(1)));
    assert_eq!(closes("far"), None);
}

#[test]
fn what_is_needed_and_where_tells_gaps_apart() {
    let one = search(0, &[]);
    let others = [
        SearchRecord {
            area: "NR".to_owned(),
            ..one.clone()
        },
        SearchRecord {
            region: None,
            ..one.clone()
        },
        SearchRecord {
            disposition: "Dx18".parse().unwrap(),
            ..one.clone()
        },
        SearchRecord {
            symptom_group: "SG1011".parse().unwrap(),
            ..one.clone()
        },
    ];
    let all = std::iter::once(one).chain(others);
    let found = counted(&all.map(|record| (1, record)).collect::<Vec<_>>());
    assert_eq!(found.gaps.len(), 5);
    assert_eq!(found.counts.people(), Some(5));
    for gap in &found.gaps {
        assert_eq!(
            words(gap),
            ("no single change: a service is missing".to_owned(), Some(0))
        );
    }
}

#[test]
fn every_criterion_that_is_provision_is_a_change() {
    let record = SearchRecord {
        discriminators: ["SD4003", "SD4001"]
            .map(|code| code.parse().unwrap())
            .into(),
        ..search(0, &[])
    };
    let criteria = Criterion::FIRST.into_iter().chain(Criterion::SECOND);
    let change = |criterion| {
        let missed = Missed {
            service: ServiceId::new("ips-gp").unwrap(),
            criterion,
        };
        Change::of(&record, &missed)
    };
    for criterion in criteria {
        let change = change(criterion);
        assert_eq!(
            change.as_ref().map(Change::criterion),
            Some(criterion).filter(|one| one.is_second())
        );
    }
    let words = Criterion::SECOND.map(|one| change(one).unwrap().words(&Names::default()));
    assert_eq!(
        words,
        [
            "ips-gp has room",
            "ips-gp offers SD4001 and SD4003",
            "ips-gp takes Dx17",
            "ips-gp opens: Sunday, 08:00 to 18:00",
        ]
    );
}

#[test]
fn the_change_that_would_close_most_stands_first() {
    let few = search(0, &[("few", Criterion::Capacity)]);
    let many = search(
        0,
        &[("many", Criterion::Opening), ("few", Criterion::Capacity)],
    );
    let choice = search(3, &[("choice", Criterion::Disposition)]);
    let searches = (0..20).map(|n| (n, many.clone()));
    let searches = searches.chain((20..26).map(|n| (n, few.clone())));
    let searches = searches.chain((30..90).map(|n| (n, choice.clone())));
    let mut found = counted(&searches.collect::<Vec<_>>());
    let order = |changes: &[GapChange]| {
        let services = changes.iter().map(|one| one.change.service.to_string());
        services.collect::<Vec<_>>()
    };
    assert_eq!(order(&found.changes), ["few", "many", "choice"]);
    assert_eq!(order(&found.gaps[0].changes), ["few", "many", "choice"]);
    assert_eq!(found.changes[0].closes.closes(), Some(26));
    assert_eq!(found.changes[2].closes.adds_choice(), Some(60));
    let html = page(&found, &Told::default()).html();
    assert!(html.contains("What would close most: few has room (26 people)"));
    // 26 of 26 leaves nobody, 20 leaves six.
    found.hold_back(Suppressed(5));
    assert_eq!(found.changes[0].closes.closes(), Some(26));
    assert_eq!(found.changes[1].closes.closes(), Some(20));
    // Of 20, 6 left over are too few where the line is drawn at seven.
    found.hold_back(Suppressed(7));
    assert_eq!(found.changes[1].closes.closes(), None);
}

fn any_search() -> impl Strategy<Value = (u64, SearchRecord)> {
    let area = prop::sample::select(vec!["IP", "NR", "CO"]);
    let lost = prop::collection::vec(
        (
            prop::sample::select(vec!["a", "b"]),
            prop::sample::select(Criterion::SECOND.to_vec()),
        ),
        0..3,
    );
    (0..40u64, area, lost, 0..2u32, 0..168u8).prop_map(|(n, area, lost, offered, hour)| {
        let record = SearchRecord {
            area: area.to_owned(),
            hour_of_week: hour,
            ..search(offered, &lost)
        };
        (n, record)
    })
}

proptest! {
    #[test]
    fn everybody_counts_once_in_each_gap(searches in prop::collection::vec(any_search(), 0..120)) {
        let found = counted(&searches);
        let people: std::collections::BTreeSet<_> =
            searches.iter().map(|(n, record)| (*n, record.area.clone())).collect();
        prop_assert_eq!(found.counts.people(), Some(people.len() as u64));
        let all = found.gaps.iter().map(|gap| &gap.counts).chain([&found.counts]);
        for counts in all {
            prop_assert_eq!(counts.people(), counts.nothing().zip(counts.lost()).map(|(a, b)| a + b));
            let parts = PartOfWeek::ALL.map(|part| counts.when(part).unwrap());
            prop_assert_eq!(counts.people(), Some(parts.iter().sum()));
        }
        for change in &found.changes {
            let own = found.gaps.iter().flat_map(|gap| &gap.changes);
            let own = own.filter(|one| one.change == change.change);
            let closes = own.map(|one| one.closes.closes().unwrap()).sum::<u64>();
            prop_assert_eq!(change.closes.closes(), Some(closes));
        }
    }

    #[test]
    fn small_numbers_cannot_be_read_nor_reckoned(searches in prop::collection::vec(any_search(), 0..160)) {
        let mut found = counted(&searches);
        found.hold_back(Suppressed(5));
        let is_fine = |count: Option<u64>| count.is_none_or(|count| count == 0 || count >= 5);
        let all = found.gaps.iter().map(|gap| (&gap.counts, &gap.changes));
        for (counts, changes) in all.chain([(&found.counts, &found.changes)]) {
            let sums = [
                vec![counts.nothing(), counts.lost()],
                PartOfWeek::ALL.map(|part| counts.when(part)).to_vec(),
            ];
            for sum in sums {
                prop_assert!(sum.iter().all(|count| is_fine(*count)));
                let hidden = sum.iter().filter(|count| count.is_none()).count();
                prop_assert!(counts.people().is_none() || hidden != 1);
            }
            for change in changes {
                let closes = change.closes.closes();
                prop_assert!(is_fine(closes) && is_fine(change.closes.adds_choice()));
                if let Some((closes, of)) = closes.zip(counts.nothing()) {
                    prop_assert!(closes == 0 || is_fine(Some(of - closes)));
                }
            }
        }
        for change in found.changes.iter().filter(|one| one.closes.closes().is_some()) {
            let own = found.gaps.iter().flat_map(|gap| &gap.changes);
            let own: Vec<_> = own.filter(|one| one.change == change.change).collect();
            let hidden = own.iter().filter(|one| one.closes.closes().is_none()).count();
            prop_assert!(hidden != 1);
        }
    }
}
