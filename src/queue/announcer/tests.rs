use std::collections::BTreeSet;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::wait::{WAITS, Wait};
use super::*;
use crate::flow::{Key, Utterance};
use crate::queue::Standing;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + seconds).unwrap()
}

fn standing(position: usize, estimate: u64, staffed: usize) -> Standing {
    Standing {
        position,
        estimate: Some(Duration::from_secs(estimate)),
        staffed,
    }
}

fn key(c: char) -> Event {
    Event::Key(Key::new(c).unwrap())
}

fn say(names: &[&str]) -> Vec<Action> {
    let said = names.iter().map(|name| Utterance::prompt(name));
    vec![Action::Say(said.collect())]
}

fn with(can_keep: bool, text_relay: bool) -> Announcer {
    let facts = Facts {
        can_keep,
        text_relay,
    };
    Announcer::new(Settings::default(), facts)
}

/// Somebody who has begun to wait like this and has heard it all at second 0.
fn waiting(can_keep: bool, first: Standing) -> Announcer {
    let mut announcer = with(can_keep, false);
    announcer.on(at(0), Event::Started(first));
    assert_eq!(announcer.on(at(0), Event::SaidAll), [Action::Music]);
    announcer
}

/// What is said when the deadline comes, figures being these; it is heard to its end at once.
fn next(announcer: &mut Announcer, figures: Standing) -> Vec<Action> {
    let now = announcer.deadline().unwrap();
    let mut actions = announcer.on(now, Event::Tick);
    if actions == [Action::AskStanding] {
        actions = announcer.on(now, Event::Standing(figures));
    }
    assert_eq!(announcer.on(now, Event::SaidAll), [Action::Music]);
    actions
}

#[test]
fn what_has_been_told_is_there_to_be_written_down_once() {
    let mut announcer = waiting(false, standing(3, 240, 2));
    let told = Told {
        position: 3,
        wait: Some(Duration::from_secs(240)),
        estimate: Some(Duration::from_secs(240)),
    };
    assert_eq!(announcer.take_told(), Some(told));
    assert_eq!(announcer.take_told(), None);
    // Comfort is no figure.
    next(&mut announcer, standing(3, 240, 2));
    assert_eq!(announcer.take_told(), None);
}

#[test]
fn the_first_words_tell_place_and_wait_and_music_follows() {
    let mut announcer = with(true, false);
    let actions = announcer.on(at(0), Event::Started(standing(5, 400, 3)));
    let said = [
        "queue-joined",
        "queue-position-before",
        "digit-5",
        "queue-position-after",
        "queue-wait-10",
    ];
    assert_eq!(actions, say(&said));
    assert_eq!(announcer.on(at(20), Event::SaidAll), [Action::Music]);
    assert_eq!(announcer.deadline(), Some(at(50)));
    assert_eq!(announcer.on(at(49), Event::Tick), []);
    assert_eq!(announcer.on(at(50), Event::Tick), [Action::AskStanding]);
}

#[test]
fn places_and_waits_are_said_in_words() {
    let first = |position, estimate| {
        let figures = Standing {
            position,
            estimate,
            staffed: 1,
        };
        let actions = with(false, false).on(at(0), Event::Started(figures));
        let [Action::Say(said)] = &actions[..] else {
            panic!("{actions:?}");
        };
        let names: Vec<String> = said.iter().map(|u| format!("{u:?}")).collect();
        names[1..].join(" ")
    };
    assert_eq!(first(1, None), "queue-position-next");
    assert_eq!(first(0, None), "queue-position-next");
    assert!(first(30, None).contains("number-30"));
    assert_eq!(first(31, None), "queue-position-beyond");
    assert_eq!(first(usize::MAX, None), "queue-position-beyond");
    let waits = [
        (0, "under-2"),
        (90, "under-2"),
        (91, "2"),
        (181, "4"),
        (301, "10"),
        (3_600, "60"),
        (3_601, "over-60"),
        (u64::MAX, "over-60"),
    ];
    for (seconds, name) in waits {
        let said = first(1, Some(Duration::from_secs(seconds)));
        assert_eq!(said, format!("queue-position-next queue-wait-{name}"));
    }
}

