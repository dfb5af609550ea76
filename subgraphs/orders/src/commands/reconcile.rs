//! Holds orders that are at rest against what payments says of them: news that never arrived, money of an order that
//! has ended, and confirmed orders that nothing pays. What payments says is taken by the way of its own news, and the
//! saga does what follows from it.

use std::{collections::HashSet, time::Duration};

use souk_contracts::OrderId;
use souk_process::clock;
use souk_subgraph::reconcile::{Finding, LookError, OpenFindings, Reconciler, Suspects};
use uuid::Uuid;

use super::{CommandError, record_payment::take_again};
use crate::{
    clients::payments::{ByOrder, PaymentsForOrder, Snapshot},
    domain::{
        Order, PaymentStatus,
        payment::{PaymentFact, Verdict, lacks_payment, verdict},
    },
    shop::Shop,
    store::{self, orders::Place},
};

/// Orders that payments is asked about in one look, one call each: a shop that is busier than that is gone through in
/// several looks.
const ORDERS_AT_ONCE: u32 = 500;
const UNREADABLE: &str = "order-unreadable";
/// All that an order may be found to be.
const KINDS: [&str; 4] = ["payment-not-followed", "ended-order-holds-money", "confirmed-without-payment", UNREADABLE];

/// The orders and their payments.
#[derive(Debug)]
pub struct Ledger {
    shop: Shop,
    /// How far back orders are looked at.
    window: Duration,
    /// Of the last order that was looked at; the next look begins behind it.
    last: Option<Place>,
    suspects: Suspects<Suspect>,
    /// Orders of suspects: the next look begins with them.
    again: Vec<OrderId>,
    open: OpenFindings,
}

/// What two looks must see alike.
#[derive(Debug, PartialEq, Eq, Hash)]
enum Suspect {
    /// The order and its version, and those of its payments.
    Differs(OrderId, u64, Vec<u64>),
    /// An order that cannot be read, or whose payments cannot.
    Unreadable(OrderId),
}

impl Ledger {
    pub fn new(shop: Shop, window: Duration) -> Self {
        let (suspects, open) = (Suspects::default(), OpenFindings::default());
        Self { shop, window, last: None, suspects, again: Vec::new(), open }
    }

    /// The next orders.
    async fn next(&self) -> Result<Vec<Place>, LookError> {
        let oldest = (clock::now() - self.window, OrderId(Uuid::nil()));
        let place = self.last.map_or(oldest, |last| last.max(oldest));
        Ok(store::orders::at_rest_from(&self.shop.db, place, ORDERS_AT_ONCE).await?)
    }

    /// One that cannot be read is for people, and holds no other one up.
    async fn look_at(&mut self, id: OrderId) -> Result<(), LookError> {
        match self.compare(id).await {
            Err(error) if error.is_of_one() => {
                if self.is_certain(id, Suspect::Unreadable(id)) {
                    self.note(UNREADABLE, id, error.to_string(), false).await?;
                }
                Ok(())
            }
            compared => compared,
        }
    }

    async fn compare(&mut self, id: OrderId) -> Result<(), LookError> {
        let answer = self.shop.client.call::<PaymentsForOrder>(&ByOrder { order_id: id }).await?;
        let facts: Vec<PaymentFact> = answer.payments.iter().map(Snapshot::fact).collect::<Result<_, _>>()?;
        let Some(order) = store::orders::find(&self.shop.db, id).await? else { return Ok(()) };
        let Some((kind, fact)) = difference(&order, &facts) else {
            return Ok(self.open.over(&self.shop.db, &id.to_string(), &KINDS).await?);
        };
        let versions = facts.iter().map(|fact| fact.version).collect();
        if !self.is_certain(id, Suspect::Differs(id, order.version, versions)) {
            return Ok(());
        }
        let repaired = match fact {
            Some(fact) => self.follow(fact).await?,
            None => false,
        };
        let what =
            format!("{} and {}; payments says {}", order.status.as_str(), order.payment_status.as_str(), told(&facts));
        self.note(kind, id, what, repaired).await
    }

    /// Whether two looks saw it; if not, the next look begins with this order.
    fn is_certain(&mut self, id: OrderId, suspect: Suspect) -> bool {
        let twice = self.suspects.seen_twice(suspect);
        if !twice {
            self.again.push(id);
        }
        twice
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

    async fn note(&self, kind: &'static str, id: OrderId, what: String, repaired: bool) -> Result<(), LookError> {
        Ok(Finding { kind, subject: id.to_string(), what, repaired }.note(&self.shop.db).await?)
    }
}

impl Reconciler for Ledger {
    async fn look(&mut self) -> Result<(), LookError> {
        self.suspects.begin();
        self.open = OpenFindings::read(&self.shop.db).await?;
        let suspected = std::mem::take(&mut self.again);
        for id in &suspected {
            self.look_at(*id).await?;
        }
        let mut looked_at: HashSet<OrderId> = suspected.into_iter().collect();
        let page = self.next().await?;
        let is_last = page.len() < ORDERS_AT_ONCE as usize;
        for place in page {
            if looked_at.insert(place.1) {
                self.look_at(place.1).await?;
            }
            // One by one: what a look that is broken off has not come to, the next one begins with.
            self.last = Some(place);
        }
        if is_last {
            self.last = None;
        }
        // Last, for they may be many and never end.
        let found = self.open.of_kinds(&KINDS).into_iter().filter_map(|subject| subject.parse::<OrderId>().ok());
        for id in found.filter(|id| !looked_at.contains(id)) {
            self.look_at(id).await?;
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
