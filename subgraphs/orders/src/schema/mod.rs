//! The part of the graph that orders answers for.

mod connection;
mod customer;
mod enums;
mod inputs;
mod internal;
mod loaders;
mod mutation;
mod order;
mod payloads;
mod query;
mod subscription;

use async_graphql::{Context, MergedObject, Schema};
use souk_subgraph::kafka::Tail;

pub use loaders::Loaders;

use crate::shop::Shop;

#[derive(Debug, Default, MergedObject)]
pub struct Query(query::OrderQuery, internal::InternalQuery);

#[derive(Debug, Default, MergedObject)]
pub struct Mutation(mutation::OrderMutation, internal::InternalMutation);

pub type OrdersSchema = Schema<Query, Mutation, subscription::Subscription>;

/// The schema; without parts it can be printed, not asked.
pub fn build(parts: Option<(Shop, Tail)>) -> OrdersSchema {
    let mut builder = Schema::build(Query::default(), Mutation::default(), subscription::Subscription)
        .register_output_type::<order::Node>()
        .enable_federation()
        .enable_subscription_in_federation();
    if let Some((shop, tail)) = parts {
        builder = builder.data(shop).data(tail);
    }
    builder.finish()
}

/// What the commands stand on; `run` has put it into the schema.
fn shop<'a>(ctx: &Context<'a>) -> &'a Shop {
    ctx.data_unchecked::<Shop>()
}

fn loaders<'a>(ctx: &Context<'a>) -> &'a Loaders {
    ctx.data_unchecked::<Loaders>()
}
