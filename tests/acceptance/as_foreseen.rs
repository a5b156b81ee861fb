//! The same scenario served for real and simulated: five or ten minutes, 100 or 200 callers, seven handlers. What
//! comes of it is what was foreseen.

mod callers;
mod drawn;
mod figures;
mod held;
mod phones;
mod voice;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use ivr111::call::Plan;
use ivr111::report::Items;
use ivr111::settings::Settings;
use ivr111::simulate::scenario::Scenario;
use ivr111::simulate::{Script, Service};
use ivr111::store::{self, Course, Place};
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan as _};
use serde_json::Value;

use crate::support::network;
use crate::support::people::SOON;
use crate::support::server::{Server, checkout};
use callers::{Caller, Callers};
use drawn::scripts;
use figures::{Whom, day, days, figures, measured};
use held::{lies_within, parts, slower};
use phones::{Phones, State};
use voice::Tone;

/// The handlers' accounts: three beside those of the shipped settings.
const ACCOUNTS: [&str; 7] = ["1001", "1002", "1003", "1004", "1005", "1006", "1007"];
/// Any day.
const DAY: &str = "2026-11-09";
/// What the callers are drawn from, and how long phones ring.
const SEED: u64 = 111;
/// All of it, and time for the last ones.
const LIMIT: Duration = Duration::from_secs(900);

fn file(name: &str) -> PathBuf {
    checkout().join("tests/acceptance/as_foreseen").join(name)
}

fn date() -> Date {
    DAY.parse().unwrap()
}

/// Ten o'clock on that day, when the stretch begins.
fn first() -> Timestamp {
    "2026-11-09T10:00:00Z".parse().unwrap()
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
fn serve(server: &Server, scripts: &[Script], scenario: &Scenario) -> (Callers, Phones) {
    // Callers say one of ten tones, each handler one of their own.
    let (callers_say, handlers_say) = (tones(10, 400, 50), tones(7, 1_000, 100));
    let rings = scenario.phone.answers_after;
    let accounts = ACCOUNTS.map(str::to_owned).to_vec();
    let mut phones = Phones::open(accounts, handlers_say.clone(), rings, SEED);
    phones.register();
    // As a simulated day begins: everybody is there and free, and nobody waits.
    server.wait_metric("ivr111_handlers", 7.0, SOON);
    assert_eq!(server.metric("ivr111_calls"), 0.0);
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
fn conversations(callers: &[Caller], phones: &Phones) -> usize {
    let mut heard = 0;
    let over = phones.calls.iter().filter(|call| call.state == State::Over);
    for call in over.clone() {
        let is_caller = |script: &Script| script.number.known().unwrap().e164() == call.caller;
        let place = callers.iter().position(|caller| is_caller(&caller.script));
        let place = place.unwrap_or_else(|| panic!("nobody is {}", call.caller));
        // Whoever hung up as they were answered has not heard anybody.
        let Some((handler, _)) = callers[place].voice.heard else {
            continue;
        };
        assert_eq!(handler, call.account, "{} heard another one", call.caller);
        let caller = call.voice.heard.map(|(tone, _)| tone);
        assert_eq!(caller, Some(place % 10), "{} was not heard", call.caller);
        heard += 1;
    }
    let those = callers.iter().filter(|caller| caller.voice.heard.is_some());
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

fn report(server: &Server) -> Value {
    let newest = server.json(&["calls", "--limit", "1"]);
    let today = newest[0]["arrived_at"].as_str().unwrap()[..10].parse::<Date>();
    let today = today.unwrap();
    let (from, to) = (today - 1.day(), today + 2.days());
    let (from, to) = (from.to_string(), to.to_string());
    server.json(&["report", "adc", "--from", &from, "--to", &to])
}

/// The same day as it is simulated in the terminal.
fn simulated_by_hand(server: &Server, file: &Path) -> Value {
    let file = file.display().to_string();
    server.json(&["simulate", "--day", DAY, "--scenario", &file, "--seed", "1"])
}

/// Holds items as they are printed against those that were counted here.
fn agree(printed: &Value, counted: &Items) {
    let counted = serde_json::to_value(counted).unwrap();
    for code in ["A01", "A02", "A03", "B01", "B02", "B06", "B07", "B09"] {
        let (printed, counted) = (printed[code].as_f64(), counted[code].as_f64());
        let apart = printed.unwrap() - counted.unwrap();
        assert!(apart.abs() < 1e-6, "{code}: {printed:?}, {counted:?}");
    }
}

#[test]
fn a_hundred_callers_are_served_as_it_was_foreseen() {
    served_as_foreseen("five-minutes.toml");
}

#[test]
#[ignore = "takes eleven minutes: make test-long"]
fn two_hundred_callers_are_served_as_it_was_foreseen() {
    served_as_foreseen("ten-minutes.toml");
}

fn served_as_foreseen(name: &str) {
    network::enter_behind_those_alone();
    let file = file(name);
    let (scenario, source) = Scenario::load(&file).unwrap();
    let mut server = server();
    let service = Service::of(Plan::load(&server.settings()).unwrap());
    let problems = scenario.check(&source, service.tables());
    assert!(problems.is_empty(), "{problems:?}");
    let scripts = scripts(&scenario, first(), SEED);

    let (callers, phones) = serve(&server, &scripts, &scenario);
    // Each hang-up of a caller has been answered; a phone's call is over when the server has hung up.
    callers.sipp.succeeds(SOON);
    server.wait_metric("ivr111_calls", 0.0, SOON);
    let cpu = server.cpu();
    let report = report(&server);
    let heard = conversations(&callers.all, &phones);
    server.signal("TERM");
    server.wait_end(SOON);
    let real = stored(&server, &scripts);

    let settings = &service.settings().report;
    let counted = measured(&real, settings);
    agree(&report["items"], &counted.items);
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
    let foreseen = measured(&first.courses, settings).items;
    agree(&simulated_by_hand(&server, &file)["items"], &foreseen);
    let anybody = days(&service, &scenario, date(), &Whom::Anybody, 200);
    let same = days(&service, &scenario, date(), &these, 100);
    let slow = days(&service, &slower(&scenario), date(), &these, 100);
    lies_within((&served, real.len()), &anybody, &same, &slow);
}
