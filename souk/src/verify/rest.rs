//! Waiting until the shop is at rest: nothing to publish, nothing to take, no checkout and no question to the
//! provider under way. What waits for a person may go on waiting: a customer who has to approve a payment.

use std::time::{Duration, Instant};

use super::{
    sources::Sources,
    store::{self, Databases},
};

/// Between two looks.
const PAUSE: Duration = Duration::from_millis(200);

/// What the shop still does by itself, a sentence each.
pub type Unrest = Vec<String>;

/// The newest event of each service: the same before and after a reading, nothing has changed in between.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark([i64; 4]);

/// Waits until nothing goes on, at most until `deadline`; gives what still does.
///
/// # Errors
/// When a database or the provider cannot be asked.
pub async fn wait(sources: &Sources, databases: &mut Databases, deadline: Instant) -> anyhow::Result<Unrest> {
    loop {
        let unrest = look(sources, databases).await?;
        if unrest.is_empty() || Instant::now() >= deadline {
            return Ok(unrest);
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// # Errors
/// What the database says.
pub async fn mark(databases: &mut Databases) -> Result<Mark, sqlx::Error> {
    Ok(Mark([
        store::outbox::newest_id(&mut databases.products).await?,
        store::outbox::newest_id(&mut databases.inventory).await?,
        store::outbox::newest_id(&mut databases.orders).await?,
        store::outbox::newest_id(&mut databases.payments).await?,
    ]))
}

/// The cheap questions first; the others only when those find nothing.
async fn look(sources: &Sources, databases: &mut Databases) -> anyhow::Result<Unrest> {
    let mut unrest = work(databases).await?;
    if unrest.is_empty() {
        unrest = consumption(databases).await?;
    }
    if unrest.is_empty()
        && let Some(provider) = &sources.provider
    {
        let ledger = provider.ledger().await?;
        note(&mut unrest, "webhooks of the provider are on their way", vec![(); ledger.undelivered], |()| {
            String::new()
        });
        note(&mut unrest, "failed charges whose money is still to arrive", vec![(); ledger.late], |()| String::new());
    }
    Ok(unrest)
}

async fn work(databases: &mut Databases) -> Result<Unrest, sqlx::Error> {
    let mut unrest = Unrest::new();
    let Databases { products, inventory, orders, payments, .. } = databases;
    let sagas = store::orders::moving_sagas(orders).await?;
    note(&mut unrest, "checkouts under way", sagas, |(order, step)| format!("{order} in {step}"));
    let operations = store::payments::open_operations(payments).await?;
    note(&mut unrest, "questions to the provider without an answer", operations, |(payment, kind)| {
        format!("{kind} of {payment}")
    });
    note(&mut unrest, "payments that orders is not told of", store::payments::untold(payments).await?, |id| {
        id.to_string()
    });
    note(&mut unrest, "reservations whose time is up", store::inventory::lapsed(inventory).await?, ToString::to_string);
    for (connection, what) in [
        (products, "events of products are not published"),
        (inventory, "events of inventory are not published"),
        (orders, "events of orders are not published"),
        (payments, "events of payments are not published"),
    ] {
        note(&mut unrest, what, store::outbox::unpublished(connection).await?, String::clone);
    }
    Ok(unrest)
}

async fn consumption(databases: &mut Databases) -> Result<Unrest, sqlx::Error> {
    let products = store::outbox::newest_versions(&mut databases.products).await?;
    let orders = store::outbox::newest_versions(&mut databases.orders).await?;
    let payments = store::outbox::newest_versions(&mut databases.payments).await?;
    let mut unrest = Unrest::new();
    for (consumer, connection, emitted) in [
        ("inventory.products", &mut databases.inventory, &products),
        ("orders.payments", &mut databases.orders, &payments),
        ("notifications.orders", &mut databases.notifications, &orders),
    ] {
        behind(&mut unrest, consumer, connection, emitted).await?;
    }
    behind(&mut unrest, "inventory.orders", &mut databases.inventory, &orders).await?;
    Ok(unrest)
}

async fn behind(
    unrest: &mut Unrest,
    consumer: &str,
    connection: &mut sqlx::MySqlConnection,
    emitted: &[(String, u64)],
) -> Result<(), sqlx::Error> {
    let gates = store::outbox::gates(connection, consumer).await?;
    let taken = |subject: &str| gates.get(subject).copied().unwrap_or(0);
    let late: Vec<&(String, u64)> = emitted.iter().filter(|(subject, version)| taken(subject) < *version).collect();
    let what = format!("aggregates that {consumer} is behind with");
    note(unrest, &what, late, |(subject, version)| format!("{subject}: {} of {version}", taken(subject)));
    Ok(())
}

/// Says how many there are, and names the first.
fn note<T>(unrest: &mut Unrest, what: &str, found: Vec<T>, name: impl Fn(&T) -> String) {
    let Some(first) = found.first() else { return };
    let example = name(first);
    let example = if example.is_empty() { example } else { format!(", e.g. {example}") };
    unrest.push(format!("{} {what}{example}", found.len()));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unrest_is_counted_and_one_example_is_named() {
        let mut unrest = Unrest::new();
        note(&mut unrest, "checkouts under way", vec!["ord_1 in PAY", "ord_2 in END"], ToString::to_string);
        note(&mut unrest, "webhooks", vec![(); 3], |()| String::new());
        note(&mut unrest, "nothing", Vec::<String>::new(), String::clone);
        assert_eq!(unrest, ["2 checkouts under way, e.g. ord_1 in PAY", "3 webhooks"]);
    }
}
