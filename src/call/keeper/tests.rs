use std::time::Duration;

use jiff::Timestamp;
use sqlx::{ConnectOptions as _, Connection as _, Executor as _, SqliteConnection};
use tempfile::TempDir;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::*;
use crate::call::waiting_room::{Ticket, WaitingRoom};
use crate::flow::Priority;
use crate::identity::{Number, Reference};
use crate::queue::shared::{Contact, Desk, Phone};
use crate::queue::{Action, HandlerId, Profile, Settings, Wanted};
use crate::store::{self, Place, SharedStore};

/// Longer than the slowest machine needs; nothing waits for it to pass.
const LIMIT: Duration = Duration::from_secs(60);
/// A lease that does not run out while a test lasts.
const LONG: Duration = Duration::from_secs(600);
/// One that runs out before long, but not on a machine that is merely slow.
const SHORT: Duration = Duration::from_secs(3);

/// A database that several nodes share.
struct Lab {
    folder: TempDir,
}

/// One of them.
struct Node {
    store: SharedStore,
    room: WaitingRoom,
    desk: KeeperDesk,
    found: mpsc::UnboundedReceiver<Found>,
    tasks: Vec<JoinHandle<()>>,
}

impl Lab {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Lab { folder }
    }

    fn file(&self) -> std::path::PathBuf {
        self.folder.path().join("ivr111.db")
    }

    async fn node(&self, name: &str, lease: Duration) -> Node {
        let place = Place::new(format!("sqlite:{}", self.file().display()));
        let store = store::open(&place.of_node(name)).await.unwrap();
        let (room, _) = WaitingRoom::new(name, Settings::default());
        let (mut keeper, desk, found) = Keeper::new(store.clone(), room.clone(), lease);
        assert!(keeper.begin().await);
        let tasks = vec![
            tokio::spawn(keeper.keep()),
            tokio::spawn(room.clone().keep_time()),
        ];
        Node {
            store,
            room,
            desk,
            found,
            tasks,
        }
    }

    /// Another process has the database for itself.
    async fn occupy(&self) -> SqliteConnection {
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(self.file());
        let mut connection = options.connect().await.unwrap();
        loop {
            match connection.execute("BEGIN IMMEDIATE").await {
                Ok(_) => return connection,
                Err(error) => assert!(error.to_string().contains("locked"), "{error}"),
            }
        }
    }
}

impl Node {
    fn joins(&self, n: u64, number: Option<&str>) -> Ticket {
        let wanted = Wanted::by_skill("general", "general", Priority::Ordinary);
        self.room.join(reference(n), wanted, contact(number))
    }

    fn signs_in(&self, handler: &HandlerId) {
        let profile = Profile::with_skills(["general"]);
        let phone = Phone {
            uri: "sip:1001@192.0.2.1:5070".into(),
            via: "udp:192.0.2.1:5070".into(),
            expires: Timestamp::now() + LONG,
        };
        let phones = vec![phone];
        let desk = Desk { profile, phones };
        self.room.signed_in(handler.clone(), desk);
    }

    /// The next thing that is found.
    async fn finds(&mut self) -> Found {
        let found = tokio::time::timeout(LIMIT, self.found.recv()).await;
        found.expect("in time").expect("the keeper is there")
    }

    /// Ends as with a power cut.
    fn dies(&self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.dies();
    }
}

fn reference(n: u64) -> Reference {
    Reference::new(n, 7)
}

fn contact(number: Option<&str>) -> Contact {
    Contact {
        number: number.map(|number| Number::parse(number).unwrap()),
        language: "en-GB".into(),
        display: "London: symptoms".into(),
        ..Contact::default()
    }
}

async fn next(ticket: &mut Ticket) -> Action {
    let action = tokio::time::timeout(LIMIT, ticket.next()).await;
    action.expect("in time")
}

async fn stored(ticket: &Ticket) {
    let mut stored = ticket.stored();
    let done = tokio::time::timeout(LIMIT, stored.done()).await;
    done.expect("in time");
}

fn offer(n: u64, handler: &HandlerId) -> Action {
    Action::Offer {
        ticket: reference(n),
        handler: handler.clone(),
    }
}

/// Who waits in each region, and where somebody does so on the line, once a node sees it so.
async fn sees(node: &Node, wanted: &[(&str, usize, bool)]) {
    let sees = || {
        let seen = node.room.standing().regions.into_iter();
        let seen = seen.map(|region| (region.name, region.waiting, region.longest_wait.is_some()));
        let wanted = wanted.iter();
        wanted
            .map(|(name, waiting, on_the_line)| ((*name).to_owned(), *waiting, *on_the_line))
            .eq(seen)
    };
    let seen = tokio::time::timeout(LIMIT, async {
        while !sees() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    });
    let standing = || format!("{:?}", node.room.standing());
    assert!(seen.await.is_ok(), "{}", standing());
}

