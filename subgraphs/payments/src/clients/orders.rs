//! What payments tells orders.

use serde::{Deserialize, Serialize};
use souk_contracts::Money;
use souk_subgraph::clients::{ClientError, Operation, ServiceClient};

use crate::domain::Payment;

pub(super) const DOCUMENT: (&str, &str) = (PaymentSettled::SERVICE, PaymentSettled::DOCUMENT);

struct PaymentSettled;

impl Operation for PaymentSettled {
    const SERVICE: &'static str = "orders";
    const NAME: &'static str = "PaymentSettled";
    const DOCUMENT: &'static str = include_str!("payment_settled.graphql");
    type Variables = Variables;
    type Data = Data;
}

#[derive(Debug, Serialize)]
struct Variables {
    input: PaymentSettledInput,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct PaymentSettledInput {
    payment_id: String,
    order_id: String,
    version: u64,
    attempt: u32,
    state: &'static str,
    authorized: MoneyInput,
    captured: MoneyInput,
    refunded: MoneyInput,
    failure_reason: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct MoneyInput {
    amount: String,
    currency_code: &'static str,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Data {
    /// False: orders knows no such order, so telling it again is of no use.
    payment_settled: bool,
}

#[derive(Debug, Clone)]
pub struct OrdersClient {
    client: ServiceClient,
}

impl OrdersClient {
    pub fn new(client: ServiceClient) -> Self {
        Self { client }
    }

    /// # Errors
    /// [`ClientError`]: it is told again.
    pub async fn payment_settled(&self, payment: &Payment) -> Result<(), ClientError> {
        let money = |minor| MoneyInput::from(payment.money(minor));
        let input = PaymentSettledInput {
            payment_id: payment.id.to_string(),
            order_id: payment.order_id.to_string(),
            version: payment.version,
            attempt: payment.attempt,
            state: payment.state.name(),
            authorized: money(payment.authorized_minor),
            captured: money(payment.captured_minor),
            refunded: money(payment.refunded_minor),
            failure_reason: payment.failure_reason().map(str::to_owned),
        };
        let data = self.client.call::<PaymentSettled>(&Variables { input }).await?;
        if !data.payment_settled {
            tracing::warn!(payment.id = %payment.id, "orders knows no order {} of payment {}", payment.order_id, payment.id);
        }
        Ok(())
    }
}

impl From<Money> for MoneyInput {
    fn from(money: Money) -> Self {
        Self { amount: money.decimal(), currency_code: money.currency.as_str() }
    }
}
