use jiff::Timestamp;
use sqlx::Row as _;

use super::error::StoreError;
use super::open::{Store, millis, time};

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

impl Store {
    /// Replaces what is stored of an account.
    pub async fn save_bindings(
        &self,
        account: &str,
        bindings: &[StoredBinding],
    ) -> Result<(), StoreError> {
        let mut transaction = self.pool.begin().await?;
        sqlx::query("DELETE FROM registration WHERE account = $1")
            .bind(account)
            .execute(&mut *transaction)
            .await?;
        for binding in bindings {
            sqlx::query(
                "INSERT INTO registration (account, contact, source, expires_at) \
                 VALUES ($1, $2, $3, $4)",
            )
            .bind(account)
            .bind(&binding.contact)
            .bind(&binding.source)
            .bind(millis(binding.expires_at))
            .execute(&mut *transaction)
            .await?;
        }
        transaction.commit().await?;
        Ok(())
    }

    /// The bindings that have not ended.
    pub async fn bindings(&self, now: Timestamp) -> Result<Vec<StoredBinding>, StoreError> {
        let rows = sqlx::query("SELECT * FROM registration WHERE expires_at > $1 ORDER BY account")
            .bind(millis(now))
            .fetch_all(&self.pool)
            .await?;
        rows.iter()
            .map(|row| {
                Ok(StoredBinding {
                    account: row.try_get("account")?,
                    contact: row.try_get("contact")?,
                    source: row.try_get("source")?,
                    expires_at: time(row.try_get("expires_at")?)?,
                })
            })
            .collect()
    }
}
