//! The part of the graph that notifications answers: each customer's feed.

use async_graphql::{
    Context, EmptyMutation, EmptySubscription, ID, Interface, Object, Schema, SchemaBuilder, SimpleObject,
};
use chrono::{DateTime, Utc};
use souk_subgraph::{
    ApiError, ErrorCode, auth,
    db::Db,
    graphql::PageInfo,
    pages::{Page, PageRequest},
};
use uuid::Uuid;

use crate::store::{self, NotificationRow};

const LIST: &str = "notifications";

/// A message to a customer about one of their orders.
#[derive(Debug, Clone, SimpleObject)]
pub struct Notification {
    /// Opaque id, `ntf_...`.
    pub id: ID,
    /// ORDER_CONFIRMED, ORDER_SHIPPED or ORDER_CANCELLED.
    pub kind: String,
    /// One line.
    pub subject: String,
    /// The text, without a greeting.
    pub body: String,
    /// The order it is about.
    pub order_id: Option<ID>,
    /// When it happened.
    pub at: DateTime<Utc>,
}

/// A thing with a globally unique, opaque id.
#[derive(Debug, Interface)]
#[graphql(field(name = "id", ty = "&ID", desc = "Globally unique, opaque id."))]
pub enum Node {
    Notification(Notification),
}

/// A page of messages.
#[derive(Debug, SimpleObject)]
pub struct NotificationConnection {
    /// The messages of this page, newest first.
    pub nodes: Vec<Notification>,
    /// Where this page stands in the list.
    pub page_info: PageInfo,
}

pub struct Query;

#[Object]
impl Query {
    /// Your messages, newest first.
    async fn notifications(
        &self,
        ctx: &Context<'_>,
        #[graphql(default = 20, desc = "How many, 1 to 100.")] first: i32,
        #[graphql(desc = "The endCursor of the page before.")] after: Option<String>,
    ) -> Result<NotificationConnection, ApiError> {
        let message = "sign in first: send `Authorization: Bearer <accessToken>`";
        let customer = auth::principal(ctx).customer_id();
        let customer = customer.ok_or_else(|| ApiError::new(ErrorCode::Unauthenticated, message))?;
        let request: PageRequest<(DateTime<Utc>, Uuid)> = PageRequest::parse(LIST, first, after.as_deref())?;
        let rows = store::feed(ctx.data_unchecked::<Db>(), customer, request.after, request.limit()).await?;
        let page = Page::cut(LIST, &request, rows, |row| (row.at, row.id.uuid()));
        let page_info = page.info();
        let nodes = page.rows.into_iter().map(|(_, row)| Notification::from(row)).collect();
        Ok(NotificationConnection { nodes, page_info })
    }
}

impl From<NotificationRow> for Notification {
    fn from(row: NotificationRow) -> Self {
        Self {
            id: row.id.to_string().into(),
            kind: row.kind,
            subject: row.subject,
            body: row.body,
            order_id: Some(row.order.to_string().into()),
            at: row.at,
        }
    }
}

/// The schema without its data.
pub fn build() -> SchemaBuilder<Query, EmptyMutation, EmptySubscription> {
    Schema::build(Query, EmptyMutation, EmptySubscription).register_output_type::<Node>().enable_federation()
}
