use std::borrow::Cow;
use std::future::Future;

use jiff::Timestamp;
use sqlx::{Database, Postgres, Row as _, SqlStr, Sqlite};

use crate::identity::Reference;

use super::error::StoreError;

/// What differs between the two databases. All other SQL is one text for both.
pub(super) trait Dialect: Database {
    /// Begins a transaction that writes.
    const BEGIN: &'static str;
    /// Begins one that only reads, and reads everything as of one moment.
    const BEGIN_READ: &'static str;
    /// Counts a change of the queue, waits for whoever is changing it, and gives `change` and `now`: the
    /// database's clock in milliseconds. Others are woken when the transaction is committed.
    const TICK: &'static str;
    /// Gives `change`, `horizon` and `now`.
    const CLOCK: &'static str;

    /// Runs a statement and gives how many rows it touched.
    fn execute<'a>(
        connection: &'a mut Self::Connection,
        sql: SqlStr,
        values: &'a [Value<'a>],
    ) -> impl Future<Output = Result<u64, sqlx::Error>> + Send + 'a;

    /// Runs a statement and gives its rows.
    fn fetch<'a>(
        connection: &'a mut Self::Connection,
        sql: SqlStr,
        values: &'a [Value<'a>],
    ) -> impl Future<Output = Result<Vec<Self::Row>, sqlx::Error>> + Send + 'a;

    /// Reads a column.
    fn text(row: &Self::Row, column: &str) -> Result<Option<String>, sqlx::Error>;
    /// Reads a column.
    fn int(row: &Self::Row, column: &str) -> Result<Option<i64>, sqlx::Error>;
    /// Reads a column.
    fn flag(row: &Self::Row, column: &str) -> Result<bool, sqlx::Error>;
}

/// What stands for `$1` and so on.
#[derive(Clone, Debug)]
pub(super) enum Value<'a> {
    Text(Option<Cow<'a, str>>),
    Int(Option<i64>),
    Flag(bool),
}

macro_rules! value_from {
    ($($from:ty: $given:ident => $value:expr;)*) => {
        $(impl<'a> From<$from> for Value<'a> {
            fn from($given: $from) -> Self {
                $value
            }
        })*
    };
}

value_from! {
    &'a str: text => Value::Text(Some(Cow::Borrowed(text)));
    &'a String: text => Value::Text(Some(Cow::Borrowed(text)));
    String: text => Value::Text(Some(Cow::Owned(text)));
    Option<&'a str>: text => Value::Text(text.map(Cow::Borrowed));
    &'a Option<String>: text => Value::Text(text.as_deref().map(Cow::Borrowed));
    Reference: reference => Value::Text(Some(Cow::Owned(reference.to_string())));
    Option<Reference>: reference => Value::Text(reference.map(|one| Cow::Owned(one.to_string())));
    i64: number => Value::Int(Some(number));
    Option<i64>: number => Value::Int(number);
    u32: number => Value::Int(Some(number.into()));
    Timestamp: at => Value::Int(Some(at.as_millisecond()));
    Option<Timestamp>: at => Value::Int(at.map(Timestamp::as_millisecond));
    bool: flag => Value::Flag(flag);
}

/// The values of a statement, in the order of `$1`, `$2` and so on.
macro_rules! values {
    ($($value:expr),* $(,)?) => {
        &[$($crate::store::dialect::Value::from($value)),*]
    };
}
pub(super) use values;

