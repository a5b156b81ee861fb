//! The simulator against the laws of Erlang: it leads each caller of a stream exactly as a bare recursion does, and the
//! recursion comes to what the laws say.

use std::time::Duration;

use jiff::Timestamp;

use super::super::draws::For;
use super::super::moment::later;
use super::super::{People, Rota, simulate};
use super::lab;
use super::theory::{self, Floor, Path, Waiting};

/// Mean talk and mean patience, in seconds.
const TALK: f64 = 180.0;
const PATIENCE: f64 = 360.0;

/// Handlers, and how many of them the calls would keep busy; with patience where there is any.
const FLOORS: [(u32, f64, Option<f64>); 6] = [
    (10, 9.0, None),
    (100, 95.0, None),
    (1_000, 970.0, None),
    (10, 10.0, Some(PATIENCE)),
    (100, 100.0, Some(PATIENCE)),
    (1_000, 1_000.0, Some(PATIENCE)),
];

fn floor((handlers, offered, patience): (u32, f64, Option<f64>)) -> Floor {
    Floor {
        handlers,
        arrivals_per_s: offered / TALK,
        mean_talk_s: TALK,
        mean_patience_s: patience,
    }
}

fn law(floor: &Floor) -> Waiting {
    let patience = floor.mean_patience_s.unwrap_or(f64::INFINITY);
    theory::erlang_a(floor.handlers, floor.arrivals_per_s, TALK, patience)
}

/// A day of these callers and handlers, and nothing else: calls come in its first hours, so that everybody is seen to.
fn scenario(patience: Option<f64>, hours: usize) -> String {
    let patience = match patience {
        Some(mean) => format!("{{ mean = {mean} }}"),
        None => "{ exactly = 86400 }".to_owned(),
    };
    let hours = [vec!["1"; hours], vec!["0"; 24 - hours]]
        .concat()
        .join(", ");
    format!(
        "name = \"A floor\"\ncalls = 1\nhandlers = 1\narrivals = [{hours}]\n\
         regions = {{ suffolk = 1 }}\n\
         caller = {{ mobile = 0, withheld = 0, patience = {patience}, reaction = {{ exactly = 1 }}, \
         redials-after = {{ exactly = 1 }} }}\n\
         phone = {{ answers-after = {{ exactly = 0 }}, missed = 0 }}\n\
         [[choice]]\nname = \"help\"\nweight = 1\ntalk = {{ mean = {TALK} }}\n\
         [[group]]\npart = 1\nrole = \"handler\"\nfor-all = true\n\
         [[shift]]\nfrom = \"00:00\"\nto = \"24:00\"\npart = 1\n"
    )
}

fn nanoseconds(from: Timestamp, to: Timestamp) -> u64 {
    let time = Duration::try_from(to.duration_since(from)).unwrap();
    u64::try_from(time.as_nanos()).unwrap()
}

#[test]
fn every_caller_waits_exactly_as_long_as_theory_has_them_wait() {
    let service = lab::bare_service();
    for (handlers, offered, patience) in FLOORS {
        // All day where few call, and enough of it where many do.
        let hours = if handlers < 1_000 { 20 } else { 6 };
        let calls = (hours as f64 * 3_600.0 * offered / TALK) as u32;
        let scenario = lab::scenario(&scenario(patience, hours));
        let rota = Rota::new(&scenario, service.tables(), lab::monday(), handlers, 3);
        let people = People::new(scenario, service.tables(), lab::monday(), calls, 3);
        let outcome = simulate(&service, &people, &rota, 3, |_| {});
        assert_eq!(outcome.courses.len(), calls as usize);
        let mut path = Path::new(handlers);
        let (mut before, mut waits, mut gone) = (people.day.begin(), 0, 0);
        for (person, course) in people.all().iter().zip(&outcome.courses) {
            let choice = people.scenario.choice[0].get_ref();
            let talk = choice.talk.draw(person.draws.two(For::Talk, 0));
            let bears = people.scenario.caller.patience;
            let bears = bears.draw(person.draws.two(For::Patience, 0));
            let caller = theory::Caller {
                after_ns: nanoseconds(before, person.at),
                talk_ns: nanoseconds(person.at, later(person.at, talk)),
                patience_ns: nanoseconds(person.at, later(person.at, bears)),
            };
            before = person.at;
            let expected = path.next(caller);
            let ended = course.handled_at.or(course.ended_at).unwrap();
            let waited = nanoseconds(course.queued_at.unwrap(), ended);
            assert_eq!(course.arrived_at, person.at);
            assert_eq!(
                (waited, course.is_abandoned),
                (expected.waited_ns, expected.abandoned),
                "{handlers} handlers, caller {}",
                person.who
            );
            waits += u32::from(waited > 0);
            gone += u32::from(course.is_abandoned);
        }
        assert!(waits > calls / 50, "{waits} of {calls} wait");
        assert_eq!(gone > 0, patience.is_some());
    }
}

#[test]
fn what_the_path_comes_to_is_within_three_per_cent_of_erlang_c_and_erlang_a() {
    for (given, calls) in FLOORS
        .into_iter()
        .zip([500_000, 1_000_000, 5_000_000, 200_000, 500_000, 2_000_000])
    {
        let floor = floor(given);
        let (law, estimate) = (law(&floor), theory::estimate(&floor, calls, 111));
        for (name, says, found) in [
            (
                "probability of waiting",
                law.probability,
                estimate.probability,
            ),
            ("mean wait", law.mean, estimate.wait_s),
        ] {
            let off = (found.mean - says).abs() / says;
            println!(
                "{} handlers, patience {:?}: {name} by the law {says:.6}, found {:.6}, standard error {:.2} %",
                floor.handlers,
                floor.mean_patience_s,
                found.mean,
                100.0 * found.error / says
            );
            assert!(off < 0.03, "{name} of {given:?}: off by {off}");
            assert!(found.error / says < 0.01, "{name} of {given:?}: {found:?}");
        }
    }
}

#[test]
fn erlang_a_without_an_end_to_patience_is_erlang_c() {
    let c = theory::erlang_c(10, 9.0);
    let a = law(&floor(FLOORS[0]));
    assert!((c.probability - a.probability).abs() < 1e-12);
    assert!((c.mean * TALK - a.mean).abs() < 1e-9);
}
