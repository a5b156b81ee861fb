//! Providers who dial in to set the capacity of their service.

use super::*;

fn dials(line: &str) -> Facts {
    Facts {
        dialled: line.into(),
        ..facts()
    }
}

#[test]
fn a_provider_is_led_there_without_a_word() {
    let unknown = Facts {
        region_known: false,
        number: None,
        before: Before::Asked,
        ..dials("*8")
    };
    for facts in [dials("*8"), unknown] {
        assert_eq!(end(facts.clone(), ""), ("capacity".into(), Why::Chosen));
        let (_, actions) = drive(facts, "");
        let says = |action: &Action| matches!(action, Action::Say { .. });
        assert!(!actions.iter().any(says), "{actions:?}");
    }
    let paths = walk(&shipped(), &places()).unwrap();
    let mut of_line = paths.iter().filter(|path| path.dialled == "*8").peekable();
    assert!(of_line.peek().is_some());
    assert!(of_line.all(|path| path.destination == Destination::Capacity));
}

#[test]
fn whose_lines_are_for_professionals() {
    let flow = shipped();
    let of_all = ["111", "*5", "*6", "*7", "*8", "999"];
    let professionals = of_all.map(|line| flow.is_for_professionals(line));
    assert_eq!(professionals, [false, true, true, true, true, false]);
    assert_eq!(flow.clinician_lines(), ["*5", "*6", "*7"]);
}

/// Whoever sets a capacity may be greeted and asked for a key first.
#[test]
fn a_key_leads_there_too() {
    let text = format!(
        "{HEAD}[step.a]\nsay = [\"menu\"]\nkey = {{ 1 = \"b\", 2 = \"c\" }}\n\
         [step.b]\nsay = [\"recording-notice\"]\ncapacity = true\n[step.c]\nqueue = {{ skill = \"general\" }}\n"
    );
    let flow = Arc::new(Flow::parse(Source::new("f.toml", text.as_str())).unwrap());
    let led = |keys: &str| {
        let (_, actions) = drive_run(Run::new(Arc::clone(&flow), facts()), keys);
        actions.last().cloned()
    };
    let there = Action::Leave {
        destination: Destination::Capacity,
        why: Why::Chosen,
    };
    assert_eq!(led("1-"), Some(there));
    let ends: std::collections::BTreeSet<_> = walk(&flow, &places())
        .unwrap()
        .iter()
        .map(|path| path.destination.word())
        .collect();
    assert_eq!(
        ends.into_iter().collect::<Vec<_>>(),
        ["capacity", "handler-queue"]
    );
    assert!(!flow.is_for_professionals("111"));
}

#[test]
fn what_is_no_such_step_is_found_with_its_place() {
    let step = |step: &str| problems(&format!("{HEAD}[step.a]\n{step}\n"));
    let off = step("capacity = false");
    assert!(
        off[0].0 == 5 && off[0].1.contains("does 0 things"),
        "{off:?}"
    );
    let two = step("capacity = true\nemergency = true");
    assert!(
        two[0].0 == 5 && two[0].1.contains("does 2 things"),
        "{two:?}"
    );
    let table = step("capacity = { skill = \"general\" }");
    assert!(
        table[0].0 == 6 && table[0].1.contains("expected a boolean"),
        "{table:?}"
    );
    let misspelt = step("capacty = true");
    assert!(
        misspelt[0].0 == 6 && misspelt[0].1.contains("unknown field `capacty`"),
        "{misspelt:?}"
    );
    let nowhere = problems(
        "[entry]\n\"*8\" = \"capacity\"\n[fallback]\nskill = \"general\"\n[step.capacty]\ncapacity = true\n",
    );
    assert!(
        nowhere[0].0 == 2 && nowhere[0].1.contains("no step `capacity`"),
        "{nowhere:?}"
    );
}
