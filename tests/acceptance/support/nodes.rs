//! Servers that serve one queue: a PostgreSQL in the test's network, and nodes at addresses of their own.

use std::time::{Duration, Instant};

use serde_json::Value;

use super::network;
use super::people::SERVER;
use super::postgres::{Cluster, PASSWORD};
use super::server::Server;

/// Where callers and phones find the first node: at the address of the shipped settings.
pub const ONE: &str = SERVER;
/// Where they find the second one.
pub const TWO: &str = "127.0.0.2:5060";

/// The store that nodes share. To be there before the first of them, and to end after the last.
pub struct Shared {
    pub cluster: Cluster,
    url: String,
}

impl Shared {
    pub fn open() -> Self {
        network::enter();
        let cluster = Cluster::start(&["fsync=off"]);
        let url = cluster.database();
        Shared { cluster, url }
    }

    /// The node `one` at [`ONE`], with some of the shipped settings replaced.
    pub fn one(&self, changes: &[(&str, &str)]) -> Server {
        self.node(ONE, "one", changes)
    }

    /// The node `two` at [`TWO`].
    pub fn two(&self, changes: &[(&str, &str)]) -> Server {
        self.node(TWO, "two", changes)
    }

    fn node(&self, at: &str, name: &str, changes: &[(&str, &str)]) -> Server {
        self.with(name, changes, |changes, environment| {
            Server::start_at(address(at), changes, environment)
        })
    }

    /// A node that is not to come up: its exit status, and what it says.
    pub fn refused(&self, at: &str, name: &str, limit: Duration) -> (Option<i32>, String) {
        self.with(name, &[], |changes, environment| {
            Server::refused_at(address(at), changes, environment, limit)
        })
    }

    fn with<T>(
        &self,
        name: &str,
        changes: &[(&str, &str)],
        start: impl FnOnce(&[(&str, &str)], &[(&str, &str)]) -> T,
    ) -> T {
        let store = format!("url = \"{}\"\nnode = \"{name}\"", self.url);
        let mut all = vec![("url = \"sqlite:var/ivr111.db\"", store.as_str())];
        all.extend(changes);
        start(&all, &[("IVR111_STORE_PASSWORD", PASSWORD)])
    }

    /// What a query gives, a JSON object for each row.
    pub fn rows(&self, query: &str) -> Vec<Value> {
        let asked = format!("SELECT COALESCE(json_agg(row), '[]') FROM ({query}) row");
        let mut psql = self.cluster.client("psql");
        let psql = psql.args(["-X", "-t", "-A", "-c", &asked]).arg(&self.url);
        let output = psql.output().unwrap();
        let problem = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{query}\n{problem}");
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// Asks until what a query gives pleases, and gives that.
    pub fn wait_rows(
        &self,
        query: &str,
        limit: Duration,
        pleases: impl Fn(&[Value]) -> bool,
    ) -> Vec<Value> {
        let end = Instant::now() + limit;
        loop {
            let rows = self.rows(query);
            if pleases(&rows) {
                return rows;
            }
            assert!(Instant::now() < end, "after {limit:?} {query}\n{rows:#?}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Waits until a query gives so many rows.
    pub fn wait_count(&self, query: &str, count: usize, limit: Duration) -> Vec<Value> {
        self.wait_rows(query, limit, |rows| rows.len() == count)
    }
}

/// The address in where a node is found.
fn address(at: &str) -> &str {
    at.split(':').next().unwrap()
}
