//! Assessments are stored as far as they have come, and nobody writes over another's.

use super::super::*;
use super::lab::{Lab, at};
use super::on_both;
use crate::identity::Reference;

on_both! {
    an_assessment_goes_on_at_any_node,
    nobody_writes_over_what_another_has_stored,
    the_same_once_more_changes_nothing,
    open_ones_are_found_by_whom_they_wait_for,
    those_of_a_period_come_in_pages,
    a_course_knows_the_call_in_which_it_was_made,
}

fn row(n: u64) -> AssessmentRow {
    AssessmentRow {
        id: Reference::new(n, n.into()),
        call: Some(Reference::new(n, 7)),
        region: Some("london".to_owned()),
        owner: "1001".to_owned(),
        pathway: "chest-pain".to_owned(),
        opened_at: at(n as i64),
        waits_for: Some("handler".to_owned()),
        disposition: None,
        kind: None,
        decided_at: None,
        outcome: None,
        closed_by: None,
        service: None,
        closed_at: None,
        record: "{}".to_owned(),
    }
}

async fn an_assessment_goes_on_at_any_node(lab: &Lab) {
    let (leeds, york) = (lab.node("leeds").await, lab.node("york").await);
    let mut one = row(1);
    assert_eq!(leeds.assessment(one.id).await.unwrap(), None);
    assert_eq!(leeds.save_assessment(&one, 1).await.unwrap(), Saved::Stored);
    assert_eq!(
        york.assessment(one.id).await.unwrap(),
        Some((one.clone(), 1))
    );
    one.waits_for = None;
    one.disposition = Some("Dx02".to_owned());
    one.kind = Some("treatment-centre".to_owned());
    one.decided_at = Some(at(2));
    one.outcome = Some("referred".to_owned());
    one.closed_by = Some("handler".to_owned());
    one.service = Some("lon-utc".to_owned());
    one.closed_at = Some(at(3));
    one.record = "{\"answers\":[1,2]}".to_owned();
    assert_eq!(york.save_assessment(&one, 2).await.unwrap(), Saved::Stored);
    assert_eq!(leeds.assessment(one.id).await.unwrap(), Some((one, 2)));
}

async fn nobody_writes_over_what_another_has_stored(lab: &Lab) {
    let store = lab.store().await;
    let first = row(1);
    store.save_assessment(&first, 1).await.unwrap();
    let (mut left, mut right) = (first.clone(), first.clone());
    left.record = "[\"left\"]".to_owned();
    right.record = "[\"right\"]".to_owned();
    let both = tokio::join!(
        store.save_assessment(&left, 2),
        store.save_assessment(&right, 2)
    );
    let both = [both.0.unwrap(), both.1.unwrap()];
    assert_eq!(both.iter().filter(|s| **s == Saved::Stored).count(), 1);
    let (stored, revision) = store.assessment(first.id).await.unwrap().unwrap();
    assert_eq!(revision, 2);
    let won = if both[0] == Saved::Stored {
        left
    } else {
        right
    };
    assert_eq!(stored, won);
    // Neither a second beginning nor one that has not seen what is there.
    assert_eq!(
        store.save_assessment(&row(1), 1).await.unwrap(),
        Saved::Overtaken
    );
    assert_eq!(
        store.save_assessment(&row(1), 4).await.unwrap(),
        Saved::Overtaken
    );
    assert_eq!(
        store.save_assessment(&row(2), 2).await.unwrap(),
        Saved::Overtaken
    );
    assert_eq!(store.assessment(row(2).id).await.unwrap(), None);
}

async fn the_same_once_more_changes_nothing(lab: &Lab) {
    let store = lab.store().await;
    let mut one = row(1);
    for _ in 0..2 {
        assert_eq!(store.save_assessment(&one, 1).await.unwrap(), Saved::Stored);
    }
    one.record = "[1]".to_owned();
    for _ in 0..2 {
        assert_eq!(store.save_assessment(&one, 2).await.unwrap(), Saved::Stored);
    }
    assert_eq!(store.assessment(one.id).await.unwrap(), Some((one, 2)));
}

async fn open_ones_are_found_by_whom_they_wait_for(lab: &Lab) {
    let store = lab.store().await;
    for n in 1..=6 {
        let mut one = row(n);
        one.waits_for = match n % 3 {
            0 => None,
            1 => Some("handler".to_owned()),
            _ => Some("clinician".to_owned()),
        };
        store.save_assessment(&one, 1).await.unwrap();
    }
    let open = async |whom: Option<&str>, limit| {
        let rows = store.open_assessments(whom, limit).await.unwrap();
        rows.iter().map(|row| row.opened_at).collect::<Vec<_>>()
    };
    assert_eq!(open(None, 10).await, [at(1), at(2), at(4), at(5)]);
    assert_eq!(open(Some("clinician"), 10).await, [at(2), at(5)]);
    assert_eq!(open(None, 3).await, [at(1), at(2), at(4)]);
}

async fn those_of_a_period_come_in_pages(lab: &Lab) {
    let store = lab.store().await;
    for n in 0..7 {
        store.save_assessment(&row(n), 1).await.unwrap();
    }
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let page = store
            .assessment_courses((at(1), at(6)), after, 2)
            .await
            .unwrap();
        after = page.last().map(|row| (row.opened_at, row.id));
        let is_last = page.len() < 2;
        all.extend(page);
        if is_last {
            break;
        }
    }
    let ids: Vec<Reference> = all.iter().map(|course| course.id).collect();
    assert_eq!(ids, (1..6).map(|n| row(n).id).collect::<Vec<_>>());
}

async fn a_course_knows_the_call_in_which_it_was_made(lab: &Lab) {
    let store = lab.store().await;
    let called = Reference::new(5, 9);
    let arrived = TimelineEntry::Arrived {
        trunk: "carrier".to_owned(),
        dialled: "111".to_owned(),
        number: None,
        identity: "withheld",
    };
    let region = TimelineEntry::Region {
        region: "suffolk".to_owned(),
        rule: "keyed",
        provider: Some("practice-plus".to_owned()),
        why: String::new(),
    };
    let entry = |sequence, what| Entry {
        call: called,
        at: at(3),
        sequence,
        what,
    };
    let entries = [entry(1, arrived), entry(2, region)];
    store.write(&entries).await.unwrap();
    let mut one = row(8);
    one.call = Some(called);
    one.region = None;
    one.outcome = Some("advice".to_owned());
    one.closed_by = Some("clinician".to_owned());
    one.closed_at = Some(at(11));
    store.save_assessment(&one, 1).await.unwrap();
    let courses = store
        .assessment_courses((at(0), at(20)), None, 10)
        .await
        .unwrap();
    let expected = AssessmentCourse {
        id: one.id,
        call: Some(called),
        called_at: Some(at(3)),
        provider: Some("practice-plus".into()),
        region: Some("suffolk".into()),
        opened_at: at(8),
        kind: None,
        outcome: Some("advice".into()),
        closed_by: Some("clinician".into()),
        closed_at: Some(at(11)),
    };
    assert_eq!(courses, [expected]);
}
