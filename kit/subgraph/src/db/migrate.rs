//! Migrations at start: the kit's own tables first, then the service's. Replicas that start together wait for
//! each other on MySQL's named lock.

use sqlx::{MySqlConnection, migrate::Migrator};

use super::{Db, StoreError};

static KIT: Migrator = sqlx::migrate!("../../migrations/kit");
/// How long a replica waits while another one migrates.
const LOCK_WAIT_S: u32 = 300;

/// Brings the database to this build's schema. `service` is `sqlx::migrate!("../../migrations/<service>")`.
///
/// # Errors
/// [`StoreError::Migrate`], also when a migration that landed was edited.
pub async fn migrate(db: &Db, service: &Migrator) -> Result<(), StoreError> {
    let mut connection = db.pool().acquire().await?;
    // sqlx's own lock asks for an endless wait by GET_LOCK(.., -1), which MariaDB refuses with no more than a
    // warning: two replicas would then migrate at once.
    lock(&mut connection).await?;
    let migrated = run_both(&mut connection, service).await;
    // A connection that is lost has lost its locks too.
    let unlocked = sqlx::query("DO RELEASE_LOCK(CONCAT('migrate ', DATABASE()))").execute(&mut *connection).await;
    migrated?;
    unlocked?;
    Ok(())
}

async fn lock(connection: &mut MySqlConnection) -> Result<(), StoreError> {
    let locked: Option<i64> = sqlx::query_scalar("SELECT GET_LOCK(CONCAT('migrate ', DATABASE()), ?)")
        .bind(LOCK_WAIT_S)
        .fetch_one(connection)
        .await?;
    if locked == Some(1) {
        return Ok(());
    }
    Err(StoreError::Database(sqlx::Error::PoolTimedOut))
}

async fn run_both(connection: &mut MySqlConnection, service: &Migrator) -> Result<(), StoreError> {
    let mut kit = Migrator { migrations: KIT.migrations.clone(), ..Migrator::DEFAULT };
    // A table of its own, so that the numbers of the kit and of the service do not meet.
    kit.dangerous_set_table_name("_kit_migrations");
    let mut service = Migrator { migrations: service.migrations.clone(), ..Migrator::DEFAULT };
    for migrator in [&mut kit, &mut service] {
        // An instance of the release before may start beside the new one, or after a return to that release.
        migrator.set_ignore_missing(true);
        // Not `run`: its `Acquire` bound makes this future not provably `Send` (rust-lang issue 110338).
        migrator.run_direct(None, connection, false).await?;
    }
    Ok(())
}
