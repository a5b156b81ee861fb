use std::time::Duration;

use jiff::Timestamp;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, Row as _};
use tempfile::TempDir;

use super::super::testing::{self, Cluster};
use super::super::{Place, SharedStore, open};

pub(super) fn at(millis: i64) -> Timestamp {
    Timestamp::from_millisecond(1_800_000_000_000 + millis).unwrap()
}

/// An empty database, which nodes may share.
pub(super) struct Lab {
    pub(super) place: Place,
    /// Holds the file, where it is one.
    folder: Option<TempDir>,
}

impl Lab {
    pub(super) fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/ivr111.db");
        let mut place = Place::new(format!("sqlite:{}", path.display()));
        // As long as the slowest machine needs; nothing here waits for it to pass.
        place.patience = Duration::from_secs(60);
        Lab {
            place,
            folder: Some(folder),
        }
    }

    pub(super) fn postgres() -> Self {
        Self::on(testing::cluster())
    }

    pub(super) fn on(cluster: &Cluster) -> Self {
        let mut place = Place::new(cluster.database());
        place.password = Some(testing::PASSWORD.into());
        place.patience = Duration::from_secs(60);
        Lab {
            place,
            folder: None,
        }
    }

    /// The folder of a SQLite file.
    pub(super) fn folder(&self) -> &std::path::Path {
        self.folder.as_ref().unwrap().path()
    }

    /// The store as the node `main` has it.
    pub(super) async fn store(&self) -> SharedStore {
        open(&self.place).await.unwrap()
    }

    /// The store as a node of that name has it.
    pub(super) async fn node(&self, name: &str) -> SharedStore {
        open(&self.place.clone().of_node(name)).await.unwrap()
    }

    /// Runs statements beside the store.
    pub(super) async fn sql(&self, sql: &str) -> Result<u64, sqlx::Error> {
        let mut beside = self.beside().await?;
        let done = beside.sql(sql).await;
        beside.close().await?;
        done
    }

    /// Asks for one number beside the store.
    pub(super) async fn count(&self, sql: &str) -> i64 {
        let mut beside = self.beside().await.unwrap();
        let query = AssertSqlSafe(sql.to_owned());
        let number = match &mut beside {
            Beside::Sqlite(connection) => sqlx::query_scalar(query).fetch_one(connection).await,
            Beside::Postgres(connection) => sqlx::query_scalar(query).fetch_one(connection).await,
        };
        beside.close().await.unwrap();
        number.unwrap()
    }

    /// How the database would go about a statement with up to two values, where tables are large.
    pub(super) async fn plan(&self, sql: &str) -> String {
        let sql = sql.replace("$1", "'+447700900001'");
        match self.beside().await.unwrap() {
            Beside::Sqlite(mut connection) => {
                let sql = format!("EXPLAIN QUERY PLAN {}", sql.replace("$2", "0"));
                let rows = sqlx::query(AssertSqlSafe(sql))
                    .fetch_all(&mut connection)
                    .await;
                let steps = rows
                    .unwrap()
                    .into_iter()
                    .map(|row| row.get::<String, _>("detail"));
                steps.collect::<Vec<_>>().join("\n")
            }
            Beside::Postgres(mut connection) => {
                // An empty table would be read through, large ones are not.
                let off = sqlx::raw_sql("SET enable_seqscan = off");
                off.execute(&mut connection).await.unwrap();
                let value = if sql.contains("node = $2") {
                    "'main'"
                } else {
                    "0"
                };
                let sql = format!("EXPLAIN {}", sql.replace("$2", value));
                let rows = sqlx::query(AssertSqlSafe(sql))
                    .fetch_all(&mut connection)
                    .await;
                let steps = rows.unwrap().into_iter().map(|row| row.get::<String, _>(0));
                steps.collect::<Vec<_>>().join("\n")
            }
        }
    }

    /// Holds what the timeline is written into, so that nobody else can write it.
    pub(super) async fn lock(&self) -> Lock {
        self.hold(match self.folder {
            Some(_) => "BEGIN EXCLUSIVE",
            None => "BEGIN; LOCK TABLE call_event IN ACCESS EXCLUSIVE MODE",
        })
        .await
    }

    /// Begins a transaction beside the store, and leaves it open.
    pub(super) async fn hold(&self, sql: &str) -> Lock {
        let mut beside = self.beside().await.unwrap();
        beside.sql(sql).await.unwrap();
        Lock(beside)
    }

    async fn beside(&self) -> Result<Beside, sqlx::Error> {
        if let Some(path) = self.place.url.strip_prefix("sqlite:") {
            let options = SqliteConnectOptions::new().filename(path);
            let options = options.busy_timeout(self.place.patience);
            return Ok(Beside::Sqlite(options.connect().await?));
        }
        let options: PgConnectOptions = self.place.url.parse()?;
        let options = options.password(testing::PASSWORD);
        Ok(Beside::Postgres(options.connect().await?))
    }
}

/// A connection beside the store's.
enum Beside {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Beside {
    async fn sql(&mut self, sql: &str) -> Result<u64, sqlx::Error> {
        let sql = sqlx::raw_sql(AssertSqlSafe(sql.to_owned()));
        Ok(match self {
            Beside::Sqlite(connection) => sql.execute(connection).await?.rows_affected(),
            Beside::Postgres(connection) => sql.execute(connection).await?.rows_affected(),
        })
    }

    async fn close(self) -> Result<(), sqlx::Error> {
        match self {
            Beside::Sqlite(connection) => connection.close().await,
            Beside::Postgres(connection) => connection.close().await,
        }
    }
}

/// A lock that is held.
pub(super) struct Lock(Beside);

impl Lock {
    pub(super) async fn release(mut self) {
        self.0.sql("ROLLBACK").await.unwrap();
        self.0.close().await.unwrap();
    }
}
