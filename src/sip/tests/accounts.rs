//! Calls from registered phones, told apart from those of a trunk at the same address.

use super::super::Origin;
use super::super::leg::LegEvent;
use super::phone::{Phone, SDP};
use super::site::{Site, accounts, event, passwords};

fn account(user: &str) -> Origin {
    Origin::Account { user: user.into() }
}

fn carrier() -> Origin {
    Origin::Trunk {
        name: "carrier".into(),
        trusted: true,
    }
}

#[tokio::test]
async fn a_phone_dials_a_code_with_its_password_and_is_not_asked_again_inside_the_call() {
    let mut site = Site::open("127.0.0.0/8").await;
    let mut phone = Phone::open(site.address(), "1001").await;
    let (answered, mut call) = tokio::join!(phone.calls("%2A71", ""), async {
        let call = site.call().await;
        call.leg.answer(SDP.into());
        call
    });
    assert!(answered.starts_with("SIP/2.0 200"), "{answered}");
    assert_eq!(call.invitation.origin, account("1001"));
    assert_eq!(call.invitation.dialled, "*71");
    assert!(!call.invitation.origin.is_trusted());
    let events = &mut call.events.1;
    assert!(matches!(event(events).await, LegEvent::Acknowledged { .. }));
    phone
        .asks("INVITE", "111", "Content-Type: application/sdp\r\n", SDP)
        .await;
    let LegEvent::Offer { id, .. } = event(events).await else {
        panic!("no offer");
    };
    call.leg.reply(id, Ok(Some(SDP.into())));
    assert!(phone.hears("SIP/2.0 200").await.contains("INVITE"));
    phone.asks("ACK", "111", "", "").await;
    assert!(matches!(event(events).await, LegEvent::Acknowledged { .. }));
    phone.asks("BYE", "111", "", "").await;
    assert!(phone.hears("SIP/2.0 200").await.contains("BYE"));
    assert!(matches!(event(events).await, LegEvent::Ended(_)));
}

#[tokio::test]
async fn a_wrong_password_opens_nothing() {
    let site = Site::open("127.0.0.0/8").await;
    let mut phone = Phone::open(site.address(), "1001").await;
    let challenge = phone.dials("*71", "").await;
    let wrong = phone.credentials(&challenge, "*71", "demo-1002");
    for dialled in ["*71", "111"] {
        let refused = phone.dials_again(dialled, &wrong).await;
        assert!(refused.starts_with("SIP/2.0 401"), "{refused}");
        assert!(refused.contains("WWW-Authenticate: Digest realm=\"ivr111\""));
    }
    assert!(!site.has_calls());
}

#[tokio::test]
async fn a_caller_whose_number_is_an_accounts_name_is_a_caller() {
    let mut site = Site::open("127.0.0.0/8").await;
    let mut phone = Phone::open(site.address(), "1001").await;
    for dialled in ["111", "*5", "%2A5", "18001111"] {
        let (refused, call) = tokio::join!(phone.dials(dialled, ""), async {
            let call = site.call().await;
            call.leg.reject(486);
            call
        });
        assert!(refused.starts_with("SIP/2.0 486"), "{refused}");
        assert_eq!(call.invitation.origin, carrier(), "{dialled}");
    }
}

#[tokio::test]
async fn credentials_make_it_the_accounts_call_whatever_is_dialled() {
    let mut site = Site::open("127.0.0.0/8").await;
    let mut phone = Phone::open(site.address(), "1002").await;
    let challenge = phone.dials("1001", "").await;
    let credentials = phone.credentials(&challenge, "111", "demo-1002");
    let (_, call) = tokio::join!(phone.dials_again("111", &credentials), async {
        let call = site.call().await;
        call.leg.reject(404);
        call
    });
    assert_eq!(call.invitation.origin, account("1002"));
    // Those of somebody else do not.
    let mut other = Phone::open(site.address(), "somebody").await;
    let (_, call) = tokio::join!(other.dials("111", &credentials), async {
        let call = site.call().await;
        call.leg.reject(404);
        call
    });
    assert_eq!(call.invitation.origin, carrier());
}

#[tokio::test]
async fn a_trunks_caller_who_dials_a_code_is_the_trunks() {
    let mut site = Site::open("127.0.0.0/8").await;
    let mut caller = Phone::open(site.address(), "+441632960001").await;
    let (_, call) = tokio::join!(caller.dials("*71", ""), async {
        let call = site.call().await;
        call.leg.reject(404);
        call
    });
    assert_eq!(call.invitation.origin, carrier());
}

#[tokio::test]
async fn a_stranger_learns_nothing_about_accounts() {
    let site = Site::open("127.0.0.9").await;
    for user in ["1001", "9999"] {
        let mut stranger = Phone::open(site.address(), user).await;
        let refused = stranger.dials("111", "").await;
        assert!(refused.starts_with("SIP/2.0 403"), "{refused}");
        for dialled in ["*71", "1002", "9999", "+441632960001"] {
            let asked = stranger.dials(dialled, "").await;
            assert!(asked.starts_with("SIP/2.0 401"), "{asked}");
        }
    }
    assert!(!site.has_calls());
}

#[tokio::test]
async fn a_phone_outside_every_trunk_gets_in_by_its_password() {
    let mut site = Site::open("127.0.0.9").await;
    let mut phone = Phone::open(site.address(), "1001").await;
    let (_, call) = tokio::join!(phone.calls("*71", ""), async {
        let call = site.call().await;
        call.leg.reject(404);
        call
    });
    assert_eq!(call.invitation.origin, account("1001"));
}

#[tokio::test]
async fn an_account_has_four_calls_at_once_and_others_have_theirs() {
    let mut site = Site::open("127.0.0.0/8").await;
    let mut phone = Phone::open(site.address(), "1001").await;
    let mut calls = Vec::new();
    for _ in 0..4 {
        let (_, call) = tokio::join!(phone.calls("*71", ""), async {
            let call = site.call().await;
            call.leg.answer(SDP.into());
            call
        });
        calls.push(call);
    }
    let refused = phone.calls("*71", "").await;
    assert!(refused.starts_with("SIP/2.0 503"), "{refused}");
    assert!(refused.contains("Retry-After: 5"));
    let mut other = Phone::open(site.address(), "1002").await;
    for phone in [&mut other, &mut phone] {
        calls.pop();
        let (_, call) = tokio::join!(phone.calls("*71", ""), async {
            let call = site.call().await;
            call.leg.reject(404);
            call
        });
        drop(call);
    }
}

#[tokio::test]
async fn an_account_that_is_gone_after_a_reload_is_nobodys() {
    let mut site = Site::open("127.0.0.0/8").await;
    let mut phone = Phone::open(site.address(), "1001").await;
    let challenge = phone.dials("*71", "").await;
    let credentials = phone.credentials(&challenge, "*71", "demo-1001");
    site.registrations.reload(&accounts(&["1002"]), passwords());
    let (_, call) = tokio::join!(phone.dials_again("*71", &credentials), async {
        let call = site.call().await;
        call.leg.reject(404);
        call
    });
    assert_eq!(call.invitation.origin, carrier());
}
