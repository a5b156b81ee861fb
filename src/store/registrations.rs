use async_trait::async_trait;
use jiff::Timestamp;

use super::dialect::{Dialect, Row, values};
use super::error::StoreError;
use super::sql::Sql;

/// A phone that is registered, as it is stored: so that a restart does not sign handlers out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredBinding {
    /// The account.
    pub account: String,
    /// The Contact URI.
    pub contact: String,
    /// Transport and address it came from, such as `udp:127.0.0.1:5070`.
    pub source: String,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// Who is signed in, and with which phone.
#[async_trait]
pub trait Bindings {
    /// Replaces what is stored of an account at this node.
    async fn save_bindings(
        &self,
        account: &str,
        bindings: &[StoredBinding],
    ) -> Result<(), StoreError>;

    /// This node's bindings that have not ended.
    async fn bindings(&self, now: Timestamp) -> Result<Vec<StoredBinding>, StoreError>;
}

#[async_trait]
impl<D: Dialect> Bindings for Sql<D> {
    async fn save_bindings(
        &self,
        account: &str,
        bindings: &[StoredBinding],
    ) -> Result<(), StoreError> {
        self.within(async {
            let mut work = self.begin().await?;
            let sql = "DELETE FROM registration WHERE account = $1 AND node = $2";
            work.run(sql, values![account, &self.node]).await?;
            let sql = "INSERT INTO registration (node, account, contact, source, expires_at) \
                       VALUES ($1, $2, $3, $4, $5)";
            for binding in bindings {
                let (contact, source) = (&binding.contact, &binding.source);
                let values = values![&self.node, account, contact, source, binding.expires_at];
                work.run(sql, values).await?;
            }
            work.commit().await
        })
        .await
    }

    async fn bindings(&self, now: Timestamp) -> Result<Vec<StoredBinding>, StoreError> {
        let sql = "SELECT * FROM registration WHERE node = $1 AND expires_at > $2 ORDER BY account";
        let rows = self.rows(sql, values![&self.node, now]).await?;
        rows.iter().map(read).collect()
    }
}

fn read<D: Dialect>(row: &Row<D>) -> Result<StoredBinding, StoreError> {
    Ok(StoredBinding {
        account: row.text("account")?,
        contact: row.text("contact")?,
        source: row.text("source")?,
        expires_at: row.time("expires_at")?,
    })
}
