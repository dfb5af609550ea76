//! What the continuous invariants (1, 4, 7) are judged by, read in an order in which a shop that works never looks
//! guilty: payments before the orders that they are for, orders before the stock that they took.

use std::{
    collections::{BTreeSet, HashSet},
    time::Duration,
};

use souk_contracts::{LineId, OrderId};

use super::{
    judge::{self, Totals},
    report::Finding,
    rows::{Line, Movements, Payment, Refund, Sold, Stock},
    store::{self, Databases},
};

#[derive(Debug)]
pub struct Stars {
    payments: Vec<Payment>,
    refunds: Vec<Refund>,
    totals: Totals,
    sold: Vec<Sold>,
    called_back: Vec<Line>,
    kept: HashSet<(OrderId, LineId)>,
    stock: Vec<Stock>,
    movements: Vec<Movements>,
}

impl Stars {
    /// Reads each database at one moment. Of payments only those that changed `within` this time.
    ///
    /// # Errors
    /// What the database says.
    pub async fn read(databases: &mut Databases, within: Duration) -> Result<Self, sqlx::Error> {
        let Databases { inventory, orders, payments: tills, .. } = databases;
        store::freeze(tills).await?;
        let since = store::payments::ago(tills, within).await?;
        let payments = store::payments::payments(tills, since).await?;
        let refunds = store::payments::refunds(tills, since).await?;
        store::release(tills).await?;

        let paid: BTreeSet<OrderId> = payments.iter().map(|payment| payment.order).collect();
        let paid: Vec<OrderId> = paid.into_iter().collect();
        store::freeze(orders).await?;
        let totals = store::orders::totals(orders, &paid).await?;
        let sold = store::orders::sold(orders).await?;
        let called_back = store::orders::called_back(orders).await?;
        store::release(orders).await?;

        let back: BTreeSet<OrderId> = called_back.iter().map(|line| line.order).collect();
        let back: Vec<OrderId> = back.into_iter().collect();
        store::freeze(inventory).await?;
        let stock = store::inventory::stock(inventory).await?;
        let movements = store::inventory::movements(inventory).await?;
        let kept = store::inventory::kept(inventory, &back).await?;
        store::release(inventory).await?;
        Ok(Self { payments, refunds, totals, sold, called_back, kept, stock, movements })
    }

    pub fn judge(&self) -> Vec<Finding> {
        vec![
            judge::in_bounds(&self.stock),
            judge::nothing_oversold(&self.sold, &self.called_back, &self.kept, &self.movements),
            judge::amounts_in_order(&self.payments, &self.refunds, &self.totals),
        ]
    }
}
