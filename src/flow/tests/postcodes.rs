//! A postcode keyed on a telephone: what it may be, what it tells, and how one goes on without.

use super::*;
use crate::flow::outward::OutwardCode;
use crate::flow::places::Places;

/// CB8 lies on a border.
const CODES: [&str; 6] = ["B61", "BN1", "CM1", "CO1", "SW1A", "CB8"];

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
    for (keys, code) in [
        ("2612", "BN1"),
        ("261#2", "BN1"),
        ("261-1", "B61"),
        ("7912#1", "SW1A"),
    ] {
        let actions = driven(&format!("37{keys}"));
        let wanted = if keys == "2612" { vec![] } else { vec![code] };
        assert_eq!(keyed(&actions), wanted, "{keys}");
    }
    assert_eq!(end(somewhere(), "37261#3").0, "dental Ordinary");
    assert_eq!(end(somewhere(), "47261#31").0, "callback 01632960001");
    assert_eq!(
        end(somewhere(), "27261122#3").0,
        "crisis else mental-health"
    );
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
fn by_text_relay_the_keys_are_waited_for() {
    let relay = Facts {
        text_relay: true,
        ..somewhere()
    };
    let (run, actions) = drive(relay.clone(), "37261------");
    assert!(!run.is_over());
    assert_eq!(said(&actions), ["key-your-postcode"]);
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

/// A flow that asks everybody before its menu.
const ASKS: &str = "[entry]\n111 = \"a\"\n[fallback]\nskill = \"general\"\n\
    [step.a]\nsay = [\"welcome\"]\npostcode = \"b\"\n\
    [step.b]\nsay = [\"menu\"]\nkey = { 1 = \"c\", 9 = \"d\" }\n\
    [step.c]\nqueue = { skill = \"dental\" }\n[step.d]\nemergency = true\n";

#[test]
fn a_step_may_ask_everybody_and_goes_on_with_a_postcode_or_without() {
    let flow = Arc::new(Flow::parse(Source::new("f.toml", ASKS)).unwrap());
    assert!(flow.asks_postcode() && !shipped().asks_postcode());
    let drive = |keys: &str| drive_run(Run::new(Arc::clone(&flow), somewhere()), keys);
    // A key during the welcome cuts it short.
    assert_eq!(said(&drive("5").1), ["key-your-postcode"]);
    for (keys, code) in [
        ("5261#2", Some("BN1")),
        ("5--", None),
        ("5999#999#", None),
        ("5AAA", None),
    ] {
        let (_, actions) = drive(keys);
        assert_eq!(
            keyed(&actions),
            code.into_iter().collect::<Vec<_>>(),
            "{keys}"
        );
        assert_eq!(said(&actions), ["menu"], "{keys}");
        let (run, actions) = drive(&format!("{keys}1"));
        // Without a postcode the region is asked for, where it matters.
        assert_eq!(run.is_over(), code.is_some(), "{actions:?}");
        assert!(drive(&format!("{keys}9")).0.is_over());
    }
    assert!(walk(&flow, &places()).unwrap().len() > 50);
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
        keys in "[0-9*#A-D-]{0,60}", relay: bool, asks: bool
    ) {
        let flow = if asks { Arc::new(Flow::parse(Source::new("f.toml", ASKS)).unwrap()) } else { shipped() };
        let facts = Facts { text_relay: relay, ..somewhere() };
        let first = if asks { "5" } else { "37" };
        let (mut run, _) = drive_run(Run::new(flow, facts), &format!("{first}{keys}"));
        // Wrong keys lead on even who meets no timeout.
        for _ in 0..40 {
            run.on(Timestamp::MAX, Event::Key(Key::new('A').unwrap()));
        }
        prop_assert!(run.is_over());
    }
}
