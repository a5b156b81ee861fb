use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

mod again;
mod capacity;
mod numbers;
mod postcodes;
mod resume;

use super::*;
use crate::diagnostic::Source;
use crate::identity::Number;

const SHIPPED: &str = include_str!("../../routing/flows/111.toml");

fn shipped() -> Arc<Flow> {
    Arc::new(Flow::parse(Source::new("111.toml", SHIPPED)).unwrap_or_else(|p| panic!("{p:?}")))
}

fn facts() -> Facts {
    Facts {
        dialled: "111".into(),
        text_relay: false,
        region_known: true,
        places: places(),
        number: Number::parse("01632960001").ok(),
        ..Facts::default()
    }
}

/// CB lies on a border.
fn places() -> Arc<Places> {
    let key = |c| Key::new(c).unwrap();
    let codes = ["BN1", "CM1", "SW1A", "CB8"];
    let codes = codes.map(|code| OutwardCode::new(code, code != "CB8"));
    Arc::new(Places {
        regions: vec![(key('1'), "south".into()), (key('2'), "north".into())],
        postcode_key: Some(key('7')),
        outward_codes: codes.into_iter().collect(),
    })
}

/// Drives a run with keys; `-` hears what is said to its end and lets the time pass.
fn drive(facts: Facts, keys: &str) -> (Run, Vec<Action>) {
    drive_run(Run::new(shipped(), facts), keys)
}

fn drive_run(mut run: Run, keys: &str) -> (Run, Vec<Action>) {
    let mut now: Timestamp = "2026-11-02T12:00:00Z".parse().unwrap();
    let mut actions = run.on(now, Event::Start);
    for c in keys.chars() {
        if c == '-' {
            actions.extend(run.on(now, Event::SaidAll));
            if let Some(deadline) = run.deadline() {
                now = deadline;
                actions.extend(run.on(now, Event::Tick));
            }
        } else {
            now += SignedDuration::from_millis(500);
            actions.extend(run.on(now, Event::Key(Key::new(c).unwrap())));
        }
    }
    (run, actions)
}

fn end(facts: Facts, keys: &str) -> (String, Why) {
    let (_, actions) = drive(facts, keys);
    let leaves: Vec<_> = actions
        .iter()
        .filter_map(|action| match action {
            Action::Leave { destination, why } => Some((destination, *why)),
            _ => None,
        })
        .collect();
    assert_eq!(leaves.len(), 1, "{keys}: {actions:?}");
    let (destination, why) = leaves[0];
    let text = match destination {
        Destination::HandlerQueue { skill, priority } => format!("{skill} {priority:?}"),
        Destination::Callback { number, .. } => format!("callback {}", number.national()),
        Destination::CrisisLine { skill } => format!("crisis else {skill}"),
        Destination::Service { need, skill } => format!("{} else {skill}", need.disposition),
        Destination::ClinicianQueue { priority } => format!("clinician {priority:?}"),
        Destination::Capacity => "capacity".into(),
        Destination::Emergency => "999".into(),
        Destination::Kept => "kept".into(),
    };
    (text, why)
}

fn said(actions: &[Action]) -> Vec<String> {
    let say = actions.iter().rev().find_map(|action| match action {
        Action::Say { utterances, .. } => Some(utterances),
        _ => None,
    });
    say.unwrap()
        .iter()
        .flat_map(Utterance::recordings)
        .collect()
}

#[test]
fn each_key_leads_where_it_says() {
    for (keys, wanted) in [
        ("11", "general YoungOrOld"),
        ("12", "general Ordinary"),
        ("2", "crisis else mental-health"),
        ("3", "dental Ordinary"),
        ("41", "callback 01632960001"),
        ("4207700900123#1", "callback 07700900123"),
        ("9", "999"),
        ("03", "dental Ordinary"),
        ("*9", "999"),
    ] {
        assert_eq!(end(facts(), keys), (wanted.into(), Why::Chosen), "{keys}");
    }
}

#[test]
fn a_callback_has_the_disposition_of_its_step() {
    let (_, actions) = drive_run(Run::new(shipped(), facts()), "41");
    let Some(Action::Leave { destination, .. }) = actions.last() else {
        panic!("{actions:?}");
    };
    let disposition = Some("Dx80".to_owned());
    let number = Number::parse("01632960001").unwrap();
    let callback = Destination::Callback {
        number,
        disposition,
    };
    assert_eq!(destination, &callback);
    let named: Vec<String> = shipped()
        .dispositions()
        .map(|(code, _)| code.to_owned())
        .collect();
    assert_eq!(named, ["Dx80"]);
}

