//! Payments: paying for an order, and undoing it. Starting is safe to ask again by (order, attempt).

use serde::{Deserialize, Serialize};
use souk_contracts::{CustomerId, Money, MoneyError, OrderId, PaymentId};
use souk_subgraph::clients::{ClientError, Operation};

use super::MoneyAnswer;
use crate::domain::{
    Order, PaymentMethod,
    payment::{PaymentFact, PaymentState},
};

pub(super) const DOCUMENTS: [(&str, &str, &str); 5] = [
    (PaymentStart::SERVICE, PaymentStart::NAME, PaymentStart::DOCUMENT),
    (PaymentCapture::SERVICE, PaymentCapture::NAME, PaymentCapture::DOCUMENT),
    (PaymentCancel::SERVICE, PaymentCancel::NAME, PaymentCancel::DOCUMENT),
    (PaymentsForOrder::SERVICE, PaymentsForOrder::NAME, PaymentsForOrder::DOCUMENT),
    (PaymentEventsSince::SERVICE, PaymentEventsSince::NAME, PaymentEventsSince::DOCUMENT),
];

/// Starts the payment of an attempt, or tells how it stands.
#[derive(Debug)]
pub struct PaymentStart;

/// Takes what was promised, as when cash was handed over.
#[derive(Debug)]
pub struct PaymentCapture;

/// Voids, refunds or withdraws an order's payments, whatever they have come to, and whatever comes late.
#[derive(Debug)]
pub struct PaymentCancel;

/// The payments of an order.
#[derive(Debug)]
pub struct PaymentsForOrder;

/// The events of a payment that were missed.
#[derive(Debug)]
pub struct PaymentEventsSince;

#[derive(Debug, Serialize)]
pub struct Input<T> {
    pub input: T,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StartInput {
    order_id: OrderId,
    attempt: u32,
    customer_id: Option<CustomerId>,
    method: PaymentMethod,
    token: Option<String>,
    amount: MoneyInput,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct MoneyInput {
    amount: String,
    currency_code: &'static str,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CancelInput {
    pub order_id: OrderId,
    /// None cancels all there are.
    pub attempt: Option<u32>,
    pub reason: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ByOrder {
    pub order_id: OrderId,
}

#[derive(Debug, Serialize)]
pub struct SinceVariables {
    pub id: String,
    pub version: u64,
}

#[derive(Debug, Deserialize)]
pub struct OnePayment {
    pub payment: Snapshot,
}

#[derive(Debug, Deserialize)]
pub struct ManyPayments {
    pub payments: Vec<Snapshot>,
}

#[derive(Debug, Deserialize)]
pub struct Events {
    pub events: Vec<String>,
}

/// A payment at one version, as payments tells of it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Snapshot {
    payment_id: PaymentId,
    order_id: OrderId,
    attempt: u32,
    version: u64,
    state: String,
    failure_reason: Option<String>,
    /// Nothing is held or kept any more, nor ever will be.
    pub cancelled: bool,
    authorized: MoneyAnswer,
    captured: MoneyAnswer,
    refunded: MoneyAnswer,
}

impl StartInput {
    pub fn of(order: &Order, attempt: u32, token: Option<String>) -> Self {
        let total = order.totals.total;
        Self {
            order_id: order.id,
            attempt,
            customer_id: order.customer,
            method: order.payment_method,
            token,
            amount: MoneyInput { amount: total.decimal(), currency_code: total.currency.as_str() },
        }
    }
}

impl Snapshot {
    /// What this says, as a fact of the domain.
    ///
    /// # Errors
    /// [`ClientError::Malformed`] when it speaks of states or amounts that do not exist.
    pub fn fact(&self) -> Result<PaymentFact, ClientError> {
        let malformed =
            |reason: String| ClientError::Malformed { service: "payments", operation: "PaymentSnapshot", reason };
        let state: PaymentState = self.state.parse().map_err(malformed)?;
        let money = |answer: &MoneyAnswer| -> Result<Money, ClientError> {
            answer.money().map_err(|error: MoneyError| malformed(error.to_string()))
        };
        Ok(PaymentFact {
            payment: self.payment_id,
            order: self.order_id,
            attempt: Some(self.attempt),
            version: self.version,
            state,
            authorized: money(&self.authorized)?,
            captured: money(&self.captured)?,
            refunded: money(&self.refunded)?,
            failure_reason: self.failure_reason.clone(),
        })
    }
}

impl Operation for PaymentStart {
    const SERVICE: &'static str = "payments";
    const NAME: &'static str = "PaymentStart";
    const DOCUMENT: &'static str = include_str!("payment_start.graphql");
    type Variables = Input<StartInput>;
    type Data = OnePayment;
}

impl Operation for PaymentCapture {
    const SERVICE: &'static str = "payments";
    const NAME: &'static str = "PaymentCapture";
    const DOCUMENT: &'static str = include_str!("payment_capture.graphql");
    type Variables = ByOrder;
    type Data = OnePayment;
}

impl Operation for PaymentCancel {
    const SERVICE: &'static str = "payments";
    const NAME: &'static str = "PaymentCancel";
    const DOCUMENT: &'static str = include_str!("payment_cancel.graphql");
    type Variables = Input<CancelInput>;
    type Data = ManyPayments;
}

impl Operation for PaymentsForOrder {
    const SERVICE: &'static str = "payments";
    const NAME: &'static str = "PaymentsForOrder";
    const DOCUMENT: &'static str = include_str!("payments_for_order.graphql");
    type Variables = ByOrder;
    type Data = ManyPayments;
}

impl Operation for PaymentEventsSince {
    const SERVICE: &'static str = "payments";
    const NAME: &'static str = "PaymentEventsSince";
    const DOCUMENT: &'static str = include_str!("payment_events_since.graphql");
    type Variables = SinceVariables;
    type Data = Events;
}
