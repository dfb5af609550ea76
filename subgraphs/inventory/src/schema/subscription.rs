//! Live stock.

use std::collections::HashMap;

use async_graphql::{Context, Subscription};
use futures_util::{
    Stream, StreamExt as _,
    stream::{self, BoxStream, select_all},
};
use souk_contracts::{Sku, events::StockChanged};
use souk_subgraph::{
    ApiError, Db,
    auth::RequiresScope,
    kafka::{Tail, TailMessage},
};

use super::{db, stock::StockLevel};
use crate::{domain::ShelfKey, store};

/// Skus of one subscription at most.
const SKUS_MAX: usize = 100;

#[derive(Debug)]
pub struct Subscription;

/// Live changes.
#[Subscription]
impl Subscription {
    /// The stock of some skus: first as it stands, then each change of it; versions of a row only rise. Needs the
    /// scope inventory:read.
    #[graphql(guard = "RequiresScope(\"inventory:read\")")]
    async fn stock_changed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The skus, 1 to 100; case does not matter.")] skus: Vec<String>,
    ) -> Result<impl Stream<Item = Result<StockLevel, ApiError>> + use<>, ApiError> {
        if !(1..=SKUS_MAX).contains(&skus.len()) {
            return Err(ApiError::bad_input(format!("skus must be 1 to {SKUS_MAX}")));
        }
        let skus = skus.iter().map(|sku| sku.parse()).collect::<Result<Vec<Sku>, _>>()?;
        Ok(follow(db(ctx).clone(), ctx.data_unchecked::<Tail>().clone(), skus))
    }
}

/// Opens the tail, then reads the snapshot, then passes on what is newer: nothing between is missed.
fn follow(db: Db, tail: Tail, skus: Vec<Sku>) -> impl Stream<Item = Result<StockLevel, ApiError>> {
    async_stream::try_stream! {
        tail.opened().await;
        let mut changes = listen(&db, &tail, &skus).await?;
        let mut seen = Seen::default();
        for row in store::stock::of_skus(&db, &skus).await? {
            if seen.is_news(&row.shelf, row.version) {
                yield StockLevel::from(row);
            }
        }
        while let Some(change) = changes.next().await {
            match change {
                TailMessage::Event(event) => {
                    let body: StockChanged = event.body().map_err(|error| ApiError::internal(&error))?;
                    let shelf = ShelfKey { sku: body.sku.clone(), warehouse: body.warehouse.clone() };
                    if seen.is_news(&shelf, body.version) {
                        yield StockLevel::from(body);
                    }
                }
                TailMessage::Gap => {
                    for row in store::stock::of_skus(&db, &skus).await? {
                        if seen.is_news(&row.shelf, row.version) {
                            yield StockLevel::from(row);
                        }
                    }
                }
            }
        }
    }
}

/// The tail of every row that these skus have or may get in the warehouses of now.
async fn listen(db: &Db, tail: &Tail, skus: &[Sku]) -> Result<BoxStream<'static, TailMessage>, ApiError> {
    let warehouses = store::warehouses::names(db).await?;
    let rows = skus.iter().flat_map(|sku| warehouses.iter().map(move |warehouse| format!("{sku}@{warehouse}")));
    let tails = rows.map(|subject| {
        let subscription = tail.subscribe(&subject);
        stream::unfold(subscription, |mut subscription| async move {
            let message = subscription.next().await?;
            Some((message, subscription))
        })
        .boxed()
    });
    Ok(select_all(tails).boxed())
}

/// The newest version passed on of each row.
#[derive(Debug, Default)]
struct Seen(HashMap<ShelfKey, u64>);

impl Seen {
    fn is_news(&mut self, shelf: &ShelfKey, version: u64) -> bool {
        let newest = self.0.entry(shelf.clone()).or_default();
        let news = version > *newest;
        *newest = version.max(*newest);
        news
    }
}
