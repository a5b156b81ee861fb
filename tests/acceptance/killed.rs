//! The process is killed at random moments while callbacks are booked, tried, answered and closed: none is lost,
//! none is rung twice for one try, none is closed without a clinician, and no deadline moves.

use std::collections::{BTreeMap, BTreeSet};
use std::net::UdpSocket;
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::Value;

use crate::support::people::{Person, registers};
use crate::support::server::Server;
use crate::support::sipp::{Scenario, Sipp, free_port};

/// How often the process is killed, where `IVR111_KILLS` says nothing else.
const KILLS: usize = 15;
/// So many are booking at a time.
const BOOKING: usize = 3;
/// The called-back callers' phones, where the carrier's trunk leads.
const CARRIER: u16 = 5980;
const CLINICIANS: [&str; 2] = ["2001", "2002"];
/// After so long they register again, before it is over.
const REGISTERED: Duration = Duration::from_secs(240);
/// Between a start and the next kill, in ms: each power of two in between is as likely as any other.
const BETWEEN: (f64, f64) = (50.0, 12_000.0);
/// A caller hangs up after so long, in ms. What the server says last is longer than most of its lives.
const STAY: u32 = 20_000;
/// Long enough for a caller to book, kills and calls over again and all.
const BOOKED: Duration = Duration::from_secs(300);
/// Long enough for all that is still open once nobody kills any more.
const MADE: Duration = Duration::from_secs(240);

/// Short pauses, and many tries: those that a kill has broken off count as well.
const SETTINGS: [(&str, &str); 4] = [
    ("attempts = 3", "attempts = 20"),
    ("retry = 900", "retry = 1"),
    ("busy = 300", "busy = 1"),
    ("decision = 300", "decision = 1"),
];

/// A phone that takes any number of calls. Nobody listens at it.
struct Phone {
    sipp: Sipp,
    port: u16,
    _sink: UdpSocket,
}

impl Phone {
    fn open(file: &'static str, port: u16) -> Self {
        let port = match port {
            0 => free_port(),
            port => port,
        };
        let sink = UdpSocket::bind("127.0.0.1:0").unwrap();
        let contact = "[local_ip]:[local_port];transport=[transport]";
        let sipp = Sipp::run(&Scenario {
            file,
            port,
            keys: vec![
                ("ring", "100".to_owned()),
                ("hold", "4000".to_owned()),
                ("contact", contact.to_owned()),
                ("rtp", sink.local_addr().unwrap().port().to_string()),
            ],
            more: vec!["-timeout", "7200"],
            ..Scenario::default()
        });
        Phone {
            sipp,
            port,
            _sink: sink,
        }
    }

    /// The calls that have come for each number: their Call-IDs.
    fn calls(&self) -> BTreeMap<String, BTreeSet<String>> {
        let messages = self.sipp.messages();
        let mut calls: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let mut dialled = None;
        for line in messages.lines().map(str::trim_end) {
            if let Some(rest) = line.strip_prefix("INVITE sip:") {
                dialled = rest.split('@').next();
            } else if let (Some(number), Some(id)) = (dialled, line.strip_prefix("Call-ID:")) {
                let of_number = calls.entry(number.to_owned()).or_default();
                of_number.insert(id.trim().to_owned());
                dialled = None;
            }
        }
        calls
    }
}

/// Somebody who books a callback, whatever happens meanwhile.
struct Booking {
    number: String,
    person: Person,
    begun: Instant,
    has_pressed: bool,
}

impl Booking {
    fn begin(place: usize) -> Self {
        let number = format!("+441273555{place:03}");
        Booking {
            person: Person::calls_with_little_time(&number, STAY),
            number,
            begun: Instant::now(),
            has_pressed: false,
        }
    }

    /// Presses the keys once something is heard: at the first menu as well as where the number is read back, they
    /// lead to the promise.
    fn presses(&mut self) {
        if !self.has_pressed && !self.person.rtp.heard().is_empty() {
            self.person.rtp.press("41");
            self.has_pressed = true;
        }
    }

    fn dials_again(&mut self) {
        self.has_pressed = false;
        self.person = Person::calls_with_little_time(&self.number, STAY);
    }

    /// After the process has died. Whose call had not been answered yet hears nothing more, hangs up and dials
    /// again; gives whether they did.
    fn listens_anew(&mut self) -> bool {
        self.has_pressed = false;
        let messages = self.person.sipp.messages();
        let is_unanswered = messages.contains("SIP/2.0 1") && !messages.contains("SIP/2.0 200");
        if is_unanswered {
            self.dials_again();
        }
        self.person.rtp.listens_anew();
        is_unanswered
    }

    /// Whether the call is over, and the callback booked. The server says goodbye to nobody who has none.
    fn is_over(&mut self, server: &Server) -> Option<bool> {
        if !self.person.sipp.has_succeeded() {
            return None;
        }
        let is_told = self.person.sipp.messages().contains("BYE sip:caller@");
        let booked = deadlines(&server.json(&["callbacks", "--all"]));
        let is_booked = booked.contains_key(&self.number);
        assert!(is_booked || !is_told, "{} was lost", self.number);
        Some(is_booked)
    }
}

/// What has been seen of the promises.
#[derive(Default)]
struct Seen {
    /// The deadline of each, by its number.
    deadlines: BTreeMap<String, String>,
    booked: Vec<String>,
    begun: usize,
    redialled: usize,
}

