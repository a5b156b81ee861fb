use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::error::StoreError;
use super::face::SharedStore;
use super::{postgres, sqlite};

/// Where a store is, and for whom it is opened.
#[derive(Clone)]
pub struct Place {
    /// `sqlite:` and a path, or `postgres://user@host/database`.
    pub url: String,
    /// PostgreSQL's password, unless it stands in the URL.
    pub password: Option<String>,
    /// The name of the node that opens it. Nodes that share a store have different names.
    pub node: String,
    /// How long a request may take.
    pub patience: Duration,
}

impl Place {
    /// A place for a node that has been given no name, with a patience of five seconds.
    pub fn new(url: impl Into<String>) -> Self {
        Place {
            url: url.into(),
            password: None,
            node: "main".into(),
            patience: Duration::from_secs(5),
        }
    }

    /// The same place for another node.
    #[must_use]
    pub fn of_node(mut self, node: &str) -> Self {
        node.clone_into(&mut self.node);
        self
    }
}

/// Neither the URL nor the password: both may tell what nobody should know.
impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the store of node {}", self.node)
    }
}

/// Opens a store, makes what is missing, and brings the schema up to date.
pub async fn open(place: &Place) -> Result<SharedStore, StoreError> {
    open_with(place, false).await
}

/// The same, but a database that cannot be reached, is locked or is damaged is not waited for: until it is there
/// and sound, and its schema has been brought up to date, every request fails as it does while the database is
/// away. Nothing is done to a damaged SQLite file: there may be promises in it. Once it has been put back from a
/// copy, or moved away, it goes on by itself with what is there, or with a new one.
pub async fn open_even_away(place: &Place) -> Result<SharedStore, StoreError> {
    open_with(place, true).await
}

async fn open_with(place: &Place, even_away: bool) -> Result<SharedStore, StoreError> {
    let scheme = place.url.split_once(':').map(|(scheme, _)| scheme);
    match scheme {
        Some("sqlite") => Ok(Arc::new(sqlite::open(place, even_away).await?)),
        Some("postgres" | "postgresql") => Ok(Arc::new(postgres::open(place, even_away).await?)),
        _ => Err(StoreError::Url),
    }
}
