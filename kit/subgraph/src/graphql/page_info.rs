//! Relay's page info.

use async_graphql::SimpleObject;

/// Where a page stands in its list.
#[derive(Debug, Clone, PartialEq, Eq, SimpleObject)]
#[graphql(shareable)]
pub struct PageInfo {
    /// Whether more items follow: pass `endCursor` as `after` to get them.
    pub has_next_page: bool,
    /// Whether items come before this page.
    pub has_previous_page: bool,
    /// Cursor of the first item; null on an empty page.
    pub start_cursor: Option<String>,
    /// Cursor of the last item; null on an empty page.
    pub end_cursor: Option<String>,
}
