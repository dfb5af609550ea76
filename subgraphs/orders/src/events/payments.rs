//! payments.events: the second way by which orders learns what became of a payment. `paymentSettled` is the first;
//! both end in `record_payment`, which takes each version once.

use std::collections::BTreeSet;

use souk_contracts::{
    Money, OrderId,
    events::{Envelope, PAYMENTS_EVENTS, PaymentChanged},
};
use souk_subgraph::{
    Tx,
    kafka::{EventHandler, HandleError},
};

use crate::{
    clients::payments::{PaymentEventsSince, SinceVariables},
    commands::{CommandError, record_payment_in},
    domain::payment::PaymentFact,
    shop::Shop,
    store,
};

#[derive(Debug)]
pub struct PaymentEvents {
    shop: Shop,
}

impl PaymentEvents {
    pub fn new(shop: Shop) -> Self {
        Self { shop }
    }
}

impl EventHandler for PaymentEvents {
    const CONSUMER: &'static str = "orders.payments";
    const TOPICS: &'static [&'static str] = &[PAYMENTS_EVENTS];

    async fn handle(&self, tx: &mut Tx, event: &Envelope) -> Result<(), HandleError> {
        self.handle_all(tx, &[event]).await
    }

    /// Locks every order that it may change first, in the order of rows: what is asked of an order under its lock, e.g.
    /// whether its units are still counted on, must not wait for another's lock before it is committed.
    async fn handle_all(&self, tx: &mut Tx, events: &[&Envelope]) -> Result<(), HandleError> {
        let mut facts = events.iter().map(|event| fact(event.body()?)).collect::<Result<Vec<_>, HandleError>>()?;
        // Nothing follows from a payment whose outcome is open, so its order is not even locked.
        facts.retain(|fact| !fact.state.is_open());
        let orders: BTreeSet<OrderId> = facts.iter().map(|fact| fact.order).collect();
        if orders.len() > 1 {
            store::orders::lock_rows(tx, &orders).await?;
        }
        for fact in &facts {
            record_payment_in(tx, &self.shop, fact).await.map_err(|error| match error {
                CommandError::Store(error) => HandleError::Store(error),
                CommandError::Client(error) => HandleError::Client(error),
                other @ (CommandError::Refused(_) | CommandError::Request(_) | CommandError::Broken(_)) => {
                    HandleError::Poison(other.to_string())
                }
            })?;
        }
        Ok(())
    }

    async fn missing(&self, subject: &str, have: u64) -> Result<Vec<Envelope>, HandleError> {
        let variables = SinceVariables { id: subject.to_owned(), version: have };
        let answer = self.shop.client.call::<PaymentEventsSince>(&variables).await?;
        answer.events.iter().map(|event| Ok(Envelope::parse(event.as_bytes())?)).collect()
    }

    fn committed(&self) {
        self.shop.committed();
    }
}

fn fact(body: PaymentChanged) -> Result<PaymentFact, HandleError> {
    let money = |minor| Money::new(minor, body.amount.currency);
    Ok(PaymentFact {
        payment: body.payment_id,
        order: body.order_id,
        attempt: None,
        version: body.version,
        state: body.state.parse().map_err(HandleError::Poison)?,
        authorized: money(body.authorized_minor),
        captured: money(body.captured_minor),
        refunded: money(body.refunded_minor),
        failure_reason: body.failure_reason,
    })
}
