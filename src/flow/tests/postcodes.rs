//! A postcode keyed on a telephone: what it may be, what it tells, and how one goes on without.

use super::*;
use crate::flow::outward::OutwardCode;
use crate::flow::places::Places;

/// CB8 lies on a border.
const CODES: [&str; 7] = ["B6", "B61", "BN1", "CM1", "CO1", "SW1A", "CB8"];

fn places() -> Arc<Places> {
    let codes = CODES.map(|code| OutwardCode::new(code, code != "CB8"));
    let of_all = super::places();
    Arc::new(Places {
        outward_codes: codes.into_iter().collect(),
        ..(*of_all).clone()
    })
}

/// Somebody of whom no region is known.
fn somewhere() -> Facts {
    Facts {
        region_known: false,
        places: places(),
        ..facts()
    }
}

/// What they have keyed, as it is taken.
fn keyed(actions: &[Action]) -> Vec<&str> {
    let codes = actions.iter().filter_map(|action| match action {
        Action::Postcode(code) => Some(code.as_str()),
        _ => None,
    });
    codes.collect()
}

fn driven(keys: &str) -> Vec<Action> {
    drive(somewhere(), keys).1
}

#[test]
fn who_has_keyed_a_postcode_goes_where_they_have_chosen_to() {
    let (run, actions) = drive(somewhere(), "37");
    assert_eq!(said(&actions), ["key-your-postcode"]);
    assert!(!run.is_over());
    for (keys, code) in [("261#2", "BN1"), ("261#1", "B61"), ("7912#1", "SW1A")] {
        assert_eq!(keyed(&driven(&format!("37{keys}"))), [code], "{keys}");
    }
    assert_eq!(end(somewhere(), "37261#3").0, "dental Ordinary");
    assert_eq!(end(somewhere(), "47261#31").0, "callback 01632960001");
    assert_eq!(
        end(somewhere(), "27261122#3").0,
        "crisis else mental-health"
    );
}

#[test]
fn who_pauses_may_go_on_keying_and_is_told_how_to_end_it() {
    for keys in ["3726-", "37261-"] {
        assert_eq!(said(&driven(keys)), ["postcode-hash"]);
    }
    // Had B6 been read out after the pause, the next digit would have chosen it.
    for (keys, code) in [
        ("26-1#2", "BN1"),
        ("26-1--2", "BN1"),
        ("2-6-1--2", "BN1"),
        ("261-122#2", "BN1"),
        ("261--1", "B61"),
    ] {
        assert_eq!(keyed(&driven(&format!("37{keys}"))), [code], "{keys}");
    }
    assert!(keyed(&driven("37261-1")).is_empty());
}

#[test]
fn a_postcode_that_is_keyed_later_counts_instead() {
    let flow = asks();
    let facts = somewhere();
    let drive =
        |facts: &Facts, keys: &str| drive_run(Run::new(Arc::clone(&flow), facts.clone()), keys);
    let (run, _) = drive(&facts, "15261#21");
    assert!(run.is_over());
    // BN1, and then CB8 after all, which may be in either region.
    let (run, actions) = drive(&facts, "15261#2015228#11");
    assert_eq!(keyed(&actions), ["BN1", "CB8"]);
    assert_eq!(said(&actions), ["region-menu"]);
    assert!(!run.is_over());
    // What the number tells stands, whatever is keyed.
    let by_number = Facts {
        region_known: true,
        ..somewhere()
    };
    assert!(drive(&by_number, "15228#11").0.is_over());
}

