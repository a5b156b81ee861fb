//! Where a test runs: in a network of its own, so that several can use the shipped ports at once. Where the
//! kernel does not allow one to be made, tests wait for each other instead.

use std::cell::RefCell;
use std::fs::File;
use std::process::{Command, Stdio};
use std::sync::{OnceLock, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use nix::sched::{CloneFlags, unshare};

/// Held by every test that uses the network; by one alone where that test measures.
static MACHINE: RwLock<()> = RwLock::new(());

/// Loopback, and a link that leads nowhere: a softphone wants to see one.
const LINKS: [&str; 5] = [
    "link set lo up",
    "link add outside type veth peer name nowhere",
    "address add 192.0.2.1/24 dev outside",
    "link set outside up",
    "link set nowhere up",
];

thread_local! {
    /// What this test holds until its thread ends.
    static PLACE: RefCell<Option<Place>> = const { RefCell::new(None) };
}

#[allow(dead_code, reason = "held for their end alone")]
enum Turn {
    WithOthers(RwLockReadGuard<'static, ()>),
    Alone(RwLockWriteGuard<'static, ()>),
}

struct Place {
    turn: Turn,
    /// The lock of the shipped ports, where all tests share one network.
    _ports: Option<File>,
}

/// Gives the calling test its network, once. Threads and programs that it starts are in there too.
pub fn enter() {
    PLACE.with_borrow_mut(|place| {
        if place.is_none() {
            let turn = MACHINE.read().unwrap_or_else(PoisonError::into_inner);
            *place = Some(Place::take(Turn::WithOthers(turn)));
        }
    });
}

/// The same, for a test that takes long: not before those that want the machine to themselves and would wait for it, and
/// all others behind them. They ask for it as soon as they begin, as this one does; nothing tells when all have.
pub fn enter_behind_those_alone() {
    std::thread::sleep(std::time::Duration::from_secs(1));
    enter();
}

/// The same, for a test that nothing else shall run beside.
pub fn enter_alone() {
    PLACE.with_borrow_mut(|place| {
        if !matches!(
            place.as_ref().map(|place| &place.turn),
            Some(Turn::Alone(_))
        ) {
            drop(place.take());
            let turn = MACHINE.write().unwrap_or_else(PoisonError::into_inner);
            *place = Some(Place::take(Turn::Alone(turn)));
        }
    });
}

impl Place {
    fn take(turn: Turn) -> Self {
        let own = can_have_their_own();
        if own {
            make();
        }
        let ports = (!own).then(|| {
            // A file that everybody who runs these tests can read: a lock needs no more.
            let lock = File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")).unwrap();
            lock.lock().unwrap();
            lock
        });
        Place {
            turn,
            _ports: ports,
        }
    }
}

/// Whether tests can have networks of their own here: tried out once, in a thread that ends with it.
fn can_have_their_own() -> bool {
    static TRIED: OnceLock<bool> = OnceLock::new();
    let tried = || {
        let trial =
            || unshare(CloneFlags::CLONE_NEWNET).is_ok() && LINKS.iter().all(|link| ip(link));
        std::thread::spawn(trial).join().unwrap_or(false)
    };
    *TRIED.get_or_init(tried)
}

fn make() {
    unshare(CloneFlags::CLONE_NEWNET).unwrap();
    for link in LINKS {
        assert!(ip(link), "ip {link}");
    }
}

fn ip(command: &str) -> bool {
    let done = Command::new("ip")
        .args(command.split(' '))
        .stderr(Stdio::null())
        .status();
    done.is_ok_and(|status| status.success())
}