impl Seen {
    /// Looks at all of them: each has the deadline that it had, and none is missing.
    fn look(&mut self, server: &Server) {
        let callbacks = server.json(&["callbacks", "--all"]);
        let listed = deadlines(&callbacks);
        for (number, deadline) in &self.deadlines {
            assert_eq!(
                listed.get(number),
                Some(deadline),
                "{number} in {callbacks}"
            );
        }
        self.deadlines = listed;
    }
}

fn text<'v>(value: &'v Value, field: &str) -> &'v str {
    value[field].as_str().unwrap_or_default()
}

/// By number: there is one for each.
fn deadlines(callbacks: &Value) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    for callback in callbacks.as_array().unwrap() {
        let (number, deadline) = (text(callback, "number"), text(callback, "deadline"));
        let before = all.insert(number.to_owned(), deadline.to_owned());
        assert_eq!(before, None, "two callbacks for {number}: {callbacks}");
    }
    all
}

/// Lets people book for a while. Whoever has booked makes room for another, and whoever has not dials again.
fn go_on(server: &Server, booking: &mut Vec<Booking>, seen: &mut Seen, until: Instant, more: bool) {
    loop {
        for mut one in std::mem::take(booking) {
            match one.is_over(server) {
                Some(true) => {
                    seen.booked.push(one.number);
                    continue;
                }
                Some(false) => {
                    seen.redialled += 1;
                    one.dials_again();
                }
                None => {}
            }
            let waited = one.begun.elapsed();
            assert!(waited < BOOKED, "{} is still booking", one.number);
            one.presses();
            booking.push(one);
        }
        if more && booking.len() < BOOKING {
            booking.push(Booking::begin(seen.begun));
            seen.begun += 1;
        }
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() || !more && booking.is_empty() {
            return;
        }
        std::thread::sleep(left.min(Duration::from_millis(20)));
    }
}

#[test]
fn killed_at_any_moment_no_promise_is_lost_or_kept_twice() {
    let kills = std::env::var("IVR111_KILLS").map_or(KILLS, |kills| kills.parse().unwrap());
    let seed = rand::random();
    println!("seed {seed}");
    let mut random = StdRng::seed_from_u64(seed);
    let mut server = Server::start_with(&SETTINGS, &[]);
    let carrier = Phone::open("phone_busy_at_times.xml", CARRIER);
    let clinicians = CLINICIANS.map(|account| (account, Phone::open("phone.xml", 0)));
    let register = || {
        for (account, phone) in &clinicians {
            registers(account, phone.port);
        }
        Instant::now()
    };
    let mut registered = register();
    let (mut booking, mut seen) = (Vec::new(), Seen::default());
    for _ in 0..kills {
        let power = random.random_range(BETWEEN.0.log2()..BETWEEN.1.log2());
        let until = Instant::now() + Duration::from_secs_f64(power.exp2() / 1_000.0);
        go_on(&server, &mut booking, &mut seen, until, true);
        server.kill_and_restart();
        if registered.elapsed() > REGISTERED {
            registered = register();
        }
        let anew = booking.iter_mut().map(Booking::listens_anew);
        seen.redialled += anew.filter(|redials| *redials).count();
        seen.look(&server);
    }
    register();
    let until = Instant::now() + BOOKED;
    go_on(&server, &mut booking, &mut seen, until, false);
    assert!(booking.is_empty());
    server.wait_metric("ivr111_callbacks_open", 0.0, MADE);
    seen.look(&server);
    for number in &seen.booked {
        assert!(seen.deadlines.contains_key(number), "{number} was lost");
    }
    drop(clinicians);
    let tries = all_are_kept(&server, &carrier);
    let verified = server.run(&["audit", "verify"]);
    assert!(verified.status.success(), "{verified:?}");
    let (begun, booked) = (seen.begun, seen.booked.len());
    println!(
        "{kills} kills, {begun} callers, {booked} promises kept with {tries} tries; {} times somebody had to dial again",
        seen.redialled
    );
    assert_eq!(begun, booked);
}

/// Each promise was kept by a clinician, and the caller's phone rung no more often than it was tried. Gives the
/// tries of all of them.
fn all_are_kept(server: &Server, carrier: &Phone) -> usize {
    let mut tries = 0;
    let calls = carrier.calls();
    let callbacks = server.json(&["callbacks", "--all"]);
    for callback in callbacks.as_array().unwrap() {
        assert_eq!(callback["stage"], "done", "{callback}");
        let shown = server.json(&["callbacks", "show", text(callback, "reference")]);
        let history = shown["history"].as_array().unwrap();
        let log = history.iter().filter(|row| row["kind"] == "log");
        let log: Vec<&Value> = log.collect();
        let times = |what| log.iter().filter(|row| row["what"] == what).count();
        assert_eq!(times("booked"), 1, "{shown}");
        assert_eq!(times("closed"), 1, "{shown}");
        let closed = log.iter().find(|row| row["what"] == "closed");
        let by = closed.map_or("", |row| text(row, "by"));
        assert!(by.starts_with("clinician 200"), "{shown}");
        let rung = calls.get(text(callback, "number")).map_or(0, BTreeSet::len);
        assert!(
            (1..=times("tried")).contains(&rung),
            "rung {rung} times: {shown}"
        );
        tries += times("tried");
    }
    tries
}
