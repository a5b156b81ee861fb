use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use super::*;
use crate::report::Recent;
use crate::settings::ReportSettings;

/// Longer than the slowest machine needs; nothing waits for it to pass.
const LONG: Duration = Duration::from_secs(60);
/// What is not waited for long.
const SHORT: Duration = Duration::from_millis(100);
/// A summary that is never fresh, and one that always is.
const NEVER: Duration = Duration::ZERO;
const EVER: Duration = Duration::from_secs(3_600);

/// A store that answers when it is told to.
struct Fake {
    answer: fn((Timestamp, Timestamp)) -> Result<Counted, Missing>,
    /// Readings that have begun, and that are under way.
    begun: AtomicUsize,
    under_way: AtomicUsize,
    most: AtomicUsize,
    has_begun: Notify,
    goes_on: Semaphore,
}

/// Of no calls.
fn nothing(period: (Timestamp, Timestamp)) -> Result<Counted, Missing> {
    Ok(Recent::new(ReportSettings::default()).counted(period))
}

impl Fake {
    fn new(answer: fn((Timestamp, Timestamp)) -> Result<Counted, Missing>) -> Arc<Self> {
        Arc::new(Fake {
            answer,
            begun: AtomicUsize::new(0),
            under_way: AtomicUsize::new(0),
            most: AtomicUsize::new(0),
            has_begun: Notify::new(),
            goes_on: Semaphore::new(0),
        })
    }

    /// One that answers at once.
    fn quick(answer: fn((Timestamp, Timestamp)) -> Result<Counted, Missing>) -> Arc<Self> {
        let fake = Self::new(answer);
        fake.goes_on.add_permits(1_000);
        fake
    }

    fn begun(&self) -> usize {
        self.begun.load(Ordering::SeqCst)
    }
}

#[async_trait]
impl LiveSource for Fake {
    fn now(&self) -> Timestamp {
        "2026-12-01T08:00:00Z".parse().unwrap()
    }

    fn standing(&self) -> Standing {
        Standing {
            calls: 7,
            ..Standing::default()
        }
    }

    async fn counted(
        &self,
        period: (Timestamp, Timestamp),
        _: Duration,
    ) -> Result<Counted, Missing> {
        self.begun.fetch_add(1, Ordering::SeqCst);
        let under_way = self.under_way.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(under_way, Ordering::SeqCst);
        self.has_begun.notify_one();
        self.goes_on.acquire().await.unwrap().forget();
        self.under_way.fetch_sub(1, Ordering::SeqCst);
        (self.answer)(period)
    }
}

/// The route on its own, on a port of its own.
#[derive(Clone, Copy)]
struct Desk(SocketAddr);

impl Desk {
    async fn new(source: &Arc<Fake>, patience: Duration, fresh: Duration) -> Self {
        let source: Arc<dyn LiveSource> = Arc::clone(source) as Arc<dyn LiveSource>;
        let router = routes_with(Summaries::new(source, patience, fresh));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(axum::serve(listener, router).into_future());
        Desk(address)
    }

    async fn asked(&self, method: &str) -> (u16, Value) {
        let mut stream = TcpStream::connect(self.0).await.unwrap();
        let request = format!("{method} /api/v1/live HTTP/1.0\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        (status, serde_json::from_str(body).unwrap_or_default())
    }

    async fn summary(&self) -> Value {
        let (status, summary) = self.asked("GET").await;
        assert_eq!(status, 200);
        summary
    }

    fn asks(&self) -> JoinHandle<Value> {
        let desk = *self;
        tokio::spawn(async move { desk.summary().await })
    }
}

#[tokio::test]
async fn what_is_counted_and_how_things_stand_are_told_together() {
    let desk = Desk::new(&Fake::quick(nothing), LONG, NEVER).await;
    let summary = desk.summary().await;
    assert_eq!(summary["at"], "2026-12-01T08:00:00Z");
    assert_eq!(summary["from"], "2026-12-01T07:45:00Z");
    assert_eq!(summary["items"]["A01"], 0);
    assert_eq!(summary["why"], Value::Null);
    assert_eq!(summary["now"]["calls"], 7);
}

#[tokio::test]
async fn nothing_but_reading_is_allowed() {
    let fake = Fake::quick(nothing);
    let desk = Desk::new(&fake, LONG, NEVER).await;
    for method in ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "BREW"] {
        assert_eq!(desk.asked(method).await.0, 405, "{method}");
    }
    assert_eq!(fake.begun(), 0);
}

