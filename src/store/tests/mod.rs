//! One suite for both databases: whatever holds for one holds for the other.

mod again;
mod assessments;
mod away;
mod broken;
mod claims;
mod courses;
mod damaged;
mod lab;
mod leases;
mod log;
mod model;
mod names;
mod orders;
mod provision;
mod queue;
mod steps;
mod suite;
mod timeline;
mod together;

/// Makes a test of each function for each database.
macro_rules! on_both {
    ($($name:ident,)*) => {
        mod on_sqlite {
            $(#[tokio::test]
            async fn $name() {
                super::$name(&crate::store::tests::lab::Lab::sqlite()).await;
            })*
        }
        mod on_postgres {
            $(#[tokio::test]
            async fn $name() {
                super::$name(&crate::store::tests::lab::Lab::postgres()).await;
            })*
        }
    };
}
use on_both;
