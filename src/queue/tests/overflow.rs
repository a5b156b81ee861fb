//! Whose handlers may take a caller.

use super::given::*;
use crate::flow::Priority;
use crate::queue::*;

fn step(to: Reach) -> Overflow {
    Overflow {
        to,
        after: None,
        longer_than: None,
        estimate_over: None,
    }
}

fn to(provider: &str) -> Reach {
    Reach::Providers([provider.to_owned()].into())
}

/// A queue with these steps, in which the own provider's one handler talks already, and the partner's and
/// a neighbour's are free.
fn steps(overflow: Vec<Overflow>) -> Queue {
    let mut queue = Queue::new(Settings {
        handling: seconds(100),
        ..with(Rules {
            overflow,
            ..Rules::default()
        })
    });
    queue.on(at(0), sign_in_for("own", "own"));
    queue.on(at(0), joins(99, of_share("own")));
    queue.on(at(0), answered(99, "own"));
    queue.on(at(0), sign_in_for("partner", "partner"));
    queue.on(at(0), sign_in_for("neighbour", "neighbour"));
    queue
}

#[test]
fn a_share_is_kept_while_its_provider_has_somebody() {
    let mut queue = steps(vec![]);
    assert_eq!(queue.on(at(1), joins(1, of_share("own"))), []);
    assert_eq!(queue.on(at(9_999), Event::Tick), []);
    assert_eq!(queue.deadline(), None);
    let theirs = queue.on(at(10_000), joins(2, of_share("partner")));
    assert_eq!(theirs, [offer(2, "partner")]);
    let own = queue.on(at(10_001), over("own", false));
    assert_eq!(own, [parted(99, false), offer(1, "own")]);
    assert_eq!(queue.counters().overflowed, 0);
}

#[test]
fn who_has_waited_long_enough_reaches_further_step_by_step() {
    let after = |seconds_: u64, to| Overflow {
        after: Some(seconds(seconds_)),
        ..step(to)
    };
    let mut queue = steps(vec![
        after(60, to("partner")),
        after(300, to("neighbour")),
        after(600, Reach::Everyone),
    ]);
    queue.on(at(0), sign_in_for("stranger", "stranger"));
    for n in 1..=4 {
        assert_eq!(queue.on(at(1), joins(n, of_share("own"))), []);
    }
    for (second, n, name) in [
        (61, 1, "partner"),
        (301, 2, "neighbour"),
        (601, 3, "stranger"),
    ] {
        assert_eq!(queue.deadline(), Some(at(second)));
        assert_eq!(queue.on(at(second - 1), Event::Tick), []);
        assert_eq!(queue.on(at(second), Event::Tick), [offer(n, name)]);
        queue.on(at(second), answered(n, name));
    }
    assert_eq!(queue.counters().overflowed, 3);
    assert_eq!(queue.deadline(), None);
}

#[test]
fn a_step_is_for_those_who_have_waited_and_not_for_others() {
    let mut queue = steps(vec![Overflow {
        after: Some(seconds(60)),
        ..step(to("partner"))
    }]);
    queue.on(at(1), joins(1, of_share("own")));
    assert_eq!(queue.on(at(61), Event::Tick), [offer(1, "partner")]);
    queue.on(at(62), leave(1));
    assert_eq!(queue.on(at(63), joins(2, of_share("own"))), []);
}

#[test]
fn while_more_than_so_many_wait_all_reach_further_and_until_half_are_left() {
    let mut queue = steps(vec![Overflow {
        longer_than: Some(4),
        ..step(to("partner"))
    }]);
    for n in 1..=4 {
        assert_eq!(queue.on(at(1), joins(n, of_share("own"))), []);
    }
    assert_eq!(
        queue.on(at(2), joins(5, of_share("own"))),
        [offer(1, "partner")]
    );
    queue.on(at(2), answered(1, "partner"));
    // Four and three wait: no more than brought the step about, but more than half.
    let next = queue.on(at(60), over("partner", false));
    assert_eq!(next, [parted(1, false), offer(2, "partner")]);
    queue.on(at(60), answered(2, "partner"));
    let next = queue.on(at(120), over("partner", false));
    assert_eq!(next, [parted(2, false), offer(3, "partner")]);
    queue.on(at(120), answered(3, "partner"));
    // Two are left: the share is kept again, though one of them has to wait.
    let next = queue.on(at(180), over("partner", false));
    assert_eq!(next, [parted(3, false)]);
    assert_eq!(queue.waiting(), 2);
}

#[test]
fn while_whoever_came_now_would_wait_too_long_all_reach_further() {
    let mut queue = steps(vec![Overflow {
        estimate_over: Some(seconds(250)),
        ..step(to("partner"))
    }]);
    assert_eq!(queue.on(at(1), joins(1, of_share("own"))), []);
    assert_eq!(queue.on(at(1), joins(2, of_share("own"))), []);
    // 300 seconds for one handler.
    assert_eq!(
        queue.on(at(1), joins(3, of_share("own"))),
        [offer(1, "partner")]
    );
    queue.on(at(2), leave(1));
    queue.on(at(2), leave(2));
    assert_eq!(queue.waiting(), 1);
    // The estimate has eased by half: the share is kept again.
    queue.on(at(3), leave(3));
    assert_eq!(queue.on(at(4), joins(4, of_share("own"))), []);
}

