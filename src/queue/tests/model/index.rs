//! Whatever the queue keeps in order as things happen is as it would be if it were put in order now.

use std::collections::{BTreeMap, BTreeSet};

use crate::queue::callers::Callers;
use crate::queue::eligibility::{self, Circumstances, Needs};
use crate::queue::machine::{Queue, Whom, later};
use crate::queue::pool::Pool;
use crate::queue::waiting::Turn;
use crate::queue::{HandlerId, Profile, Strategy, Wanted};

pub(super) fn is_as_if_built_anew(queue: &Queue) {
    callers(queue);
    rows(queue);
    handlers(queue);
    deadlines(queue);
}

/// What decides who will do, whatever it is kept in.
type Needed = (Wanted, usize, BTreeSet<HandlerId>);
type Standing = BTreeMap<Needed, (BTreeSet<Turn>, BTreeSet<Turn>)>;

fn needed(needs: &Needs) -> Needed {
    let passed_over = needs.passed_over.clone();
    (needs.wanted().clone(), needs.steps, passed_over)
}

fn standing(callers: &Callers) -> Standing {
    let lines = callers.lines().iter().map(|(_, line)| line);
    let lines = lines.map(|line| {
        let stands = (line.open.clone(), line.ringing.clone());
        (needed(&line.needs), stands)
    });
    lines.collect()
}

fn callers(queue: &Queue) {
    let mut anew = Callers::new(queue.settings.ageing);
    for (ticket, waiting) in queue.callers.iter() {
        anew.put(ticket, waiting.clone());
        assert!(waiting.not_before.is_none() || waiting.offered_to.is_empty());
        let stands = waiting.line.and_then(|line| queue.callers.line(line));
        let needs = stands.map(|line| line.needs.clone());
        let listed = waiting.needs().filter(|_| waiting.not_before.is_none());
        assert_eq!(needs, listed, "{ticket}");
    }
    assert_eq!(standing(&queue.callers), standing(&anew));
    let heads = |callers: &Callers| -> Vec<Turn> {
        let heads = callers.lines().heads();
        heads.map(|(turn, _)| turn).collect()
    };
    assert_eq!(heads(&queue.callers), heads(&anew));
    for (turn, id) in queue.callers.lines().heads() {
        let next = queue.callers.line(id).and_then(|line| line.next());
        assert_eq!(next, Some(turn));
    }
    let crowds = |callers: &Callers| {
        let regions = callers.regions();
        let crowds = regions.map(|region| (region.clone(), callers.crowd(region).cloned()));
        crowds.collect::<BTreeMap<_, _>>()
    };
    assert_eq!(crowds(&queue.callers), crowds(&anew));
}

fn rows(queue: &Queue) {
    let regions = &queue.settings;
    for (_, line) in queue.callers.lines().iter() {
        let region = &line.needs.wanted().region;
        let circumstances = Circumstances {
            rules: regions.of(region),
            failed: &queue.failed,
            steps: queue.steps.get(region).copied().unwrap_or_default(),
        };
        let anew = eligibility::row(&line.needs, &queue.pool, &circumstances);
        // Those of whom there is nobody may be missing.
        let staffed = |row: &[(eligibility::Rank, usize)]| -> Vec<_> {
            let row = row.iter().copied();
            row.filter(|(_, p)| queue.pool.staffed(*p) > 0).collect()
        };
        assert_eq!(staffed(&line.row), staffed(&anew), "{:?}", line.needs);
        let in_row = |profile| line.row.iter().any(|(_, p)| *p == profile);
        for (profile, _) in queue.pool.profiles() {
            assert_eq!(line.suits(profile), in_row(profile));
        }
    }
}

type Group = (usize, [Vec<HandlerId>; 3]);

fn groups(pool: &Pool) -> BTreeMap<Profile, Group> {
    use Strategy::{FewestCalls, LongestIdle, RoundRobin};
    let orders = [LongestIdle, FewestCalls, RoundRobin];
    let groups = pool.profiles().map(|(number, profile)| {
        let free = |by| {
            let free = pool.free(number, by);
            free.map(|turn| turn.2.clone()).collect()
        };
        (profile.clone(), (pool.staffed(number), orders.map(free)))
    });
    groups.collect()
}

fn handlers(queue: &Queue) {
    let mut anew = Pool::default();
    let known: BTreeMap<usize, &Profile> = queue.pool.profiles().collect();
    for (id, handler) in queue.pool.iter() {
        let mut handler = handler.clone();
        handler.profile = anew.profile(known[&handler.profile].clone()).0;
        anew.set(id, Some(handler));
    }
    assert_eq!(groups(&queue.pool), groups(&anew));
    assert_eq!(queue.pool.any_free(), anew.any_free());
    let providers = known.values().map(|profile| profile.provider.as_ref());
    for provider in providers.chain([None]) {
        let staffed = [&queue.pool, &anew].map(|pool| pool.staffed_by(provider));
        assert_eq!(staffed[0], staffed[1], "{provider:?}");
    }
}

fn deadlines(queue: &Queue) {
    let mut anew = BTreeSet::new();
    for (id, handler) in queue.pool.iter() {
        let at = handler.deadline();
        anew.extend(at.map(|at| (at, Whom::Handler(id.clone()))));
    }
    for (ticket, waiting) in queue.callers.iter() {
        let overflow = &queue.settings.of(&waiting.wanted.region).overflow;
        let further = overflow[waiting.steps..].iter();
        let further = further.filter_map(|step| Some(later(waiting.since, step.after?)));
        let at = further.chain(waiting.not_before).min();
        assert_eq!(waiting.due, at, "{ticket}");
        anew.extend(at.map(|at| (at, Whom::Caller(ticket))));
    }
    assert_eq!(queue.deadlines, anew);
}
