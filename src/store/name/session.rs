use std::time::Duration;

use async_trait::async_trait;
use sha2::{Digest as _, Sha256};
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{ConnectOptions as _, Connection as _, Executor as _};
use tokio::sync::Mutex;
use tokio::time::{Instant, sleep};

use super::super::error::StoreError;
use super::super::sql::Background;
use super::{Name, PAUSE};

/// How often it is looked whether the session is still there.
const LOOK: Duration = Duration::from_secs(1);
/// How long it takes at most until a session that has been ended has let go of its lock.
const ENDING: Duration = Duration::from_secs(2);
/// The server, too, notices soon when the machine of a session has gone.
const SETTINGS: &str = "SET tcp_keepalives_idle = 5; SET tcp_keepalives_interval = 2; \
                        SET tcp_keepalives_count = 3";
/// Ends a session that holds the lock.
const END: &str = "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE pid = $1 AND granted \
                   AND locktype = 'advisory' AND (classid::bigint << 32) | objid::bigint = $2";

/// The lock that a session of PostgreSQL holds, on a connection of its own. When that breaks off, or there
/// has been none as the database was away, the lock is taken as soon as that is possible.
pub(in crate::store) struct SessionLock {
    claim: Claim,
    keeper: Mutex<Option<Background>>,
}

/// What it takes to get the lock.
#[derive(Clone)]
struct Claim {
    options: PgConnectOptions,
    key: i64,
    patience: Duration,
}

/// A session that holds the lock, and the process of the server that serves it.
struct Session {
    connection: PgConnection,
    process: i32,
}

impl SessionLock {
    pub(in crate::store) fn new(options: PgConnectOptions, node: &str, patience: Duration) -> Self {
        SessionLock {
            claim: Claim {
                options,
                key: key(node),
                patience,
            },
            keeper: Mutex::default(),
        }
    }
}

#[async_trait]
impl Name for SessionLock {
    async fn claim(&self, wait: Duration) -> Result<bool, StoreError> {
        let mut keeper = self.keeper.lock().await;
        if keeper.is_some() {
            return Ok(true);
        }
        let session = match self.claim.take(None, wait).await {
            Ok(Some(session)) => Some(session),
            Ok(None) => return Ok(false),
            Err(error) if error.retryable() => None,
            Err(error) => return Err(error),
        };
        let keep = keep(session, self.claim.clone());
        *keeper = Some(Background(tokio::spawn(keep)));
        Ok(true)
    }

    async fn release(&self) {
        *self.keeper.lock().await = None;
    }
}

impl Claim {
    /// Begins a session that holds the lock; none when another holds it for all of `wait`. The session
    /// that held it `before` may live on where the server has not noticed that nobody is there any more.
    async fn take(
        &self,
        before: Option<i32>,
        wait: Duration,
    ) -> Result<Option<Session>, StoreError> {
        let begun = tokio::time::timeout(self.patience, self.begin(before)).await;
        let mut session = begun.unwrap_or(Err(StoreError::Late(self.patience)))?;
        let until = Instant::now() + wait;
        loop {
            let tried = tokio::time::timeout(self.patience, session.try_lock(self.key)).await;
            if tried.unwrap_or(Err(StoreError::Late(self.patience)))? {
                return Ok(Some(session));
            }
            if Instant::now() >= until {
                return Ok(None);
            }
            sleep(PAUSE).await;
        }
    }

    async fn begin(&self, before: Option<i32>) -> Result<Session, StoreError> {
        let mut connection = self.options.connect().await?;
        connection.execute(sqlx::raw_sql(SETTINGS)).await?;
        if let Some(process) = before {
            let end = sqlx::query(END).bind(process).bind(self.key);
            connection.execute(end).await?;
        }
        let process = sqlx::query_scalar("SELECT pg_backend_pid()");
        Ok(Session {
            process: process.fetch_one(&mut connection).await?,
            connection,
        })
    }
}

impl Session {
    async fn try_lock(&mut self, key: i64) -> Result<bool, StoreError> {
        let lock = sqlx::query_scalar("SELECT pg_try_advisory_lock($1)").bind(key);
        Ok(lock.fetch_one(&mut self.connection).await?)
    }

    /// Waits until the session has broken off.
    async fn ends(&mut self, patience: Duration) {
        while let Ok(Ok(())) = tokio::time::timeout(patience, self.connection.ping()).await {
            sleep(LOOK).await;
        }
    }
}

/// Holds the lock for as long as the store is open.
async fn keep(mut session: Option<Session>, claim: Claim) {
    loop {
        let mut before = None;
        if let Some(mut held) = session.take() {
            held.ends(claim.patience).await;
            before = Some(held.process);
        }
        tracing::warn!("no session holds the node's name");
        session = Some(again(before, &claim).await);
        tracing::info!("the node's name is held");
    }
}

async fn again(before: Option<i32>, claim: &Claim) -> Session {
    let mut said = false;
    loop {
        match claim.take(before, ENDING).await {
            Ok(Some(session)) => return session,
            Ok(None) if !said => {
                said = true;
                metrics::counter!("ivr111_store_name_taken_total").increment(1);
                tracing::error!("another process runs under this node's name: end one of them");
            }
            Ok(None) => {}
            Err(error) => tracing::debug!(%error, "the node's name is not held"),
        }
        sleep(LOOK).await;
    }
}

/// The number of a node's lock. Locks of one database have nothing to do with those of another.
pub(in crate::store) fn key(node: &str) -> i64 {
    let hash = Sha256::digest(format!("ivr111:{node}"));
    let first = hash.iter().take(8);
    first.fold(0, |key, byte| key << 8 | i64::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::{PASSWORD, cluster};
    use super::*;

    /// Longer than anything here takes.
    const LONG: Duration = Duration::from_secs(60);

    /// Names whose numbers are below and above nothing: the server keeps them in two halves.
    fn names() -> [String; 2] {
        let names = || (0..).map(|n: u32| format!("node-{n}"));
        let found = [true, false].map(|below| names().find(|name| (key(name) < 0) == below));
        found.map(Option::unwrap)
    }

    #[tokio::test]
    async fn only_a_session_of_one_s_own_is_ended() {
        let options: PgConnectOptions = cluster().database().parse().unwrap();
        let options = options.password(PASSWORD);
        for name in names() {
            let claim = SessionLock::new(options.clone(), &name, LONG).claim;
            let held = claim.take(None, Duration::ZERO).await.unwrap().unwrap();
            let other = SessionLock::new(options.clone(), "other", LONG).claim;
            let other = other.take(None, LONG).await.unwrap().unwrap();
            for before in [None, Some(other.process)] {
                let refused = claim.take(before, Duration::ZERO).await.unwrap();
                assert!(refused.is_none());
            }
            let again = claim.take(Some(held.process), LONG).await.unwrap();
            assert!(again.is_some());
            let Session { mut connection, .. } = other;
            connection.ping().await.unwrap();
        }
    }
}
