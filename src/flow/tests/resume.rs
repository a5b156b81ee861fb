use super::*;
use crate::flow::resume::Standing;

/// A caller whose region is to be asked for.
fn asked() -> Facts {
    Facts {
        region_known: false,
        ..facts()
    }
}

fn left(actions: &[Action]) -> Option<&Destination> {
    actions.iter().find_map(|action| match action {
        Action::Leave { destination, .. } => Some(destination),
        _ => None,
    })
}

/// Presses keys; where the run has not been left after so many of them, it is taken up elsewhere.
fn drive(flow: &Arc<Flow>, keys: &str, taken_up_after: Option<usize>) -> Option<Destination> {
    let now = Timestamp::UNIX_EPOCH;
    let mut run = Run::new(Arc::clone(flow), asked());
    let mut actions = run.on(now, Event::Start);
    for (n, key) in keys.chars().enumerate() {
        if taken_up_after == Some(n) && !run.is_over() {
            let standing = serde_json::to_string(&run.standing()).unwrap();
            let known = run.facts.clone();
            run = Run::resumed(
                Arc::clone(flow),
                known,
                serde_json::from_str(&standing).unwrap(),
            );
            let said = run.on(now, Event::Resumed);
            assert!(matches!(said[..], [Action::Say { .. }]), "{said:?}");
        }
        actions.extend(run.on(now, Event::Key(Key::new(key).unwrap())));
    }
    left(&actions).cloned()
}

#[test]
fn a_step_that_is_there_no_more_leads_to_a_person() {
    let flow = shipped();
    let mut run = Run::new(Arc::clone(&flow), asked());
    run.on(Timestamp::UNIX_EPOCH, Event::Start);
    let standing = Standing {
        step: "closed".into(),
        ..run.standing()
    };
    let mut run = Run::resumed(flow, asked(), standing);
    let actions = run.on(Timestamp::UNIX_EPOCH, Event::Resumed);
    assert!(matches!(
        left(&actions),
        Some(Destination::HandlerQueue { .. })
    ));
}

proptest! {
    #[test]
    fn taken_up_anywhere_it_leads_where_it_would_have_led(
        keys in "[1-49*#]{1,6}", after in 0_usize..6
    ) {
        let flow = shipped();
        prop_assert_eq!(drive(&flow, &keys, Some(after)), drive(&flow, &keys, None));
    }
}
