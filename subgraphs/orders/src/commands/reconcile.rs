//! Holds orders that are at rest against what payments says of them: news that never arrived, money of an order that
//! has ended, and confirmed orders that nothing pays. What payments says is taken by the way of its own news, and the
//! saga does what follows from it.

use std::time::Duration;

use souk_contracts::OrderId;
use souk_process::clock;
use souk_subgraph::reconcile::{Finding, LookError, Reconciler, Suspects};

use super::{CommandError, record_payment::take_again};
use crate::{
    clients::payments::{ByOrder, PaymentsForOrder, Snapshot},
    domain::{
        Order, PaymentStatus,
        payment::{PaymentFact, Verdict, lacks_payment, verdict},
    },
    shop::Shop,
    store,
};

/// Orders that payments is asked about in one look, one call each: a shop that is busier than that is gone through in
/// several looks.
const ORDERS_AT_ONCE: u32 = 500;

/// The orders and their payments.
#[derive(Debug)]
pub struct Ledger {
    shop: Shop,
    /// How far back orders are looked at.
    window: Duration,
    /// The last order that was looked at; the next look begins behind it.
    last: Option<OrderId>,
    suspects: Suspects<Suspect>,
    /// Orders of suspects: the next look begins with them.
    again: Vec<OrderId>,
}

/// What two looks must see alike: the order and its version, and those of its payments.
type Suspect = (OrderId, u64, Vec<u64>);

impl Ledger {
    pub fn new(shop: Shop, window: Duration) -> Self {
        Self { shop, window, last: None, suspects: Suspects::default(), again: Vec::new() }
    }

    /// The next orders; after the newest it begins anew.
    async fn next(&mut self) -> Result<Vec<OrderId>, LookError> {
        let oldest = OrderId::new(clock::now() - self.window, [0; 10]);
        let first = self.last.map_or(oldest, |last| last.max(oldest));
        let page = store::orders::at_rest_from(&self.shop.db, first, ORDERS_AT_ONCE).await?;
        self.last = page.last().copied().filter(|_| page.len() == ORDERS_AT_ONCE as usize);
        Ok(page)
    }

    async fn compare(&mut self, id: OrderId) -> Result<(), LookError> {
        let answer = self.shop.client.call::<PaymentsForOrder>(&ByOrder { order_id: id }).await?;
        let facts: Vec<PaymentFact> = answer.payments.iter().map(Snapshot::fact).collect::<Result<_, _>>()?;
        let Some(order) = store::orders::find(&self.shop.db, id).await? else { return Ok(()) };
        let Some((kind, fact)) = difference(&order, &facts) else { return Ok(()) };
        let suspect = (id, order.version, facts.iter().map(|fact| fact.version).collect());
        if !self.suspects.seen_twice(suspect) {
            self.again.push(id);
            return Ok(());
        }
        let repaired = match fact {
            Some(fact) => self.follow(fact).await?,
            None => false,
        };
        let what =
            format!("{} and {}; payments says {}", order.status.as_str(), order.payment_status.as_str(), told(&facts));
        let finding = Finding { kind, subject: id.to_string(), what, repaired };
        Ok(finding.note(&self.shop.db).await?)
    }

    /// An order whose rules do not let it follow is for people, and holds no other one up.
    async fn follow(&self, fact: &PaymentFact) -> Result<bool, LookError> {
        match take_again(&self.shop, fact).await {
            Ok(followed) => Ok(followed),
            Err(CommandError::Store(error)) => Err(error.into()),
            Err(CommandError::Client(error)) => Err(error.into()),
            Err(CommandError::Refused(_) | CommandError::Request(_) | CommandError::Broken(_)) => Ok(false),
        }
    }
}

impl Reconciler for Ledger {
    async fn look(&mut self) -> Result<(), LookError> {
        self.suspects.begin();
        let mut orders = std::mem::take(&mut self.again);
        for order in self.next().await? {
            if !orders.contains(&order) {
                orders.push(order);
            }
        }
        for order in orders {
            self.compare(order).await?;
        }
        Ok(())
    }
}

/// What an order at rest did not follow, with the fact that says so; no fact: nothing pays a confirmed order.
fn difference<'a>(order: &Order, facts: &'a [PaymentFact]) -> Option<(&'static str, Option<&'a PaymentFact>)> {
    let kind = |fact| match verdict(order, fact) {
        Verdict::Nothing => None,
        Verdict::GiveBack(_) => Some("ended-order-holds-money"),
        Verdict::Await | Verdict::Confirm(_) | Verdict::Fail { .. } | Verdict::Follow(_) => {
            Some("payment-not-followed")
        }
    };
    let followed = |fact: &&PaymentFact| !fact.state.is_open();
    let missed = facts.iter().filter(followed).find_map(|fact| Some((kind(fact)?, Some(fact))));
    missed.or_else(|| lacks_payment(order, facts).then_some(("confirmed-without-payment", None)))
}

fn told(facts: &[PaymentFact]) -> String {
    if facts.is_empty() {
        return PaymentStatus::None.as_str().to_owned();
    }
    let each = |fact: &PaymentFact| {
        format!("{} {}, {} taken, {} given back", fact.payment, fact.state.as_str(), fact.captured, fact.refunded)
    };
    facts.iter().map(each).collect::<Vec<_>>().join("; ")
}