#[test]
fn an_estimate_counts_who_is_there_now() {
    let mut queue = steps(vec![Overflow {
        estimate_over: Some(seconds(150)),
        ..step(to("partner"))
    }]);
    queue.on(at(0), sign_in_for("own-2", "own"));
    queue.on(at(0), joins(98, of_share("own")));
    queue.on(at(0), answered(98, "own-2"));
    queue.on(at(1), joins(1, of_share("own")));
    assert_eq!(
        queue.on(at(2), joins(2, of_share("own"))),
        [],
        "100 seconds"
    );
    // One of the two is to go: 200 seconds.
    let actions = queue.on(at(3), sign_out("own-2"));
    assert_eq!(actions, [offer(1, "partner")]);
}

#[test]
fn a_provider_that_has_failed_is_passed_by_and_comes_back() {
    let mut queue = steps(vec![step(to("partner"))]);
    let failed = |failed| Event::Provider {
        provider: "own".into(),
        failed,
    };
    queue.on(at(1), joins(1, of_share("own")));
    queue.on(at(1), joins(2, of_share("own")));
    assert_eq!(queue.on(at(2), failed(true)), [offer(1, "partner")]);
    // Its own handlers are not asked meanwhile.
    assert_eq!(queue.on(at(5), over("own", false)), [parted(99, false)]);
    assert_eq!(queue.on(at(6), failed(true)), []);
    assert_eq!(queue.on(at(7), failed(false)), [offer(2, "own")]);
    queue.on(at(8), answered(1, "partner"));
    queue.on(at(8), answered(2, "own"));
    assert_eq!(queue.on(at(9), joins(3, of_share("own"))), []);
    assert_eq!(
        queue.on(at(120), over("partner", false)),
        [parted(1, false)]
    );
}

#[test]
fn a_provider_all_of_whose_handlers_have_gone_is_passed_by_until_one_is_back() {
    let mut queue = steps(vec![step(to("partner"))]);
    queue.on(at(1), joins(1, of_share("own")));
    queue.on(at(1), joins(2, of_share("own")));
    let gone = queue.on(at(2), sign_out("own"));
    assert_eq!(gone, [offer(1, "partner")]);
    queue.on(at(3), answered(1, "partner"));
    let back = queue.on(at(4), sign_in_for("own-2", "own"));
    assert_eq!(back, [offer(2, "own-2")]);
    queue.on(at(5), answered(2, "own-2"));
    queue.on(at(6), joins(3, of_share("own")));
    assert_eq!(queue.on(at(60), over("partner", false)), [parted(1, false)]);
    // All being away from their desks is as good as gone.
    queue.on(at(61), not_ready("own-2"));
    assert_eq!(
        queue.on(at(62), over("own-2", false)),
        [parted(2, false), offer(3, "partner")]
    );
}

#[test]
fn everybody_takes_whom_no_step_brings_to_anybody() {
    let mut queue = steps(vec![step(to("third"))]);
    queue.on(at(1), joins(1, of_share("own")));
    let gone = queue.on(at(2), sign_out("own"));
    assert_eq!(gone.len(), 1, "{gone:?}");
    // Even those of a provider that has failed, where there are no others.
    let mut queue = Queue::default();
    queue.on(at(0), sign_in_for("own", "own"));
    let failed = Event::Provider {
        provider: "own".into(),
        failed: true,
    };
    queue.on(at(0), failed);
    assert_eq!(
        queue.on(at(1), joins(1, of_share("own"))),
        [offer(1, "own")]
    );
}

#[test]
fn who_works_for_nobody_takes_everybodys_callers_and_stands_in_for_no_provider() {
    let mut queue = steps(vec![step(to("partner"))]);
    queue.on(at(1), sign_in("1001", &["general"]));
    queue.on(at(1), not_ready("partner"));
    assert_eq!(
        queue.on(at(2), joins(1, of_share("own"))),
        [offer(1, "1001")]
    );
    queue.on(at(2), answered(1, "1001"));
    queue.on(at(3), joins(2, of_share("own")));
    queue.on(at(4), sign_out("own"));
    queue.on(at(60), over("own", false));
    assert_eq!(queue.on(at(61), ready("partner")), [offer(2, "partner")]);
}

#[test]
fn an_emergency_goes_to_anybody_at_once() {
    let mut queue = steps(vec![]);
    let wanted = Wanted {
        priority: Priority::Emergency,
        ..of_share("own")
    };
    let actions = queue.on(at(1), joins(1, wanted));
    assert_eq!(actions.len(), 1, "{actions:?}");
}

#[test]
fn what_will_do_as_well_is_looked_for_nearby_before_anybody_farther_away() {
    let mut queue = steps(vec![step(to("partner"))]);
    queue.on(at(5), over("own", false));
    let profile = Profile {
        provider: Some("partner".into()),
        ..Profile::with_skills(["mental-health"])
    };
    queue.on(at(1), sign_in_as("specialist", profile));
    assert_eq!(word(&queue, "own"), "available");
    let wanted = wanted("mental-health", Priority::Ordinary);
    let wanted = wanted.from_region("kent", Some("own".into()), None);
    assert_eq!(queue.on(at(6), joins(1, wanted)), [offer(1, "own")]);
}
