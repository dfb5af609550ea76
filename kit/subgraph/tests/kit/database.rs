//! Transactions, constraint names and migrations on a real server.

use std::sync::atomic::{AtomicUsize, Ordering};

use souk_subgraph::{
    StoreError,
    db::{self, Violation, in_transaction},
    inbox, outbox,
};
use souk_testing::{Database, MySql, Statements, until};
use sqlx::{Connection as _, Row as _, migrate::Migrator};
use tokio::sync::Barrier;

use crate::ground::{Ground, LIMIT, event, lost, migrated};

async fn accounts(ground: &Ground) {
    ground.run("CREATE TABLE pots (id INT PRIMARY KEY, held INT NOT NULL) ENGINE = InnoDB").await;
    ground.run("INSERT INTO pots VALUES (1, 0), (2, 0)").await;
}

async fn fill(tx: &mut souk_subgraph::Tx, pot: i32) -> Result<(), StoreError> {
    sqlx::query("UPDATE pots SET held = held + 1 WHERE id = ?").bind(pot).execute(tx).await?;
    Ok(())
}

/// Fills two pots in one transaction; between them, in its first run, it waits for the other.
async fn cross(ground: &Ground, (first, second): (i32, i32), met: &Barrier, runs: &AtomicUsize) {
    let mut first_run = true;
    in_transaction(&ground.db, |tx| {
        let wait = std::mem::replace(&mut first_run, false);
        Box::pin(async move {
            runs.fetch_add(1, Ordering::SeqCst);
            fill(tx, first).await?;
            if wait {
                met.wait().await;
            }
            fill(tx, second).await
        })
    })
    .await
    .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_victim_of_a_deadlock_is_run_again_from_begin() {
    let ground = Ground::new().await;
    accounts(&ground).await;
    let (met, runs) = (Barrier::new(2), AtomicUsize::new(0));
    tokio::join!(cross(&ground, (1, 2), &met, &runs), cross(&ground, (2, 1), &met, &runs));
    assert_eq!(runs.load(Ordering::SeqCst), 3, "one of the two ran twice");
    assert_eq!(ground.number("SELECT SUM(held) DIV 1 FROM pots").await, 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_of_the_closure_rolls_back_and_is_not_run_again() {
    let ground = Ground::new().await;
    accounts(&ground).await;
    let runs = &AtomicUsize::new(0);
    let refused: Result<(), StoreError> = in_transaction(&ground.db, |tx| {
        Box::pin(async move {
            runs.fetch_add(1, Ordering::SeqCst);
            fill(tx, 1).await?;
            Err(lost())
        })
    })
    .await;
    refused.unwrap_err();
    assert_eq!(runs.load(Ordering::SeqCst), 1);
    assert_eq!(ground.number("SELECT SUM(held) DIV 1 FROM pots").await, 0);
}

/// Ends the connection of a transaction, as a crash of the server would.
async fn cut(database: &Database, tx: &mut souk_subgraph::Tx) -> Result<(), StoreError> {
    let id: u64 = sqlx::query("SELECT CONNECTION_ID()").fetch_one(tx).await?.get(0);
    let mut root = database.connect().await;
    sqlx::raw_sql(sqlx::AssertSqlSafe(format!("KILL {id}"))).execute(&mut root).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_lost_before_commit_costs_a_second_run_and_nothing_else() {
    let ground = &Ground::new().await;
    accounts(ground).await;
    let (runs, database) = (&AtomicUsize::new(0), &ground.database);
    in_transaction(&ground.db, |tx| {
        Box::pin(async move {
            fill(tx, 1).await?;
            if runs.fetch_add(1, Ordering::SeqCst) == 0 {
                cut(database, tx).await?;
            }
            fill(tx, 2).await
        })
    })
    .await
    .unwrap();
    assert_eq!(runs.load(Ordering::SeqCst), 2);
    assert_eq!(ground.number("SELECT SUM(held) DIV 1 FROM pots").await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_without_an_answer_is_told_and_never_run_again() {
    let ground = &Ground::new().await;
    accounts(ground).await;
    let (runs, database) = (&AtomicUsize::new(0), &ground.database);
    let unknown: Result<(), StoreError> = in_transaction(&ground.db, |tx| {
        Box::pin(async move {
            runs.fetch_add(1, Ordering::SeqCst);
            fill(tx, 1).await?;
            cut(database, tx).await
        })
    })
    .await;
    let error = unknown.unwrap_err();
    assert!(error.is_unavailable(), "{error}");
    assert_eq!(runs.load(Ordering::SeqCst), 1, "it may have been committed");
}

#[tokio::test(flavor = "multi_thread")]
async fn violated_constraints_are_known_by_name() {
    let ground = Ground::new().await;
    ground
        .run(
            "CREATE TABLE elders (id INT PRIMARY KEY, email VARCHAR(40), age INT, UNIQUE KEY elders_email (email),
             CONSTRAINT elders_age CHECK (age >= 0)) ENGINE = InnoDB",
        )
        .await;
    ground
        .run(
            "CREATE TABLE children (id INT PRIMARY KEY, elder INT,
             CONSTRAINT children_elder FOREIGN KEY (elder) REFERENCES elders (id)) ENGINE = InnoDB",
        )
        .await;
    ground.run("INSERT INTO elders VALUES (1, 'for key ''x''', 1)").await;
    ground.run("INSERT INTO children VALUES (1, 1)").await;
    for (statement, violation) in [
        ("INSERT INTO elders VALUES (1, 'b', 1)", Violation::Unique("PRIMARY".to_owned())),
        ("INSERT INTO elders VALUES (2, 'for key ''x''', 1)", Violation::Unique("elders_email".to_owned())),
        ("INSERT INTO elders VALUES (2, 'b', -1)", Violation::Check("elders_age".to_owned())),
        ("INSERT INTO children VALUES (2, 7)", Violation::ForeignKey("children_elder".to_owned())),
        ("DELETE FROM elders WHERE id = 1", Violation::ForeignKey("children_elder".to_owned())),
    ] {
        let error = sqlx::query(statement).execute(ground.db.pool()).await.unwrap_err();
        assert_eq!(db::violation(&error), Some(violation), "{statement}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn replicas_that_start_together_migrate_once() {
    let database = MySql::shared().await.database().await;
    let replicas = (0..4).map(|_| migrated(&database, 2));
    for db in futures_util::future::join_all(replicas).await {
        let (shards,): (i64,) =
            sqlx::query_as("SELECT COUNT(*) FROM outbox_shards").fetch_one(db.pool()).await.unwrap();
        assert_eq!(shards, 4);
        // And a later start finds nothing to do.
        db::migrate(&db, &Migrator::DEFAULT).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_with_an_event_is_three_statements() {
    let ground = Ground::new().await;
    ground.commit("WARM", 1).await;
    let statements = Statements::record(&ground.database).await;
    ground.commit("SKU", 1).await;
    let said = statements.naming(&["outbox", "BEGIN", "COMMIT", "outbox_shards", "version_gates"]).await;
    assert_eq!(said.len(), 3, "BEGIN, INSERT, COMMIT: {said:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn statements_are_told_while_one_with_binary_ids_is_under_way() {
    let ground = Ground::new().await;
    let mut keeper = ground.database.connect().await;
    sqlx::query("DO GET_LOCK(DATABASE(), 0)").execute(&mut keeper).await.unwrap();
    let statements = Statements::record(&ground.database).await;
    ground.commit("SKU", 1).await;
    let mut waiter = ground.database.connect().await;
    let waiting = tokio::spawn(async move {
        let binary = sqlx::query("SELECT GET_LOCK(DATABASE(), 30), ?").bind(&b"\xff\xfe\x80"[..]);
        binary.execute(&mut waiter).await.unwrap();
    });
    until("a statement under way", LIMIT, || async {
        ground.database.activities().await.iter().any(|activity| activity.state == "User lock")
    })
    .await;
    assert!(!statements.naming(&["outbox"]).await.is_empty());
    keeper.close().await.unwrap();
    waiting.await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_past_its_time_is_forgotten_and_the_rest_is_kept() {
    let ground = Ground::new().await;
    for version in 1..=3 {
        ground.commit("SKU", version).await;
    }
    // Old and published, old and not yet published, young and published.
    ground.run("UPDATE outbox SET published_at = NOW(6) WHERE version <> 2").await;
    ground.run("UPDATE outbox SET created_at = NOW(6) - INTERVAL 25 HOUR WHERE version < 3").await;
    assert_eq!(outbox::forget_old(&ground.db).await.unwrap(), 1);
    let kept = outbox::events_since(&ground.db, "SKU@main", 0, 10).await.unwrap();
    assert_eq!(kept.iter().map(|event| event.version).collect::<Vec<_>>(), [2, 3]);

    for (version, age_h) in [(1, 73), (2, 71)] {
        let event = &event("SKU", version);
        let events = &[event];
        let admitted = in_transaction(&ground.db, |tx| Box::pin(inbox::admit(tx, "c", events, true))).await;
        assert_eq!(admitted.unwrap(), [inbox::Admission::New]);
        sqlx::query("UPDATE inbox SET seen_at = NOW(6) - INTERVAL ? HOUR WHERE event_id = ?")
            .bind(age_h)
            .bind(event.id.uuid())
            .execute(ground.db.pool())
            .await
            .unwrap();
    }
    assert_eq!(inbox::forget_old(&ground.db).await.unwrap(), 1);
    assert_eq!(ground.number("SELECT COUNT(*) FROM inbox").await, 1);
}
