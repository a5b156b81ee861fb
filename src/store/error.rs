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
    /// The URL is of no kind that is known.
    #[error("`{0}` is no store; write sqlite: and a path")]
    Url(String),
    /// A row that was not written by us.
    #[error("the store holds something that cannot be read: {0}")]
    Row(String),
}

impl StoreError {
    /// Whether the same request may succeed a moment later.
    pub fn retryable(&self) -> bool {
        matches!(
            self,
            StoreError::Database(
                sqlx::Error::PoolTimedOut | sqlx::Error::Io(_) | sqlx::Error::Database(_)
            )
        )
    }
}
