//! The inventory part of the graph.

mod internal;
mod loaders;
mod mutation;
mod query;
mod stock;
mod subscription;
mod variant;

use async_graphql::{Context, MergedObject, Schema, SchemaBuilder};
use souk_subgraph::Db;

pub use loaders::Loaders;

use crate::commands::StockRoom;
use subscription::Subscription;

/// Reads of the shop's data.
#[derive(Debug, Default, MergedObject)]
pub struct Query(query::StockQuery, internal::InternalQuery);

/// Changes of the shop's data.
#[derive(Debug, Default, MergedObject)]
pub struct Mutation(mutation::StockMutation, internal::InternalMutation);

/// The schema; `Db`, `StockRoom`, `Tail`, `Country` and, per request, [`Loaders`] are added by whoever serves it.
pub fn builder() -> SchemaBuilder<Query, Mutation, Subscription> {
    Schema::build(Query::default(), Mutation::default(), Subscription)
        .enable_federation()
        .enable_subscription_in_federation()
}

fn db<'a>(ctx: &Context<'a>) -> &'a Db {
    ctx.data_unchecked()
}

fn stock_room<'a>(ctx: &Context<'a>) -> &'a StockRoom {
    ctx.data_unchecked()
}

fn loaders<'a>(ctx: &Context<'a>) -> &'a Loaders {
    ctx.data_unchecked()
}
