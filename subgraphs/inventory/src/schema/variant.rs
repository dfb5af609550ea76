//! What inventory adds to product variants.

use async_graphql::{Context, Object, SimpleObject};
use souk_contracts::Sku;
use souk_subgraph::{
    ApiError,
    graphql::{CurrencyCode, Money, MoneyInput, or_null},
};

use super::loaders;
use crate::domain::{Country, shipping_estimate};

/// Whether something can be had.
#[derive(Debug, Clone, SimpleObject)]
pub struct Availability {
    /// Units that one order line can get: those of the fullest warehouse.
    available: i32,
    /// Whether there is at least one.
    in_stock: bool,
}

/// A variant, as far as the router hands it in.
#[derive(Debug, Clone)]
pub struct ProductVariant {
    pub sku: Sku,
    pub weight_grams: Option<i32>,
    pub price: Option<MoneyInput>,
}

/// One way in which a product is sold.
#[Object]
impl ProductVariant {
    /// The stock keeping unit.
    async fn sku(&self) -> &str {
        self.sku.as_str()
    }

    /// Weight with packaging, in grams.
    #[graphql(external)]
    async fn weight_grams(&self) -> i32 {
        self.weight_grams.unwrap_or_default()
    }

    /// The price in one currency.
    #[graphql(external)]
    async fn price(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The currency; without it the base currency.")] currency: Option<CurrencyCode>,
    ) -> Option<Money> {
        let price = self.price.as_ref().filter(|price| currency.is_none_or(|wanted| wanted == price.currency_code))?;
        or_null(ctx, async move { Ok(Some(price.parse()?.into())) }).await
    }

    /// Whether it can be had; null for a sku that no stock is kept of.
    async fn availability(&self, ctx: &Context<'_>) -> Option<Availability> {
        let units = or_null(ctx, loaders(ctx).available.one(self.sku.clone())).await?;
        Some(Availability { available: count(units), in_stock: units > 0 })
    }

    /// What sending one unit costs, in the base currency: a fee for the first kilogram and a step for each further
    /// one begun, three times that to another country than the shop's own. Null without a base price.
    #[graphql(requires = "weightGrams price { amount currencyCode }")]
    async fn shipping_estimate(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "ISO 3166-1 code, e.g. DE; without it the shop's own country.")] country_code: Option<String>,
    ) -> Option<Money> {
        or_null(ctx, async move { self.estimate(ctx, country_code.as_deref()) }).await
    }
}

impl ProductVariant {
    fn estimate(&self, ctx: &Context<'_>, country_code: Option<&str>) -> Result<Option<Money>, ApiError> {
        let to = country_code.map(str::parse::<Country>).transpose();
        let to = to.map_err(|error| ApiError::bad_input(error.to_string()))?;
        let (Some(price), Some(grams)) = (&self.price, self.weight_grams) else { return Ok(None) };
        let foreign = to.is_some_and(|to| to != *ctx.data_unchecked::<Country>());
        Ok(Some(shipping_estimate(grams.unsigned_abs(), price.currency_code.into(), foreign).into()))
    }
}

/// A count as the graph's Int; rows are capped far below its limit.
pub fn count(units: i64) -> i32 {
    i32::try_from(units).unwrap_or(i32::MAX)
}