#[test]
fn comfort_and_figures_take_turns() {
    let mut announcer = waiting(false, standing(9, 1_500, 3));
    assert_eq!(
        next(&mut announcer, standing(8, 1_400, 3)),
        say(&["queue-comfort"])
    );
    let figures = [
        "queue-position-before",
        "digit-7",
        "queue-position-after",
        "queue-wait-20",
    ];
    assert_eq!(next(&mut announcer, standing(7, 1_200, 3)), say(&figures));
    assert_eq!(
        next(&mut announcer, standing(6, 1_100, 3)),
        say(&["queue-comfort-2"])
    );
    // After first, every, every and every again.
    assert_eq!(announcer.deadline(), Some(at(30 + 60 * 3)));
}

#[test]
fn figures_are_asked_for_only_where_they_are_needed() {
    let mut announcer = waiting(false, standing(2, 100, 3));
    assert_eq!(announcer.on(at(30), Event::Tick), say(&["queue-comfort"]));
    announcer.on(at(31), Event::SaidAll);
    assert_eq!(announcer.on(at(91), Event::Tick), [Action::AskStanding]);
}

#[test]
fn nothing_new_is_comfort_until_it_was_said_long_ago() {
    let same = standing(4, 500, 3);
    let mut announcer = waiting(false, same);
    assert_eq!(next(&mut announcer, same), say(&["queue-comfort"]));
    assert_eq!(next(&mut announcer, same), say(&["queue-comfort-2"]));
    assert_eq!(next(&mut announcer, same), say(&["queue-comfort-3"]));
    // Of the ten minutes three and a half have gone by, and what is left is rounded up again.
    let figures = [
        "queue-position-before",
        "digit-4",
        "queue-position-after",
        "queue-wait-10",
    ];
    assert_eq!(next(&mut announcer, same), say(&figures));
    assert_eq!(next(&mut announcer, same), say(&["queue-comfort-4"]));
    assert_eq!(next(&mut announcer, same), say(&["queue-comfort"]));
    // The ten minutes have not begun anew: with three and a half left, nothing true can be told.
    assert_eq!(next(&mut announcer, same), say(&figures[..3]));
}

#[test]
fn a_wait_is_said_to_be_longer_only_when_it_is() {
    let mut announcer = waiting(false, standing(4, 300, 3));
    next(&mut announcer, standing(4, 300, 3));
    // Somebody talks for longer than was thought: five minutes, of which half of one has gone by.
    let figures = [
        "queue-position-before",
        "digit-3",
        "queue-position-after",
        "queue-wait-4",
    ];
    assert_eq!(next(&mut announcer, standing(3, 250, 3)), say(&figures));
    next(&mut announcer, standing(3, 250, 3));
    // A handler has gone.
    let figures = [
        "queue-position-before",
        "digit-2",
        "queue-position-after",
        "queue-wait-15",
    ];
    assert_eq!(next(&mut announcer, standing(2, 900, 2)), say(&figures));
    next(&mut announcer, standing(2, 900, 2));
    // Somebody worse off has come before them; it is told, but not at once.
    let worse = standing(3, 1_100, 2);
    assert_eq!(next(&mut announcer, worse), say(&["queue-comfort-4"]));
    let figures = [
        "queue-position-before",
        "digit-3",
        "queue-position-after",
        "queue-wait-20",
    ];
    assert_eq!(next(&mut announcer, worse), say(&figures));
}

#[test]
fn a_wait_that_was_promised_and_is_long_over_is_not_promised_again() {
    let mut announcer = waiting(false, standing(3, 80, 3));
    next(&mut announcer, standing(3, 80, 3));
    announcer.on(at(1_000), Event::Tick);
    let figures = ["queue-position-before", "digit-2", "queue-position-after"];
    let actions = announcer.on(at(1_000), Event::Standing(standing(2, 100, 3)));
    assert_eq!(actions, say(&figures));
}

#[test]
fn any_key_cuts_an_announcement() {
    let mut announcer = with(true, false);
    for c in "0123456789*#ABCD".chars() {
        announcer.on(at(0), Event::Started(standing(2, 600, 1)));
        assert_eq!(announcer.on(at(1), key(c)), [Action::Music]);
        assert_eq!(announcer.on(at(2), key(c)), []);
        // The end of what has been cut may still be heard of.
        assert_eq!(announcer.on(at(2), Event::SaidAll), []);
    }
}