#[test]
fn what_may_have_been_keyed_is_read_out_with_a_key_for_each() {
    let words = said(&driven("37261#"));
    let spoken = words.join(" ");
    let four = ["letter-b digit-6 digit-1", "letter-b letter-n digit-1"];
    for (n, code) in four.into_iter().enumerate() {
        let choice = format!("postcode-for {code} postcode-press digit-{}", n + 1);
        assert!(spoken.contains(&choice), "{spoken}");
    }
    assert_eq!(words.iter().filter(|w| *w == "postcode-for").count(), 4);
    assert_eq!(words.last().unwrap(), "postcode-again");
    assert_eq!(said(&driven("37261#*")), ["key-your-postcode"]);
    assert_eq!(keyed(&driven("37261#*7912#1")), ["SW1A"]);
    assert_eq!(said(&driven("37261#9"))[0], "invalid-key");
    // A star while keying begins again.
    assert_eq!(keyed(&driven("3799*7912#1")), ["SW1A"]);
}

#[test]
fn a_postcode_on_a_border_is_followed_by_the_question_for_the_region() {
    let actions = driven("37228#1");
    assert_eq!(keyed(&actions), ["CB8"]);
    assert_eq!(said(&actions), ["postcode-borders", "region-menu"]);
    let actions = driven("37228#12");
    assert!(actions.contains(&Action::Region("north".into())));
    assert_eq!(end(somewhere(), "37228#12").0, "dental Ordinary");
}

#[test]
fn what_is_no_postcode_is_asked_for_once_more_and_then_the_region_is() {
    assert_eq!(
        said(&driven("37999#")),
        ["postcode-unknown", "key-your-postcode"]
    );
    assert_eq!(
        said(&driven("37999#000#")),
        ["postcode-unknown", "region-menu"]
    );
    assert_eq!(
        said(&driven("37#")),
        ["postcode-unknown", "key-your-postcode"]
    );
    assert_eq!(keyed(&driven("37999#7912#1")), ["SW1A"]);
    assert_eq!(end(somewhere(), "37999#000#1").0, "dental Ordinary");
}

#[test]
fn who_keys_nothing_goes_on_without_a_postcode() {
    for keys in ["37--", "37261#--", "37261#999", "37AAA"] {
        assert_eq!(end(somewhere(), keys).0, "dental Ordinary", "{keys}");
        assert!(keyed(&driven(keys)).is_empty());
    }
    let without = || Facts {
        places: Arc::new(Places {
            postcode_key: None,
            ..(*places()).clone()
        }),
        ..somewhere()
    };
    let (_, actions) = drive(without(), "37");
    assert_eq!(said(&actions)[0], "invalid-key");
}

#[test]
fn by_text_relay_who_presses_no_hash_is_understood_as_well() {
    let relay = Facts {
        text_relay: true,
        ..somewhere()
    };
    let (run, actions) = drive(relay.clone(), "37261------");
    assert!(!run.is_over());
    assert_eq!(said(&actions)[0], "postcode-for");
    assert_eq!(keyed(&drive(relay.clone(), "37261------2").1), ["BN1"]);
    assert_eq!(keyed(&drive(relay, "37261#2").1), ["BN1"]);
}

#[test]
fn taken_up_anew_what_was_asked_is_asked_again() {
    for (keys, words) in [
        ("37", "key-your-postcode"),
        ("37261", "key-your-postcode"),
        ("37261#", "postcode-for"),
    ] {
        let (run, _) = drive(somewhere(), keys);
        let standing = serde_json::to_string(&run.standing()).unwrap();
        let standing = serde_json::from_str(&standing).unwrap();
        let mut run = Run::resumed(shipped(), somewhere(), standing);
        let actions = run.on(Timestamp::UNIX_EPOCH, Event::Resumed);
        assert_eq!(said(&actions)[0], words);
    }
}

#[test]
fn whether_a_postcode_tells_the_region_is_as_the_tables_have_it_now() {
    let (run, _) = drive(somewhere(), "37261#");
    let on_a_border = CODES.map(|code| OutwardCode::new(code, code != "BN1"));
    let facts = Facts {
        places: Arc::new(Places {
            outward_codes: on_a_border.into_iter().collect(),
            ..(*places()).clone()
        }),
        ..somewhere()
    };
    let mut run = Run::resumed(shipped(), facts, run.standing());
    run.on(Timestamp::UNIX_EPOCH, Event::Resumed);
    let actions = run.on(Timestamp::UNIX_EPOCH, Event::Key(Key::new('2').unwrap()));
    assert_eq!(said(&actions), ["postcode-borders", "region-menu"]);
}

