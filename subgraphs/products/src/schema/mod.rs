//! The products part of the graph.

mod category;
mod connection;
mod filter;
mod inputs;
mod internal;
mod loaders;
mod media;
mod mutation;
mod node;
mod payloads;
mod product;
mod query;
mod status;
mod variant;

use async_graphql::{Context, EmptySubscription, MergedObject, Schema, SchemaBuilder};
use souk_subgraph::{Db, auth::principal, outbox::Outbox};

pub use loaders::Loaders;
pub use mutation::Mutation;

/// Reads of the shop's data.
#[derive(Debug, Default, MergedObject)]
pub struct Query(query::CatalogueQuery, internal::InternalQuery);

/// The schema; [`Db`], [`Outbox`] and, per request, [`Loaders`] are added by whoever serves it.
pub fn builder() -> SchemaBuilder<Query, Mutation, EmptySubscription> {
    Schema::build(Query::default(), Mutation, EmptySubscription)
        .enable_federation()
        .register_output_type::<node::Node>()
}

fn db<'a>(ctx: &Context<'a>) -> &'a Db {
    ctx.data_unchecked()
}

fn outbox<'a>(ctx: &Context<'a>) -> &'a Outbox {
    ctx.data_unchecked()
}

fn loaders<'a>(ctx: &Context<'a>) -> &'a Loaders {
    ctx.data_unchecked()
}

/// Whether the caller works on the catalogue and so sees what is not on sale.
fn works_here(ctx: &Context<'_>) -> bool {
    principal(ctx).has_scope(WRITE)
}

const WRITE: &str = "products:write";
