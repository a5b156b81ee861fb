use jiff::{SignedDuration, Timestamp};

use super::super::{Action, Place, Profile, Rules, Settings, Wanted};
use super::*;
use crate::flow::Priority;
use crate::identity::Reference;

const MINUTE: Duration = Duration::from_secs(60);

/// A queue and its clock.
struct Site {
    queue: Queue,
    now: Timestamp,
}

impl Site {
    fn new() -> Self {
        let rules = Rules {
            wrap_up: Duration::from_secs(30),
            ..Rules::default()
        };
        Site {
            queue: Queue::new(Settings {
                rules,
                ..Settings::default()
            }),
            now: "2026-11-02T12:00:00Z".parse().unwrap(),
        }
    }

    fn passes(&mut self, seconds: i64) -> Vec<Action> {
        self.now += SignedDuration::from_secs(seconds);
        self.queue.on(self.now, Event::Tick)
    }

    fn tell(&mut self, event: Event) -> Vec<Action> {
        self.queue.on(self.now, event)
    }

    fn registers(&mut self) -> Vec<Action> {
        self.tell(Event::SignedIn {
            handler: anna(),
            profile: Profile::with_skills(["general"]),
        })
    }

    fn phone_goes(&mut self) -> Vec<Action> {
        self.tell(Event::SignedOut { handler: anna() })
    }

    fn dials(&mut self, code: &Code) -> Steered {
        let (steered, event) = self.queue.steered(&anna(), code, MINUTE);
        if let Some(event) = event {
            self.tell(event);
        }
        steered
    }

    fn calls(&mut self, number: u64) -> Vec<Action> {
        self.tell(Event::Joined {
            ticket: Reference::new(number, 0),
            wanted: general(),
            place: Place::InTurn,
        })
    }

    fn talks(&mut self, number: u64) {
        self.calls(number);
        self.tell(Event::Answered {
            handler: anna(),
            ticket: Reference::new(number, 0),
        });
        assert_eq!(self.word(), "talking");
        self.passes(60);
    }

    fn hangs_up(&mut self) {
        self.tell(Event::Over {
            handler: anna(),
            lost: false,
        });
    }

    fn word(&self) -> &'static str {
        self.queue.state_of(&anna()).map_or("gone", State::word)
    }
}

fn anna() -> HandlerId {
    HandlerId::new("anna")
}

fn general() -> Wanted {
    Wanted::by_skill("general", "general", Priority::Ordinary)
}

fn is_offered(actions: &[Action]) -> bool {
    actions.iter().any(|a| matches!(a, Action::Offer { .. }))
}

#[test]
fn nobody_is_offered_to_whoever_is_not_ready() {
    let mut site = Site::new();
    site.registers();
    assert_eq!(site.dials(&Code::NotReady(Some(1))), Steered::NotReady);
    assert_eq!(site.word(), "not-ready");
    assert!(!is_offered(&site.calls(1)));
    assert!(!is_offered(&site.registers()), "a refreshed registration");
    assert_eq!(site.dials(&Code::SignIn), Steered::SignedIn);
    assert_eq!(site.word(), "not-ready", "signing in ends no break");
    assert_eq!(site.dials(&Code::EndWrapUp), Steered::NotNow);
    assert_eq!(site.dials(&Code::Ready), Steered::Ready);
    assert_eq!(site.word(), "offered");
}

#[test]
fn who_signs_out_by_a_code_stays_so_while_the_phone_is_registered() {
    let mut site = Site::new();
    site.registers();
    assert_eq!(site.dials(&Code::SignOut), Steered::SignedOut);
    assert_eq!(site.word(), "signed-out");
    assert!(!is_offered(&site.registers()));
    assert!(!is_offered(&site.calls(1)));
    site.passes(100_000);
    assert_eq!(site.word(), "signed-out");
    assert_eq!(site.dials(&Code::SignIn), Steered::SignedIn);
    assert_eq!(site.word(), "offered");
}

#[test]
fn whose_phone_is_not_there_is_signed_out_whatever_they_dial() {
    let mut site = Site::new();
    for code in [
        Code::Ready,
        Code::NotReady(None),
        Code::SignIn,
        Code::EndWrapUp,
    ] {
        assert_eq!(site.dials(&code), Steered::SignedOut);
        assert_eq!(site.word(), "gone");
    }
    site.registers();
    assert_eq!(site.word(), "available");
}

#[test]
fn an_offer_goes_to_others_when_its_handler_is_not_ready() {
    let mut site = Site::new();
    site.registers();
    assert!(is_offered(&site.calls(1)));
    let (_, event) = site.queue.steered(&anna(), &Code::SignOut, MINUTE);
    let actions = site.tell(event.unwrap());
    assert!(matches!(actions[..], [Action::Withdraw { .. }]));
    assert_eq!(site.word(), "signed-out");
    assert_eq!(site.queue.waiting(), 1);
}

