use proptest::prelude::*;

use super::*;

#[test]
fn what_somebody_else_has_approved_is_in_force_from_its_time_to_its_end() {
    let mut written = Written::default();
    let first = written.proposes_for(PROVIDER, 0, "one", (Some(10), Some(20)));
    assert_eq!(written.why(15, first), "nobody has approved it");
    assert_eq!(written.next_change(0), None);
    written.approves(COMMISSIONER, 5, first, "one");
    assert_eq!(written.in_force(9), None);
    let why = written.why(9, first);
    assert_eq!(
        why,
        "it is not yet in effect: it takes effect on Friday 15 January 2027 08:00:10"
    );
    assert_eq!(written.next_change(5), Some(at(10)));
    assert_eq!(written.in_force(10), Some(first));
    assert_eq!(written.next_change(10), Some(at(20)));
    assert_eq!(written.in_force(20), None);
    assert_eq!(
        written.why(20, first),
        "it has expired on Friday 15 January 2027 08:00:20"
    );
    assert_eq!(written.next_change(20), None);
}

#[test]
fn an_approval_that_comes_late_holds_from_then_on() {
    let mut written = Written::default();
    let first = written.proposes_for(PROVIDER, 0, "one", (Some(10), None));
    written.approves(COMMISSIONER, 50, first, "one");
    assert_eq!(
        (written.in_force(49), written.in_force(50)),
        (None, Some(first))
    );
    let second = written.proposes(PROVIDER, 60, "two");
    written.approves(COMMISSIONER, 70, second, "two");
    assert_eq!(
        (written.in_force(69), written.in_force(70)),
        (Some(first), Some(second))
    );
    assert_eq!(written.why(70, first), "Superseded");
}

#[test]
fn who_may_not_approve_does_not() {
    let tries = |by: (&str, u8), seconds_set: &str| {
        let mut written = Written::default();
        let first = written.proposes(COMMISSIONER, 0, "one");
        written.approves(by, 1, first, seconds_set);
        assert_eq!(written.in_force(9), None);
        written.why(9, first)
    };
    assert_eq!(
        tries(COMMISSIONER, "one"),
        "Lead commissioner has proposed it: somebody else approves it"
    );
    assert_eq!(
        tries(PROVIDER, "one"),
        "Duty manager has approved it, and is no commissioner"
    );
    assert_eq!(
        tries(DEPUTY, "two"),
        "Deputy has approved another set than this one"
    );
    assert_eq!(
        tries(("Deputy", PROVIDER.1), "one"),
        "entry 2 by Deputy counts for nothing: the signature was not made with this person's key: wrong key, or the \
         entry was altered"
    );
    assert_eq!(
        tries(("Nobody", 9), "one"),
        "entry 2 by Nobody counts for nothing: no person of this name may sign: there is none under \
         [[sign-off.person]]"
    );
}

#[test]
fn one_person_with_two_names_does_not_approve() {
    let mut people = people();
    people[2].key = people[0].key;
    let mut written = Written::default();
    let first = written.proposes(PROVIDER, 0, "one");
    written.approves((DEPUTY.0, PROVIDER.1), 1, first, "one");
    let history = History::read(&written.0, &people);
    let rules = Rules::new(&history, &people, |_| Object::Sound);
    assert_eq!(rules.in_force(at(9)), None);
    assert_eq!(
        why(&rules, 9, first),
        "Deputy and Duty manager sign with the same key: whoever approves has another one"
    );
}

#[test]
fn a_wrong_try_does_not_stand_in_the_way_of_a_right_one() {
    let mut written = Written::default();
    let first = written.proposes(PROVIDER, 0, "one");
    written.approves(PROVIDER, 1, first, "one");
    written.approves(COMMISSIONER, 2, first, "one");
    assert_eq!(written.in_force(2), Some(first));
}

