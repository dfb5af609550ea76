//! Lists of orders, as Relay connections.

use async_graphql::{ComplexObject, Context, SimpleObject};
use souk_contracts::OrderId;
use souk_subgraph::{
    ApiError,
    graphql::PageInfo,
    pages::{Page, PageRequest},
};

use super::{order::OrderObject, shop};
use crate::{
    domain::{Order, OrderStatus},
    shop::Shop,
    store::pages::{self, OrderFilter},
};

/// Orders on a page when `first` is given as null, as when it is not given.
const FIRST: i32 = 20;

/// A page of orders.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(complex)]
pub struct OrderConnection {
    /// The orders of this page.
    pub nodes: Vec<OrderObject>,
    /// The orders with their cursors.
    pub edges: Vec<OrderEdge>,
    /// Where this page stands in the list.
    pub page_info: PageInfo,
    #[graphql(skip)]
    filter: OrderFilter,
}

/// An order in a list.
#[derive(Debug, Clone, SimpleObject)]
pub struct OrderEdge {
    /// The order.
    pub node: OrderObject,
    /// Pass it as `after` to get what follows.
    pub cursor: String,
}

#[ComplexObject]
impl OrderConnection {
    /// How many orders the whole list holds; counted only when asked for.
    async fn total_count(&self, ctx: &Context<'_>) -> Result<u64, ApiError> {
        Ok(pages::count(&shop(ctx).db, self.filter).await?)
    }
}

impl OrderConnection {
    /// Reads one page, newest first.
    ///
    /// # Errors
    /// A `first` out of range or a cursor of another list; store errors.
    pub async fn read(
        shop: &Shop,
        filter: OrderFilter,
        first: Option<i32>,
        after: Option<&str>,
    ) -> Result<Self, ApiError> {
        let list = list_name(filter);
        let request: PageRequest<OrderId> = PageRequest::parse(&list, first.unwrap_or(FIRST), after)?;
        let rows = pages::newest(&shop.db, filter, request.after, request.limit()).await?;
        let page = Page::cut(&list, &request, rows, |order: &Order| order.id);
        let page_info = page.info();
        let edges: Vec<OrderEdge> =
            page.rows.into_iter().map(|(cursor, order)| OrderEdge { node: OrderObject(order), cursor }).collect();
        Ok(Self { nodes: edges.iter().map(|edge| edge.node.clone()).collect(), edges, page_info, filter })
    }
}

/// A cursor belongs to one list: that of a customer, or of a status.
fn list_name(filter: OrderFilter) -> String {
    let customer = filter.customer.map(|id| id.to_string()).unwrap_or_default();
    let status = filter.status.map(OrderStatus::as_str).unwrap_or_default();
    format!("orders/{customer}/{status}")
}
