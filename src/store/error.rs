use std::time::Duration;

use thiserror::Error;

/// What can go wrong with the store.
#[derive(Debug, Error)]
pub enum StoreError {
    /// The database answered with an error.
    #[error("the store failed: {0}")]
    Database(#[from] sqlx::Error),
    /// The schema could not be brought up to date.
    #[error("the store's schema: {0}")]
    Schema(#[from] sqlx::migrate::MigrateError),
    /// The file or its folder cannot be made.
    #[error("the store's file: {0}")]
    File(#[from] std::io::Error),
    /// There was no answer in time. Whether the request has been carried out is not known.
    #[error("the store did not answer within {0:?}")]
    Late(Duration),
    /// The URL is of no kind that is known. It is not repeated here: there may be a password in it.
    #[error("this is no store; write sqlite: and a path, or postgres://user@host/database")]
    Url,
    /// Another process acts for the same node.
    #[error(
        "another process runs as node {0:?} on this store; end it, or give this one a name of its own: \
         [store] node = \"...\""
    )]
    NameTaken(String),
    /// The database is damaged, or has not been there yet. It is looked for, and used again once it is sound.
    #[error("the store cannot be used until its database is there and sound")]
    Unusable,
    /// The database has been looked through, and is not sound.
    #[error("the database is damaged: {0}")]
    Damaged(String),
    /// A row that was not written by us.
    #[error("the store holds something that cannot be read: {0}")]
    Row(String),
    /// A request that makes no sense.
    #[error("the store was asked for something impossible: {0}")]
    Request(&'static str),
}

impl StoreError {
    /// Whether the same request may succeed a moment later. All requests may be made twice.
    pub fn retryable(&self) -> bool {
        match self {
            StoreError::Late(_) | StoreError::Unusable | StoreError::Damaged(_) => true,
            StoreError::Database(error) => passes(error),
            StoreError::Schema(sqlx::migrate::MigrateError::Execute(error)) => passes(error),
            _ => false,
        }
    }
}

fn passes(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::PoolTimedOut | sqlx::Error::Io(_) | sqlx::Error::WorkerCrashed => true,
        // What was left unread on a connection that broke off; the next one is another connection.
        sqlx::Error::Protocol(_) => true,
        // A transaction that the database has ended by itself; that connection is not used again.
        sqlx::Error::InvalidSavePointStatement => true,
        sqlx::Error::Database(error) => error.code().is_some_and(|code| code_passes(&code)),
        _ => false,
    }
}

/// PostgreSQL's codes have five characters, of which two name the class; SQLite's are numbers, of which
/// the lowest eight bits do.
fn code_passes(code: &str) -> bool {
    // Connection, transaction (deadlock, aborted, idle too long), resources, lock or not yet ready,
    // shutting down or cancelled, system.
    const POSTGRES: [&str; 7] = ["08", "25", "40", "53", "55", "57", "58"];
    // Busy, locked, I/O, damaged, full, cannot open, protocol of locks, no database.
    const SQLITE: [u32; 8] = [5, 6, 10, 11, 13, 14, 15, 26];
    match code.parse::<u32>() {
        Ok(number) if code.len() != 5 => SQLITE.contains(&(number & 0xff)),
        _ => code.get(..2).is_some_and(|class| POSTGRES.contains(&class)),
    }
}
