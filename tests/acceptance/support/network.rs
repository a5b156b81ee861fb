//! Where a test runs: in a network of its own, so that several can use the shipped ports at once. Where the
//! kernel does not allow one to be made, tests wait for each other instead.

use std::cell::RefCell;
use std::fs::File;
use std::process::Command;
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

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
        let own = unshare(CloneFlags::CLONE_NEWNET).is_ok();
        let ports = (!own).then(|| {
            let lock = File::create(std::env::temp_dir().join("ivr111-test-ports.lock")).unwrap();
            lock.lock().unwrap();
            lock
        });
        if own {
            for command in LINKS {
                let done = Command::new("ip").args(command.split(' ')).status();
                assert!(done.unwrap().success(), "ip {command}");
            }
        }
        Place {
            turn,
            _ports: ports,
        }
    }
}