#[test]
fn one_keeps_the_place_once_that_has_been_offered() {
    let mut announcer = waiting(true, standing(4, 600, 3));
    assert_eq!(announcer.on(at(10), key('1')), []);
    announcer.on(at(30), Event::Tick);
    assert_eq!(announcer.on(at(30), key('1')), []);
    let actions = announcer.on(at(30), Event::Standing(standing(4, 600, 3)));
    assert_eq!(actions, say(&["queue-comfort", "queue-keep-offer"]));
    let mut at_once = announcer.clone();
    let keep = [Action::Hush, Action::Keep];
    assert_eq!(at_once.on(at(31), key('1')), keep);
    assert_eq!(at_once.deadline(), None);
    assert_eq!(at_once.on(at(32), key('1')), []);
    // Another key cuts, and the offer still stands.
    assert_eq!(announcer.on(at(31), key('5')), [Action::Music]);
    let mut later = announcer.clone();
    assert_eq!(later.on(at(80), key('1')), keep);
    // The next announcement does not make it, and the one after that does.
    next(&mut announcer, standing(4, 600, 3));
    assert_eq!(announcer.on(at(100), key('1')), []);
    let actions = next(&mut announcer, standing(4, 600, 3));
    assert_eq!(actions, say(&["queue-comfort-3", "queue-keep-offer"]));
}

#[test]
fn the_offer_is_made_only_where_it_helps() {
    let offered = |can_keep, figures| {
        let actions = next(&mut waiting(can_keep, figures), figures);
        actions != say(&["queue-comfort"])
    };
    assert!(offered(true, standing(4, 120, 3)));
    assert!(!offered(true, standing(4, 119, 3)));
    assert!(!offered(false, standing(4, 600, 3)));
    let unknown = |staffed| Standing {
        position: 4,
        estimate: None,
        staffed,
    };
    assert!(!offered(true, unknown(1)));
    assert!(offered(true, unknown(0)));
}

#[test]
fn figures_that_do_not_come_are_done_without() {
    let mut announcer = waiting(true, standing(4, 600, 3));
    assert_eq!(announcer.on(at(30), Event::Tick), [Action::AskStanding]);
    assert_eq!(announcer.on(at(34), Event::Tick), []);
    assert_eq!(announcer.on(at(35), Event::Tick), say(&["queue-comfort"]));
    let late = Event::Standing(standing(3, 500, 3));
    assert_eq!(announcer.on(at(36), late), []);
}

#[test]
fn an_end_that_is_never_heard_of_does_not_stop_the_music() {
    let mut announcer = with(false, false);
    announcer.on(at(0), Event::Started(standing(4, 600, 3)));
    assert_eq!(announcer.on(at(120), Event::Tick), [Action::Music]);
}

#[test]
fn whoever_waits_again_is_told_so_and_nothing_is_said_meanwhile() {
    let mut announcer = waiting(true, standing(4, 600, 3));
    next(&mut announcer, standing(4, 600, 3));
    assert_eq!(announcer.on(at(60), Event::Stopped), [Action::Hush]);
    assert_eq!(announcer.deadline(), None);
    for event in [Event::Tick, Event::SaidAll, key('1'), Event::Stopped] {
        assert_eq!(announcer.on(at(500), event), []);
    }
    let actions = announcer.on(at(500), Event::Started(standing(1, 60, 3)));
    let said = ["queue-joined", "queue-position-next", "queue-wait-under-2"];
    assert_eq!(actions, say(&said));
}

#[test]
fn a_text_relay_has_time() {
    let mut announcer = with(true, true);
    announcer.on(at(0), Event::Started(standing(9, 2_000, 3)));
    announcer.on(at(0), Event::SaidAll);
    assert_eq!(announcer.deadline(), Some(at(180)));
    next(&mut announcer, standing(8, 1_500, 3));
    next(&mut announcer, standing(7, 1_200, 3));
    assert_eq!(announcer.deadline(), Some(at(3 * 180)));
    // The offer was made in the announcement before the last one.
    let keep = [Action::Hush, Action::Keep];
    assert_eq!(announcer.on(at(500), key('1')), keep);
}