/// A flow that asks whoever has symptoms.
fn asks() -> Arc<Flow> {
    let text = "[entry]\n111 = \"a\"\n[fallback]\nskill = \"general\"\n\
        [step.a]\nsay = [\"menu\"]\nkey = { 1 = \"b\", 9 = \"d\" }\n\
        [step.b]\nsay = [\"recording-notice\"]\npostcode = \"c\"\n\
        [step.c]\nsay = [\"age\"]\nkey = { 1 = \"e\", 0 = \"a\" }\n\
        [step.d]\nemergency = true\n[step.e]\nqueue = { skill = \"dental\" }\n";
    Arc::new(Flow::parse(Source::new("f.toml", text)).unwrap())
}

#[test]
fn a_step_may_ask_everybody_and_goes_on_with_a_postcode_or_without() {
    let flow = asks();
    assert!(flow.asks_postcode() && !shipped().asks_postcode());
    let drive = |keys: &str| drive_run(Run::new(Arc::clone(&flow), somewhere()), keys);
    // A key during what is said before cuts it short.
    assert_eq!(said(&drive("15").1), ["key-your-postcode"]);
    for (keys, code) in [
        ("15261#2", Some("BN1")),
        ("15--", None),
        ("15999#999#", None),
        ("15AAA", None),
    ] {
        let (_, actions) = drive(keys);
        assert_eq!(
            keyed(&actions),
            code.into_iter().collect::<Vec<_>>(),
            "{keys}"
        );
        assert_eq!(said(&actions), ["age"], "{keys}");
        let (run, actions) = drive(&format!("{keys}1"));
        // Without a postcode the region is asked for, where it matters.
        assert_eq!(run.is_over(), code.is_some(), "{actions:?}");
    }
    assert!(drive("9").0.is_over());
    assert!(walk(&flow, &places()).unwrap().len() > 50);
}

#[test]
fn nobody_is_asked_for_a_postcode_before_they_could_ask_for_999() {
    let first = "[entry]\n111 = \"w\"\n[fallback]\nskill = \"general\"\n\
        [step.w]\nsay = [\"welcome\"]\nnext = \"a\"\n\
        [step.a]\npostcode = \"b\"\n[step.b]\nkey = { 9 = \"c\" }\n[step.c]\nemergency = true\n";
    let found = problems(first);
    // A menu that has no key for 999 is none.
    let languages = first.replace("next = \"a\"", "key = { 1 = \"a\" }");
    assert_eq!(problems(&languages).len(), 1);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].0, 8);
    assert!(
        found[0]
            .1
            .contains("step `a` asks for a postcode before any menu with a key for 999")
    );
}

#[test]
fn a_postcode_that_would_be_asked_for_for_ever_is_found() {
    let round =
        "[entry]\n111 = \"a\"\n[fallback]\nskill = \"general\"\n[step.a]\npostcode = \"a\"\n";
    assert!(problems(round)[0].1.contains("leads round to itself"));
}

proptest! {
    #[test]
    fn nobody_is_trapped_while_keying_a_postcode(
        keys in "[0-9*#A-D-]{0,60}", relay: bool, everybody: bool
    ) {
        let flow = if everybody { asks() } else { shipped() };
        let facts = Facts { text_relay: relay, ..somewhere() };
        let first = if everybody { "15" } else { "37" };
        let (mut run, _) = drive_run(Run::new(flow, facts), &format!("{first}{keys}"));
        // By text relay silence leads nowhere, but keys that mean nothing do; to others silence is enough.
        let last = if relay { "8#8#8#8#8#8#8#8#8#8#8#8#8#8#" } else { "------------" };
        for input in last.chars().map(String::from) {
            give(&mut run, &input);
        }
        prop_assert!(run.is_over(), "{run:?}");
    }
}
