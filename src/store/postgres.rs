use std::sync::Arc;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgListener, PgPool, PgPoolOptions};
use sqlx::{
    AssertSqlSafe, ConnectOptions as _, Connection as _, Executor as _, Postgres, SqlSafeStr as _,
};
use tokio::sync::watch;

use super::condition::Condition;
use super::dialect::{Dialect, Row};
use super::error::StoreError;
use super::name::SessionLock;
use super::place::Place;
use super::schema::schema;
use super::sql::{Background, Sql};

/// Connections of a node: one for each of its writers, and some for those who read.
const CONNECTIONS: u32 = 8;
/// A connection that has been idle for so long is tried before it is used.
const TRIED: Duration = Duration::from_secs(1);
/// A node that begins a transaction and then falls silent holds up the queue of all nodes for so long.
const SILENT: Duration = Duration::from_secs(2);
/// Between two tries to listen, at first and at most.
const PAUSE: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(5));
/// After so long without a word the listener begins anew: it cannot tell silence from a broken line.
const QUIET: Duration = Duration::from_secs(60);
const CHANNEL: &str = "ivr111_queue";

/// Opens `postgres://user@host/database`; one that cannot be reached only with `even_away`.
pub(super) async fn open(place: &Place, even_away: bool) -> Result<Sql<Postgres>, StoreError> {
    let mut options: PgConnectOptions = place.url.parse().map_err(|_| StoreError::Url)?;
    if let Some(password) = &place.password {
        options = options.password(password);
    }
    options = options.application_name(&format!("ivr111 {}", place.node));
    let (tell, ready) = watch::channel(false);
    let updated = update_schema(&options, place.patience).await;
    let known = watch::Sender::new(0);
    let listener = tokio::spawn(listen(options.clone(), known.clone()));
    let mut background = vec![Background(listener)];
    match updated {
        Ok(()) => drop(tell.send_replace(true)),
        Err(error) if even_away && error.retryable() => {
            tracing::warn!(%error, "the store is not there yet");
            let update = keep_updating(options.clone(), place.patience, tell);
            background.push(Background(tokio::spawn(update)));
        }
        Err(error) => return Err(error),
    }
    let name = SessionLock::new(options.clone(), &place.node, place.patience);
    Ok(Sql {
        pool: pool(place, options, ready),
        node: place.node.clone(),
        patience: place.patience,
        known,
        background,
        name: Box::new(name),
        condition: Arc::new(Condition::new(place.patience)),
    })
}

/// Connections, none of which is used before the database is `ready`.
fn pool(place: &Place, options: PgConnectOptions, ready: watch::Receiver<bool>) -> PgPool {
    // The server gives up too, so that nothing goes on there that nobody waits for here.
    let millis = place.patience.as_millis();
    let session = format!(
        "SET statement_timeout = {millis}; SET lock_timeout = {millis}; \
         SET idle_in_transaction_session_timeout = {}; SET tcp_keepalives_idle = 5; \
         SET tcp_keepalives_interval = 2; SET tcp_keepalives_count = 3",
        SILENT.as_millis()
    );
    let patience = place.patience;
    PgPoolOptions::new()
        .max_connections(CONNECTIONS)
        .acquire_timeout(patience)
        .test_before_acquire(false)
        .before_acquire(|connection, meta| {
            Box::pin(async move { Ok(meta.idle_for < TRIED || connection.ping().await.is_ok()) })
        })
        // A connection on which a request was given up does not keep its place in the pool for ever.
        .after_release(move |connection, _| {
            Box::pin(async move {
                let ping = tokio::time::timeout(patience, connection.ping()).await;
                ping.unwrap_or(Err(sqlx::Error::PoolTimedOut))?;
                Ok(true)
            })
        })
        .after_connect(move |connection, _| {
            // Made of numbers only.
            let session = AssertSqlSafe(session.clone());
            let mut ready = ready.clone();
            Box::pin(async move {
                connection.execute(sqlx::raw_sql(session)).await?;
                let ready = ready.wait_for(|ready| *ready).await;
                ready.map(drop).map_err(|_| sqlx::Error::PoolClosed)
            })
        })
        .connect_lazy_with(options)
}

/// Tries until the schema is up to date.
async fn keep_updating(options: PgConnectOptions, patience: Duration, ready: watch::Sender<bool>) {
    let mut pause = PAUSE.0;
    while let Err(error) = update_schema(&options, patience).await {
        match error.retryable() {
            true => tracing::debug!(%error, "the store is not there yet"),
            false => tracing::error!(%error, "the store is there, and cannot be used"),
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(PAUSE.1);
    }
    tracing::info!("the store is there");
    ready.send_replace(true);
}

/// On a connection of its own, which may take its time once it is there: a table may be large.
async fn update_schema(options: &PgConnectOptions, patience: Duration) -> Result<(), StoreError> {
    let connection = tokio::time::timeout(patience, options.connect()).await;
    let mut connection = connection.map_err(|_| StoreError::Late(patience))??;
    let schema = schema(&sqlx::migrate!("src/store/migrations/postgres"));
    schema.run_direct(None, &mut connection, false).await?;
    connection.close().await?;
    Ok(())
}

/// Tells `known` of changes for as long as the store is open.
async fn listen(options: PgConnectOptions, known: watch::Sender<i64>) {
    let mut pause = PAUSE.0;
    loop {
        match hear(&options, &known).await {
            Ok(()) => pause = PAUSE.0,
            Err(error) => {
                tracing::debug!(%error, "changes of the queue are looked for, not heard of");
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(PAUSE.1);
            }
        }
    }
}

/// Listens until the connection is lost, or nothing has been heard for long.
async fn hear(options: &PgConnectOptions, known: &watch::Sender<i64>) -> Result<(), StoreError> {
    let pool = PgPoolOptions::new()
        .max_connections(1)
        .acquire_timeout(PAUSE.1)
        .connect_with(options.clone())
        .await?;
    let mut listener = PgListener::connect_with(&pool).await?;
    listener.eager_reconnect(false);
    listener.listen(CHANNEL).await?;
    // What was changed while nobody listened.
    let clock = Postgres::CLOCK.into_sql_str();
    let rows = sqlx::query(clock).fetch_all(&mut listener).await?;
    for row in rows {
        heard(known, Row::<Postgres>(row).int("change")?);
    }
    while let Ok(news) = tokio::time::timeout(QUIET, listener.try_recv()).await {
        match news? {
            Some(news) => heard(known, news.payload().parse().unwrap_or(0)),
            None => break,
        }
    }
    Ok(())
}

/// Wakes whoever waits for this change.
pub(super) fn heard(known: &watch::Sender<i64>, change: i64) {
    known.send_if_modified(|latest| {
        let newer = change > *latest;
        *latest = change.max(*latest);
        newer
    });
}