#[test]
fn without_an_interval_there_are_only_the_first_words() {
    let settings = Settings {
        every: Duration::ZERO,
        ..Settings::default()
    };
    let mut announcer = Announcer::new(settings, Facts::default());
    announcer.on(at(0), Event::Started(standing(4, 600, 3)));
    assert_eq!(announcer.on(at(9), Event::SaidAll), [Action::Music]);
    assert_eq!(announcer.deadline(), None);
}

fn wait_called(name: String) -> Option<Wait> {
    WAITS.into_iter().find(|wait| wait.prompt == name)
}

/// What a caller has heard, followed from outside by the names of recordings alone.
#[derive(Default)]
struct Ear {
    known: BTreeSet<String>,
    speaking: bool,
    music: bool,
    waits: bool,
    offered: bool,
    asked: bool,
    text_relay: bool,
    /// The last place said.
    position: Option<usize>,
    /// The last wait said, when, and the figures that were behind it.
    wait: Option<(Wait, Timestamp, Standing)>,
    /// When figures were last said.
    told: Option<Timestamp>,
}

impl Ear {
    fn hears(&mut self, now: Timestamp, event: Event, actions: &[Action]) {
        let spoken = self.speaking;
        for action in actions {
            match action {
                Action::Say(said) => self.say(now, event, said),
                Action::Music => (self.speaking, self.music) = (false, true),
                Action::AskStanding => self.asked = true,
                Action::Hush => self.hush(),
                Action::Keep => {
                    assert!(self.offered, "a place is kept that was not offered");
                    assert_eq!(event, key('1'));
                    self.offered = false;
                }
            }
        }
        if let Event::Key(_) = event {
            assert!(!spoken || !self.speaking, "a key has not cut");
        }
        assert_eq!(self.speaking || self.music, self.waits, "neither is heard");
        assert!(!(self.speaking && self.music));
    }

    fn hush(&mut self) {
        (self.speaking, self.music, self.waits) = (false, false, false);
    }

    fn say(&mut self, now: Timestamp, event: Event, said: &[Utterance]) {
        let names: Vec<String> = said.iter().flat_map(Utterance::recordings).collect();
        assert!(!names.is_empty());
        let unknown: Vec<_> = names.iter().filter(|n| !self.known.contains(*n)).collect();
        assert!(unknown.is_empty(), "not listed: {unknown:?}");
        let (joined, figures) = match event {
            Event::Started(figures) => (true, Some(figures)),
            Event::Standing(figures) => (false, Some(figures)),
            _ => (false, None),
        };
        assert!(joined || self.asked || figures.is_none());
        assert!(joined || !self.speaking, "two announcements at once");
        assert_eq!(joined, names[0] == "queue-joined");
        (self.speaking, self.music, self.waits, self.asked) = (true, false, true, false);
        let offer = names.last().unwrap() == "queue-keep-offer";
        self.offered = offer || self.offered && self.text_relay && !joined;
        let position = names.iter().find_map(|name| match name.as_str() {
            "queue-position-next" => Some(1),
            "queue-position-beyond" => Some(31),
            name => {
                let number = name.strip_prefix("digit-");
                number.or(name.strip_prefix("number-"))?.parse().ok()
            }
        });
        let wait = names.iter().cloned().find_map(wait_called);
        let Some(position) = position else {
            assert!(names[0].starts_with("queue-comfort") && wait.is_none());
            return;
        };
        let figures = figures.expect("a place is told without having been asked for");
        self.figures(now, joined, figures, position, wait);
    }

    fn figures(
        &mut self,
        now: Timestamp,
        joined: bool,
        figures: Standing,
        position: usize,
        wait: Option<Wait>,
    ) {
        assert_eq!(position, figures.position.clamp(1, 31));
        let mut better = self.position.is_none_or(|before| position < before);
        if let Some(wait) = wait {
            let real = Wait::of(figures.estimate.expect("a wait that nobody has told"));
            assert!(wait <= real, "longer than it is");
            if let Some((before, then, behind)) = self.wait {
                let worse = figures.position > behind.position || figures.staffed < behind.staffed;
                assert!(worse || wait <= before, "longer than was said");
                let gone = Duration::try_from(now.duration_since(then)).unwrap_or_default();
                let left = before.most.saturating_sub(gone);
                assert!(worse || before.most == Duration::MAX || wait <= Wait::of(left));
                better |= wait < before;
            }
            better |= self.wait.is_none();
            self.wait = Some((wait, now, figures));
        }
        let ago = self.told.map(|told| now.duration_since(told));
        let long_ago = ago.is_none_or(|ago| ago >= SignedDuration::from_secs(180));
        assert!(joined || better || long_ago, "nothing new is told");
        self.position = Some(position);
        self.told = Some(now);
    }
}

