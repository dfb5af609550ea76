//! Lists of products: filters, orders, and keyset pages of each order.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use souk_contracts::{CategoryId, CurrencyCode, ProductId};
use souk_subgraph::{Db, StoreError, pages::PageRequest};
use sqlx::{MySql, QueryBuilder};
use uuid::Uuid;

use super::{
    Product,
    products::{COLUMNS, Row, read},
    push_list,
};
use crate::domain::{ProductStatus, SearchPhrase, Tag};

/// Prices between two bounds, both included, in minor units of one currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PriceRange {
    pub currency: CurrencyCode,
    pub min_minor: i64,
    pub max_minor: i64,
}

/// Which products a list holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    pub status: ProductStatus,
    pub phrase: Option<SearchPhrase>,
    /// A category's slug.
    pub category: Option<String>,
    /// All of them.
    pub tags: Vec<Tag>,
    /// Some variant has a price in this currency.
    pub sold_in: Option<CurrencyCode>,
    /// Some variant has a price in this range.
    pub price: Option<PriceRange>,
}

/// What prices are compared in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Basis {
    /// Each product's own base currency.
    Base,
    /// One currency; products without a price in it are left out.
    Currency(CurrencyCode),
}

/// The order of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sort {
    /// Ids are UUIDv7, so their order is that of creation.
    Newest,
    PriceAscending(Basis),
    PriceDescending(Basis),
    Title,
    /// See `domain::search` for the ranks.
    Relevance(SearchPhrase),
}

/// Where a product stands in an order: the rank (a price or a relevance), the title, the id; those that the order
/// does not use are empty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SortKey(pub i64, pub String, pub ProductId);

/// A product with its place in the order.
#[derive(Debug, Clone)]
pub struct Listed {
    pub product: Product,
    pub key: SortKey,
}

impl Basis {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Base => "BASE",
            Self::Currency(currency) => currency.as_str(),
        }
    }
}

type Statement = QueryBuilder<MySql>;

/// One page of a list.
pub async fn page(
    db: &Db,
    filter: &Filter,
    sort: &Sort,
    request: &PageRequest<SortKey>,
) -> Result<Vec<Listed>, StoreError> {
    let mut statement = QueryBuilder::new("SELECT ");
    statement.push(COLUMNS).push(", ");
    push_rank(&mut statement, sort);
    statement.push(" FROM products p");
    if let Sort::PriceAscending(basis) | Sort::PriceDescending(basis) = sort {
        statement.push(" JOIN product_price_floors f ON f.product_id = p.id AND f.basis = ").push_bind(basis.as_str());
    }
    push_filter(&mut statement, filter);
    if let Some(key) = &request.after {
        push_after(&mut statement, sort, key);
    }
    push_order(&mut statement, sort);
    statement.push(" LIMIT ").push_bind(request.limit());
    let rows: Vec<ListedRow> = statement.build_query_as().fetch_all(db.pool()).await?;
    rows.into_iter().map(|row| listed(row, sort)).collect()
}

type ListedRow = (Uuid, String, String, String, String, Option<Uuid>, i64, i64);

fn listed(
    (id, slug, title, description, status, category, version, rank): ListedRow,
    sort: &Sort,
) -> Result<Listed, StoreError> {
    let row: Row = (id, slug, title, description, status, category, version);
    let product = read(row)?;
    let title = if *sort == Sort::Title { product.title.clone() } else { String::new() };
    Ok(Listed { key: SortKey(rank, title, product.id), product })
}

/// How many products a list holds in all.
pub async fn count(db: &Db, filter: &Filter) -> Result<i64, StoreError> {
    let mut statement = QueryBuilder::new("SELECT COUNT(*) FROM products p");
    push_filter(&mut statement, filter);
    let (count,): (i64,) = statement.build_query_as().fetch_one(db.pool()).await?;
    Ok(count)
}

fn push_rank(statement: &mut Statement, sort: &Sort) {
    match sort {
        Sort::Newest | Sort::Title => {
            statement.push("0");
        }
        Sort::PriceAscending(_) | Sort::PriceDescending(_) => {
            statement.push("f.minor");
        }
        Sort::Relevance(phrase) => {
            statement.push("(CASE WHEN p.title = ").push_bind(phrase.text());
            statement.push(" THEN 0 WHEN p.title LIKE ").push_bind(phrase.prefix_pattern());
            statement.push(" THEN 1 WHEN TRUE");
            for pattern in phrase.word_patterns() {
                statement.push(" AND p.title LIKE ").push_bind(pattern);
            }
            statement.push(" THEN 2 ELSE 3 END)");
        }
    }
}

