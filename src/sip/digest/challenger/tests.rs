use super::super::{Question, answer};
use super::*;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + seconds).unwrap()
}

fn challenger() -> Challenger {
    Challenger::new("ivr111", Algorithm::ALL.to_vec(), [7; 32])
}

fn password(user: &str) -> Option<&'static str> {
    (user == "1001").then_some("demo-1001")
}

fn question() -> Question<'static> {
    Question {
        username: "1001",
        password: "demo-1001",
        method: "REGISTER",
        uri: "sip:127.0.0.1",
        cnonce: "c0ffee",
        count: 1,
        again: false,
    }
}

/// Answers the first challenge of one algorithm.
fn credentials(challenger: &mut Challenger, question: &Question, now: Timestamp) -> String {
    let challenges = challenger.challenges(now, false);
    answer(&[&challenges[0]], question).unwrap()
}

fn verify(challenger: &mut Challenger, now: Timestamp, header: &str) -> Result<String, Refusal> {
    challenger.verify(now, "REGISTER", &[header], password)
}

#[test]
fn sha_256_is_offered_first_and_md5_second() {
    let challenges = challenger().challenges(at(0), false);
    assert_eq!(challenges.len(), 2);
    assert!(challenges[0].starts_with("Digest realm=\"ivr111\", nonce=\""));
    assert!(challenges[0].ends_with("algorithm=SHA-256, qop=\"auth\""));
    assert!(challenges[1].ends_with("algorithm=MD5, qop=\"auth\""));
    let stale = challenger().challenge(at(0), Algorithm::Md5, true);
    assert!(stale.ends_with(", stale=true"));
}

#[test]
fn each_algorithm_lets_the_right_password_in() {
    let mut challenger = challenger();
    for n in 0..2 {
        let challenges = challenger.challenges(at(0), false);
        let header = answer(&[&challenges[n]], &question()).unwrap();
        assert_eq!(
            verify(&mut challenger, at(0), &header).as_deref(),
            Ok("1001")
        );
    }
}

#[test]
fn an_answer_is_good_once() {
    let mut challenger = challenger();
    let header = credentials(&mut challenger, &question(), at(0));
    assert_eq!(
        verify(&mut challenger, at(0), &header).as_deref(),
        Ok("1001")
    );
    assert_eq!(
        verify(&mut challenger, at(1), &header),
        Err(Refusal::Stale(Algorithm::Sha256))
    );
    assert_eq!(Refusal::Stale(Algorithm::Md5).stale(), Some(true));
}

#[test]
fn a_nonce_serves_again_with_a_higher_count() {
    let mut challenger = challenger();
    let challenge = challenger.challenge(at(0), Algorithm::Sha256, false);
    for count in [1, 2, 7] {
        let question = Question {
            count,
            ..question()
        };
        let header = answer(&[&challenge], &question).unwrap();
        assert!(verify(&mut challenger, at(i64::from(count)), &header).is_ok());
    }
    let question = Question {
        count: 8,
        ..question()
    };
    let late = answer(&[&challenge], &question).unwrap();
    assert_eq!(
        verify(&mut challenger, at(301), &late),
        Err(Refusal::Stale(Algorithm::Sha256))
    );
}

#[test]
fn an_unknown_user_and_a_wrong_password_look_alike() {
    let mut challenger = challenger();
    let wrong = Question {
        password: "demo-1002",
        ..question()
    };
    // The very password that stands in for an unknown user's.
    let unknown = Question {
        username: "1009",
        password: NOBODY,
        ..question()
    };
    for question in [wrong, unknown] {
        let header = credentials(&mut challenger, &question, at(0));
        let refusal = verify(&mut challenger, at(0), &header).unwrap_err();
        let user = question.username.to_owned();
        assert_eq!(refusal, Refusal::Wrong { user });
        assert_eq!(refusal.stale(), Some(false));
    }
}

#[test]
fn a_wrong_password_with_an_old_nonce_is_not_called_stale() {
    let mut challenger = challenger();
    let wrong = Question {
        password: "x",
        ..question()
    };
    let header = credentials(&mut challenger, &wrong, at(0));
    let refusal = verify(&mut challenger, at(900), &header).unwrap_err();
    assert_eq!(refusal.stale(), Some(false));
}

#[test]
fn the_method_is_part_of_the_answer() {
    let mut challenger = challenger();
    let header = credentials(&mut challenger, &question(), at(0));
    let refusal = challenger.verify(at(0), "INVITE", &[&header], password);
    assert!(matches!(refusal, Err(Refusal::Wrong { .. })));
}

#[test]
fn credentials_for_others_are_no_credentials() {
    let mut challenger = challenger();
    let mut other = Challenger::new("elsewhere", Algorithm::ALL.to_vec(), [7; 32]);
    let foreign = credentials(&mut other, &question(), at(0));
    let absent = challenger.verify(at(0), "REGISTER", &[&foreign, "Basic eA=="], password);
    assert_eq!(absent, Err(Refusal::Absent));
    let ours = credentials(&mut challenger, &question(), at(0));
    let found = challenger.verify(at(0), "REGISTER", &[&foreign, &ours], password);
    assert_eq!(found.as_deref(), Ok("1001"));
    let mut strict = Challenger::new("ivr111", vec![Algorithm::Sha256], [7; 32]);
    let md5 = challenger.challenge(at(0), Algorithm::Md5, false);
    let md5 = answer(&[&md5], &question()).unwrap();
    assert_eq!(verify(&mut strict, at(0), &md5), Err(Refusal::Absent));
}

#[test]
fn what_cannot_be_judged_is_malformed() {
    let mut challenger = challenger();
    let good = credentials(&mut challenger, &question(), at(0));
    let changes = [
        ("qop=auth", "qop=auth-int"),
        ("qop=auth, ", ""),
        ("nc=00000001", "nc=1"),
        ("nc=00000001", "nc=+0000001"),
        ("cnonce=\"c0ffee\"", "cnonce=\"\""),
        ("username=\"1001\"", "username=\"\""),
        (
            "username=\"1001\"",
            "username=\"1001\", username*=UTF-8''1001",
        ),
        ("uri=\"sip:127.0.0.1\", ", ""),
        ("nc=00000001", "nc=00000001, nc=00000002"),
        ("Digest ", "Digest ;"),
    ];
    for (from, to) in changes {
        let changed = good.replace(from, to);
        assert_ne!(changed, good);
        let refusal = verify(&mut challenger, at(0), &changed).unwrap_err();
        assert!(
            matches!(refusal, Refusal::Malformed(_)),
            "{to}: {refusal:?}"
        );
        assert_eq!(refusal.stale(), None);
    }
    assert!(verify(&mut challenger, at(0), &good).is_ok());
}

#[test]
fn a_user_without_a_password_cannot_get_in() {
    let mut challenger = challenger();
    let empty = Question {
        password: "",
        ..question()
    };
    let header = credentials(&mut challenger, &empty, at(0));
    let refusal = challenger.verify(at(0), "REGISTER", &[&header], |_| Some(""));
    assert!(matches!(refusal, Err(Refusal::Wrong { .. })));
}

#[test]
fn a_realm_cannot_break_out_of_its_quotes() {
    let mut challenger = Challenger::new("a\"b\\\r\nc", vec![Algorithm::Md5], [7; 32]);
    assert!(challenger.challenges(at(0), false)[0].starts_with("Digest realm=\"abc\", "));
}
