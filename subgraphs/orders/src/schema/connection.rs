//! Lists of orders, as Relay connections.

use async_graphql::{ComplexObject, Context, SimpleObject};
use souk_contracts::{CustomerId, OrderId};
use souk_subgraph::{
    ApiError,
    graphql::PageInfo,
    pages::{Page, PageRequest},
};

use super::{loaders, loaders::PageOfCustomer, order::OrderObject, shop};
use crate::{
    domain::{Order, OrderStatus},
    store::pages,
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
    list: List,
}

/// Which orders a list holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum List {
    /// All, or all that stand here.
    Status(Option<OrderStatus>),
    Customer(CustomerId),
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
        match self.list {
            List::Status(status) => Ok(pages::count(&shop(ctx).db, status).await?),
            List::Customer(id) => Ok(loaders(ctx).customer_counts.one(id).await?.unwrap_or_default()),
        }
    }
}

impl OrderConnection {
    /// One page of all orders, or of those that stand here, newest first.
    ///
    /// # Errors
    /// A `first` out of range or a cursor of another list; store errors.
    pub async fn of_status(
        ctx: &Context<'_>,
        status: Option<OrderStatus>,
        first: Option<i32>,
        after: Option<&str>,
    ) -> Result<Self, ApiError> {
        let list = List::Status(status);
        let request = list.request(first, after)?;
        let rows = pages::newest(&shop(ctx).db, status, request.after, request.limit()).await?;
        Ok(Self::cut(list, &request, rows))
    }

    /// One page of a customer's orders, newest first.
    ///
    /// # Errors
    /// As [`OrderConnection::of_status`].
    pub async fn of_customer(
        ctx: &Context<'_>,
        customer: CustomerId,
        first: Option<i32>,
        after: Option<&str>,
    ) -> Result<Self, ApiError> {
        let list = List::Customer(customer);
        let request = list.request(first, after)?;
        let page = PageOfCustomer { after: request.after, limit: request.limit() };
        let rows = loaders(ctx).customer_pages.one((customer, page)).await?.unwrap_or_default();
        Ok(Self::cut(list, &request, rows))
    }

    fn cut(list: List, request: &PageRequest<OrderId>, rows: Vec<Order>) -> Self {
        let page = Page::cut(&list.name(), request, rows, |order: &Order| order.id);
        let page_info = page.info();
        let edges: Vec<OrderEdge> =
            page.rows.into_iter().map(|(cursor, order)| OrderEdge { node: OrderObject(order), cursor }).collect();
        Self { nodes: edges.iter().map(|edge| edge.node.clone()).collect(), edges, page_info, list }
    }
}

impl List {
    fn request(self, first: Option<i32>, after: Option<&str>) -> Result<PageRequest<OrderId>, ApiError> {
        PageRequest::parse(&self.name(), first.unwrap_or(FIRST), after)
    }

    /// A cursor belongs to one list: that of a customer, or of a status.
    fn name(self) -> String {
        match self {
            Self::Status(status) => format!("orders//{}", status.map(OrderStatus::as_str).unwrap_or_default()),
            Self::Customer(id) => format!("orders/{id}/"),
        }
    }
}