#[test]
fn wrap_up_ends_by_time_by_a_code_and_later_where_more_is_needed() {
    let mut site = Site::new();
    site.registers();
    for code in [Code::EndWrapUp, Code::ExtendWrapUp] {
        assert_eq!(site.dials(&code), Steered::NotNow);
    }
    site.talks(1);
    for code in [Code::EndWrapUp, Code::ExtendWrapUp] {
        assert_eq!(site.dials(&code), Steered::NotNow);
    }
    site.hangs_up();
    assert_eq!(site.word(), "wrap-up");
    site.passes(29);
    assert_eq!(site.word(), "wrap-up");
    site.passes(1);
    assert_eq!(site.word(), "available");
    site.talks(2);
    site.hangs_up();
    assert_eq!(site.dials(&Code::EndWrapUp), Steered::WrapUpEnded);
    assert_eq!(site.word(), "available");
    site.talks(3);
    site.hangs_up();
    site.passes(10);
    assert_eq!(site.dials(&Code::ExtendWrapUp), Steered::WrapUpExtended);
    site.passes(79);
    assert_eq!(site.word(), "wrap-up");
    site.passes(1);
    assert_eq!(site.word(), "available");
}

#[test]
fn what_is_dialled_in_a_call_holds_once_it_is_over() {
    let mut site = Site::new();
    site.registers();
    site.talks(1);
    site.dials(&Code::SignOut);
    assert_eq!(site.word(), "talking");
    site.hangs_up();
    assert_eq!(site.word(), "signed-out");
    site.dials(&Code::SignIn);
    site.talks(2);
    site.dials(&Code::NotReady(None));
    site.dials(&Code::Ready);
    site.hangs_up();
    assert_eq!(site.word(), "wrap-up");
}

#[test]
fn a_break_outlasts_a_short_loss_of_the_phone_and_not_a_long_one() {
    for (code, word) in [
        (Code::NotReady(Some(1)), "not-ready"),
        (Code::SignOut, "signed-out"),
    ] {
        let mut site = Site::new();
        site.registers();
        site.dials(&code);
        site.phone_goes();
        assert_eq!(site.word(), "gone");
        site.passes(3_599);
        site.registers();
        assert_eq!(site.word(), word);
        assert!(!is_offered(&site.calls(1)));
        site.phone_goes();
        site.passes(3_600);
        assert!(is_offered(&site.registers()));
        // It is remembered once only.
        site.phone_goes();
        assert!(is_offered(&site.registers()));
    }
}

#[test]
fn a_break_chosen_in_a_call_outlasts_the_loss_of_the_phone_in_it() {
    let mut site = Site::new();
    site.registers();
    site.talks(1);
    site.dials(&Code::NotReady(None));
    site.phone_goes();
    assert_eq!(site.word(), "talking");
    site.hangs_up();
    assert_eq!(site.word(), "gone");
    site.registers();
    assert_eq!(site.word(), "not-ready");
}

#[test]
fn missed_offers_are_forgiven_to_a_phone_that_comes_back() {
    let mut site = Site::new();
    site.registers();
    site.calls(1);
    let mut told = 0;
    for _ in 0..2 {
        let actions = site.passes(15);
        told += actions
            .iter()
            .filter(|a| matches!(a, Action::MadeNotReady { .. }))
            .count();
        site.passes(3);
    }
    assert_eq!((site.word(), told), ("not-ready", 1));
    site.phone_goes();
    assert!(is_offered(&site.registers()));
}

#[test]
fn a_provider_is_deserted_while_its_callers_wait_and_nobody_works_for_it() {
    let mut site = Site::new();
    let wanted = general().from_region("here", Some("harmoni".into()), None);
    let works_for = |provider: Option<&str>| Profile {
        provider: provider.map(str::to_owned),
        ..Profile::with_skills(["dental"])
    };
    site.tell(Event::Joined {
        ticket: Reference::new(1, 0),
        wanted,
        place: Place::InTurn,
    });
    let deserted = |site: &Site| site.queue.deserted().into_iter().collect::<Vec<_>>();
    assert_eq!(deserted(&site), ["harmoni"]);
    for (provider, is_deserted) in [
        (Some("secamb"), true),
        (None, false),
        (Some("harmoni"), false),
    ] {
        site.tell(Event::SignedIn {
            handler: anna(),
            profile: works_for(provider),
        });
        assert_eq!(!deserted(&site).is_empty(), is_deserted, "{provider:?}");
    }
    site.dials(&Code::NotReady(None));
    assert_eq!(deserted(&site), ["harmoni"]);
    site.tell(Event::Left {
        ticket: Reference::new(1, 0),
    });
    assert!(deserted(&site).is_empty());
}
