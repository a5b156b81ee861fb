//! Which numbers are taken for a call back, and what a caller is told of the others.

use super::*;

/// What is said first to a caller from a number who is to be called back.
fn asked(number: &str) -> Vec<String> {
    let number = Number::parse(number).ok();
    let callable = |n: &Number| n.callable_back().is_ok();
    let facts = Facts {
        number_refused: number.as_ref().is_some_and(|n| !callable(n)),
        number: number.filter(callable),
        ..facts()
    };
    let (_, actions) = drive(facts, "4");
    said(&actions)
}

#[test]
fn a_caller_whose_own_number_will_not_do_is_told_why_and_asked_for_another() {
    for premium_or_abroad in ["09098790001", "08719870001", "07012345678", "+33123456789"] {
        let words = ["number-own-refused", "key-your-number"];
        assert_eq!(asked(premium_or_abroad), words, "{premium_or_abroad}");
    }
    for nobodys in ["08979123456", "anonymous", ""] {
        let words = ["number-own-unknown", "key-your-number"];
        assert_eq!(asked(nobodys), words, "{nobodys}");
    }
    assert_eq!(asked("07700900123")[0], "number-read-back-before");
}

#[test]
fn a_keyed_number_that_will_not_do_is_refused_with_the_reason() {
    let words = |keys: &str| {
        let (_, actions) = drive(facts(), &format!("42{keys}#"));
        said(&actions)
    };
    for premium_or_abroad in ["09098790001", "08719870001", "07012345678", "0033123456789"] {
        let wanted = ["number-refused", "key-your-number"];
        assert_eq!(words(premium_or_abroad), wanted, "{premium_or_abroad}");
    }
    // Nobody's; numbers that do not exist, by their length; no number of ours.
    for no_number in [
        "08979123456",
        "0770090012",
        "077009001234",
        "0207946000",
        "0163296",
        "111",
        "999",
        "",
    ] {
        let wanted = ["number-invalid", "key-your-number"];
        assert_eq!(words(no_number), wanted, "{no_number}");
    }
    for good in [
        "07700900123",
        "02079460001",
        "08081570001",
        "00447700900123",
    ] {
        assert_eq!(words(good)[0], "number-read-back-before", "{good}");
    }
}

#[test]
fn a_second_wrong_number_leads_to_a_handler_whatever_is_wrong_with_it() {
    for [one, other] in [
        ["09098790001", "0033123456789"],
        ["08979123456", "111"],
        ["", "09098790001"],
    ] {
        let (to, why) = end(facts(), &format!("42{one}#{other}#"));
        assert_eq!((to.as_str(), why), ("general Ordinary", Why::WrongKeys));
    }
    // Asked again after being read back, it is the second one all the same.
    let keys = "42111#07700900123#2999#";
    assert_eq!(end(facts(), keys).1, Why::WrongKeys);
}

#[test]
fn a_number_keyed_with_18002_is_read_back_and_called_with_it() {
    let (_, actions) = drive(facts(), "421800207700900123#");
    assert_eq!(said(&actions).len(), 2 + "1800207700900123".len());
    let (_, actions) = drive(facts(), "421800207700900123#1");
    assert!(actions.contains(&Action::ByRelay));
    assert_eq!(
        end(facts(), "421800207700900123#1").0,
        "callback 07700900123"
    );
    // Another number without it is called without it.
    let (_, actions) = drive(facts(), "421800207700900123#207700900124#1");
    assert!(!actions.contains(&Action::ByRelay));
    // It makes no number of what is none.
    assert_eq!(end(facts(), "421800209098790001#18002#").1, Why::WrongKeys);
}

#[test]
fn whoever_calls_by_text_relay_is_told_the_same_without_haste() {
    let relay = Facts {
        text_relay: true,
        number: None,
        number_refused: true,
        ..facts()
    };
    let (run, actions) = drive(relay.clone(), "4----");
    assert_eq!(said(&actions), ["key-your-number"]);
    assert!(!run.is_over());
    assert_eq!(end(relay, "4----07700900123#1").0, "callback 07700900123");
}