#[test]
fn star_lines_go_to_clinicians() {
    for line in ["*5", "*6", "*7"] {
        let facts = Facts {
            dialled: line.into(),
            ..facts()
        };
        assert_eq!(end(facts, "-").0, "clinician HealthProfessional");
    }
}

#[test]
fn silence_and_wrong_keys_lead_to_a_person() {
    assert_eq!(end(facts(), "---"), ("general Ordinary".into(), Why::NoKey));
    assert_eq!(
        end(facts(), "888"),
        ("general Ordinary".into(), Why::WrongKeys)
    );
    assert_eq!(
        end(facts(), "4---"),
        ("general Ordinary".into(), Why::NoKey)
    );
    assert_eq!(end(facts(), "42000#000#").1, Why::WrongKeys);
}

#[test]
fn a_region_that_is_not_known_is_asked_for_but_never_before_999() {
    let unknown = || Facts {
        region_known: false,
        ..facts()
    };
    let (_, actions) = drive(unknown(), "3");
    assert_eq!(said(&actions), ["region-menu"]);
    let (_, actions) = drive(unknown(), "32");
    assert!(actions.contains(&Action::Region("north".into())));
    assert_eq!(end(unknown(), "9").0, "999");
    assert_eq!(end(unknown(), "---").0, "general Ordinary");
    assert_eq!(
        end(unknown(), "3--").0,
        "dental Ordinary",
        "no answer: go on without"
    );
}

#[test]
fn a_withheld_number_is_asked_for_and_a_bad_one_refused() {
    let withheld = || Facts {
        number: None,
        ..facts()
    };
    let (_, actions) = drive(withheld(), "4");
    assert_eq!(said(&actions), ["number-own-unknown", "key-your-number"]);
    let (_, actions) = drive(withheld(), "409098790001#");
    assert_eq!(said(&actions), ["number-refused", "key-your-number"]);
    assert_eq!(
        end(withheld(), "408979123456#07700900123#1").0,
        "callback 07700900123"
    );
    assert_eq!(
        end(withheld(), "407700900123-1").0,
        "callback 07700900123",
        "a pause ends it"
    );
}

#[test]
fn a_number_alone_is_confirmed_as_in_the_flow() {
    let about = |facts| Run::about_number(shipped(), facts, "cy-GB");
    let leaves = |facts, keys| {
        let (_, actions) = drive_run(about(facts), keys);
        actions.last().cloned().unwrap()
    };
    let callback = |number| Action::Leave {
        destination: Destination::Callback {
            number: Number::parse(number).unwrap(),
            disposition: None,
        },
        why: Why::Chosen,
    };
    let (run, actions) = drive_run(about(facts()), "");
    let first = "number-read-back-before";
    assert_eq!(
        (said(&actions)[0].as_str(), run.language()),
        (first, "cy-GB")
    );
    assert!(run.is_about_number());
    assert_eq!(leaves(facts(), "1"), callback("01632960001"));
    assert_eq!(leaves(facts(), "207700900123#1"), callback("07700900123"));
    let person = |why| Action::Leave {
        destination: Destination::HandlerQueue {
            skill: "general".into(),
            priority: Priority::Ordinary,
        },
        why,
    };
    assert_eq!(leaves(facts(), "---"), person(Why::NoKey));
    let withheld = Facts {
        number: None,
        ..facts()
    };
    let (_, actions) = drive_run(about(withheld.clone()), "");
    assert_eq!(said(&actions), ["number-own-unknown", "key-your-number"]);
    assert_eq!(leaves(withheld, "0#0#"), person(Why::WrongKeys));
}

#[test]
fn a_key_cuts_the_announcement_and_counts_for_the_menu() {
    let (_, actions) = drive(facts(), "9");
    assert!(actions.contains(&Action::Silence));
    let first_say = actions.iter().position(|a| matches!(a, Action::Say { .. }));
    let silence = actions.iter().position(|a| *a == Action::Silence);
    assert!(first_say < silence);
}

#[test]
fn welsh_goes_on_in_the_same_menu() {
    let (run, actions) = drive(facts(), "*");
    assert_eq!(run.language(), "cy-GB");
    assert_eq!(said(&actions), ["menu"]);
}

