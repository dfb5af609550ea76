//! An order's way forward: each step is one version, one history row, one event.

use chrono::{DateTime, Utc};

use super::{Order, OrderAction, OrderStatus, PaymentAction, PaymentStatus, status::NoSuchEdge};

/// One row of the history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// None for the first row.
    pub from: Option<OrderStatus>,
    pub to: OrderStatus,
    pub payment_status: PaymentStatus,
    pub version: u64,
    pub reason: Option<String>,
    pub at: DateTime<Utc>,
}

/// An order with the changes that are not written yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    pub order: Order,
    /// The version that the database has; a compare-and-set holds it against the row.
    pub base_version: u64,
    pub changes: Vec<Change>,
    at: DateTime<Utc>,
}

impl Progress {
    /// Nothing has changed yet; changes happen at `at`.
    pub fn of(order: Order, at: DateTime<Utc>) -> Self {
        Self { base_version: order.version, order, changes: Vec::new(), at }
    }

    /// The first row of a new order.
    pub fn placed(order: Order) -> Self {
        let at = order.placed_at;
        let first = Change {
            from: None,
            to: order.status,
            payment_status: order.payment_status,
            version: order.version,
            reason: None,
            at,
        };
        Self { base_version: 0, order, changes: vec![first], at }
    }

    /// Moves the status, and the payment status with it when `money` leads somewhere: one version.
    ///
    /// # Errors
    /// [`NoSuchEdge`]; a payment edge that does not exist leaves the payment status as it is.
    pub fn step(
        mut self,
        action: OrderAction,
        money: Option<PaymentAction>,
        reason: Option<&str>,
    ) -> Result<Self, NoSuchEdge> {
        let from = self.order.status;
        self.order.status = from.apply(action)?;
        if let Some(moved) = money.and_then(|action| self.order.payment_status.apply(action).ok()) {
            self.order.payment_status = moved;
        }
        if self.order.status.has_ended() {
            self.order.ending = None;
        }
        Ok(self.noted(from, reason))
    }

    /// Moves the payment status alone, over its edges to `target`: a version an edge.
    pub fn money_to(mut self, target: PaymentStatus, reason: Option<&str>) -> Self {
        for action in self.order.payment_status.path_to(target) {
            if let Ok(moved) = self.order.payment_status.apply(action) {
                self.order.payment_status = moved;
                let from = self.order.status;
                self = self.noted(from, reason);
            }
        }
        self
    }

    fn noted(mut self, from: OrderStatus, reason: Option<&str>) -> Self {
        self.order.version += 1;
        self.changes.push(Change {
            from: Some(from),
            to: self.order.status,
            payment_status: self.order.payment_status,
            version: self.order.version,
            reason: reason.map(str::to_owned),
            at: self.at,
        });
        self
    }
}
