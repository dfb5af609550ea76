//! The statements of the check: read only, a function a statement. Nothing else in this program reads the services'
//! tables; each service's own code remains the only writer.

pub mod inventory;
pub mod notifications;
pub mod orders;
pub mod outbox;
pub mod payments;
pub mod products;

use std::{collections::BTreeMap, time::Duration};

use anyhow::Context as _;
use sqlx::{ConnectOptions as _, MySqlConnection, mysql::MySqlConnectOptions};

/// What statements give.
type Rows<T> = Result<Vec<T>, sqlx::Error>;

const PATIENCE: Duration = Duration::from_secs(10);

/// A connection to each database that the invariants are about, as that service's own user.
#[derive(Debug)]
pub struct Databases {
    pub products: MySqlConnection,
    pub inventory: MySqlConnection,
    pub orders: MySqlConnection,
    pub payments: MySqlConnection,
    pub notifications: MySqlConnection,
}

impl Databases {
    /// # Errors
    /// The service whose database is not named or cannot be reached.
    pub async fn open(urls: &BTreeMap<String, String>) -> anyhow::Result<Self> {
        Ok(Self {
            products: open(urls, "products").await?,
            inventory: open(urls, "inventory").await?,
            orders: open(urls, "orders").await?,
            payments: open(urls, "payments").await?,
            notifications: open(urls, "notifications").await?,
        })
    }
}

async fn open(urls: &BTreeMap<String, String>, service: &str) -> anyhow::Result<MySqlConnection> {
    let url = urls.get(service).with_context(|| {
        format!("the database of {service} is not named: give --mysql {service}=mysql://.., or the --data of a shop")
    })?;
    let away = || format!("the database of {service} cannot be opened");
    let options: MySqlConnectOptions = url.parse().with_context(away)?;
    let options = options.disable_statement_logging();
    let mut connection =
        tokio::time::timeout(PATIENCE, options.connect()).await.with_context(away)?.with_context(away)?;
    // A consistent snapshot is one under this level alone.
    sqlx::raw_sql("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ").execute(&mut connection).await?;
    Ok(connection)
}

/// What is read until [`release`] is of one moment.
pub async fn freeze(connection: &mut MySqlConnection) -> Result<(), sqlx::Error> {
    sqlx::raw_sql("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY").execute(connection).await?;
    Ok(())
}

pub async fn release(connection: &mut MySqlConnection) -> Result<(), sqlx::Error> {
    sqlx::raw_sql("COMMIT").execute(connection).await?;
    Ok(())
}