#[test]
fn text_relay_callers_meet_no_timeout() {
    let relay = Facts {
        text_relay: true,
        ..facts()
    };
    let (run, actions) = drive(relay.clone(), "--------------------");
    assert!(!run.is_over());
    assert_eq!(said(&actions), ["menu"]);
    assert_eq!(end(relay, "888").1, Why::WrongKeys);
}

#[test]
fn every_path_of_the_shipped_flow_ends() {
    let paths = walk(&shipped(), &places()).unwrap();
    let words: std::collections::BTreeSet<_> = paths.iter().map(|p| p.destination.word()).collect();
    let all = [
        "callback",
        "capacity",
        "clinician-queue",
        "crisis-line",
        "emergency",
        "handler-queue",
        "promise-kept",
    ];
    assert_eq!(words.into_iter().collect::<Vec<_>>(), all);
    assert!(paths.len() > 500, "{}", paths.len());
}

fn problems(text: &str) -> Vec<(usize, String)> {
    let found = Flow::parse(Source::new("f.toml", text)).unwrap_err();
    found.into_iter().map(|p| (p.line, p.message)).collect()
}

const HEAD: &str = "[entry]\n111 = \"a\"\n[fallback]\nskill = \"general\"\n";

#[test]
fn a_menu_that_loops_is_found() {
    let text = format!("{HEAD}[step.a]\nkey = {{ 1 = \"b\" }}\n[step.b]\nkey = {{ 2 = \"a\" }}\n");
    let found = problems(&text);
    assert_eq!((found[0].0, found[1].0), (5, 7));
    assert!(found[0].1.contains("step `a` loops"));
    let round = format!("{HEAD}[step.a]\nnext = \"a\"\n");
    assert!(problems(&round)[0].1.contains("leads round to itself"));
}

#[test]
fn what_does_not_exist_is_named_with_its_place() {
    let text = format!(
        "{HEAD}[step.a]\nkey = {{ 1 = \"dentl\", x = \"dental\" }}\n[step.dental]\nemergency = true\n"
    );
    let found = problems(&text);
    assert!(
        found
            .iter()
            .any(|(line, m)| *line == 6 && m.contains("no step `dentl`"))
    );
    assert!(
        found
            .iter()
            .any(|(line, m)| *line == 6 && m.contains("`x` is no key"))
    );
    let two = format!("{HEAD}[step.a]\nemergency = true\ncallback = true\n");
    assert!(problems(&two)[0].1.contains("does 2 things"));
    let misspelt = format!("{HEAD}[step.a]\ncallback = {{ dispostion = \"Dx80\" }}\n");
    assert_eq!(problems(&misspelt)[0].0, 6);
    let unknown = format!("{HEAD}[step.a]\nemergncy = true\n");
    assert!(problems(&unknown)[0].1.contains("unknown field `emergncy`"));
    let time = format!("{HEAD}[timing]\nwait = 0.1\n[step.a]\nemergency = true\n");
    assert_eq!(problems(&time)[0].0, 6);
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        "[0-9*#A-D]".prop_map(|s| Event::Key(Key::new(s.chars().next().unwrap()).unwrap())),
        Just(Event::SaidAll),
        Just(Event::Tick),
        Just(Event::Known(None)),
        Just(Event::Known(Some(again::PROMISED))),
    ]
}

proptest! {
    #[test]
    fn nobody_is_trapped(
        events in proptest::collection::vec(event(), 0..200),
        region_known: bool,
        has_number: bool,
        is_looked_up: bool,
        line in prop_oneof!["111", "\\*5", "\\*8", "222"],
    ) {
        let facts = Facts {
            dialled: line,
            region_known,
            number: facts().number.filter(|_| has_number),
            before: if is_looked_up { Before::Asked } else { Before::Nothing },
            ..facts()
        };
        let mut run = Run::new(shipped(), facts);
        let mut now: Timestamp = "2026-11-02T12:00:00Z".parse().unwrap();
        let mut ends = 0;
        let silence = (0..60).flat_map(|_| [Event::SaidAll, Event::Tick]);
        for event in std::iter::once(Event::Start).chain(events).chain(silence) {
            now = run.deadline().filter(|_| event == Event::Tick).unwrap_or(now);
            let actions = run.on(now, event);
            ends += actions.iter().filter(|a| matches!(a, Action::Leave { .. })).count();
            let waits = run.is_over() || run.speaking || run.deadline().is_some();
            prop_assert!(waits, "neither speaking nor waiting for anything");
        }
        prop_assert_eq!(ends, 1);
    }
}
