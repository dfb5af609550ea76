//! What the inbox admits of events that are offered together, and what two takers of the same ones come to.

use souk_contracts::events::Envelope;
use souk_subgraph::{
    StoreError,
    db::{Db, in_transaction},
    inbox::{self, Admission},
};
use souk_testing::Statements;
use tokio::task::JoinHandle;

use crate::ground::{Ground, event};

async fn admitted(db: &Db, events: &[&Envelope], accept_gap: bool) -> Result<Vec<Admission>, StoreError> {
    in_transaction(db, |tx| Box::pin(inbox::admit(tx, "c", events, accept_gap))).await
}

#[tokio::test(flavor = "multi_thread")]
async fn of_events_that_come_together_each_is_judged_by_those_before_it() {
    let ground = Ground::new().await;
    let (a1, a2, a4, a5, b1) = (event("A", 1), event("A", 2), event("A", 4), event("A", 5), event("B", 1));
    let together = admitted(&ground.db, &[&a1, &b1, &a1, &a2, &a4, &a5], false).await.unwrap();
    let gap = Admission::Gap { have: 2 };
    assert_eq!(together, [Admission::New, Admission::New, Admission::Seen, Admission::New, gap, gap]);
    assert_eq!(ground.number("SELECT COUNT(*) FROM inbox").await, 3, "what lies behind a gap is not recorded");
    assert_eq!(ground.number("SELECT version FROM version_gates WHERE subject = 'A@main'").await, 2);

    let again = admitted(&ground.db, &[&b1, &a4, &a2, &a5], true).await.unwrap();
    assert_eq!(again, [Admission::Seen, Admission::New, Admission::Seen, Admission::New]);
    assert_eq!(ground.number("SELECT version FROM version_gates WHERE subject = 'A@main'").await, 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_id_that_comes_back_under_another_version_keeps_no_other_event_out() {
    let ground = Ground::new().await;
    let a1 = event("A", 1);
    assert_eq!(admitted(&ground.db, &[&a1], false).await.unwrap(), [Admission::New]);
    let (forged, a2, b1) = (Envelope { version: 2, ..a1 }, event("A", 2), event("B", 1));
    let together = admitted(&ground.db, &[&b1, &forged, &a2], false).await.unwrap();
    assert_eq!(together, [Admission::New, Admission::Seen, Admission::New]);
    assert_eq!(ground.number("SELECT version FROM version_gates WHERE subject = 'A@main'").await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_events_cost_no_more_statements_than_one() {
    let ground = Ground::new().await;
    let events: Vec<Envelope> =
        (1..=3).flat_map(|version| (0..20).map(move |n| event(&format!("SKU-{n}"), version))).collect();
    let events: Vec<&Envelope> = events.iter().collect();
    let (first, second) = events.split_at(20);
    assert_eq!(admitted(&ground.db, first, false).await.unwrap(), [Admission::New; 20]);
    let recorded = Statements::record(&ground.database).await;
    assert_eq!(admitted(&ground.db, second, false).await.unwrap(), [Admission::New; 40]);
    let statements = recorded.naming(&["inbox", "version_gates"]).await;
    assert_eq!(statements.len(), 3, "gates read, events recorded, gates raised: {statements:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_taker_waits_for_one_that_was_quicker() {
    let ground = Ground::new().await;
    let (a1, a2) = (event("A", 1), event("A", 2));
    let mut quicker = ground.db.pool().begin().await.unwrap();
    let both = inbox::admit(&mut quicker, "c", &[&a1, &a2], false).await.unwrap();
    assert_eq!(both, [Admission::New, Admission::New]);
    let slower = taken_beside(&ground, &a1);
    ground.waits_for("SELECT subject, version FROM version_gates").await;
    assert!(!slower.is_finished(), "it waits for the gate");
    quicker.commit().await.unwrap();
    assert_eq!(slower.await.unwrap().unwrap(), [Admission::Seen]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_taker_that_found_no_gate_where_another_makes_one_begins_anew() {
    let ground = Ground::new().await;
    let (a1, a2) = (event("A", 1), event("A", 2));
    // The other has got as far as its event, which holds this one up behind its look for a gate.
    let mut other = ground.db.pool().begin().await.unwrap();
    let id = a1.id.uuid();
    sqlx::query("INSERT INTO inbox (consumer, event_id) VALUES ('c', ?)").bind(id).execute(&mut *other).await.unwrap();
    let slower = taken_beside(&ground, &a1);
    ground.waits_for("INSERT INTO inbox").await;
    sqlx::query("DELETE FROM inbox WHERE event_id = ?").bind(id).execute(&mut *other).await.unwrap();
    assert_eq!(inbox::admit(&mut other, "c", &[&a2], true).await.unwrap(), [Admission::New]);
    other.commit().await.unwrap();
    assert!(slower.await.unwrap().is_err(), "else the older effect would come last");
    assert_eq!(admitted(&ground.db, &[&a1], false).await.unwrap(), [Admission::Seen]);
    assert_eq!(ground.number("SELECT version FROM version_gates WHERE subject = 'A@main'").await, 2);
}

fn taken_beside(ground: &Ground, event: &Envelope) -> JoinHandle<Result<Vec<Admission>, StoreError>> {
    let (db, event) = (ground.db.clone(), event.clone());
    tokio::spawn(async move { admitted(&db, &[&event], false).await })
}
