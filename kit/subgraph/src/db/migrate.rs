//! Migrations at start: the kit's own tables first, then the service's. Replicas that start together wait for
//! each other on MySQL's named lock.

use sqlx::migrate::Migrator;

use super::{Db, StoreError};

static KIT: Migrator = sqlx::migrate!("../../migrations/kit");

/// Brings the database to this build's schema. `service` is `sqlx::migrate!("../../migrations/<service>")`.
///
/// # Errors
/// [`StoreError::Migrate`], also when a migration that landed was edited.
pub async fn migrate(db: &Db, service: &Migrator) -> Result<(), StoreError> {
    let mut kit = Migrator { migrations: KIT.migrations.clone(), ..Migrator::DEFAULT };
    // A table of its own, so that the numbers of the kit and of the service do not meet.
    kit.dangerous_set_table_name("_kit_migrations");
    kit.run(db.pool()).await?;
    service.run(db.pool()).await?;
    Ok(())
}