#[test]
fn a_proposal_by_nobody_is_none() {
    let mut written = Written::default();
    let first = written.proposes(("Duty manager", 9), 0, "one");
    written.approves(COMMISSIONER, 1, first, "one");
    assert_eq!(written.in_force(9), None);
    assert!(
        written
            .why(9, first)
            .starts_with("entry 1 by Duty manager counts for nothing: the signature")
    );
}

#[test]
fn bytes_that_were_altered_or_are_gone_are_not_served() {
    let mut written = Written::default();
    let first = written.proposes(PROVIDER, 0, "one");
    written.approves(COMMISSIONER, 1, first, "one");
    let second = written.proposes(PROVIDER, 2, "two");
    written.approves(COMMISSIONER, 3, second, "two");
    let (history, people) = (written.read(), people());
    let (_, of_second) = history.proposal(second).unwrap();
    let hash = of_second.set.file("areas.csv").unwrap();
    for (state, why_not) in [
        (
            Object::Altered,
            "what is kept of areas.csv was altered: it does not have the hash that was signed",
        ),
        (Object::Missing, "what is kept of areas.csv is missing"),
    ] {
        let object = |asked: &Hash| if *asked == hash { state } else { Object::Sound };
        let rules = Rules::new(&history, &people, object);
        assert_eq!(why(&rules, 9, second), why_not);
        let in_force = rules.in_force(at(9)).unwrap();
        assert_eq!((in_force.proposal, in_force.set), (first, set("one")));
    }
}

#[test]
fn a_proposal_is_withdrawn_by_its_proposer_until_it_is_approved_and_by_a_commissioner_at_any_time()
{
    let mut written = Written::default();
    let first = written.proposes(PROVIDER, 0, "one");
    written.approves(COMMISSIONER, 1, first, "one");
    let second = written.proposes(PROVIDER, 2, "two");
    written.withdraws(PROVIDER, 3, second);
    written.approves(COMMISSIONER, 4, second, "two");
    assert_eq!(written.in_force(9), Some(first));
    assert_eq!(
        written.why(9, second),
        "Duty manager has withdrawn it: no longer wanted"
    );
    let third = written.proposes(DEPUTY, 5, "three");
    written.withdraws(PROVIDER, 6, third);
    written.approves(COMMISSIONER, 7, third, "three");
    assert_eq!(
        written.in_force(9),
        Some(third),
        "nobody withdraws what others have proposed"
    );
    let fourth = written.proposes(PROVIDER, 10, "four");
    written.approves(COMMISSIONER, 11, fourth, "four");
    written.withdraws(PROVIDER, 12, fourth);
    assert_eq!(
        written.in_force(19),
        Some(fourth),
        "it takes more than its proposer now"
    );
    let (history, people) = (written.read(), people());
    let idle: Vec<Option<u64>> = {
        let rules = Rules::new(&history, &people, |_| Object::Sound);
        rules.idle().iter().map(Refusal::entry).collect()
    };
    assert_eq!(idle, [Some(7), Some(11)]);
    written.withdraws(DEPUTY, 13, fourth);
    assert_eq!(written.in_force(19), Some(third));
}

#[test]
fn what_was_rolled_back_stays_so_until_somebody_goes_back_to_it() {
    let mut written = Written::default();
    let first = written.proposes_for(PROVIDER, 0, "one", (None, Some(100)));
    written.approves(COMMISSIONER, 1, first, "one");
    let second = written.proposes(PROVIDER, 2, "two");
    written.approves(COMMISSIONER, 3, second, "two");
    written.rolls_back(PROVIDER, 4, (first, "one"), 4);
    assert_eq!(
        written.in_force(9),
        Some(second),
        "a provider does not roll back"
    );
    written.rolls_back(COMMISSIONER, 5, (first, "one"), 20);
    assert_eq!(
        (written.in_force(19), written.in_force(20)),
        (Some(second), Some(first))
    );
    assert_eq!(written.next_change(9), Some(at(20)));
    assert_eq!(written.why(20, second), "it was rolled back");
    // The first expires, and the second does not come back by that.
    assert_eq!(written.in_force(100), None);
    written.rolls_back(DEPUTY, 30, (second, "two"), 0);
    assert_eq!(
        (written.in_force(29), written.in_force(30)),
        (Some(first), Some(second))
    );
    assert_eq!(written.in_force(100), Some(second));
}

