use sqlx::migrate::Migrator;

/// The schema of a database: what is one text for both, and what it alone has.
pub(super) fn schema(own: &Migrator) -> Migrator {
    let common = sqlx::migrate!("src/store/migrations");
    let migrations = common.iter().chain(own.iter());
    Migrator::with_migrations(migrations.cloned().collect())
}
