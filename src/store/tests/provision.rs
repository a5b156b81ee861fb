//! Searches, referrals and capacities.

use super::super::*;
use super::lab::{Lab, at};
use super::on_both;
use crate::identity::Reference;

on_both! {
    only_searches_that_missed_something_are_read,
    what_came_of_a_referral_first_stands,
    a_capacity_that_was_set_later_stands,
}

async fn only_searches_that_missed_something_are_read(lab: &Lab) {
    let store = lab.store().await;
    let search = |n: u64| SearchRow {
        id: Reference::new(n, 1),
        at: at(n as i64),
        for_whom: (n != 6).then(|| Reference::new(n, 2)),
        region: (n != 4).then(|| "suffolk".to_owned()),
        found: n as u32 % 2,
        is_missed: n.is_multiple_of(2),
        record: format!("{{\"n\":{n}}}"),
    };
    for n in (0..8).chain([2]) {
        store.searched(&search(n)).await.unwrap();
    }
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let page = store
            .missed_searches((at(1), at(8)), after, 1)
            .await
            .unwrap();
        let Some(last) = page.last() else { break };
        after = Some((last.at, last.id));
        all.extend(page);
    }
    assert_eq!(all, [search(2), search(4), search(6)]);
}

async fn what_came_of_a_referral_first_stands(lab: &Lab) {
    let store = lab.store().await;
    let mut one = ReferralRow {
        id: Reference::new(1, 1),
        at: at(1),
        service: "suf-gp".to_owned(),
        call: Some(Reference::new(1, 2)),
        assessment: None,
        by: "flow".to_owned(),
        outcome: None,
        ended_at: None,
    };
    store.referred(&one).await.unwrap();
    one.outcome = Some("answered".to_owned());
    one.ended_at = Some(at(5));
    store.referred(&one).await.unwrap();
    let later = ReferralRow {
        outcome: Some("no-answer".to_owned()),
        ended_at: Some(at(9)),
        ..one.clone()
    };
    store.referred(&later).await.unwrap();
    let all = store.referrals((at(0), at(10)), None, 10).await.unwrap();
    assert_eq!(all, [one]);
    let before = store.referrals((at(0), at(1)), None, 10).await.unwrap();
    assert_eq!(before, []);
}

async fn a_capacity_that_was_set_later_stands(lab: &Lab) {
    let store = lab.store().await;
    let capacity = |millis, colour: &str| CapacityRow {
        service: "suf-gp".to_owned(),
        colour: colour.to_owned(),
        since: at(millis),
        until: (colour == "red").then(|| at(millis + 900_000)),
        by: "gp-rota".to_owned(),
    };
    store.set_capacity(&capacity(5, "red")).await.unwrap();
    // From another node, late.
    store.set_capacity(&capacity(3, "amber")).await.unwrap();
    assert_eq!(store.capacities().await.unwrap(), [capacity(5, "red")]);
    store.set_capacity(&capacity(6, "green")).await.unwrap();
    assert_eq!(store.capacities().await.unwrap(), [capacity(6, "green")]);
}
