//! Coupons.

use souk_subgraph::{Db, StoreError};

use crate::domain::pricing::Coupon;

/// The coupon of this code, when it is valid now.
pub async fn find(db: &Db, code: &str) -> Result<Option<Coupon>, StoreError> {
    let row: Option<(String, i32)> = sqlx::query_as(
        "SELECT code, basis_points FROM coupons
         WHERE code = ? AND (valid_until IS NULL OR valid_until > NOW(6))",
    )
    .bind(code)
    .fetch_optional(db.pool())
    .await?;
    Ok(row.map(|(code, basis_points)| Coupon { code, basis_points: basis_points.unsigned_abs() }))
}
