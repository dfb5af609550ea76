//! Idempotency keys under parallel use.

use futures_util::future::join_all;
use souk_subgraph::{
    StoreError,
    db::{Db, in_transaction},
    idempotency::{self, IdempotencyKey, Seen},
};

use souk_testing::until;

use crate::ground::{Ground, LIMIT, lost};

/// A key of its own for each input.
fn key(input: &str) -> IdempotencyKey {
    IdempotencyKey::parse("cus_1", input, "0123456789abcdef", &input).unwrap()
}

/// One request: makes an order unless the key was used; gives what it saw.
async fn place(db: &Db, key: &IdempotencyKey, order: &str) -> Result<Seen, StoreError> {
    in_transaction(db, |tx| {
        Box::pin(async move {
            let seen = key.record(tx, order).await?;
            if seen == Seen::Fresh {
                sqlx::query("INSERT INTO orders_made (id) VALUES (?)").bind(order).execute(&mut **tx).await?;
            }
            Ok(seen)
        })
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn of_eight_parallel_requests_with_one_key_one_makes_the_change_and_all_name_it() {
    let ground = &Ground::new().await;
    ground.run("CREATE TABLE orders_made (id VARCHAR(40) PRIMARY KEY) ENGINE = InnoDB").await;
    for round in 0..10 {
        let (key, db) = (&key(&format!("cart {round}")), &ground.db);
        let tries = join_all((0..8).map(|n| async move {
            let order = format!("order-{round}-{n}");
            (place(db, key, &order).await.unwrap(), order)
        }))
        .await;
        let made: Vec<_> = tries.iter().filter(|(seen, _)| *seen == Seen::Fresh).collect();
        assert_eq!(made.len(), 1, "{tries:?}");
        let result_id = made[0].1.clone();
        let replays = tries.iter().filter(|(seen, _)| *seen == Seen::Replay { result_id: result_id.clone() });
        assert_eq!(replays.count(), 7, "{tries:?}");
    }
    assert_eq!(ground.number("SELECT COUNT(*) FROM orders_made").await, 10);
}

#[tokio::test(flavor = "multi_thread")]
async fn when_the_first_of_eight_rolls_back_one_of_the_others_makes_the_change() {
    let ground = &Ground::new().await;
    ground.run("CREATE TABLE orders_made (id VARCHAR(40) PRIMARY KEY) ENGINE = InnoDB").await;
    let (key, db) = (&key("cart"), &ground.db);
    let mut first = db.pool().begin().await.unwrap();
    assert_eq!(key.record(&mut first, "refused").await.unwrap(), Seen::Fresh);
    let others = join_all((0..7).map(|n| async move { place(db, key, &format!("order-{n}")).await }));
    let go_on = async {
        // Both servers tell it this way; elsewhere they show statements, which hold bytes that are no text.
        let waits = "SHOW GLOBAL STATUS LIKE 'Innodb_row_lock_current_waits'";
        until("the others' wait for the first", LIMIT, || async {
            let (_, waits): (String, String) = sqlx::query_as(waits).fetch_one(db.pool()).await.unwrap();
            waits.parse::<u32>().unwrap() >= 7
        })
        .await;
        first.rollback().await.unwrap();
    };
    let (others, ()) = tokio::join!(others, go_on);
    let seen: Vec<_> = others.into_iter().map(Result::unwrap).collect();
    assert_eq!(seen.iter().filter(|seen| **seen == Seen::Fresh).count(), 1, "{seen:?}");
    assert_eq!(seen.iter().filter(|seen| matches!(seen, Seen::Replay { .. })).count(), 6, "{seen:?}");
    assert_eq!(ground.number("SELECT COUNT(*) FROM orders_made").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_for_another_input_is_refused_and_a_refusal_is_not_remembered() {
    let ground = &Ground::new().await;
    ground.run("CREATE TABLE orders_made (id VARCHAR(40) PRIMARY KEY) ENGINE = InnoDB").await;
    let parse = |input: &str| IdempotencyKey::parse("cus_1", "orderPlace", "0123456789abcdef", &input).unwrap();
    let (mine, other) = (&parse("two mugs"), &parse("three mugs"));
    let refused: Result<(), StoreError> = in_transaction(&ground.db, |tx| {
        Box::pin(async move {
            mine.record(tx, "refused").await?;
            Err(lost())
        })
    })
    .await;
    refused.unwrap_err();
    assert_eq!(mine.find(&ground.db).await.unwrap(), Seen::Fresh, "the same key may try again");
    assert_eq!(place(&ground.db, mine, "order-1").await.unwrap(), Seen::Fresh);
    assert_eq!(place(&ground.db, other, "order-2").await.unwrap(), Seen::Reused);
    assert_eq!(other.find(&ground.db).await.unwrap(), Seen::Reused);

    ground.run("UPDATE idempotency_keys SET created_at = NOW(6) - INTERVAL 25 HOUR").await;
    assert_eq!(idempotency::forget_old(&ground.db).await.unwrap(), 1);
    assert_eq!(place(&ground.db, other, "order-3").await.unwrap(), Seen::Fresh, "forgotten after a day");
}
