//! The same scenario served for real and simulated: ten minutes, 200 callers, seven handlers. What comes of it is what was
//! foreseen.

mod callers;
mod figures;
mod phones;
mod voice;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use ivr111::call::Plan;
use ivr111::flow::Key;
use ivr111::identity::{CallerNumber, Number};
use ivr111::routing::RegionId;
use ivr111::settings::Settings;
use ivr111::simulate::scenario::{Scenario, Spread};
use ivr111::simulate::{Script, Service};
use ivr111::store::{self, Course, Place};
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan as _};
use rand::Rng as _;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng as _;
use serde_json::Value;

use crate::support::network;
use crate::support::people::SOON;
use crate::support::server::{Server, checkout};
use callers::Callers;
use figures::{Figures, NAMES, Whom, central, day, days, figures, measured, seconds, spread};
use phones::{Phones, State};
use voice::Tone;

/// The handlers' accounts: three beside those of the shipped settings.
const ACCOUNTS: [&str; 7] = ["1001", "1002", "1003", "1004", "1005", "1006", "1007"];
/// Any day.
const DAY: &str = "2026-11-09";
/// What the callers are drawn from, and how long phones ring.
const SEED: u64 = 111;
/// How soon a hurried caller presses, at most; as the simulator has it.
const HURRIED: f64 = 1.5;
/// How much later than scripted a slow machine may make things, in each conversation.
const SLOW: f64 = 0.3;
/// By how much figures may differ because two callers hang up, or have waited for five seconds, within milliseconds of
/// being answered.
const CLOSE: Figures = [0.0, 0.0, 1.0, 1.25];
/// All of it, and time for the last ones.
const LIMIT: Duration = Duration::from_secs(900);

fn file() -> PathBuf {
    checkout().join("tests/acceptance/as_foreseen/ten-minutes.toml")
}

fn date() -> Date {
    DAY.parse().unwrap()
}

/// Ten o'clock on that day, when the stretch begins.
fn first() -> Timestamp {
    "2026-11-09T10:00:00Z".parse().unwrap()
}

/// The callers of the real run, drawn from what the scenario says by numbers of our own.
fn scripts(scenario: &Scenario) -> Vec<Script> {
    let mut drawn = ChaCha8Rng::seed_from_u64(SEED);
    let stretch = 1_000.0 * (scenario.arrivals.moment(1.0) - scenario.arrivals.moment(0.0));
    let arrivals = (0..scenario.calls).map(|_| (stretch * drawn.random::<f64>()) as i64);
    let mut arrivals: Vec<i64> = arrivals.collect();
    arrivals.sort_unstable();
    let each = arrivals.iter().zip(0..);
    let each = each.map(|(after, place)| {
        let at = first() + after.milliseconds();
        script(scenario, at, place, &mut drawn)
    });
    each.collect()
}

fn script(scenario: &Scenario, at: Timestamp, place: u32, drawn: &mut ChaCha8Rng) -> Script {
    let mut two = || (drawn.random::<f64>(), drawn.random::<f64>());
    let weights = scenario.choice.iter().map(|choice| choice.get_ref().weight);
    let mut left = two().0 * weights.sum::<f64>();
    let choice = scenario.choice.iter().find(|choice| {
        left -= choice.get_ref().weight;
        left <= 0.0
    });
    let choice = choice.unwrap().get_ref();
    let hurried = two().0 < scenario.caller.hurried;
    let keys = choice.keys.split(',').filter_map(|key| key.parse().ok());
    let keys = keys.map(|key| {
        let after = match hurried {
            true => Duration::from_secs_f64(HURRIED * two().0),
            false => scenario.caller.reaction.draw(two()),
        };
        (Key::new(key).unwrap(), after)
    });
    let keys = keys.collect();
    let number = Number::parse(&format!("01273555{place:03}")).unwrap();
    Script {
        at,
        number: CallerNumber::Known(number),
        text_relay: false,
        region: RegionId::new("kent-surrey-sussex"),
        dialled: choice.dialled.clone(),
        keys,
        hurried,
        patience: scenario.caller.patience.draw(two()),
        talk: choice.talk.draw(two()),
    }
}

fn server() -> Server {
    let account = |user: &str| {
        format!(
            "[[account]]\nuser = \"{user}\"\nrole = \"handler\"\nskills = [\"dental\"]\n\
             password = \"demo-{user}\"\n\n"
        )
    };
    let nurse = "[[account]]\nuser = \"2001\"";
    let more: String = ACCOUNTS[4..].iter().map(|user| account(user)).collect();
    Server::start_with(&[(nurse, &format!("{more}{nurse}"))], &[])
}

fn tones(count: u32, from: u32, step: u32) -> Vec<Tone> {
    (0..count).map(|n| Tone::new(from + n * step)).collect()
}

