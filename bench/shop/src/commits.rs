//! Transactions: how many the shop takes, when it has come to rest, and what this MySQL can do at all: bare durable
//! ones, as many as the checkouts took, through as many connections as there were clients.

use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use futures_util::future::try_join_all;
use sqlx::{AssertSqlSafe, MySqlConnection};

use crate::shop::Shop;

/// No more are measured, however many the checkouts took: the rate is steady long before.
const MOST: u64 = 50_000;
/// Bytes of a row, about those of an event.
const ROW: usize = 500;

/// Transactions that the server has committed since it started.
///
/// # Errors
/// When the server is gone.
pub async fn so_far(root: &mut MySqlConnection) -> anyhow::Result<u64> {
    let query = "SHOW GLOBAL STATUS LIKE 'Com_commit'";
    let (_, count): (String, String) = sqlx::query_as(query).fetch_one(root).await?;
    count.parse().with_context(|| format!("Com_commit is {count:?}"))
}

/// A shop that nobody uses still renews leases: what it commits a second then.
#[derive(Debug, Clone, Copy)]
pub struct Idle(f64);

/// A look at the rate takes so long.
const LOOK: Duration = Duration::from_millis(500);
/// Events of the busiest row are taken within it, or the shop is broken.
const REST: Duration = Duration::from_secs(120);

impl Idle {
    /// Looks at a shop that has been left alone for a while.
    ///
    /// # Errors
    /// When the server is gone.
    pub async fn measure(root: &mut MySqlConnection) -> anyhow::Result<Self> {
        tokio::time::sleep(Duration::from_secs(3)).await;
        rate(root, LOOK * 4).await.map(Self)
    }

    /// What an idle shop commits in a time.
    pub fn within(self, time: Duration) -> f64 {
        self.0 * time.as_secs_f64()
    }

    /// Waits until everything that was set off has been done: events published and taken, mails sent.
    ///
    /// # Errors
    /// When it does not come to rest.
    pub async fn rest(self, root: &mut MySqlConnection) -> anyhow::Result<()> {
        let deadline = Instant::now() + REST;
        while rate(root, LOOK).await? > self.0 * 1.5 + 10.0 {
            if Instant::now() > deadline {
                bail!("the shop has not come to rest within {} s", REST.as_secs());
            }
        }
        Ok(())
    }
}

async fn rate(root: &mut MySqlConnection, look: Duration) -> anyhow::Result<f64> {
    let (began, before) = (Instant::now(), so_far(root).await?);
    tokio::time::sleep(look).await;
    Ok((so_far(root).await? - before) as f64 / began.elapsed().as_secs_f64())
}

/// Durable commits a second: BEGIN, one INSERT, COMMIT.
///
/// # Errors
/// When the server refuses.
pub async fn per_second(shop: &Shop, connections: usize, transactions: u64) -> anyhow::Result<f64> {
    let each = transactions.min(MOST).div_ceil(connections as u64).max(1);
    let mut root = shop.as_root().await?;
    for statement in [
        "CREATE DATABASE IF NOT EXISTS bench",
        "CREATE TABLE IF NOT EXISTS bench.commits (id BIGINT AUTO_INCREMENT PRIMARY KEY, record BLOB) ENGINE = InnoDB",
    ] {
        sqlx::query(statement).execute(&mut root).await?;
    }
    let open = (0..connections).map(|_| shop.as_root());
    let mut opened = try_join_all(open).await?;
    let began = Instant::now();
    try_join_all(opened.iter_mut().map(|connection| commit(connection, each))).await?;
    let rate = (each * connections as u64) as f64 / began.elapsed().as_secs_f64();
    sqlx::query("DROP DATABASE bench").execute(&mut root).await?;
    Ok(rate)
}

async fn commit(connection: &mut MySqlConnection, count: u64) -> anyhow::Result<()> {
    let record = vec![b'x'; ROW];
    for _ in 0..count {
        sqlx::raw_sql(AssertSqlSafe("BEGIN")).execute(&mut *connection).await?;
        let insert = sqlx::query("INSERT INTO bench.commits (record) VALUES (?)").bind(&record);
        insert.execute(&mut *connection).await?;
        sqlx::raw_sql(AssertSqlSafe("COMMIT")).execute(&mut *connection).await?;
    }
    Ok(())
}
