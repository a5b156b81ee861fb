use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{ConnectOptions as _, Connection as _, Sqlite, SqliteConnection};
use tokio::sync::watch;

use super::condition::Condition;
use super::error::StoreError;
use super::name::LockFile;
use super::place::Place;
use super::schema::schema;
use super::sql::{Background, Sql};

/// Between two looks whether a database that cannot be used is sound again.
const LOOK: Duration = Duration::from_secs(1);

/// When the file was last found sound. Connections from before that have seen another one.
type FoundSound = Arc<Mutex<Option<Instant>>>;

/// Opens `sqlite:` and a path. A new file can be read by its owner only: it holds callers' numbers. One that
/// cannot be used now, but may be later, is opened only with `even_away`.
pub(super) async fn open(place: &Place, even_away: bool) -> Result<Sql<Sqlite>, StoreError> {
    let path = place.url.strip_prefix("sqlite:").ok_or(StoreError::Url)?;
    let path = Path::new(path);
    let file = File::at(path, place.patience);
    let condition = Arc::new(Condition::new(place.patience));
    match file.prepare(false).await {
        Ok(()) => {}
        Err(error) if even_away && error.retryable() => {
            tracing::error!(%error, "the store cannot be used yet");
            condition.met(&error);
            condition.set_usable(false);
        }
        Err(error) => return Err(error),
    }
    let found = FoundSound::default();
    let pool = file.pool(Arc::clone(&found));
    let mending = mend(file, Arc::clone(&condition), found);
    Ok(Sql {
        pool,
        node: place.node.clone(),
        patience: place.patience,
        known: watch::Sender::new(0),
        background: vec![Background(tokio::spawn(mending))],
        name: Box::new(LockFile::beside(path, &place.node)?),
        condition,
    })
}

/// The database's file.
struct File {
    path: PathBuf,
    options: SqliteConnectOptions,
    patience: Duration,
}

impl File {
    fn at(path: &Path, patience: Duration) -> Self {
        // FULL: what has been promised has reached the disk when the promise is spoken. Whoever waits for a lock
        // is told so before the request is given up.
        let options = SqliteConnectOptions::new()
            .filename(path)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(patience * 9 / 10);
        File {
            path: path.to_owned(),
            options,
            patience,
        }
    }

    /// Makes what is missing and brings the schema up to date. All pages are looked at where the file has been
    /// found damaged before.
    async fn prepare(&self, was_damaged: bool) -> Result<(), StoreError> {
        if let Some(folder) = self.path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let mut file = OpenOptions::new();
        file.create(true)
            .append(true)
            .mode(0o600)
            .open(&self.path)?;
        let mut connection = self.options.connect().await?;
        let prepared = prepare(&mut connection, was_damaged).await;
        let closed = connection.close().await;
        prepared?;
        Ok(closed?)
    }

    fn pool(&self, found: FoundSound) -> SqlitePool {
        SqlitePoolOptions::new()
            .max_connections(4)
            .acquire_timeout(self.patience)
            .before_acquire(move |connection, meta| {
                let found = *found.lock().unwrap_or_else(PoisonError::into_inner);
                let is_of_this_file = found.is_none_or(|found| found.elapsed() > meta.age);
                // SQLite ends a transaction by itself where the disk is full, and the connection takes it to be
                // open ever after.
                let is_free = !connection.is_in_transaction();
                Box::pin(async move { Ok(is_of_this_file && is_free) })
            })
            .connect_lazy_with(self.options.clone())
    }
}

async fn prepare(connection: &mut SqliteConnection, check: bool) -> Result<(), StoreError> {
    if check {
        let answer: String = sqlx::query_scalar("PRAGMA quick_check(1)")
            .fetch_one(&mut *connection)
            .await?;
        if answer != "ok" {
            return Err(StoreError::Damaged(answer));
        }
    }
    schema(&sqlx::migrate!("src/store/migrations/sqlite"))
        .run_direct(None, connection, false)
        .await?;
    Ok(())
}

/// Looks again and again at a database that cannot be used, and lets it be used once it is sound.
async fn mend(file: File, condition: Arc<Condition>, found: FoundSound) {
    loop {
        condition.unusable().await;
        tracing::error!("nothing is asked of the store until its database is there and sound");
        while let Err(error) = file.prepare(true).await {
            condition.met(&error);
            tracing::debug!(%error, "the database is not sound yet");
            tokio::time::sleep(LOOK).await;
        }
        *found.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        tracing::warn!("the database is there and sound: the store is used again");
        condition.set_usable(true);
    }
}
