use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use sqlx::{AssertSqlSafe, Pool, SqlSafeStr as _, Transaction};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::health::Trouble;

use super::condition::Condition;
use super::dialect::{Dialect, Row, Value};
use super::error::StoreError;
use super::face::Store;
use super::name::Name;

/// A store in a database that speaks SQL.
pub(super) struct Sql<D: Dialect> {
    pub(super) pool: Pool<D>,
    /// The node that this store is opened for.
    pub(super) node: String,
    pub(super) patience: Duration,
    /// The latest change of the queue that anybody has told us about.
    pub(super) known: watch::Sender<i64>,
    /// What goes on besides the requests.
    pub(super) background: Vec<Background>,
    pub(super) name: Box<dyn Name>,
    pub(super) condition: Arc<Condition>,
}

/// A task that ends with whoever has it.
pub(super) struct Background(pub(super) JoinHandle<()>);

impl Drop for Background {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl<D: Dialect> fmt::Debug for Sql<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} store of node {}", D::NAME, self.node)
    }
}

impl<D: Dialect> Sql<D> {
    /// Waits for a request no longer than it may take.
    pub(super) async fn within<T>(
        &self,
        request: impl Future<Output = Result<T, StoreError>> + Send,
    ) -> Result<T, StoreError> {
        if !self.condition.is_usable() {
            return Err(StoreError::Unusable);
        }
        let mut asked = self.condition.asked();
        let answer = tokio::time::timeout(self.patience, request).await;
        let answer = answer.unwrap_or(Err(StoreError::Late(self.patience)));
        asked.answered(answer.as_ref().err());
        answer
    }

    /// Runs one statement by itself, and gives how many rows it touched.
    pub(super) async fn run(
        &self,
        sql: &'static str,
        values: &[Value<'_>],
    ) -> Result<u64, StoreError> {
        self.within(async {
            let mut connection = self.pool.acquire().await?;
            Ok(D::execute(&mut connection, sql.into_sql_str(), values).await?)
        })
        .await
    }

    /// Runs one statement by itself, and gives its rows.
    pub(super) async fn rows(
        &self,
        sql: &'static str,
        values: &[Value<'_>],
    ) -> Result<Vec<Row<D>>, StoreError> {
        self.within(async {
            let mut connection = self.pool.acquire().await?;
            let rows = D::fetch(&mut connection, sql.into_sql_str(), values).await?;
            Ok(rows.into_iter().map(Row).collect())
        })
        .await
    }

    /// Begins a transaction that writes; dropping it undoes it.
    pub(super) async fn begin(&self) -> Result<Work<D>, StoreError> {
        Ok(Work(self.pool.begin_with(D::BEGIN).await?))
    }

    /// Begins a transaction that reads everything as of one moment.
    pub(super) async fn begin_read(&self) -> Result<Work<D>, StoreError> {
        Ok(Work(self.pool.begin_with(D::BEGIN_READ).await?))
    }
}

#[async_trait]
impl<D: Dialect> Store for Sql<D> {
    fn node(&self) -> &str {
        &self.node
    }

    async fn claim_name(&self, wait: Duration) -> Result<(), StoreError> {
        match self.name.claim(wait).await? {
            true => Ok(()),
            false => Err(StoreError::NameTaken(self.node.clone())),
        }
    }

    fn troubles(&self) -> Vec<Trouble> {
        self.condition.troubles()
    }

    async fn close(&self) {
        for task in &self.background {
            task.0.abort();
        }
        self.pool.close().await;
        // Last: until then somebody else might find us at work.
        self.name.release().await;
    }
}

/// A transaction.
pub(super) struct Work<D: Dialect>(Transaction<'static, D>);

impl<D: Dialect> Work<D> {
    pub(super) async fn run(
        &mut self,
        sql: &'static str,
        values: &[Value<'_>],
    ) -> Result<u64, StoreError> {
        Ok(D::execute(&mut self.0, sql.into_sql_str(), values).await?)
    }

    /// `INSERT`s several rows at once: `head`, then `($1, $2)` for each row of so many columns, then
    /// `tail`.
    pub(super) async fn insert(
        &mut self,
        (head, tail): (&'static str, &'static str),
        columns: usize,
        values: &[Value<'_>],
    ) -> Result<u64, StoreError> {
        let rows: Vec<String> = (0..values.len() / columns)
            .map(|row| {
                let places = (1..=columns).map(|column| format!("${}", row * columns + column));
                format!("({})", places.collect::<Vec<_>>().join(", "))
            })
            .collect();
        let sql = format!("{head} VALUES {} {tail}", rows.join(", "));
        // Made of texts of ours and of numbers of places only.
        let sql = AssertSqlSafe(sql).into_sql_str();
        Ok(D::execute(&mut self.0, sql, values).await?)
    }

    pub(super) async fn rows(
        &mut self,
        sql: &'static str,
        values: &[Value<'_>],
    ) -> Result<Vec<Row<D>>, StoreError> {
        let rows = D::fetch(&mut self.0, sql.into_sql_str(), values).await?;
        Ok(rows.into_iter().map(Row).collect())
    }

    /// The first row, of a statement that gives at most one.
    pub(super) async fn row(
        &mut self,
        sql: &'static str,
        values: &[Value<'_>],
    ) -> Result<Option<Row<D>>, StoreError> {
        Ok(self.rows(sql, values).await?.into_iter().next())
    }

    pub(super) async fn commit(self) -> Result<(), StoreError> {
        Ok(self.0.commit().await?)
    }
}