#[tokio::test]
async fn each_node_sees_who_waits_on_the_line_at_any_of_them() {
    let lab = Lab::new();
    let (one, other) = (lab.node("one", LONG).await, lab.node("other", LONG).await);
    let joins = |node: &Node, n: u64, region: &str| {
        let wanted = Wanted::by_skill("general", "general", Priority::Ordinary);
        let wanted = wanted.for_caller(region, None, "en-GB");
        let contact = contact(Some("07700900001"));
        node.room.join(reference(n), wanted, contact)
    };
    let first = joins(&one, 1, "london");
    let mut second = joins(&other, 2, "suffolk");
    let both = [("london", 1, true), ("suffolk", 1, true)];
    sees(&one, &both).await;
    sees(&other, &both).await;
    // Whoever keeps the place has one, and waits for nothing on the line.
    first.keeps();
    let kept = [("london", 1, false), ("suffolk", 1, true)];
    sees(&one, &kept).await;
    sees(&other, &kept).await;
    drop(first);
    sees(&other, &[("suffolk", 1, true)]).await;
    // Whoever talks does not wait.
    let handler = HandlerId::new("1001");
    one.signs_in(&handler);
    assert_eq!(next(&mut second).await, offer(2, &handler));
    second.answered(&handler);
    sees(&one, &[]).await;
    sees(&other, &[]).await;
    assert_eq!(other.room.standing().handlers["talking"], 1);
    assert_eq!(other.room.standing().longest_wait, None);
}

#[tokio::test]
async fn a_caller_of_one_node_has_a_handler_of_another() {
    let lab = Lab::new();
    let (one, other) = (lab.node("one", LONG).await, lab.node("other", LONG).await);
    let handler = HandlerId::new("1001");
    other.signs_in(&handler);
    let mut first = one.joins(1, None);
    assert_eq!(next(&mut first).await, offer(1, &handler));
    assert_eq!(one.room.phones(&handler)[0].via, "udp:192.0.2.1:5070");
    first.answered(&handler);
    let connect = Action::Connect {
        ticket: reference(1),
        handler: handler.clone(),
    };
    assert_eq!(next(&mut first).await, connect);
    let talk = first.engage(handler.clone());
    // Whoever comes then waits until the handler is free again, at whichever node.
    let mut second = other.joins(2, None);
    stored(&second).await;
    first.leaves();
    drop(talk);
    assert_eq!(next(&mut second).await, offer(2, &handler));
}

#[tokio::test]
async fn another_node_takes_over_from_one_that_is_no_more() {
    let lab = Lab::new();
    let one = lab.node("one", SHORT).await;
    let mut other = lab.node("other", SHORT).await;
    let known = one.joins(1, Some("07700900001"));
    let unknown = one.joins(2, None);
    stored(&known).await;
    stored(&unknown).await;
    one.dies();
    let (mut kept, mut lost) = (None, None);
    while kept.is_none() || lost.is_none() {
        match other.finds().await {
            Found::Kept {
                caller,
                ticket,
                from,
            } => kept = Some((*caller, ticket, from)),
            Found::Lost { caller, from } => lost = Some((*caller, from)),
            Found::Promised(..) | Found::Anew => panic!("nothing was promised"),
        }
    }
    let ((caller, mut ticket, from), (gone, gone_from)) = (kept.unwrap(), lost.unwrap());
    assert_eq!(
        (caller.reference, gone.reference),
        (reference(1), reference(2))
    );
    assert_eq!(caller.contact, contact(Some("07700900001")));
    assert_eq!([from.as_deref(), gone_from.as_deref()], [Some("one"); 2]);
    // Where they stood, and with whoever is free there.
    assert_eq!(ticket.since(), caller.since);
    let handler = HandlerId::new("1001");
    other.signs_in(&handler);
    assert_eq!(next(&mut ticket).await, offer(1, &handler));
}

#[tokio::test]
async fn a_restart_finds_again_who_is_to_be_called_back() {
    let lab = Lab::new();
    let one = lab.node("one", LONG).await;
    let caller = one.joins(1, None);
    stored(&caller).await;
    caller.contact(contact(Some("07700900001")));
    stored(&caller).await;
    let gone = one.joins(2, Some("07700900002"));
    stored(&gone).await;
    drop(gone);
    one.room.settled().await;
    one.dies();
    let mut again = lab.node("one", LONG).await;
    let Found::Kept {
        caller: found,
        ticket,
        from,
    } = again.finds().await
    else {
        panic!("nobody is found again");
    };
    assert_eq!((found.reference, from), (reference(1), None));
    ticket.leaves();
    again.room.settled().await;
    let left = again.store.changes(0).await.unwrap().callers;
    assert_eq!(left, []);
}

#[tokio::test]
async fn an_orderly_end_leaves_to_others_whom_it_has_cut_off() {
    let lab = Lab::new();
    // Nobody would wait for that lease to run out.
    let one = lab.node("one", LONG).await;
    let mut other = lab.node("other", Duration::from_millis(300)).await;
    let gone = one.joins(1, Some("07700900001"));
    let cut_off = one.joins(2, Some("07700900002"));
    drop(gone);
    one.room.leave_behind();
    drop(cut_off);
    one.desk.end().await;
    let Found::Kept { caller, .. } = other.finds().await else {
        panic!("nobody is taken over");
    };
    assert_eq!(caller.reference, reference(2));
}

#[tokio::test]
async fn a_node_whose_store_is_away_serves_its_own_until_it_is_back() {
    let lab = Lab::new();
    let (one, other) = (lab.node("one", LONG).await, lab.node("other", LONG).await);
    let (here, there) = (HandlerId::new("1001"), HandlerId::new("1002"));
    let occupied = lab.occupy().await;
    one.signs_in(&here);
    let mut first = one.joins(1, None);
    assert_eq!(next(&mut first).await, offer(1, &here));
    first.answered(&here);
    let mut second = one.joins(2, None);
    occupied.close().await.unwrap();
    // Both are stored as they are by now, and the queue is one again.
    stored(&first).await;
    stored(&second).await;
    other.signs_in(&there);
    assert_eq!(next(&mut second).await, offer(2, &there));
}