#[test]
fn nobody_goes_back_to_what_was_never_in_force() {
    let mut written = Written::default();
    let first = written.proposes(PROVIDER, 0, "one");
    written.rolls_back(COMMISSIONER, 1, (first, "one"), 1);
    let second = written.proposes_for(PROVIDER, 2, "two", (Some(50), None));
    written.approves(COMMISSIONER, 3, second, "two");
    written.rolls_back(COMMISSIONER, 4, (second, "two"), 4);
    written.rolls_back(COMMISSIONER, 5, (9, "two"), 4);
    assert_eq!(written.in_force(9), None);
    let (history, people) = (written.read(), people());
    let rules = Rules::new(&history, &people, |_| Object::Sound);
    let said: Vec<String> = rules.idle().iter().map(ToString::to_string).collect();
    assert_eq!(
        said,
        [
            "entry 2 counts for nothing: proposal 1 cannot be gone back to: nobody has approved it",
            "entry 5 counts for nothing: proposal 3 cannot be gone back to: it is not yet in effect: it takes effect \
             on Friday 15 January 2027 08:00:50",
            "entry 6 by Lead commissioner counts for nothing: there is no proposal 9 before it",
        ]
    );
}

/// Who does what with which proposal, and from when until when that holds.
type Doing = (usize, u8, u64, Option<i64>, Option<i64>);

/// Something that anybody does about anything.
fn acts() -> impl Strategy<Value = Vec<Doing>> {
    let moment = || prop::option::of(0..40_i64);
    prop::collection::vec((0..3_usize, 0..4_u8, 1..8_u64, moment(), moment()), 1..12)
}

fn written(acts: &[Doing]) -> Written {
    let mut written = Written::default();
    for (n, (who, what, about, one, other)) in acts.iter().enumerate() {
        let by = [PROVIDER, COMMISSIONER, DEPUTY][*who];
        let (seconds, text) = (n as i64, about.to_string());
        match what {
            0 => {
                let own = (n as u64 + 1).to_string();
                written.proposes_for(by, seconds, &own, (*one, *other));
            }
            1 => written.approves(by, seconds, *about, &text),
            2 => written.withdraws(by, seconds, *about),
            _ => written.rolls_back(by, seconds, (*about, &text), one.unwrap_or(0)),
        }
    }
    written
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    /// Nothing is ever in force that one person alone has wanted, or that has expired, or whose time has not come.
    #[test]
    fn it_takes_two(acts in acts()) {
        let written = written(&acts);
        let history = written.read();
        for seconds in 0..45 {
            let Some(number) = written.in_force(seconds) else { continue };
            let (judged, proposed) = history.proposal(number).unwrap();
            let approved = history.entries().iter().any(|later| match later.entry.act {
                Act::Approved { proposal, set } => {
                    proposal == number
                        && set == proposed.set.id()
                        && later.entry.by != judged.entry.by
                        && later.entry.by != PROVIDER.0
                        && later.entry.at <= at(seconds)
                }
                _ => false,
            });
            prop_assert!(approved);
            prop_assert!(proposed.effective.is_none_or(|from| from <= at(seconds)));
            prop_assert!(proposed.expires.is_none_or(|end| end > at(seconds)));
        }
    }

    /// What is in force changes exactly when it is said to.
    #[test]
    fn the_next_change_is_the_next_change(acts in acts(), now in 0..45_i64) {
        let written = written(&acts);
        let in_force = |seconds| {
            let (history, people) = (written.read(), people());
            let rules = Rules::new(&history, &people, |_| Object::Sound);
            rules.in_force(at(seconds)).map(|in_force| (in_force.proposal, in_force.since))
        };
        let found = (now + 1..60).find(|seconds| in_force(*seconds) != in_force(now));
        prop_assert_eq!(written.next_change(now), found.map(at));
    }
}
