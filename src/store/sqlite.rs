use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use sqlx::Sqlite;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use tokio::sync::watch;

use super::error::StoreError;
use super::name::LockFile;
use super::place::Place;
use super::schema::schema;
use super::sql::Sql;

/// Opens `sqlite:` and a path. A new file can be read by its owner only: it holds callers' numbers.
pub(super) async fn open(place: &Place) -> Result<Sql<Sqlite>, StoreError> {
    let path = place.url.strip_prefix("sqlite:").ok_or(StoreError::Url)?;
    let path = Path::new(path);
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let mut file = OpenOptions::new();
    file.create(true).append(true).mode(0o600).open(path)?;
    // FULL: what has been promised has reached the disk when the promise is spoken.
    let options = SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(place.patience);
    let pool = SqlitePoolOptions::new()
        .max_connections(4)
        .acquire_timeout(place.patience)
        .connect_with(options)
        .await?;
    let schema = schema(&sqlx::migrate!("src/store/migrations/sqlite"));
    schema.run(&pool).await?;
    Ok(Sql {
        pool,
        node: place.node.clone(),
        patience: place.patience,
        known: watch::Sender::new(0),
        background: Vec::new(),
        name: Box::new(LockFile::beside(path, &place.node)?),
    })
}
