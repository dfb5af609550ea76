//! Money in the graph; inside it is `souk_contracts::Money`.

use async_graphql::{Enum, InputObject, SimpleObject};
use souk_contracts::money;

use super::Decimal;

/// ISO 4217 code of a currency that the shop sells in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Enum, serde::Serialize)]
#[graphql(remote = "money::CurrencyCode")]
#[serde(rename_all = "UPPERCASE")]
pub enum CurrencyCode {
    /// Euro
    Eur,
    /// Pound sterling
    Gbp,
    /// Indian rupee
    Inr,
    /// US dollar
    Usd,
}

/// An amount of money in one currency.
#[derive(Debug, Clone, PartialEq, Eq, SimpleObject)]
#[graphql(shareable)]
pub struct Money {
    /// The amount in the currency's main unit, e.g. "19.90".
    pub amount: Decimal,
    /// The currency of the amount.
    pub currency_code: CurrencyCode,
}

/// An amount of money as input.
#[derive(Debug, Clone, PartialEq, Eq, InputObject, serde::Serialize)]
pub struct MoneyInput {
    /// The amount in the currency's main unit, e.g. "19.90"; never negative.
    pub amount: Decimal,
    /// The currency of the amount.
    pub currency_code: CurrencyCode,
}

impl From<money::Money> for Money {
    fn from(value: money::Money) -> Self {
        Self { amount: Decimal(value.decimal()), currency_code: value.currency.into() }
    }
}

impl MoneyInput {
    /// # Errors
    /// [`money::MoneyError`] when the amount is not a decimal of that currency.
    pub fn parse(&self) -> Result<money::Money, money::MoneyError> {
        money::Money::parse(&self.amount.0, self.currency_code.into())
    }
}
