//! Signing out: the session of a refresh token ends. Access tokens run out by themselves within ten minutes.

use souk_subgraph::db::{Db, in_transaction};

use super::CommandError;
use crate::{domain::RefreshToken, store};

/// Ends the session; an unknown token is not an error, since what was asked for already holds.
///
/// # Errors
/// The store's.
pub async fn revoke(db: &Db, presented: &str) -> Result<(), CommandError> {
    let token = &RefreshToken::parse(presented);
    in_transaction(db, |tx| {
        Box::pin(async move {
            if let Some(row) = store::lock_refresh_token(tx, token).await? {
                store::revoke_session(tx, row.session).await?;
            }
            Ok(())
        })
    })
    .await
}