/// Serves everybody, until the last one has gone. Gives all callers and all calls of handlers' phones.
fn serve(scripts: &[Script], scenario: &Scenario) -> (Callers, Phones) {
    // Callers say one of ten tones, each handler one of their own.
    let (callers_say, handlers_say) = (tones(10, 400, 50), tones(7, 1_000, 100));
    let rings = scenario.phone.answers_after;
    let accounts = ACCOUNTS.map(str::to_owned).to_vec();
    let mut phones = Phones::open(accounts, handlers_say.clone(), rings, SEED);
    phones.register();
    let mut callers = Callers::begin(scripts, first(), &callers_say);
    let end = Instant::now() + LIMIT;
    let mut next = Instant::now();
    while !callers.have_left() || phones.calls.iter().any(|call| call.state.is_on()) {
        assert!(next < end, "it does not come to an end");
        next += Duration::from_millis(20);
        while Instant::now() < next {
            phones.wait(phones.deadline().map_or(next, |due| due.min(next)));
            phones.answer();
        }
        callers.act(&handlers_say);
        for call in phones.talking() {
            call.voice.listen(&callers_say);
            call.voice.speak();
        }
    }
    (callers, phones)
}

/// Each conversation had the two in it, who heard each other, until the caller hung up. Gives how many there were.
fn conversations(callers: &Callers, phones: &Phones) -> usize {
    let mut heard = 0;
    let over = phones.calls.iter().filter(|call| call.state == State::Over);
    for call in over.clone() {
        let is_caller = |script: &Script| script.number.known().unwrap().e164() == call.caller;
        let place = callers
            .all
            .iter()
            .position(|caller| is_caller(&caller.script));
        let place = place.unwrap_or_else(|| panic!("nobody is {}", call.caller));
        // Whoever hung up as they were answered has not heard anybody.
        let Some((handler, _)) = callers.all[place].voice.heard else {
            continue;
        };
        assert_eq!(handler, call.account, "{} heard another one", call.caller);
        let caller = call.voice.heard.map(|(tone, _)| tone);
        assert_eq!(caller, Some(place % 10), "{} was not heard", call.caller);
        heard += 1;
    }
    let those = callers
        .all
        .iter()
        .filter(|caller| caller.voice.heard.is_some());
    assert_eq!(
        those.count(),
        heard,
        "somebody was heard in no conversation"
    );
    heard
}

/// Every call as it is stored, in the order of the callers.
#[tokio::main(flavor = "current_thread")]
async fn stored(server: &Server, scripts: &[Script]) -> Vec<Course> {
    let rows = server.json(&["calls", "--limit", "1000"]);
    let rows = rows.as_array().unwrap();
    let place = Place::new(Settings::load(&server.settings()).unwrap().store_url());
    let store = store::open(&place).await.unwrap();
    let all = (Timestamp::MIN, Timestamp::MAX);
    let courses = store.courses(all, None, 1_000).await.unwrap();
    store.close().await;
    assert_eq!(courses.len(), scripts.len());
    let of = |script: &Script| {
        let number = script.number.known().unwrap().e164();
        let row = rows.iter().find(|row| row["number"] == number);
        let reference = row.unwrap()["reference"].as_str().unwrap();
        let course = courses
            .iter()
            .find(|course| course.reference.to_string() == reference);
        course.unwrap().clone()
    };
    scripts.iter().map(of).collect()
}