/// PostgreSQL keeps no text with a NUL in it; one from outside must not stop the rest.
pub(super) fn clean(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

macro_rules! dialect {
    ($database:ty { $($constant:ident = $sql:expr;)* }) => {
        impl Dialect for $database {
            $(const $constant: &'static str = $sql;)*

            async fn execute<'a>(
                connection: &'a mut Self::Connection,
                sql: SqlStr,
                values: &'a [Value<'a>],
            ) -> Result<u64, sqlx::Error> {
                let query = values.iter().fold(sqlx::query(sql), |query, value| match value {
                    Value::Text(text) => query.bind(text.as_deref().map(clean)),
                    Value::Int(number) => query.bind(*number),
                    Value::Flag(flag) => query.bind(*flag),
                });
                Ok(query.execute(connection).await?.rows_affected())
            }

            async fn fetch<'a>(
                connection: &'a mut Self::Connection,
                sql: SqlStr,
                values: &'a [Value<'a>],
            ) -> Result<Vec<Self::Row>, sqlx::Error> {
                let query = values.iter().fold(sqlx::query(sql), |query, value| match value {
                    Value::Text(text) => query.bind(text.as_deref().map(clean)),
                    Value::Int(number) => query.bind(*number),
                    Value::Flag(flag) => query.bind(*flag),
                });
                query.fetch_all(connection).await
            }

            fn text(row: &Self::Row, column: &str) -> Result<Option<String>, sqlx::Error> {
                row.try_get(column)
            }

            fn int(row: &Self::Row, column: &str) -> Result<Option<i64>, sqlx::Error> {
                row.try_get(column)
            }

            fn flag(row: &Self::Row, column: &str) -> Result<bool, sqlx::Error> {
                row.try_get(column)
            }
        }
    };
}

dialect!(Sqlite {
    // IMMEDIATE: a transaction that reads first and then writes is refused if another has written since.
    BEGIN = "BEGIN IMMEDIATE";
    BEGIN_READ = "BEGIN";
    TICK = "UPDATE queue_clock SET change = change + 1 \
            RETURNING change, CAST(unixepoch('subsec') * 1000 AS INTEGER) AS now";
    CLOCK = "SELECT change, horizon, CAST(unixepoch('subsec') * 1000 AS INTEGER) AS now \
             FROM queue_clock";
});

dialect!(Postgres {
    BEGIN = "BEGIN";
    BEGIN_READ = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
    // The clock of this moment, not of the transaction's beginning: there may have been a wait.
    TICK = "UPDATE queue_clock SET change = change + 1 RETURNING change, \
            CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT) AS now, \
            pg_notify('ivr111_queue', CAST(change AS TEXT))";
    CLOCK = "SELECT change, horizon, \
             CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT) AS now FROM queue_clock";
});

/// A row that has been read.
pub(super) struct Row<D: Dialect>(pub(super) D::Row);

impl<D: Dialect> Row<D> {
    pub(super) fn text(&self, column: &str) -> Result<String, StoreError> {
        self.maybe_text(column)?.ok_or_else(|| missing(column))
    }

    pub(super) fn maybe_text(&self, column: &str) -> Result<Option<String>, StoreError> {
        Ok(D::text(&self.0, column)?)
    }

    pub(super) fn int(&self, column: &str) -> Result<i64, StoreError> {
        self.maybe_int(column)?.ok_or_else(|| missing(column))
    }

    pub(super) fn maybe_int(&self, column: &str) -> Result<Option<i64>, StoreError> {
        Ok(D::int(&self.0, column)?)
    }

    pub(super) fn count(&self, column: &str) -> Result<u32, StoreError> {
        let number = self.int(column)?;
        u32::try_from(number).map_err(|_| StoreError::Row(format!("{number} as {column}")))
    }

    pub(super) fn flag(&self, column: &str) -> Result<bool, StoreError> {
        Ok(D::flag(&self.0, column)?)
    }

    pub(super) fn time(&self, column: &str) -> Result<Timestamp, StoreError> {
        time(self.int(column)?)
    }

    pub(super) fn maybe_time(&self, column: &str) -> Result<Option<Timestamp>, StoreError> {
        self.maybe_int(column)?.map(time).transpose()
    }

    pub(super) fn reference(&self, column: &str) -> Result<Reference, StoreError> {
        let text = self.text(column)?;
        text.parse()
            .map_err(|_| StoreError::Row(format!("the reference {text}")))
    }
}

fn missing(column: &str) -> StoreError {
    StoreError::Row(format!("nothing as {column}"))
}

pub(super) fn time(millis: i64) -> Result<Timestamp, StoreError> {
    Timestamp::from_millisecond(millis)
        .map_err(|_| StoreError::Row(format!("a time of {millis} ms")))
}