#[tokio::test]
async fn all_who_ask_at_once_share_one_reading() {
    let fake = Fake::new(nothing);
    let desk = Desk::new(&fake, LONG, EVER).await;
    let asking: Vec<_> = (0..50).map(|_| desk.asks()).collect();
    fake.has_begun.notified().await;
    fake.goes_on.add_permits(1_000);
    for asking in asking {
        assert_eq!(asking.await.unwrap()["items"]["A01"], 0);
    }
    assert_eq!(fake.begun(), 1);
}

#[tokio::test]
async fn a_summary_is_kept_for_as_long_as_it_is_fresh() {
    let (fresh, stale) = (Fake::quick(nothing), Fake::quick(nothing));
    for (fake, keeps, readings) in [(fresh, EVER, 1), (stale, NEVER, 3)] {
        let desk = Desk::new(&fake, LONG, keeps).await;
        for _ in 0..3 {
            desk.summary().await;
        }
        assert_eq!(fake.begun(), readings);
    }
}

#[tokio::test]
async fn a_store_that_cannot_be_asked_leaves_how_things_stand() {
    for why in Missing::ALL {
        let answer: fn(_) -> _ = match why {
            Missing::StoreLate => |_| Err(Missing::StoreLate),
            Missing::StoreAway => |_| Err(Missing::StoreAway),
            Missing::TooManyCalls => |_| Err(Missing::TooManyCalls),
        };
        let summary = Desk::new(&Fake::quick(answer), LONG, NEVER)
            .await
            .summary()
            .await;
        assert_eq!(summary["why"], why.word());
        let missing = ["items", "targets", "regions"].map(|name| &summary[name]);
        assert_eq!(missing, [&Value::Null; 3]);
        assert_eq!(summary["now"]["calls"], 7);
    }
}

#[tokio::test]
async fn a_slow_store_is_not_waited_for_and_not_asked_twice() {
    let fake = Fake::new(nothing);
    let desk = Desk::new(&fake, SHORT, NEVER).await;
    for _ in 0..3 {
        let summary = desk.summary().await;
        assert_eq!(summary["why"], "store-late");
        assert_eq!(summary["items"], Value::Null);
        assert_eq!(summary["now"]["calls"], 7);
    }
    assert_eq!(
        (fake.begun(), fake.under_way.load(Ordering::SeqCst)),
        (1, 1)
    );
    // It answers at last, and is asked again.
    fake.goes_on.add_permits(1_000);
    let patient = tokio::time::timeout(LONG, async {
        while desk.summary().await["items"].is_null() {}
    });
    patient.await.unwrap();
    assert_eq!(fake.most.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn who_hangs_up_takes_nothing_from_those_who_wait() {
    let fake = Fake::new(nothing);
    let desk = Desk::new(&fake, LONG, EVER).await;
    let first = desk.asks();
    fake.has_begun.notified().await;
    first.abort();
    assert!(first.await.unwrap_err().is_cancelled());
    let second = desk.asks();
    fake.goes_on.add_permits(1);
    assert_eq!(second.await.unwrap()["items"]["A01"], 0);
    assert_eq!(fake.begun(), 1);
}

#[tokio::test]
async fn a_reading_that_breaks_down_is_followed_by_another() {
    let fake = Fake::quick(|_| panic!("a reading that breaks down"));
    let desk = Desk::new(&fake, LONG, NEVER).await;
    for _ in 0..2 {
        assert_eq!(desk.summary().await["why"], "store-away");
    }
    assert_eq!(fake.begun(), 2);
}
