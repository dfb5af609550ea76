//! Products: what a cart's skus are called and cost.

use serde::{Deserialize, Serialize};
use souk_contracts::{CurrencyCode, Sku};
use souk_subgraph::clients::Operation;

use super::MoneyAnswer;

pub(super) const DOCUMENTS: [(&str, &str, &str); 1] =
    [(CheckoutVariants::SERVICE, CheckoutVariants::NAME, CheckoutVariants::DOCUMENT)];

/// Titles and prices of skus in one currency; those that are unknown are absent.
#[derive(Debug)]
pub struct CheckoutVariants;

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CheckoutVariantsInput {
    pub skus: Vec<Sku>,
    pub currency_code: CurrencyCode,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CheckoutVariantsAnswer {
    pub checkout_variants: Vec<CheckoutVariant>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CheckoutVariant {
    pub sku: Sku,
    pub title: String,
    pub on_sale: bool,
    /// None where the variant has no price in the currency.
    pub(crate) price: Option<MoneyAnswer>,
}

impl Operation for CheckoutVariants {
    const SERVICE: &'static str = "products";
    const NAME: &'static str = "CheckoutVariants";
    const DOCUMENT: &'static str = include_str!("checkout_variants.graphql");
    type Variables = CheckoutVariantsInput;
    type Data = CheckoutVariantsAnswer;
}
