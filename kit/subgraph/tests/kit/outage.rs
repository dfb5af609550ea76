//! The pool when MySQL is killed and comes back.

use std::{
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    time::{Duration, Instant},
};

use futures_util::future::join_all;
use souk_subgraph::{
    StoreError,
    db::{Db, in_transaction},
};
use souk_testing::{MySql, until};

use crate::ground::{LIMIT, migrated};

async fn request(db: &Db) -> Result<(), StoreError> {
    in_transaction(db, |tx| {
        Box::pin(async move {
            sqlx::query("UPDATE outbox_shards SET fence = fence + 1 WHERE shard = 0").execute(&mut **tx).await?;
            sqlx::query("SELECT fence FROM outbox_shards WHERE shard = 0").execute(&mut **tx).await?;
            Ok(())
        })
    })
    .await
}

async fn statement(db: &Db) -> Result<(), StoreError> {
    sqlx::query("SELECT 1").execute(db.pool()).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_restart_of_mysql_no_request_meets_a_dead_connection_of_the_pool() {
    let server = MySql::own().await;
    let db = migrated(&server.database().await, 10).await;
    // All ten connections have been used and lie idle.
    join_all((0..10).map(|_| sqlx::query("SELECT SLEEP(0.05)").execute(db.pool()))).await;
    assert_eq!(db.pool().size(), 10);
    until("ten idle connections", LIMIT, || async { db.pool().num_idle() == 10 }).await;
    server.kill();
    server.start_again();
    for n in 0..20 {
        statement(&db).await.unwrap_or_else(|error| panic!("request {n}: {error}"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn transactions_under_load_ride_out_a_kill_of_mysql() {
    let server = MySql::own().await;
    let db = &migrated(&server.database().await, 10).await;
    let (done, failed, stop) = (&AtomicUsize::new(0), &AtomicUsize::new(0), &AtomicBool::new(false));
    let buyers = join_all((0..8).map(|_| async move {
        while !stop.load(Ordering::SeqCst) {
            match request(db).await {
                Ok(()) => done.fetch_add(1, Ordering::SeqCst),
                Err(error) => {
                    assert!(error.is_unavailable(), "{error}");
                    failed.fetch_add(1, Ordering::SeqCst)
                }
            };
        }
    }));
    let faults = async {
        until("traffic", LIMIT, || async { done.load(Ordering::SeqCst) > 100 }).await;
        server.kill();
        server.start_again();
        let (up, before) = (Instant::now(), done.load(Ordering::SeqCst));
        until("traffic after the restart", LIMIT, || async { done.load(Ordering::SeqCst) > before + 100 }).await;
        let recovered = up.elapsed();
        stop.store(true, Ordering::SeqCst);
        recovered
    };
    let (_, recovered) = tokio::join!(buyers, faults);
    assert!(recovered < Duration::from_secs(4), "{recovered:?} from the server's start to 100 transactions");
    // Only a COMMIT without an answer may fail: at most one a buyer.
    assert!(failed.load(Ordering::SeqCst) <= 8, "{} failed", failed.load(Ordering::SeqCst));
}
