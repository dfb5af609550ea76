//! What orders asks of other services: a `.graphql` file an operation, typed variables and answers.

pub mod inventory;
pub mod payments;
pub mod products;

use serde::Deserialize;
use souk_contracts::{CurrencyCode, Money, MoneyError};

/// Every document with its callee, for the test that holds them against the committed schemas.
pub fn documents() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    inventory::DOCUMENTS.into_iter().chain(payments::DOCUMENTS).chain(products::DOCUMENTS)
}

/// Money as it comes in an answer.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MoneyAnswer {
    amount: String,
    currency_code: CurrencyCode,
}

impl MoneyAnswer {
    pub(crate) fn money(&self) -> Result<Money, MoneyError> {
        Money::parse(&self.amount, self.currency_code)
    }
}