/// A part of a call, from a moment to another one.
type Part = (&'static str, fn(&Course) -> Option<f64>);

/// Parts of a call that no other caller and no handler has a hand in.
const PARTS: [Part; 5] = [
    ("arrived to answered", |call| {
        seconds(Some(call.arrived_at), call.answered_at)
    }),
    ("answered to introduced", |call| {
        seconds(call.answered_at, call.introduced_at)
    }),
    ("introduced to led", |call| {
        seconds(call.introduced_at, call.led_at)
    }),
    ("led to queued", |call| seconds(call.led_at, call.queued_at)),
    ("handled to ended", |call| {
        seconds(call.handled_at, call.ended_at)
    }),
];

/// How much later people called than they were to, after the first of them.
fn later_than_scripted(real: &[Course], scripts: &[Script]) -> Vec<f64> {
    let both = real.iter().zip(scripts);
    let after = |call: &Course| seconds(Some(real[0].arrived_at), Some(call.arrived_at)).unwrap();
    let wanted = |script: &Script| seconds(Some(scripts[0].at), Some(script.at)).unwrap();
    both.map(|(call, script)| after(call) - wanted(script))
        .collect()
}

/// How much longer each part took for real than simulated, the median and the most.
fn parts(real: &[Course], simulated: &[Course], scripts: &[Script]) {
    differ("called", later_than_scripted(real, scripts));
    for (name, part) in PARTS {
        let both = real.iter().zip(simulated);
        let both = both.filter_map(|(one, other)| Some(part(one)? - part(other)?));
        differ(name, both.collect());
    }
}

fn differ(name: &str, mut more: Vec<f64>) {
    more.sort_by(f64::total_cmp);
    let (median, least, most) = (more[more.len() / 2], more[0], more[more.len() - 1]);
    println!(
        "{name}: {} times, for real {:+.0} ms (median), {:+.0} to {:+.0} ms",
        more.len(),
        1_000.0 * median,
        1_000.0 * least,
        1_000.0 * most
    );
    assert!(
        median.abs() < SLOW,
        "{name}: {median} s more than simulated"
    );
}

fn slower(scenario: &Scenario) -> Scenario {
    let mut slower = scenario.clone();
    if let Spread::Uniform(from, to) = scenario.phone.answers_after {
        slower.phone.answers_after = Spread::Uniform(from + SLOW, to + SLOW);
    }
    slower
}

fn report(server: &Server) -> Value {
    let newest = server.json(&["calls", "--limit", "1"]);
    let today = newest[0]["arrived_at"].as_str().unwrap()[..10].parse::<Date>();
    let today = today.unwrap();
    let (from, to) = (today - 1.day(), today + 2.days());
    let (from, to) = (from.to_string(), to.to_string());
    server.json(&["report", "adc", "--from", &from, "--to", &to])
}

/// The same day as it is simulated in the terminal.
fn simulated_by_hand(server: &Server) -> Value {
    let file = file().display().to_string();
    server.json(&["simulate", "--day", DAY, "--scenario", &file, "--seed", "1"])
}

#[test]
fn two_hundred_callers_are_served_as_it_was_foreseen() {
    network::enter_behind_those_alone();
    let (scenario, source) = Scenario::load(&file()).unwrap();
    let mut server = server();
    let service = Service::of(Plan::load(&server.settings()).unwrap());
    let problems = scenario.check(&source, service.tables());
    assert!(problems.is_empty(), "{problems:?}");
    let scripts = scripts(&scenario);

    let (mut callers, phones) = serve(&scripts, &scenario);
    let end = Instant::now() + SOON;
    while !callers.sipp.has_succeeded() {
        assert!(Instant::now() < end, "SIPp: {}", callers.sipp.messages());
        std::thread::sleep(Duration::from_millis(20));
    }
    server.wait_metric("ivr111_calls", 0.0, SOON);
    let cpu = server.cpu();
    let report = report(&server);
    let heard = conversations(&callers, &phones);
    server.signal("TERM");
    server.wait_end(SOON);
    let real = stored(&server, &scripts);

    let settings = &service.settings().report;
    let counted = measured(&real, settings);
    for code in ["A01", "A03", "B02", "B06", "B07"] {
        let counted = serde_json::to_value(&counted.items).unwrap();
        assert_eq!(report["items"][code], counted[code], "{code}");
    }
    let served = figures(&real, &counted);
    let handled = real.iter().filter(|call| call.handled_at.is_some()).count();
    println!(
        "{handled} of {} answered, {heard} conversations heard, {cpu:?} of processor time",
        real.len()
    );
    // Who hangs up within a tenth of a second of being answered has not heard it.
    assert!(heard + 2 >= handled, "{handled} were answered");

    let these = Whom::These(&scripts);
    let simulated = day(&service, &scenario, date(), &these, 1);
    parts(&real, &simulated.courses, &scripts);
    let first = day(&service, &scenario, date(), &Whom::Anybody, 1);
    let foreseen = serde_json::to_value(measured(&first.courses, settings).items).unwrap();
    assert_eq!(simulated_by_hand(&server)["items"], foreseen);
    let anybody = days(&service, &scenario, date(), &Whom::Anybody, 200);
    let same = days(&service, &scenario, date(), &these, 100);
    let slow = days(&service, &slower(&scenario), date(), &these, 100);
    lies_within(&served, &anybody, &same, &slow);
}

/// Holds the real figures against those of simulated days: of other callers, and of the same ones, whose phones were
/// answered now sooner and now later. Among the latter, a real run may be anywhere between the promptest machine and one
/// on which each conversation takes [`SLOW`] longer, with five standard deviations on either side: what is random in it
/// fails it once in a million runs, and no machine that serves calls at all is slower.
fn lies_within(served: &Figures, anybody: &[Figures], same: &[Figures], slow: &[Figures]) {
    for (place, name) in NAMES.into_iter().enumerate() {
        let real = served[place];
        let (low, middle, high) = central(anybody, place);
        let ((prompt, either_way), (late, late_way)) = (spread(same, place), spread(slow, place));
        let least = prompt.min(late) - 5.0 * either_way - CLOSE[place];
        let most = prompt.max(late) + 5.0 * late_way + CLOSE[place];
        println!(
            "{name}: {real:.2} for real; simulated {middle:.2} ({low:.2} to {high:.2}); the same \
             callers {prompt:.2} +- {either_way:.2}, on a slow machine {late:.2} +- {late_way:.2} \
             (may be {least:.2} to {most:.2})"
        );
        assert!(
            (low..=high).contains(&real),
            "{name}: {real} is not foreseen"
        );
        assert!(
            (least..=most).contains(&real),
            "{name}: {real} is not foreseen for these callers"
        );
    }
}