fn push_filter(statement: &mut Statement, filter: &Filter) {
    statement.push(" WHERE p.status = ").push_bind(filter.status.as_str());
    if let Some(slug) = &filter.category {
        statement.push(" AND p.category_id = (SELECT c.id FROM categories c WHERE c.slug = ").push_bind(slug.clone());
        statement.push(")");
    }
    for tag in &filter.tags {
        statement.push(" AND EXISTS (SELECT 1 FROM product_tags t WHERE t.product_id = p.id AND t.tag = ");
        statement.push_bind(tag.as_str().to_owned()).push(")");
    }
    if let Some(currency) = filter.sold_in {
        statement.push(" AND EXISTS (SELECT 1 FROM product_price_floors s WHERE s.product_id = p.id AND s.basis = ");
        statement.push_bind(currency.as_str()).push(")");
    }
    if let Some(range) = &filter.price {
        statement.push(
            " AND EXISTS (SELECT 1 FROM variants v JOIN prices r ON r.variant_id = v.id
              WHERE v.product_id = p.id AND r.currency = ",
        );
        statement.push_bind(range.currency.as_str()).push(" AND r.minor BETWEEN ").push_bind(range.min_minor);
        statement.push(" AND ").push_bind(range.max_minor).push(")");
    }
    for pattern in filter.phrase.iter().flat_map(SearchPhrase::word_patterns) {
        statement.push(" AND p.search_text LIKE ").push_bind(pattern);
    }
}

/// What stands behind `key` in this order.
fn push_after(statement: &mut Statement, sort: &Sort, SortKey(rank, title, id): &SortKey) {
    let id = id.uuid();
    match sort {
        Sort::Newest => {
            statement.push(" AND p.id < ").push_bind(id);
        }
        Sort::PriceAscending(_) => {
            statement.push(" AND (f.minor > ").push_bind(*rank).push(" OR (f.minor = ").push_bind(*rank);
            statement.push(" AND f.product_id > ").push_bind(id).push("))");
        }
        Sort::PriceDescending(_) => {
            statement.push(" AND (f.minor < ").push_bind(*rank).push(" OR (f.minor = ").push_bind(*rank);
            statement.push(" AND f.product_id < ").push_bind(id).push("))");
        }
        Sort::Title => {
            statement.push(" AND (p.title > ").push_bind(title.clone()).push(" OR (p.title = ");
            statement.push_bind(title.clone()).push(" AND p.id > ").push_bind(id).push("))");
        }
        Sort::Relevance(_) => {
            statement.push(" AND (");
            push_rank(statement, sort);
            statement.push(" > ").push_bind(*rank).push(" OR (");
            push_rank(statement, sort);
            statement.push(" = ").push_bind(*rank).push(" AND p.id < ").push_bind(id).push("))");
        }
    }
}

fn push_order(statement: &mut Statement, sort: &Sort) {
    statement.push(match sort {
        Sort::Newest => " ORDER BY p.id DESC",
        Sort::PriceAscending(_) => " ORDER BY f.minor, f.product_id",
        Sort::PriceDescending(_) => " ORDER BY f.minor DESC, f.product_id DESC",
        Sort::Title => " ORDER BY p.title, p.id",
        // 8 is the rank, the last column selected
        Sort::Relevance(_) => " ORDER BY 8, p.id DESC",
    });
}

/// The newest products of many categories, `limit` of each, in one statement.
pub async fn newest_of_categories(
    db: &Db,
    categories: &[CategoryId],
    before: Option<ProductId>,
    limit: u32,
) -> Result<HashMap<CategoryId, Vec<Product>>, StoreError> {
    let mut statement = QueryBuilder::new("SELECT ");
    statement.push(COLUMNS).push(
        " FROM (
             SELECT id, slug, title, description, status, category_id, version,
                    ROW_NUMBER() OVER (PARTITION BY category_id ORDER BY id DESC) AS place
             FROM products
             WHERE status = 'ACTIVE' AND category_id IN (",
    );
    push_list(&mut statement, categories.iter().map(|id| id.uuid()));
    statement.push(")");
    if let Some(before) = before {
        statement.push(" AND id < ").push_bind(before.uuid());
    }
    statement.push(") p WHERE p.place <= ").push_bind(limit).push(" ORDER BY p.category_id, p.id DESC");
    let rows: Vec<Row> = statement.build_query_as().fetch_all(db.pool()).await?;
    let mut products: HashMap<CategoryId, Vec<Product>> = HashMap::new();
    for row in rows {
        let product = read(row)?;
        if let Some(category) = product.category {
            products.entry(category).or_default().push(product);
        }
    }
    Ok(products)
}

/// How many products on sale each category has.
pub async fn counts_of_categories(db: &Db, ids: &[CategoryId]) -> Result<HashMap<CategoryId, i64>, StoreError> {
    let mut statement =
        QueryBuilder::new("SELECT category_id, COUNT(*) FROM products WHERE status = 'ACTIVE' AND category_id IN (");
    push_list(&mut statement, ids.iter().map(|id| id.uuid()));
    let rows: Vec<(Uuid, i64)> = statement.push(") GROUP BY category_id").build_query_as().fetch_all(db.pool()).await?;
    Ok(rows.into_iter().map(|(id, count)| (CategoryId(id), count)).collect())
}