fn any_standing() -> impl Strategy<Value = Standing> {
    let estimate = prop_oneof![
        1 => Just(None),
        4 => (0u64..900).prop_map(Some),
        1 => (0u64..9_000).prop_map(Some),
    ];
    (0usize..40, estimate, 0usize..4).prop_map(|(position, estimate, staffed)| Standing {
        position,
        estimate: estimate.map(Duration::from_secs),
        staffed,
    })
}

fn any_event() -> impl Strategy<Value = Option<Event>> {
    prop_oneof![
        1 => any_standing().prop_map(|s| Some(Event::Started(s))),
        8 => any_standing().prop_map(|s| Some(Event::Standing(s))),
        8 => Just(Some(Event::SaidAll)),
        4 => prop::sample::select("1159#".chars().collect::<Vec<_>>()).prop_map(|c| Some(key(c))),
        2 => Just(Some(Event::Tick)),
        1 => Just(Some(Event::Stopped)),
        // The tick that is due.
        10 => Just(None),
    ]
}

proptest! {
    #[test]
    fn whatever_happens_the_caller_hears_one_thing_and_nothing_worse_than_it_is(
        can_keep in any::<bool>(),
        text_relay in any::<bool>(),
        first in any_standing(),
        events in prop::collection::vec((any_event(), 0i64..40), 1..200),
    ) {
        let mut announcer = with(can_keep, text_relay);
        let mut ear = Ear { known: prompts().collect(), text_relay, ..Ear::default() };
        let mut now = at(0);
        let event = Event::Started(first);
        ear.hears(now, event, &announcer.on(now, event));
        for (event, seconds) in events {
            now += SignedDuration::from_secs(seconds);
            if event.is_none() {
                now = announcer.deadline().map_or(now, |deadline| deadline.max(now));
            }
            let event = event.unwrap_or(Event::Tick);
            ear.hears(now, event, &announcer.on(now, event));
            prop_assert_eq!(announcer.deadline().is_some(), ear.waits);
            if event == Event::Tick {
                prop_assert!(announcer.deadline().is_none_or(|deadline| deadline > now));
            }
            prop_assert!(can_keep || !ear.offered);
        }
    }

    #[test]
    fn by_its_deadlines_alone_it_goes_on_for_ever(
        can_keep in any::<bool>(),
        text_relay in any::<bool>(),
        figures in any_standing(),
    ) {
        let mut announcer = with(can_keep, text_relay);
        let mut now = at(0);
        let (mut said, mut played) = (1, 0);
        announcer.on(now, Event::Started(figures));
        for _ in 0..100 {
            let deadline = announcer.deadline().unwrap();
            prop_assert!(deadline > now);
            now = deadline;
            for action in announcer.on(now, Event::Tick) {
                said += usize::from(matches!(action, Action::Say(_)));
                played += usize::from(action == Action::Music);
            }
        }
        prop_assert!(said > 30 && played > 30 && said.abs_diff(played) <= 1);
    }

    #[test]
    fn a_clock_that_jumps_lets_no_wait_grow(
        jumps in prop::collection::vec((-5_000i64..5_000, 0u64..5_000), 1..60),
    ) {
        let mut announcer = with(false, false);
        let mut last = None;
        for (seconds, estimate) in jumps {
            let event = Event::Started(standing(2, estimate, 3));
            for action in announcer.on(at(seconds), event) {
                let Action::Say(said) = action else { continue };
                let names = said.iter().flat_map(Utterance::recordings);
                let mut waits = names.filter_map(wait_called);
                if let Some(wait) = waits.next() {
                    prop_assert!(last.is_none_or(|last| wait <= last));
                    last = Some(wait);
                }
            }
        }
        prop_assert!(last.is_some());
    }
}
