//! Operations for other services, called directly with their tokens; no client sees them.

use async_graphql::{Context, ID, Object, SimpleObject};
use souk_contracts::{ProductId, Sku};
use souk_subgraph::{
    ApiError,
    auth::CalledBy,
    graphql::{CurrencyCode, Money},
    outbox,
};

use super::db;
use crate::store::{self, CheckoutRow};

/// Skus in one question at most.
const SKUS_MAX: usize = 200;
/// Events in one answer at most; the caller asks again from the last one.
const EVENTS_MAX: u32 = 500;

/// What a checkout needs to know of a variant.
#[derive(Debug, SimpleObject)]
#[graphql(inaccessible)]
pub struct CheckoutVariant {
    /// The stock keeping unit.
    sku: String,
    /// The product it belongs to.
    product_id: ID,
    /// Product and variant title, as an order line shows it.
    title: String,
    /// Weight with packaging, in grams.
    weight_grams: i32,
    /// The price in the currency asked for; null where there is none.
    price: Option<Money>,
    /// Whether it may be sold: its product is ACTIVE.
    on_sale: bool,
}

#[derive(Debug, Default)]
pub struct InternalQuery;

#[Object]
impl InternalQuery {
    /// The variants of a cart in one currency; unknown skus are absent. For orders.
    #[graphql(inaccessible, guard = "CalledBy(&[\"orders\"])")]
    async fn checkout_variants(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The skus of the cart, 200 at most.")] skus: Vec<String>,
        #[graphql(desc = "The order's currency.")] currency_code: CurrencyCode,
    ) -> Result<Vec<CheckoutVariant>, ApiError> {
        if skus.len() > SKUS_MAX {
            return Err(ApiError::bad_input(format!("skus must be {SKUS_MAX} at most")));
        }
        let skus = skus.iter().map(|sku| sku.parse()).collect::<Result<Vec<Sku>, _>>()?;
        let rows = store::variants::for_checkout(db(ctx), &skus, currency_code.into()).await?;
        Ok(rows.into_iter().map(CheckoutVariant::from).collect())
    }

    /// Events of one product newer than `version`, oldest first, as CloudEvents in JSON. For services that missed
    /// some.
    #[graphql(
        inaccessible,
        shareable,
        guard = "CalledBy(&[\"inventory\", \"orders\", \"payments\", \"notifications\"])"
    )]
    async fn events_since(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The aggregate's id, as in the events' subject.")] id: ID,
        #[graphql(desc = "The newest version that the caller has; 0 for all.")] version: i32,
    ) -> Result<Vec<String>, ApiError> {
        let product: ProductId = id.parse()?;
        let since = u64::try_from(version).map_err(|_| ApiError::bad_input("version must not be negative"))?;
        let events = outbox::events_since(db(ctx), &product.to_string(), since, EVENTS_MAX).await?;
        events.iter().map(|event| serde_json::to_string(event).map_err(|error| ApiError::internal(&error))).collect()
    }
}

impl From<CheckoutRow> for CheckoutVariant {
    fn from(row: CheckoutRow) -> Self {
        Self {
            sku: row.sku,
            product_id: row.product_id.to_string().into(),
            title: row.title,
            weight_grams: row.weight_grams,
            price: row.price.map(Money::from),
            on_sale: row.on_sale,
        }
    }
}
